"""The table of states."""

import pytest

from leasing.rules.leases import TABLE, Move, Side, Status, can, is_final, missing_records, moves_from
from marketplace.permissions import Permission

FINAL = {Status.REFUSED, Status.CANCELLED, Status.EXPIRED, Status.ENDED}


class TestTheTable:
    def test_has_a_row_for_every_move(self):
        assert set(TABLE) == set(Move)

    def test_reaches_every_state(self):
        assert {step.target for step in TABLE.values()} == set(Status)

    def test_asks_for_rights_that_exist(self):
        assert {Permission(step.right) for step in TABLE.values()}

    def test_lets_only_the_clock_expire_and_nobody_but_the_sides_the_rest(self):
        assert TABLE[Move.EXPIRE].sides == (Side.CLOCK,)
        assert all(step.sides for step in TABLE.values())


class TestMovesFrom:
    @pytest.mark.parametrize(
        ("status", "moves"),
        [
            (Status.REQUESTED, (Move.ACCEPT, Move.REFUSE, Move.CANCEL, Move.EXPIRE)),
            (Status.ACCEPTED, (Move.CANCEL, Move.EXPIRE, Move.ACTIVATE)),
            (Status.ACTIVE, (Move.END,)),
            *((status, ()) for status in sorted(FINAL)),
        ],
    )
    def test_names_what_is_possible(self, status, moves):
        assert moves_from(status) == moves
        assert is_final(status) is (status in FINAL)

    def test_never_requests_twice(self):
        assert not any(can(Move.REQUEST, status) for status in Status)


class TestMissingRecords:
    def test_names_what_nobody_gave(self):
        given = {"claim": "clm_1", "equipment": ""}

        assert missing_records(Move.ACCEPT, given) == ("equipment", "terms_digest")

    def test_is_empty_if_all_is_there(self):
        assert missing_records(Move.REFUSE, {"reason": "Sold"}) == ()
        assert missing_records(Move.CANCEL, {}) == ()
