"""
How far a device's clock is off, as a pure function of its deliveries.

A delivery's *lag* is when it was received less its newest device time: what the clock is behind, and what the
delivery took. Readings that waited (a backlog after a bad line) make single lags large, so the offset is the
median of the latest lags. A negative offset means that the clock is ahead, for nothing arrives before it was
said. Whole microseconds throughout.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

LATEST = 31  # deliveries of which the offset is the median
JUMP = 60_000_000  # µs (R19)
STAYS = 3  # deliveries in a row that must agree before a jump is believed


class Heard(NamedTuple):
    """One delivery: its arrival number, when it was received, its newest device time (µs since 1970)."""

    arrival: int
    received: int
    newest: int

    @property
    def lag(self) -> int:
        """The clock's being behind and the delivery's way together."""
        return self.received - self.newest


class Jump(NamedTuple):
    """A clock event: from ``arrival`` on, received at ``at``, lags are ``by`` µs more than before."""

    arrival: int
    at: int
    by: int


def offset(deliveries: Sequence[Heard]) -> int | None:
    """Return the median lag of the latest deliveries, given in order of arrival; ``None`` of none."""
    return _median([one.lag for one in deliveries[-LATEST:]]) if deliveries else None


def jumps(deliveries: Iterable[Heard]) -> list[Jump]:
    """
    Return the clock events of deliveries given in order of arrival.

    A jump is believed where three deliveries in a row differ from the level before by more than 60 s and
    agree with each other within 60 s: one late delivery, or a backlog that shrinks as it is sent, is none.
    """
    found: list[Jump] = []
    level: list[int] = []
    waiting: list[Heard] = []
    for one in deliveries:
        if not level or abs(one.lag - _median(level)) <= JUMP:
            level, waiting = [*level[-STAYS + 1 :], one.lag], []
            continue
        waiting = [*(early for early in waiting if abs(early.lag - one.lag) <= JUMP), one]
        if len(waiting) == STAYS:
            after = [each.lag for each in waiting]
            first = waiting[0]
            found.append(Jump(first.arrival, first.received, _median(after) - _median(level)))
            level, waiting = after, []
    return found


def _median(lags: Sequence[int]) -> int:
    """Return the middle one; of two in the middle, the smaller."""
    return next(islice(sorted(lags), (len(lags) - 1) // 2, None))


def seconds(microseconds: int) -> int:
    """Return whole seconds, rounded to the nearest, half away from zero."""
    whole = (abs(microseconds) + 500_000) // 1_000_000
    return whole if microseconds >= 0 else -whole
