"""How the totals of a period lie in time: what prices need that depend on when."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from marketplace.shared.period import EPOCH, QUARTER_HOUR, Period, local_midnight

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
            found.setdefault(_key(start, length), [])
        for one in self.of(meter):
            found.setdefault(_key(one.start, length), []).append(one)
        return [Window(slices) for slices in found.values()]

    def _starts(self) -> Iterator[datetime]:
        at, end = self.period.start, self.period.start + self.period.duration()
        while at < end:
            yield at.astimezone(self.zone)
            at = EPOCH + ((at - EPOCH) // QUARTER_HOUR + 1) * QUARTER_HOUR


def total(slices: Iterable[Slice]) -> Fraction:
    """Add up slices, exactly; numerators first, because a month has thousands of few denominators."""
    sums: dict[int, int] = {}
    for one in slices:
        number, parts = one.quantity.as_integer_ratio()
        sums[parts] = sums.get(parts, 0) + number
    return sum((Fraction(number, parts) for parts, number in sums.items()), Fraction(0))


def evenly(totals: Mapping[str, Decimal], *, start: datetime, days: int, zone: ZoneInfo) -> Spread:
    """
    Spread totals over all quarter-hours of some local days alike: an estimate where nobody knows when.

    :raises ValueError: if there is no day
    """
    first = start.astimezone(zone).date()
    period = Period(local_midnight(first, zone), local_midnight(first + timedelta(days=days), zone))
    return evenly_over(totals, period, zone=zone)


def evenly_over(
    totals: Mapping[str, Decimal],
    period: Period,
    *,
    zone: ZoneInfo,
    earlier: Mapping[str, Sequence[Decimal]] | None = None,
) -> Spread:
    """
    Spread totals alike over the quarter-hours of a closed period, those at its edges by their length.

    ``earlier`` are the totals of the billing periods before it, the oldest first.

    :raises ValueError: if the period is empty
    """
    assert period.end is not None, "an estimate is of a closed period"
    whole = period.duration()
    if whole <= timedelta():
        raise ValueError("there is no time to spread anything over")
    edges = [period.start]
    edge = EPOCH + ((period.start - EPOCH) // QUARTER_HOUR + 1) * QUARTER_HOUR
    while edge < period.end:
        edges.append(edge)
        edge += QUARTER_HOUR
    spans = [
        (start, Fraction((end - start) // MICROSECOND, whole // MICROSECOND))
        for start, end in zip(edges, [*edges[1:], period.end], strict=True)
    ]
    slices = {
        meter: [Slice(start, Fraction(amount) * share) for start, share in spans]
        for meter, amount in totals.items()
    }
    return Spread(zone, period, slices, earlier or {})


def _key(local: datetime, length: str) -> object:
    if length == QUARTER:
        return (local.astimezone(UTC) - EPOCH) // QUARTER_HOUR
    if length == HOUR:
        return local.date(), local.hour, local.utcoffset()
    return local.date() if length == DAY else local.isocalendar()[:2]
