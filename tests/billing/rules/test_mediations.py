"""The table of a disputed line before the platform, act by act."""

from datetime import date

import pytest

from billing.rules import mediations as rules
from billing.rules.mediations import Act, Side, State

TODAY = date(2026, 3, 7)
OVER = (State.AGREED, State.REFUSED, State.LAPSED, State.WITHDRAWN, State.ENDED)


@pytest.mark.parametrize(
    ("state", "side", "accepted", "acts"),
    [
        (State.ASKED, Side.BUYER, (), (Act.WRITE, Act.WITHDRAW)),
        (State.ASKED, Side.SELLER, (), (Act.WRITE,)),
        (State.ASKED, Side.PLATFORM, (), (Act.WRITE, Act.PROPOSE)),
        (State.ASKED, Side.CLOCK, (), (Act.LAPSE,)),
        (State.PROPOSED, Side.BUYER, (), (Act.WRITE, Act.ACCEPT, Act.REFUSE)),
        (State.PROPOSED, Side.SELLER, (Side.BUYER,), (Act.WRITE, Act.ACCEPT, Act.REFUSE)),
        (State.PROPOSED, Side.SELLER, (Side.SELLER,), (Act.WRITE,)),
        (State.PROPOSED, Side.PLATFORM, (), (Act.WRITE,)),
        *((state, side, (), ()) for state in OVER for side in Side),
    ],
)
def test_who_may_do_what_when_the_buyer_asked(state, side, accepted, acts):
    assert rules.acts_of(state, side, asker=Side.BUYER, accepted=accepted) == acts


def test_who_does_the_next_thing():
    assert rules.waits_for(State.ASKED, ()) == {Side.PLATFORM}
    assert rules.waits_for(State.PROPOSED, ()) == {Side.BUYER, Side.SELLER}
    assert rules.waits_for(State.PROPOSED, (Side.BUYER,)) == {Side.SELLER}
    assert all(rules.waits_for(state, ()) == frozenset() for state in OVER)


@pytest.mark.parametrize(
    ("amount", "day", "wrong"),
    [
        (0, date(2026, 3, 10), []),
        (100_000, date(2026, 4, 6), []),
        (-1, date(2026, 3, 9), ["/amount_minor", "/answer_on"]),
        (100_001, date(2026, 4, 7), ["/amount_minor", "/answer_on"]),
    ],
)
def test_a_proposal_is_within_the_line_and_three_to_thirty_days(amount, day, wrong):
    flaws = rules.proposal_flaws(amount, day, left_minor=100_000, most="¥1,000.00", today=TODAY)

    assert [one.pointer for one in flaws] == wrong


def test_words_are_there_where_needed_and_not_too_many():
    assert [one.code for one in rules.text_flaws("")] == ["required"]
    assert rules.text_flaws("", needed=False) == rules.text_flaws("x" * 500) == []
    assert [one.code for one in rules.text_flaws("x" * 501, needed=False)] == ["too_long"]
