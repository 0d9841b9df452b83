"""
Whether a machine gives more alarms than it used to, for each hour that it runs.

The last day is compared with the fourteen before it. A few alarms, or a few hours, prove nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from marketplace.shared.period import Period

DAY = timedelta(days=1)
BEFORE = timedelta(days=14)
TIMES = 2  # as many alarms an hour as before
FEWEST = 3  # alarms in the last day
SHORTEST, SHORTEST_BEFORE = 3_600, 8 * 3_600  # seconds of run time
PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rates:
    """Alarms and seconds of run time, in the last day and in the time before it."""

    alarms: int
    seconds: int
    alarms_before: int
    seconds_before: int

    @property
    def rate(self) -> Decimal:
        """Alarms an hour of run time in the last day."""
        return _an_hour(self.alarms, self.seconds)

    @property
    def rate_before(self) -> Decimal:
        """Alarms an hour of run time before it."""
        return _an_hour(self.alarms_before, self.seconds_before)

    @property
    def warns(self) -> bool:
        """Whether there are at least three alarms, and twice as many an hour as before; exact."""
        enough = self.alarms >= FEWEST and self.seconds >= SHORTEST and self.seconds_before >= SHORTEST_BEFORE
        return enough and self.alarms * self.seconds_before >= TIMES * self.alarms_before * self.seconds


def spans(at: datetime) -> tuple[Period, Period]:
    """Return the last day before a moment, and the fourteen days before that."""
    return Period(at - DAY, at), Period(at - DAY - BEFORE, at - DAY)


def rates(at: datetime, begun: Iterable[datetime], runs: Iterable[Period]) -> Rates:
    """Count the alarms that began, and the run time, in the last day before ``at`` and before that."""
    last, before = spans(at)
    moments, ran = list(begun), list(runs)
    return Rates(
        alarms=sum(last.contains(one) for one in moments),
        seconds=_seconds(ran, last),
        alarms_before=sum(before.contains(one) for one in moments),
        seconds_before=_seconds(ran, before),
    )


def _seconds(runs: list[Period], within: Period) -> int:
    pieces = (one.intersect(within) for one in runs)
    return sum((one.duration() for one in pieces if one), timedelta()) // timedelta(seconds=1)


def _an_hour(alarms: int, seconds: int) -> Decimal:
    return (Decimal(alarms * 3_600) / seconds).quantize(PLACES) if seconds else Decimal(0)
