"""
Saved searches: how often somebody is told of what is new, when next, and how it is put.

A day's telling is at eight in the morning of the server's zone, a week's on Mondays then; "at once" is within
minutes of what happened.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

AT = time(8)
SOON = timedelta(minutes=5)
OVERLAP = timedelta(hours=1)  # what was written before the last look and stood only after it
NAMED = 5
LONGEST_TITLE = 60
MOST_FAILURES = 6  # in a row, within two days
LONGEST_PAUSE = timedelta(days=1)
MONDAY = 0


class Telling(StrEnum):
    """How often."""

    AT_ONCE = "AT_ONCE"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    NEVER = "NEVER"


class Stopped(StrEnum):
    """Why a search is not watched any more."""

    UNREADABLE = "UNREADABLE"
    OVER = "OVER"
    LEFT = "LEFT"
    FAILED = "FAILED"


def next_telling(telling: Telling, at: datetime, zone: tzinfo) -> datetime | None:
    """
    Return when is told next after a moment, or nothing.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday
        >>> next_telling(Telling.DAILY, noon, UTC).isoformat(), next_telling(Telling.WEEKLY, noon, UTC).day
        ('2026-11-21T08:00:00+00:00', 23)
    """
    if telling is Telling.NEVER:
        return None
    if telling is Telling.AT_ONCE:
        return at + SOON
    local = at.astimezone(zone)
    day = local.date()
    if local.time() >= AT:
        day += timedelta(days=1)
    if telling is Telling.WEEKLY:
        day += timedelta(days=(MONDAY - day.weekday()) % 7)
    return datetime.combine(day, AT, zone)


def next_try(failures: int, at: datetime) -> datetime:
    """
    Return when to look again after so many failures in a row, each pause four times the one before.

        >>> from datetime import UTC
        >>> noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
        >>> [str(next_try(failures, noon) - noon) for failures in (1, 2, 5)]
        ['0:05:00', '0:20:00', '21:20:00']
    """
    longer: int = 4 ** (min(failures, MOST_FAILURES) - 1)
    return at + min(SOON * longer, LONGEST_PAUSE)


def named(titles: Sequence[str]) -> str:
    """
    Return titles as they stand in a sentence: the first ones by name, that there are more by a mark.

        >>> named(["DMU 50", "VMC 850"])
        'DMU 50; VMC 850'
    """
    shown = [title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…" for title in titles]
    return "; ".join(shown[:NAMED]) + ("; …" if len(titles) > NAMED else "")
