"""Totals that are spread alike over a period: an estimate where nobody knows when."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from marketplace.rules.pricing.bands import BandsOfDays, Places
from marketplace.rules.pricing.schedule import Schedule, bands_of
from marketplace.rules.pricing.spread import (
    HOUR,
    MICROSECOND,
    QUARTER,
    Alike,
    Highest,
    Slice,
    Spread,
    key_of,
    quarter_of,
)
from marketplace.shared.period import EPOCH, QUARTER_HOUR, Period, local_midnight

A_DAY = timedelta(days=1)
QUARTER_LENGTH = QUARTER_HOUR // MICROSECOND
PER_WINDOW = {QUARTER: 1, HOUR: 4}  # quarter-hours of a window within a day
# The time, in microseconds, that lies in each band of a window, by its place, the earliest one first.
Times = tuple[tuple[int, int], ...]


class AlikeSlices(Mapping[str, Sequence[Slice]]):
    """The slices of totals that are spread alike, made when somebody asks for those of a meter."""

    def __init__(self, totals: Mapping[str, Decimal], period: Period) -> None:
        self._totals, self._period = totals, period

    def __getitem__(self, meter: str) -> list[Slice]:
        amount, whole = Fraction(self._totals[meter]), self._period.duration() // MICROSECOND
        return [Slice(start, amount * Fraction(length, whole)) for start, length in quarters(self._period)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._totals)

    def __len__(self) -> int:
        return len(self._totals)


@dataclass(frozen=True)
class EvenSpread(Spread):
    """
    Totals spread alike over the quarter-hours of a period, those at its edges by their length.

    It says what a spread of its slices says, without making them: what lies in a band is the time that does,
    and days of one kind have the same times. Days that an edge or a change of the clocks cuts are walked.
    """

    totals: Mapping[str, Decimal] = field(kw_only=True)

    def total_of(self, meter: str) -> Fraction:
        """Return the total of a meter."""
        return Fraction(self.totals.get(meter, 0))

    def quantities(self, meter: str, length: str) -> list[Fraction]:
        """Return what falls into each window, in order."""
        if length in PER_WINDOW or meter not in self.totals:
            return super().quantities(meter, length)
        rate = self._rate(meter)
        return [rate * time for _, time in self._windows(length)]

    def highest(self, meter: str, length: str) -> Highest:
        """Return the first of the longest windows, or the first one if there is nothing to spread."""
        if meter not in self.totals:
            return super().highest(meter, length)
        windows = self._first_hours(length) if length in PER_WINDOW else self._windows(length)
        start, time = max(windows, key=lambda window: window[1]) if self.totals[meter] else windows[0]
        return Highest(start.astimezone(self.zone), self._rate(meter) * time)

    def in_bands(self, meter: str, length: str | None, schedule: Schedule) -> Iterator[Alike]:
        """Yield what falls into the bands of the windows, those that are alike at once."""
        if meter not in self.totals:
            yield from super().in_bands(meter, length, schedule)
            return
        bands, rate = bands_of(schedule), self._rate(meter)
        days = BandsOfDays(schedule)
        found = self._within_days(length, days) if length in PER_WINDOW else self._over_days(length, days)
        for times, many in found.items():
            yield Alike({bands[place]: rate * time for place, time in times}, many)

    def _rate(self, meter: str) -> Fraction:
        """What a microsecond counts."""
        return Fraction(self.totals[meter]) / (self.period.duration() // MICROSECOND)

    def _days(self) -> Iterator[tuple[date, datetime, datetime]]:
        """Yield the local days of the period with what of each lies in it."""
        start, over = self.period.start, self.period.start + self.period.duration()
        day = start.astimezone(self.zone).date()
        while start < over:
            end = min(over, local_midnight(day + A_DAY, self.zone))
            yield day, start, end
            day, start = day + A_DAY, end

    def _windows(self, length: str) -> list[tuple[datetime, int]]:
        """Return the start of each day or week, or the part in the period, and its microseconds."""
        found: dict[object, tuple[datetime, int]] = {}
        for _, start, end in self._days():
            alone = self._is_usual(start, end)
            for at, time in (
                [(start, (end - start) // MICROSECOND)] if alone else quarters(Period(start, end))
            ):
                key = key_of(at.astimezone(self.zone), length)
                first, before = found.get(key, (at, 0))
                found[key] = first, before + time
        return list(found.values())

    def _first_hours(self, length: str) -> list[tuple[datetime, int]]:
        """Return the first windows of a quarter or an hour, up to one that nothing cuts."""
        found: dict[object, tuple[datetime, int]] = {}
        for at, time in quarters(self.period):
            key = key_of(at.astimezone(self.zone), length)
            first, before = found.get(key, (at, 0))
            found[key] = first, before + time
            if before + time == PER_WINDOW[length] * QUARTER_LENGTH:
                break
        return list(found.values())

    def _within_days(self, length: str, days: BandsOfDays) -> dict[Times, int]:
        """Return how many windows of a quarter or an hour have which times."""
        found: Counter[Times] = Counter()
        of_kind: dict[Places, Counter[Times]] = {}
        for day, start, end in self._days():
            if self._is_usual(start, end):
                places = days.on(day)
                if places not in of_kind:
                    of_kind[places] = _counted(places, PER_WINDOW[length])
                found += of_kind[places]
            else:
                found += Counter(self._walked(start, end, length, days).values())
        return found

    def _over_days(self, length: str | None, days: BandsOfDays) -> dict[Times, int]:
        """Return how many windows of days, weeks or all the time have which times."""
        windows: dict[object, dict[int, int]] = {}
        of_kind: dict[Places, Times] = {}
        for day, start, end in self._days():
            if self._is_usual(start, end):
                places = days.on(day)
                if places not in of_kind:
                    of_kind[places] = _added((place, QUARTER_LENGTH) for place in places)
                pieces = {length and key_of(start.astimezone(self.zone), length): of_kind[places]}
            else:
                pieces = self._walked(start, end, length, days)
            for key, times in pieces.items():
                window = windows.setdefault(key, {})
                for place, time in times:
                    window[place] = window.get(place, 0) + time
        return Counter(tuple(window.items()) for window in windows.values())

    def _is_usual(self, start: datetime, end: datetime) -> bool:
        """Tell whether it is a whole day on which the clocks do not change."""
        clock = start.astimezone(self.zone)
        return end - start == A_DAY and clock.utcoffset() == end.astimezone(self.zone).utcoffset()

    def _walked(
        self, start: datetime, end: datetime, length: str | None, days: BandsOfDays
    ) -> dict[object, Times]:
        """Return the times of the windows of a part of a day, quarter-hour by quarter-hour."""
        windows: dict[object, list[tuple[int, int]]] = {}
        for moment, time in quarters(Period(start, end)):
            local = moment.astimezone(self.zone)
            place = days.on(local.date())[quarter_of(local)]
            windows.setdefault(length and key_of(local, length), []).append((place, time))
        return {key: _added(times) for key, times in windows.items()}


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

    :raises ValueError: if the period is open
    """
    return EvenSpread(zone, period, AlikeSlices(totals, period), earlier or {}, totals=totals)


def quarters(period: Period) -> Iterator[tuple[datetime, int]]:
    """Yield the start of each quarter-hour of a closed period, or the part in it, and its microseconds."""
    start, over = period.start, period.start + period.duration()
    while start < over:
        end = min(over, EPOCH + ((start - EPOCH) // QUARTER_HOUR + 1) * QUARTER_HOUR)
        yield start, (end - start) // MICROSECOND
        start = end


def _added(times: Iterable[tuple[int, int]]) -> Times:
    found: dict[int, int] = {}
    for place, time in times:
        found[place] = found.get(place, 0) + time
    return tuple(found.items())


def _counted(places: Places, size: int) -> Counter[Times]:
    """Cut a day without a change of the clocks into windows of some quarter-hours, and count those alike."""
    cut = (places[first : first + size] for first in range(0, len(places), size))
    return Counter(_added((place, QUARTER_LENGTH) for place in window) for window in cut)
