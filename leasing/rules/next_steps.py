"""What a side of a lease does next: one thing, or nothing while the other side or the clock is at it."""

from dataclasses import dataclass
from enum import StrEnum

from leasing.rules.leases import RUNNING, UNSETTLED, Side, Status


class Next(StrEnum):
    """The one thing to do; WAIT and NOTHING ask for nothing."""

    DECIDE = "DECIDE"
    ANSWER = "ANSWER"
    APPROVE = "APPROVE"
    SIGN = "SIGN"
    NOTICE = "NOTICE"
    RECORD = "RECORD"
    HAND_OVER = "HAND_OVER"
    GIVE_BACK = "GIVE_BACK"
    TAKE_BACK = "TAKE_BACK"
    SETTLE = "SETTLE"
    RATE = "RATE"
    USE = "USE"
    WAIT = "WAIT"
    NOTHING = "NOTHING"


@dataclass(frozen=True)
class Stands:
    """
    How a lease stands to a side: what the side has signed, accepted and rated, whether a record of the other
    side waits for its word, whether the lease ends within a week, and whether it can be rated.
    """

    signed: bool = False
    notice_accepted: bool = False
    record_waits: bool = False
    ends_soon: bool = False
    may_rate: bool = False


WAITING = {
    # what the lessee does, what the lessor does
    Status.REQUESTED: (Next.WAIT, Next.DECIDE),
    Status.QUOTED: (Next.ANSWER, Next.WAIT),
    Status.COUNTERED: (Next.WAIT, Next.DECIDE),
    Status.ACCEPTED: (Next.WAIT, Next.APPROVE),
}


def next_step(status: Status, side: Side, stands: Stands) -> Next:
    """
    Return what a side does next with a lease in a state.

        >>> str(next_step(Status.QUOTED, Side.LESSEE, Stands()))
        'ANSWER'
    """
    is_lessee = side == Side.LESSEE
    if status in WAITING:
        return WAITING[status][0 if is_lessee else 1]
    if status == Status.APPROVED:
        return Next.WAIT if stands.signed else Next.SIGN
    if stands.record_waits:
        return Next.RECORD
    if status == Status.CONTRACTED:
        return _before(stands, is_lessee=is_lessee)
    if status in RUNNING:
        return _running(stands, is_lessee=is_lessee)
    if status in UNSETTLED:
        return Next.SETTLE
    return Next.RATE if stands.may_rate else Next.NOTHING


def _before(stands: Stands, *, is_lessee: bool) -> Next:
    if not is_lessee:
        return Next.HAND_OVER
    return Next.WAIT if stands.notice_accepted else Next.NOTICE


def _running(stands: Stands, *, is_lessee: bool) -> Next:
    if not stands.ends_soon:
        return Next.USE
    return Next.GIVE_BACK if is_lessee else Next.TAKE_BACK
