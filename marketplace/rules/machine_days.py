"""How the days of a machine look in a calendar: what takes each of them, and what only brings it there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 8
LENGTH = 7 * WEEKS  # days that a strip shows
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31) - timedelta(days=2 * LENGTH)


@dataclass(frozen=True)
class Stretch:
    """
    What takes a machine: whole local days, the last one included, ``core`` within ``buffer``; what has no
    end lasts for ever.
    """

    name: str
    core: tuple[date, date]
    buffer: tuple[date, date]


@dataclass(frozen=True)
class Day:
    """One day: which stretch takes it, by its place, and whether that is only its way there or back."""

    on: date
    place: int | None
    is_buffer: bool


def window(asked: date | None, today: date) -> tuple[date, date, date]:
    """
    Return the first day that is shown, and that of the strips before and after.

    Without a day it begins today. What lies outside of this millennium is drawn back into it.

        >>> window(None, date(2026, 11, 28))[2]
        datetime.date(2027, 1, 23)
    """
    first = min(max(asked or today, FIRST + timedelta(days=LENGTH)), LAST)
    return first, first - timedelta(days=LENGTH), first + timedelta(days=LENGTH)


def days_of(stretches: Sequence[Stretch], first: date, count: int = LENGTH) -> list[Day]:
    """Return what takes each of some days: the stretch whose core it is, else the one that comes or goes."""
    return [_day(stretches, first + timedelta(days=n)) for n in range(count)]


def free_days(days: Iterable[Day]) -> int:
    """Count the days that nothing takes."""
    return sum(day.place is None for day in days)


def _day(stretches: Sequence[Stretch], on: date) -> Day:
    for is_buffer in (False, True):
        for place, one in enumerate(stretches):
            since, until = one.buffer if is_buffer else one.core
            if since <= on <= until:
                return Day(on, place, is_buffer)
    return Day(on, None, is_buffer=False)
