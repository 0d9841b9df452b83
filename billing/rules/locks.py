"""Locked periods: where an entry is booked whose day is locked."""

from datetime import date, timedelta
from enum import StrEnum


class Level(StrEnum):
    """How a period is locked: with the right to do so it is still booked into, or not at all."""

    SOFT = "SOFT"
    HARD = "HARD"


def first_open(soft: date | None, hard: date | None) -> date | None:
    """Return the first day that no lock covers; ``None`` if nothing is locked."""
    locked = [through for through in (soft, hard) if through is not None]
    return max(locked) + timedelta(days=1) if locked else None


def booked_on(day: date, *, soft: date | None, hard: date | None) -> date:
    """
    Return the day on which a fact of ``day`` is booked: a late fact counts on the first open day.

    >>> booked_on(date(2026, 10, 15), soft=None, hard=date(2026, 10, 31))
    datetime.date(2026, 11, 1)
    """
    opened = first_open(soft, hard)
    return day if opened is None else max(day, opened)
