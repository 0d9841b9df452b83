"""How much of a lease ran: of its agreed term, and in years; what minima of the term are owed by."""

from calendar import isleap
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from marketplace.shared.period import Period

LEAP_DAY = (2, 29)


def share_of_term(ran: Period, agreed: Period, zone: ZoneInfo) -> Fraction:
    """Return the part of the agreed term that ran, by local days; all of one shorter than a day."""
    days = agreed.days(zone)
    return Fraction(ran.days(zone), days) if days else Fraction(1)


def years_of(ran: Period, zone: ZoneInfo) -> Fraction:
    """
    Return how many years a closed period lasts: whole ones from its first local day, then days of the next.

    Days are parts of the year they lie in, from one anniversary to the next: 334 days of 2026 from 1 January
    are 334/365. A year that begins on 29 February ends on 28 February.
    """
    assert ran.end is not None, "a period is counted when it is over"
    first, last = (moment.astimezone(zone).date() for moment in (ran.start, ran.end))
    years = 0
    while _anniversary(first, years + 1) <= last:
        years += 1
    begins, ends = _anniversary(first, years), _anniversary(first, years + 1)
    return years + Fraction((last - begins).days, (ends - begins).days)


def _anniversary(day: date, years: int) -> date:
    year = day.year + years
    if (day.month, day.day) == LEAP_DAY and not isleap(year):
        return date(year, 2, 28)
    return day.replace(year=year)
