"""Cells of the lists of leasing as files: days and moments as they are read on the pages."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

A_MOMENT = timedelta(microseconds=1)


def first_day(start: datetime, zone: str) -> date:
    """Return the local day on which something begins."""
    return start.astimezone(ZoneInfo(zone)).date()


def last_day(end: datetime | None, zone: str) -> date | None:
    """Return the last local day of something that is over at ``end``."""
    return None if end is None else (end - A_MOMENT).astimezone(ZoneInfo(zone)).date()


def local(at: datetime | None, zone: str) -> str | None:
    """Write a moment as people read it, such as 2026-11-05 14:30."""
    return None if at is None else at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
