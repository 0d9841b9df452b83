"""The life of an operation, by examples and for every order of answers."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.payments.rules.operations import (
    CLOSED,
    State,
    Step,
    after,
    body_hash,
    key_of,
    may_try_again,
    next_step,
)
from billing.payments.rules.providers import Outcome

AT = datetime(2026, 11, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "outcome", "then"),
    [
        (State.SENT, Outcome.DONE, State.DONE),
        (State.SENT, Outcome.PENDING, State.PENDING),
        (State.SENT, Outcome.REJECTED, State.REJECTED),
        (State.SENT, Outcome.UNKNOWN, State.UNKNOWN),
        (State.UNKNOWN, Outcome.DONE, State.DONE),
        (State.UNKNOWN, Outcome.REJECTED, State.REJECTED),
        (State.PENDING, Outcome.UNKNOWN, State.PENDING),
        (State.PENDING, Outcome.REJECTED, State.REJECTED),
        (State.DONE, Outcome.UNKNOWN, State.DONE),
        (State.DONE, Outcome.REJECTED, State.DONE),
        (State.REJECTED, Outcome.DONE, State.REJECTED),
    ],
)
def test_after_an_answer(state, outcome, then):
    assert after(state, outcome) is then


@given(some.sampled_from(State), some.lists(some.sampled_from(Outcome)))
def test_the_first_final_answer_is_the_last(state, answers):
    final = None
    for answer in answers:
        state = after(state, answer)
        if final:
            assert state is final
        if state in CLOSED:
            final = state


class TestWhatIsNext:
    def test_what_was_never_sent_is_sent(self):
        assert next_step(State.CREATED, first_sent_at=None, at=AT) is Step.SEND

    def test_what_was_not_answered_is_sent_again_while_its_key_is_young(self):
        sent = AT - timedelta(hours=22, minutes=59)

        assert next_step(State.UNKNOWN, first_sent_at=sent, at=AT) is Step.SEND
        assert next_step(State.SENT, first_sent_at=sent, at=AT) is Step.SEND

    def test_after_that_it_is_looked_for(self):
        assert next_step(State.UNKNOWN, first_sent_at=AT - timedelta(hours=23), at=AT) is Step.LOOK

    def test_what_is_under_way_is_looked_at(self):
        assert next_step(State.PENDING, first_sent_at=AT, at=AT) is Step.LOOK

    @pytest.mark.parametrize("state", sorted(CLOSED))
    def test_what_is_answered_rests(self, state):
        assert next_step(state, first_sent_at=AT, at=AT) is Step.NOTHING

    def test_only_a_refusal_may_be_tried_again(self):
        assert [state for state in State if may_try_again(state)] == [State.REJECTED]


def test_keys_and_bodies():
    assert key_of("opn_1", 2) == "op:opn_1:2"
    assert body_hash({"a": 1, "b": "x"}) == body_hash({"b": "x", "a": 1})
    assert body_hash({"a": 1}) != body_hash({"a": 2})
