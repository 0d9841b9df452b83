"""Months of a lease as the Civil Code counts them: to the corresponding day, or the last of its month."""

from calendar import monthrange
from datetime import datetime
from zoneinfo import ZoneInfo

from marketplace.shared.period import Period


def reaches(period: Period, months: int, zone: ZoneInfo) -> bool:
    """Tell whether a period lasts for that many months or more (Civil Code, articles 202 and 1259)."""
    return _behind(period, months, zone) <= _end(period, zone)


def exceeds(period: Period, months: int, zone: ZoneInfo) -> bool:
    """Tell whether a period lasts for longer than that many months."""
    return _behind(period, months, zone) < _end(period, zone)


def _behind(period: Period, months: int, zone: ZoneInfo) -> datetime:
    """Return the local moment that lies so many months behind the start."""
    start = period.start.astimezone(zone).replace(tzinfo=None)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


def _end(period: Period, zone: ZoneInfo) -> datetime:
    assert period.end is not None, "a lease has an end"
    return period.end.astimezone(zone).replace(tzinfo=None)
