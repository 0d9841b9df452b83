"""Shares of items, who may do what, and what is wrong with a damage claim."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leasing.rules import damage
from leasing.rules.damage import Act, Cause, Item, Range, State
from leasing.rules.leases import Side

AT = datetime(2026, 5, 2, tzinfo=UTC)
DAY = timedelta(days=1)
DENT = Item(Cause.BROKEN, "dent", 400_000, 75, ("pho_1",))


def codes(items, reply=5 * DAY):
    return [(one.pointer, one.code) for one in damage.flaws(items, reply_until=AT + reply, at=AT)]


class TestShares:
    @pytest.mark.parametrize(
        ("items", "asked"),
        [
            ([(400_000, 75), (20_000, 100)], [300_000, 20_000]),
            ([(101, 50)], [51]),  # 50.5 is rounded away from zero
            ([(1, 50), (1, 50), (1, 50)], [1, 1, 0]),  # 1.5 becomes 2, the first two get it
            ([(333, 33), (333, 33), (334, 34)], [110, 110, 113]),  # 109.89 + 109.89 + 113.56 = 333.34
        ],
    )
    def test_are_rounded_once(self, items, asked):
        made = [replace(DENT, amount_minor=amount, percent=percent) for amount, percent in items]
        assert damage.shares(made) == asked


class TestFlaws:
    def test_a_claim_in_order_has_none(self):
        assert codes([DENT]) == []
        assert codes([replace(DENT, photos=(), after="rec_1")]) == []

    @pytest.mark.parametrize(
        ("change", "flaw"),
        [
            ({"cause": Cause.WEAR}, ("/items/0/cause", "wear")),
            ({"text": " "}, ("/items/0/text", "required")),
            ({"text": "x" * 1001}, ("/items/0/text", "too_long")),
            ({"amount_minor": 0}, ("/items/0/amount_minor", "no_amount")),
            ({"amount_minor": 10**13 + 1}, ("/items/0/amount_minor", "no_amount")),
            ({"percent": 0}, ("/items/0/percent", "percent")),
            ({"percent": 101}, ("/items/0/percent", "percent")),
            ({"photos": ()}, ("/items/0/photos", "no_evidence")),
            ({"photos": ("p",) * 21}, ("/items/0/photos", "too_many")),
            ({"amount_minor": 1, "percent": 1}, ("/items", "no_amount")),
        ],
    )
    def test_stand_at_their_item(self, change, flaw):
        assert codes([replace(DENT, **change)]) == [flaw]

    def test_the_number_of_items(self):
        assert codes([]) == [("/items", "no_items")]
        assert codes([DENT] * 51) == [("/items", "too_many")]

    @pytest.mark.parametrize(
        ("reply", "code"), [(3 * DAY, None), (2 * DAY, "reply_too_short"), (91 * DAY, "reply_too_long")]
    )
    def test_the_time_to_reply(self, reply, code):
        assert codes([DENT], reply) == ([("/reply_until", code)] if code else [])


class TestActs:
    """Before an answer the lessor waits; the platform decides what it was asked to decide, nothing else."""

    @pytest.mark.parametrize(
        ("state", "side", "referred", "late", "acts"),
        [
            (State.RAISED, Side.LESSEE, False, True, (Act.ACCEPT, Act.CONTEST)),
            (State.RAISED, Side.LESSOR, False, False, (Act.WITHDRAW,)),
            (State.RAISED, Side.LESSOR, False, True, (Act.REFER, Act.WITHDRAW)),
            (State.RAISED, Side.PLATFORM, False, True, ()),
            (State.RAISED, Side.PLATFORM, True, True, (Act.DECIDE,)),
            (State.RAISED, Side.LESSEE, True, True, (Act.ACCEPT, Act.CONTEST)),
            (State.CONTESTED, Side.LESSEE, False, False, (Act.ACCEPT, Act.OFFER, Act.REFER)),
            (State.CONTESTED, Side.LESSOR, False, False, (Act.ACCEPT, Act.OFFER, Act.REFER, Act.WITHDRAW)),
            (State.CONTESTED, Side.LESSOR, True, False, (Act.ACCEPT, Act.OFFER, Act.WITHDRAW)),
            (State.CONTESTED, Side.PLATFORM, True, False, (Act.DECIDE,)),
            (State.ACCEPTED, Side.LESSOR, True, True, ()),
            (State.CONTESTED, None, True, True, ()),
        ],
    )
    def test_follow_from_state_and_side(self, state, side, referred, late, acts):
        assert damage.acts_of(state, side, referred=referred, late=late) == acts

    @pytest.mark.parametrize(
        ("between", "side", "bounds"),
        [
            (Range(100), Side.LESSEE, (0, 99)),
            (Range(100, 40), Side.LESSEE, (41, 99)),
            (Range(100, 40), Side.LESSOR, (41, 99)),
            (Range(1, 0), Side.LESSOR, (1, 0)),
        ],
    )
    def test_offers_come_nearer(self, between, side, bounds):
        assert damage.offer_bounds(between, side) == bounds
