"""How the totals of a period lie in time: what prices need that depend on when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from marketplace.rules.pricing.bands import BandsOfDays
from marketplace.rules.pricing.schedule import Band, Schedule, bands_of
from marketplace.shared.period import EPOCH, QUARTER_HOUR, Period

QUARTER, HOUR, DAY, WEEK = "quarter", "hour", "day", "week"
WINDOWS = (QUARTER, HOUR, DAY, WEEK)
HOURS = {QUARTER: Fraction(1, 4), HOUR: Fraction(1)}
MICROSECOND = timedelta(microseconds=1)


class Slice(NamedTuple):
    """What a meter counted in the quarter-hour of ``start``, or the part of it that an edge cut out."""

    start: datetime
    quantity: Decimal | Fraction


class Window(NamedTuple):
    """A window of a period: the slices in it, each with its local start. An empty one has none."""

    slices: Sequence[Slice]

    @property
    def quantity(self) -> Fraction:
        """What was counted in it."""
        return total(self.slices)


class Highest(NamedTuple):
    """The window in which most was counted: the local start of its first slice, if anything was."""

    start: datetime | None
    quantity: Fraction


class Alike(NamedTuple):
    """What was counted in each band, the earliest one first, in so ``many`` windows alike."""

    counted: dict[Band | None, Fraction]
    many: int


@dataclass(frozen=True)
class Spread:
    """
    Totals of a closed period in slices, each within a quarter-hour.

    Bands and windows go by the clocks of ``zone``. ``earlier`` holds, by meter, the totals of the billing
    periods of the same lease before this one, the oldest first.
    """

    zone: ZoneInfo
    period: Period
    slices: Mapping[str, Sequence[Slice]]
    earlier: Mapping[str, Sequence[Decimal]] = field(default_factory=dict)

    def of(self, meter: str) -> list[Slice]:
        """Return the slices of a meter in order, their starts by the local clock."""
        found = self.slices.get(meter, ())
        return [Slice(one.start.astimezone(self.zone), one.quantity) for one in sorted(found)]

    def windows(self, meter: str, length: str, *, empty: bool = False) -> list[Window]:
        """
        Cut a meter into the windows in which something was counted, in order; with ``empty`` into all.

        Windows are local: a day of 23 or 25 hours is one, an hour that the clock repeats is two, a week
        begins on Monday. Those at the edges of the period may be short.
        """
        found: dict[object, list[Slice]] = {}
        for start in self._starts() if empty else ():
            found.setdefault(key_of(start, length), [])
        for one in self.of(meter):
            found.setdefault(key_of(one.start, length), []).append(one)
        return [Window(slices) for slices in found.values()]

    def total_of(self, meter: str) -> Fraction:
        """Add up what a meter counted."""
        return total(self.slices.get(meter, ()))

    def quantities(self, meter: str, length: str) -> list[Fraction]:
        """Return what was counted in each window, in order, the empty ones included."""
        return [window.quantity for window in self.windows(meter, length, empty=True)]

    def highest(self, meter: str, length: str) -> Highest:
        """Return the first of the windows in which most was counted."""
        best = max(self.windows(meter, length), key=lambda window: window.quantity, default=Window(()))
        return Highest(best.slices[0].start if best.slices else None, best.quantity)

    def in_bands(self, meter: str, length: str | None, schedule: Schedule) -> Iterator[Alike]:
        """Yield what was counted in the bands of each window; without a length all the time is one."""
        cut = [Window(self.of(meter))] if length is None else self.windows(meter, length)
        days, bands = BandsOfDays(schedule), bands_of(schedule)
        for window in cut:
            found: dict[int, list[Slice]] = {}
            for one in window.slices:
                found.setdefault(days.on(one.start.date())[quarter_of(one.start)], []).append(one)
            yield Alike({bands[place]: total(slices) for place, slices in found.items()}, 1)

    def _starts(self) -> Iterator[datetime]:
        at, end = self.period.start, self.period.start + self.period.duration()
        while at < end:
            yield at.astimezone(self.zone)
            at = EPOCH + ((at - EPOCH) // QUARTER_HOUR + 1) * QUARTER_HOUR


def quarter_of(local: datetime) -> int:
    """Return the number of a quarter-hour in its day, by the local clock."""
    return local.hour * 4 + local.minute // 15


def total(slices: Iterable[Slice]) -> Fraction:
    """Add up slices, exactly; numerators first, because a month has thousands of few denominators."""
    sums: dict[int, int] = {}
    for one in slices:
        number, parts = one.quantity.as_integer_ratio()
        sums[parts] = sums.get(parts, 0) + number
    return sum((Fraction(number, parts) for parts, number in sums.items()), Fraction(0))


def key_of(local: datetime, length: str) -> object:
    """Return what the slices of one window have in common."""
    if length == QUARTER:
        return (local.astimezone(UTC) - EPOCH) // QUARTER_HOUR
    if length == HOUR:
        return local.date(), local.hour, local.utcoffset()
    return local.date() if length == DAY else local.isocalendar()[:2]
