"""
Periods: half-open, aware, kept in UTC; cut where the contract's zone says that a day or a month begins.

A moment at an edge belongs to the later period, once. Days are whole local calendar days: one of 23 or 25
hours is one day.
"""

import itertools
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER_HOUR = timedelta(minutes=15)
LONGEST_MONTH = 31


@dataclass(frozen=True, slots=True)
class Period:
    """
    From ``start`` up to but not including ``end``; an end of ``None`` is open.

    :raises ValueError: if a moment has no zone, or the end is not after the start
    """

    start: datetime
    end: datetime | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _utc(self.start))
        if self.end is not None:
            object.__setattr__(self, "end", _utc(self.end))
            if self.end <= self.start:
                raise ValueError("a period ends after it starts")

    def contains(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the period; its end does not."""
        return self.start <= moment and (self.end is None or moment < self.end)

    def overlaps(self, other: "Period") -> bool:
        """Tell whether the two share any time; periods that only touch do not."""
        return self.intersect(other) is not None

    def intersect(self, other: "Period") -> "Period | None":
        """Return the time that both cover, or nothing."""
        start = max(self.start, other.start)
        ends = [end for end in (self.end, other.end) if end is not None]
        end = min(ends, default=None)
        return Period(start, end) if end is None or start < end else None

    def clip(self, other: "Period") -> "Period | None":
        """Return the part of this period that lies inside ``other``, or nothing."""
        return self.intersect(other)

    def split(self, edges: Iterable[datetime]) -> list["Period"]:
        """Cut at every edge that lies strictly inside; the pieces cover the period exactly."""
        inside = {_utc(edge) for edge in edges if self.contains(edge)} - {self.start}
        starts = [self.start, *sorted(inside)]
        return [Period(start, end) for start, end in zip(starts, [*starts[1:], self.end], strict=True)]

    def without(self, others: Iterable["Period"]) -> list["Period"]:
        """Return what is left of the period, in order, when others are taken out of it."""
        taken = list(others)
        edges = [edge for one in taken for edge in (one.start, one.end) if edge is not None]
        return [piece for piece in self.split(edges) if not any(one.overlaps(piece) for one in taken)]

    def widened(self, before: timedelta, after: timedelta) -> "Period":
        """Return the period with the time that it needs before and behind it."""
        return Period(self.start - before, self.end and self.end + after)

    def duration(self) -> timedelta:
        """Return how long a closed period lasts."""
        return self._closed() - self.start

    def days(self, zone: ZoneInfo) -> int:
        """Count local calendar days: the first day counts, the day of the end does not."""
        return (_local(self._closed(), zone) - _local(self.start, zone)).days

    def share_of(self, whole: "Period", zone: ZoneInfo) -> Fraction:
        """Return which part of ``whole`` this period is, by local days."""
        return Fraction(self.days(zone), whole.days(zone))

    def share_of_time(self, whole: "Period") -> Fraction:
        """Return which part of ``whole`` this period is, by its length in time; a day may have 23 hours."""
        microsecond = timedelta(microseconds=1)
        return Fraction(self.duration() // microsecond, whole.duration() // microsecond)

    def local_days(self, zone: ZoneInfo) -> list["Period"]:
        """Cut a closed period at every local midnight."""
        first = _local(self.start, zone)
        days = (first + timedelta(days=count) for count in itertools.count(1))
        return self._cut(local_midnight(day, zone) for day in days)

    def local_months(self, zone: ZoneInfo) -> list["Period"]:
        """Cut a closed period at the local midnight that begins each month."""
        firsts = _anchors_after(_local(self.start, zone), 1)
        return self._cut(local_midnight(day, zone) for day in firsts)

    def quarter_hours(self) -> list["Period"]:
        """
        Cut a closed period at every local quarter-hour.

        No zone is needed: the offset of every zone in use today is a whole number of quarter-hours.
        """
        edge = EPOCH + ((self.start - EPOCH) // QUARTER_HOUR + 1) * QUARTER_HOUR
        return self._cut(edge + count * QUARTER_HOUR for count in itertools.count())

    def _cut(self, edges: Iterable[datetime]) -> list["Period"]:
        end = self._closed()
        return self.split(itertools.takewhile(lambda edge: edge < end, edges))

    def _closed(self) -> datetime:
        if self.end is None:
            raise ValueError("an open period cannot be counted or cut into days")
        return self.end


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day, also where clocks jump over midnight."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def billing_periods(
    start: datetime, end: datetime | None, zone: ZoneInfo, anchor_day: int
) -> Iterator[Period]:
    """
    Yield the billing periods of a contract, cut at the local midnight of its anchor day.

    An anchor of 31 falls on the last day of a shorter month and comes back: 31 January, 28 February,
    31 March. The first and the last period may be short. Without an end the periods never stop.

    :raises ValueError: if the anchor is not a day from 1 to 31
    """
    edge = _utc(start)
    anchors = _anchors_after(_local(edge, zone), anchor_day)
    while True:
        upper = local_midnight(next(anchors), zone)
        if end is not None and upper >= _utc(end):
            yield Period(edge, end)
            return
        yield Period(edge, upper)
        edge = upper


def whole_period(moment: datetime, zone: ZoneInfo, anchor_day: int) -> Period:
    """Return the full billing period around a moment, of which a first or last one may be a part."""
    return _whole(_local(moment, zone), zone, anchor_day)


@lru_cache(1000)
def _whole(today: date, zone: ZoneInfo, anchor_day: int) -> Period:
    begins = max(
        day for months in (0, -1) if (day := _anchor(today.year, today.month + months, anchor_day)) <= today
    )
    ends = next(_anchors_after(begins, anchor_day))
    return Period(local_midnight(begins, zone), local_midnight(ends, zone))


def _anchors_after(day: date, anchor_day: int) -> Iterator[date]:
    month = day.month if _anchor(day.year, day.month, anchor_day) > day else day.month + 1
    while True:
        yield _anchor(day.year, month, anchor_day)
        month += 1


def _anchor(year: int, month: int, anchor_day: int) -> date:
    if not 1 <= anchor_day <= LONGEST_MONTH:
        raise ValueError("an anchor is a day from 1 to 31")
    years, month0 = divmod(month - 1, 12)
    last = monthrange(year + years, month0 + 1)[1]
    return date(year + years, month0 + 1, min(anchor_day, last))


def _local(moment: datetime, zone: ZoneInfo) -> date:
    return _utc(moment).astimezone(zone).date()


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("a moment needs a zone")
    return moment.astimezone(UTC)
