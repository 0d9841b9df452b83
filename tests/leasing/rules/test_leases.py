"""The table of states."""

import itertools

import pytest

from leasing.rules.leases import (
    TABLE,
    UNSETTLED,
    Move,
    Side,
    Status,
    can,
    is_final,
    missing_records,
    moves_from,
    step_of,
    steps_of,
)
from marketplace.permissions import Permission

FINAL = {Status.REFUSED, Status.CANCELLED, Status.EXPIRED, Status.CLOSED}


ENDINGS = (Move.END, Move.TERMINATE, Move.LOSE, Move.BUY_OUT)
COMING = (Move.PLAN, Move.DISPATCH, Move.HAND_OVER, Move.ACTIVATE)
BACK = (Move.RETURN, Move.INSPECT, Move.REPAIR, Move.READY, Move.REFER_RETURN, Move.DECIDE_RETURN)
DAMAGE = (Move.CLAIM_DAMAGE, Move.ANSWER_DAMAGE, Move.DECIDE_DAMAGE)


class TestTheTable:
    def test_has_a_row_for_every_move(self):
        assert {step.move for step in TABLE} == set(Move)

    def test_reaches_every_state(self):
        assert {step.target for step in TABLE} - {None} == set(Status)

    def test_asks_for_rights_that_exist(self):
        assert {Permission(step.right) for step in TABLE}

    def test_has_one_row_at_most_for_a_move_in_a_state(self):
        for move, status in itertools.product(Move, Status):
            assert sum(step.move == move and status in step.sources for step in TABLE) <= 1

    def test_lets_only_the_clock_expire_and_nobody_but_the_sides_the_rest(self):
        assert step_of(Move.EXPIRE, Status.REQUESTED).sides == (Side.CLOCK,)
        assert all(step.sides for step in TABLE)

    def test_lets_the_side_accept_that_did_not_speak_last(self):
        turns = {Status.REQUESTED: Side.LESSOR, Status.QUOTED: Side.LESSEE, Status.COUNTERED: Side.LESSOR}

        assert {status: step_of(Move.ACCEPT, status).sides for status in turns} == {
            status: (side,) for status, side in turns.items()
        }


class TestMovesFrom:
    @pytest.mark.parametrize(
        ("status", "moves"),
        [
            (Status.REQUESTED, (Move.QUOTE, Move.ACCEPT, Move.REFUSE, Move.CANCEL, Move.EXPIRE)),
            (
                Status.QUOTED,
                (Move.QUOTE, Move.COUNTER, Move.ACCEPT, Move.REFUSE, Move.CANCEL, Move.EXPIRE),
            ),
            (Status.ACCEPTED, (Move.APPROVE, Move.REFUSE, Move.REASSIGN, Move.CANCEL, Move.EXPIRE)),
            (Status.APPROVED, (Move.CONTRACT, Move.REASSIGN, Move.CANCEL, Move.EXPIRE)),
            (
                Status.CONTRACTED,
                (
                    Move.SECURE,
                    Move.PLAN,
                    Move.REASSIGN,
                    Move.DISPATCH,
                    Move.HAND_OVER,
                    Move.ACTIVATE,
                    Move.CANCEL,
                    Move.EXPIRE,
                ),
            ),
            (Status.ACTIVE, (Move.SUSPEND, Move.CHANGE, Move.GIVE_NOTICE, *ENDINGS, *COMING, *BACK, *DAMAGE)),
            (Status.SUSPENDED, (Move.RESUME, Move.CHANGE, *ENDINGS, *COMING, *BACK, *DAMAGE)),
            (Status.NOTICE_GIVEN, (Move.CHANGE, *ENDINGS, *COMING, *BACK, *DAMAGE)),
            *((status, (*BACK, *DAMAGE, Move.LOSE, Move.SETTLE)) for status in sorted(UNSETTLED)),
            (Status.SETTLED, (Move.INSPECT, Move.REPAIR, Move.READY, Move.CLOSE)),
            *((status, ()) for status in sorted(FINAL)),
        ],
    )
    def test_names_what_is_possible(self, status, moves):
        assert set(moves_from(status)) == set(moves)
        assert is_final(status) is (status in FINAL)

    def test_never_requests_twice(self):
        assert not any(can(Move.REQUEST, status) for status in Status)


class TestMissingRecords:
    def test_names_what_nobody_gave(self):
        given = {"claim": "clm_1", "equipment": "", "offer": "0" * 64}

        step = step_of(Move.ACCEPT, Status.QUOTED)
        assert missing_records(step, given) == ("equipment", "terms_digest", "mandate")

    def test_is_empty_if_all_is_there(self):
        assert missing_records(step_of(Move.REFUSE, Status.REQUESTED), {"reason": "Sold"}) == ()
        assert missing_records(step_of(Move.CANCEL, Status.REQUESTED), {}) == ()

    def test_takes_no_differences_for_a_record(self):
        given = {"offer": "0", "terms_digest": "0", "differences": [], "valid_until": "2026-03-01"}

        assert missing_records(step_of(Move.QUOTE, Status.REQUESTED), given) == ()


class TestStepsOf:
    def test_are_all_rows_of_a_move_where_the_state_has_none(self):
        assert len(steps_of(Move.ACCEPT, Status.ENDED)) == 2
        assert steps_of(Move.ACCEPT, Status.QUOTED) == (step_of(Move.ACCEPT, Status.QUOTED),)
        assert step_of(Move.REQUEST, None).target == Status.REQUESTED
