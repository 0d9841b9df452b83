"""
Whether the daily means of a measured value go towards a limit, and when they reach it at this pace.

A straight line by least squares through the means of the last fourteen local days; all of it is exact.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil
from zoneinfo import ZoneInfo

from marketplace.shared.period import Period

LOOK_BACK = 14  # whole local days before the day of the look
FEWEST = 7  # of them with readings
AHEAD = 30  # days in which a limit is reached
PLACES = 12
INSTANT = timedelta(microseconds=1)


class Edge(StrEnum):
    """Which limit it is."""

    LOW = "LOW"
    HIGH = "HIGH"


@dataclass(frozen=True, slots=True)
class Amount:
    """The sum of ``count`` readings of a stretch of time."""

    period: Period
    total: Decimal | int
    count: int


@dataclass(frozen=True, slots=True)
class Trend:
    """
    Why it warns: the last of ``days`` daily means, what they change a day, and the limit.

    ``left`` are the days until the line is there, from the day of the look on; none if the last mean is
    beyond the limit, ``is_beyond``, or the line has reached it.
    """

    edge: Edge
    limit: Decimal
    mean: Fraction
    slope: Fraction
    left: int
    days: int
    is_beyond: bool


def span(day: date, zone: ZoneInfo) -> Period:
    """Return the whole local days that are looked at on a day."""
    start, end = (datetime.combine(one, time(), zone) for one in (day - timedelta(days=LOOK_BACK), day))
    return Period(start, end)


def daily(amounts: Iterable[Amount], zone: ZoneInfo) -> dict[date, Fraction]:
    """Return the mean of the readings of each local day; what crosses a midnight tells of no day."""
    sums: dict[date, tuple[Fraction, int]] = {}
    for one in amounts:
        assert one.period.end is not None
        day = one.period.start.astimezone(zone).date()
        if day == (one.period.end - INSTANT).astimezone(zone).date() and one.count:
            total, count = sums.get(day, (Fraction(), 0))
            sums[day] = (total + Fraction(one.total), count + one.count)
    return {day: total / count for day, (total, count) in sums.items()}


def line(means: Mapping[date, Fraction], day: date) -> tuple[Fraction, Fraction]:
    """Return where the line by least squares stands on a day, and what it changes a day."""
    places = {(one - day).days: mean for one, mean in means.items()}
    count, across = len(places), sum(places)
    level = sum(places.values(), Fraction())
    squares = count * sum(x * x for x in places) - across * across
    slope = (count * sum((x * y for x, y in places.items()), Fraction()) - across * level) / squares
    return (level - slope * across) / count, slope


def look(
    means: Mapping[date, Fraction], low: Decimal | None, high: Decimal | None, day: date
) -> Trend | None:
    """
    Return why to warn of daily means before ``day``; nothing if there are fewer than seven of them.

    It warns if the last mean is beyond a limit, or the line goes towards one and is there within 30 days.
    """
    if len(means) < FEWEST:
        return None
    mean = means[max(means)]
    now, slope = line(means, day)
    if high is not None and mean > Fraction(high):
        return Trend(Edge.HIGH, high, mean, slope, 0, len(means), is_beyond=True)
    if low is not None and mean < Fraction(low):
        return Trend(Edge.LOW, low, mean, slope, 0, len(means), is_beyond=True)
    edge, limit = (Edge.HIGH, high) if slope > 0 else (Edge.LOW, low)
    if slope == 0 or limit is None:
        return None
    left = max(0, ceil((Fraction(limit) - now) / slope))
    return Trend(edge, limit, mean, slope, left, len(means), is_beyond=False) if left <= AHEAD else None


def written(value: Fraction) -> Decimal:
    """Write a figure with twelve decimals, half away from zero."""
    scaled = (2 * abs(value.numerator) * 10**PLACES + value.denominator) // (2 * value.denominator)
    return Decimal(f"{'-' if value < 0 else ''}{scaled}E-{PLACES}")


def said(value: Decimal) -> str:
    """Say a figure to four digits, or to as many as it has before the point."""
    if not value:
        return "0"
    return plain(Decimal(f"{value:.{max(0, 3 - value.adjusted())}f}"))


def plain(value: Decimal) -> str:
    """Write a number exactly, without the zeros that only its column adds."""
    whole = f"{value:f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
