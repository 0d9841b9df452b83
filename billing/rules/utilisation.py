"""
How much of the time that machines were on offer they were leased, and how much of that they ran.

A machine is *there* while it is on offer or leased; it is *idle* while it is there and nobody leases it. One
that was not given back in time is neither: its owner cannot let it, and nobody has it by right. It *ran* for
as long as its leases' meters counted run time, which is a share of the time of those leases alone: of a slot,
or a lease that counts parts, nobody knows how long it ran. Hours are exact; an hour that has not come yet is
none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from marketplace.shared.period import local_midnight

Span = tuple[datetime, datetime]
SHOWN = 12  # weeks or months side by side
MICROSECOND = timedelta(microseconds=1)
AN_HOUR = Decimal(3_600_000_000)  # microseconds
NOTHING = timedelta(0)
PUBLISHED, STOPPED = "listing.published", ("listing.paused", "listing.retired")


class By(StrEnum):
    """How long a column of the chart is."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Bucket:
    """One week or month: its first local day, the day after its last, and the moments between, up to now."""

    first: date
    after: date
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Use:
    """
    What became of the time of machines: there, leased, run; ``counted`` is leased time in which run time was
    counted, ``overdue`` the time in which they were not given back, beside all of these.
    """

    there: timedelta = NOTHING
    leased: timedelta = NOTHING
    ran: timedelta = NOTHING
    counted: timedelta = NOTHING
    overdue: timedelta = NOTHING

    def __add__(self, other: "Use") -> "Use":
        return Use(
            self.there + other.there,
            self.leased + other.leased,
            self.ran + other.ran,
            self.counted + other.counted,
            self.overdue + other.overdue,
        )

    @property
    def idle(self) -> timedelta:
        """On offer, and leased by nobody."""
        return self.there - self.leased

    @property
    def leased_share(self) -> Decimal | None:
        """Leased of there; nothing where a machine was not there at all."""
        return _share(self.leased, self.there)

    @property
    def ran_share(self) -> Decimal | None:
        """Run of the leased time in which run time was counted; nothing where none was."""
        return _share(self.ran, self.counted)


NO_USE = Use()


def hours(span: timedelta) -> Decimal:
    """
    Return a length in hours, exact.

        >>> hours(timedelta(minutes=90))
        Decimal('1.5')
    """
    return Decimal(span // MICROSECOND) / AN_HOUR


def buckets(by: By, last: date, *, zone: ZoneInfo, now: datetime) -> list[Bucket]:
    """Return the twelve weeks (from Monday on) or months that end with the one in which a day lies."""
    first = _start_of(by, last)
    starts = [first]
    for _ in range(SHOWN - 1):
        first = _start_of(by, first - timedelta(days=1))
        starts.append(first)
    return [_bucket(one, _after(by, one), zone, now) for one in reversed(starts)]


def offered(words: Iterable[tuple[datetime, str]], now: datetime) -> list[Span]:
    """Return when a listing was on offer, by what was done with it, in the order of time."""
    found, since = [], None
    for at, word in words:
        if word == PUBLISHED and since is None:
            since = at
        elif word in STOPPED and since is not None:
            found.append((since, at))
            since = None
    return [*found, (since, now)] if since is not None else found


def uses_of(
    listed: Sequence[Span],
    leased: Sequence[Span],
    late: Sequence[Span] = (),
    counted: Sequence[Span] = (),
    *,
    ran: Sequence[timedelta],
    within: Sequence[Bucket],
) -> tuple[Use, ...]:
    """Return what became of the time of one machine in each bucket; what overlaps counts once."""
    away, there = [*leased, *late], [*listed, *leased, *late]
    found = []
    for hours_run, span in zip(ran, within, strict=True):
        let = covered(leased, span)
        gone = covered(away, span)
        idle = covered(there, span) - gone if listed else NOTHING
        used = Use(let + idle, let, hours_run, covered(counted, span), gone - let)
        found.append(used if gone or idle or hours_run else NO_USE)
    return tuple(found)


def covered(spans: Sequence[Span], within: Bucket) -> timedelta:
    """Return how much of a bucket spans cover, together."""
    first, last = within.start, within.end
    touching = [one for one in spans if one[0] < last and one[1] > first] if spans else []
    if not touching:
        return NOTHING
    total, reached = NOTHING, first
    for start, end in sorted(touching) if touching[1:] else touching:
        since, until = max(start, reached), min(end, last)
        if since < until:
            total += until - since
            reached = until
    return total


def added(uses: Iterable[Use]) -> Use:
    """Add up uses, of which most may be none."""
    there = leased = ran = counted = overdue = NOTHING
    for one in uses:
        if one is not NO_USE:
            there, leased = there + one.there, leased + one.leased
            ran, counted = ran + one.ran, counted + one.counted
            overdue += one.overdue
    return Use(there, leased, ran, counted, overdue)


def _share(part: timedelta, whole: timedelta) -> Decimal | None:
    return Decimal(part // MICROSECOND) / Decimal(whole // MICROSECOND) if whole else None


def _start_of(by: By, day: date) -> date:
    return day.replace(day=1) if by is By.MONTH else day - timedelta(days=day.weekday())


def _after(by: By, first: date) -> date:
    if by is By.WEEK:
        return first + timedelta(days=7)
    return (first + timedelta(days=31)).replace(day=1)


def _bucket(first: date, after: date, zone: ZoneInfo, now: datetime) -> Bucket:
    start, end = local_midnight(first, zone), local_midnight(after, zone)
    return Bucket(first, after, start, max(min(end, now), start))
