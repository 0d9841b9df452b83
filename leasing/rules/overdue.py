"""
Machines that were not given back in time, and the time of others that this puts at risk.

*Overdue* lies over the states of a lease and beside the calendar: it changes neither. What follows a machine
in the calendar keeps its claim, and is told that the machine may not come.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from leasing.rules.states import Physical
from marketplace.shared.period import Period

REMIND_EVERY, LATER_EVERY = timedelta(days=1), timedelta(days=7)
REMIND_OFTEN_FOR = timedelta(days=14)
MOST_SUBSTITUTES = 5


class Cause(StrEnum):
    """Why a claim is at risk: its machine is not back, is back and not ready, or will never come."""

    LATE = "LATE"
    NOT_READY = "NOT_READY"
    GONE = "GONE"


@dataclass(frozen=True)
class Following:
    """A claim on the machine, with its buffers; ``key`` is whatever the caller knows it by."""

    key: int
    period: Period


def due_back(used_until: datetime, buffer: timedelta) -> datetime:
    """Return until when a machine is to be given back: its use and the time to fetch it are over."""
    return used_until + buffer


def is_overdue(state: str, used_until: datetime | None, buffer: timedelta, at: datetime) -> bool:
    """
    Tell whether a machine is overdue: it still stands where it was used, and its time is over.

    Whatever state follows, returned, looked at or repaired, is no longer late.
    """
    stands = state == Physical.STOPPED and used_until is not None
    return stands and used_until is not None and at >= due_back(used_until, buffer)


def at_risk(following: Iterable[Following], cause: Cause, *, at: datetime, buffer: timedelta) -> set[int]:
    """
    Return the keys of the claims that a machine puts at risk at a moment.

    A machine that is gone puts all at risk that are not over; a late one those that begin, buffer included,
    before it would be ready if it came back at that moment: after the ``buffer`` behind its own lease. One
    that is back and not ready puts at risk what has begun: it has no buffer any more.
    """
    ready = at + buffer
    return {
        one.key
        for one in following
        if (one.period.end is None or one.period.end > at)
        and (cause == Cause.GONE or one.period.start <= ready)
    }


def remind(since: datetime, last: datetime, at: datetime) -> bool:
    """Tell whether it is time to say once more that a machine is overdue: daily for 14 days, then weekly."""
    often = at - since <= REMIND_OFTEN_FOR
    return at - last >= (REMIND_EVERY if often else LATER_EVERY)
