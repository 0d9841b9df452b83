"""One thing to do next, for each side in each state."""

import pytest

from leasing.rules.leases import Side, Status
from leasing.rules.next_steps import Next, Stands, next_step

LESSEE, LESSOR = Side.LESSEE, Side.LESSOR
STEPS = [
    ("REQUESTED", "WAIT", "DECIDE"),
    ("QUOTED", "ANSWER", "WAIT"),
    ("COUNTERED", "WAIT", "DECIDE"),
    ("ACCEPTED", "WAIT", "APPROVE"),
    ("APPROVED", "SIGN", "SIGN"),
    ("CONTRACTED", "NOTICE", "HAND_OVER"),
    ("ACTIVE", "USE", "USE"),
    ("SUSPENDED", "USE", "USE"),
    ("NOTICE_GIVEN", "USE", "USE"),
    ("ENDED", "SETTLE", "SETTLE"),
    ("TERMINATED", "SETTLE", "SETTLE"),
    ("LOST", "SETTLE", "SETTLE"),
    ("BOUGHT_OUT", "SETTLE", "SETTLE"),
    ("SETTLED", "NOTHING", "NOTHING"),
    ("CLOSED", "NOTHING", "NOTHING"),
    ("REFUSED", "NOTHING", "NOTHING"),
    ("CANCELLED", "NOTHING", "NOTHING"),
    ("EXPIRED", "NOTHING", "NOTHING"),
]


@pytest.mark.parametrize(("status", "lessee", "lessor"), STEPS)
def test_each_state_has_one_step_for_each_side(status, lessee, lessor):
    assert next_step(Status(status), LESSEE, Stands()) == lessee
    assert next_step(Status(status), LESSOR, Stands()) == lessor


@pytest.mark.parametrize(
    ("status", "side", "stands", "step"),
    [
        ("APPROVED", LESSEE, Stands(signed=True), Next.WAIT),
        ("CONTRACTED", LESSEE, Stands(notice_accepted=True), Next.WAIT),
        ("CONTRACTED", LESSEE, Stands(record_waits=True), Next.RECORD),
        ("ACTIVE", LESSEE, Stands(ends_soon=True), Next.GIVE_BACK),
        ("ACTIVE", LESSOR, Stands(ends_soon=True), Next.TAKE_BACK),
        ("ACTIVE", LESSEE, Stands(ends_soon=True, record_waits=True), Next.RECORD),
        ("ENDED", LESSOR, Stands(record_waits=True), Next.RECORD),
        ("SETTLED", LESSEE, Stands(may_rate=True), Next.RATE),
        ("CLOSED", LESSOR, Stands(may_rate=True), Next.RATE),
        ("REQUESTED", LESSEE, Stands(record_waits=True, ends_soon=True, may_rate=True), Next.WAIT),
    ],
)
def test_what_waits_for_this_side_comes_first(status, side, stands, step):
    assert next_step(Status(status), side, stands) == step


def test_every_state_is_told():
    assert sorted(status for status, *_ in STEPS) == sorted(Status)
