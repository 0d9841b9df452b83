"""
When a machine of an owner stands idle: by week, and at which hours of the week again and again.

It is told from its execution states outside of leases. A state lasts until the next one is told, at most
three days: so a weekend is bridged, and a device that fell silent is not called idle for weeks. An hour is
idle if at least nine tenths of it are known and the machine worked in no tenth of it; what is not known is
neither. An hour of the week is idle as a rule if it was idle in four of five weeks in which it is known, and
it is known in at least four. Without four weeks that are half known nothing is suggested.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from devices.rules.readings import instant
from marketplace.shared.period import Period, local_midnight

WEEKS = 8
A_WEEK = 168  # hours
HOUR = 3_600_000_000  # microseconds
CARRY = 72 * HOUR
WORKS = "ACTIVE"
KNOWN = Fraction(9, 10)  # of an hour
WORKED = Fraction(1, 10)
HALF_A_WEEK = 84  # hours that are known
LEAST_WEEKS = 4
AS_A_RULE = Fraction(4, 5)  # of the weeks
SHORTEST = 4  # hours: less is no time to let a machine
NIGHT = tuple(range(22, 24)) + tuple(range(6))
WORKDAY = tuple(range(8, 18))

Point = tuple[int, object]  # microseconds since 1970, and the state that was told; ``None`` is unknown


class Advice(StrEnum):
    """At what times a machine may be listed."""

    NIGHTS = "NIGHTS"
    WEEKENDS = "WEEKENDS"
    DAYS = "DAYS"


@dataclass(frozen=True, slots=True)
class Week:
    """A local week from ``monday`` on: hours that are known, and of these idle ones."""

    monday: date
    known: int
    idle: int

    @property
    def share(self) -> Fraction | None:
        """The idle share of what is known; nothing if that is too little."""
        return Fraction(self.idle, self.known) if self.known >= HALF_A_WEEK else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The longest time in a row that is idle as a rule: its first hour of the week (Monday 0:00 is 0)."""

    first: int
    hours: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """
    What was seen, and at what times to list the machine: ``days`` are weekdays (Monday is 0) that are idle by
    day, ``hours`` by weekday what is idle as a rule, in minutes since midnight.
    """

    weeks: tuple[Week, ...]
    longest: Stretch | None
    advice: tuple[Advice, ...]
    days: tuple[int, ...]
    hours: Mapping[int, tuple[tuple[int, int], ...]]

    @property
    def share(self) -> Fraction:
        """The idle share of all that is known in weeks that count."""
        counted = [one for one in self.weeks if one.share is not None]
        return Fraction(sum(one.idle for one in counted), sum(one.known for one in counted))


def figure(share: Fraction) -> Decimal:
    """Return a share as a decimal figure with four digits."""
    return (Decimal(share.numerator) / Decimal(share.denominator)).quantize(Decimal("0.0001"))


def span(day: date, zone: ZoneInfo) -> Period:
    """Return the eight whole local weeks before that of a day."""
    monday = day - timedelta(days=day.weekday())
    return Period(local_midnight(monday - timedelta(weeks=WEEKS), zone), local_midnight(monday, zone))


def spans(points: Sequence[Point], until: int) -> Iterator[tuple[int, int, bool]]:
    """Yield from when to when a machine was idle (true) or worked, up to a moment; unknown time is none."""
    for n, (since, state) in enumerate(points):
        end = points[n + 1][0] if n + 1 < len(points) else until
        end = min(end, since + CARRY, until)
        if state is not None and end > since:
            yield since, end, str(state) != WORKS


def suggestion(told: Iterable[tuple[int, int, bool]], period: Period, zone: ZoneInfo) -> Suggestion | None:
    """Return what the times that were told suggest of whole weeks; nothing if they are too few."""
    assert period.end is not None, "the weeks are over"
    hours = _hours(told, instant(period.start), instant(period.end))
    weeks, seen = _weeks(hours, period, zone)
    if sum(one.share is not None for one in weeks) < LEAST_WEEKS:
        return None
    regular = frozenset(hour for hour, found in seen.items() if _as_a_rule(found))
    return Suggestion(
        tuple(weeks),
        _longest(regular),
        tuple(_advice(regular)),
        tuple(day for day in range(7) if _all(regular, day, WORKDAY)),
        {day: found for day in range(7) if (found := _of_day(regular, day))},
    )


def _hours(told: Iterable[tuple[int, int, bool]], first: int, last: int) -> dict[int, list[int]]:
    """Add up how long the machine was idle and worked in each hour, by the hour's beginning."""
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for since, until, is_idle in told:
        at, end = max(since, first), min(until, last)
        while at < end:
            begins = at - (at - first) % HOUR
            upto = min(begins + HOUR, end)
            found[begins][0 if is_idle else 1] += upto - at
            at = upto
    return found


def _weeks(
    hours: Mapping[int, Sequence[int]], period: Period, zone: ZoneInfo
) -> tuple[list[Week], dict[int, list[bool]]]:
    """Count the hours of each week, and note of each hour of the week when it was idle, if it is known."""
    counted: dict[date, list[int]] = {}
    seen: dict[int, list[bool]] = defaultdict(list)
    start, at = instant(period.start), period.start
    end = instant(period.end or period.start)
    for begins in range(start, end, HOUR):
        local = at.astimezone(zone)
        week = counted.setdefault(_monday(local), [0, 0])
        idle, worked = hours.get(begins, (0, 0))
        if idle + worked >= KNOWN * HOUR:
            is_idle = worked < WORKED * HOUR
            week[0] += 1
            week[1] += is_idle
            seen[local.weekday() * 24 + local.hour].append(is_idle)
        at += timedelta(hours=1)
    return [Week(monday, *two) for monday, two in sorted(counted.items())], seen


def _monday(local: datetime) -> date:
    return local.date() - timedelta(days=local.weekday())


def _as_a_rule(found: Sequence[bool]) -> bool:
    return len(found) >= LEAST_WEEKS and Fraction(sum(found), len(found)) >= AS_A_RULE


def _longest(regular: frozenset[int]) -> Stretch | None:
    """Find the longest run; the week goes on on Monday, so that a night from Sunday on is one."""
    if len(regular) == A_WEEK:
        return Stretch(0, A_WEEK)
    runs = [
        Stretch(first, next(n for n in range(A_WEEK) if (first + n) % A_WEEK not in regular))
        for first in regular
        if (first - 1) % A_WEEK not in regular
    ]
    found = max(runs, key=lambda one: (one.hours, -one.first), default=None)
    return found if found is not None and found.hours >= SHORTEST else None


def _advice(regular: frozenset[int]) -> Iterator[Advice]:
    nights = sum(_night(regular, day) for day in range(5))
    if nights >= LEAST_WEEKS:
        yield Advice.NIGHTS
    if all(_all(regular, day, WORKDAY) for day in (5, 6)):
        yield Advice.WEEKENDS
    if any(_all(regular, day, WORKDAY) for day in range(5)):
        yield Advice.DAYS


def _night(regular: frozenset[int], day: int) -> bool:
    """Tell whether the night that begins on a weekday is idle, up to the next morning."""
    return all(((day + (hour < 12)) * 24 + hour) % A_WEEK in regular for hour in NIGHT)


def _all(regular: frozenset[int], day: int, hours: Iterable[int]) -> bool:
    return all(day * 24 + hour in regular for hour in hours)


def _of_day(regular: frozenset[int], day: int) -> tuple[tuple[int, int], ...]:
    """Return the idle times of a weekday that are long enough, in minutes."""
    found, opens = [], None
    for hour in range(25):
        is_idle = hour < 24 and day * 24 + hour in regular
        if is_idle and opens is None:
            opens = hour
        elif not is_idle and opens is not None:
            if hour - opens >= SHORTEST:
                found.append((opens * 60, hour * 60))
            opens = None
    return tuple(found)
