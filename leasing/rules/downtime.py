"""
How long a leased machine stood, and what follows: pure, so that both sides can work it out by hand.

A machine that was reported as standing is taken to stand, but for the time in which its own execution states
say that it ran. What the lessor answers for becomes a credit, or days by which the lease goes on longer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from leasing.rules.sla import Sla
from marketplace.shared.period import Period

HUNDREDTH = Decimal("0.01")
BASIS = "中华人民共和国民法典 第七百一十三条"


class Remedy(StrEnum):
    """How a lessee is made whole for a standstill that the lessor answers for: the law names these two."""

    CREDIT = "CREDIT"
    EXTENSION = "EXTENSION"


@dataclass(frozen=True)
class Piece:
    """
    A time that is settled: what of it the machine stood in hours of service, in seconds, and what it gives.

    ``share`` is percent of what the billing period ``month`` costs whatever the use; ``days`` are days of
    extension.
    """

    period: Period
    seconds: int
    month: Period | None = None
    service: int | None = None
    share: Decimal | None = None
    days: int | None = None


def stands(period: Period, runs: Iterable[Period], shortest: timedelta) -> list[Period]:
    """
    Return when a machine stood within a closed period: what its runs leave of it, shorter stops left out.
    """
    found, since = [], period.start
    for run in joined(one for run in runs if (one := run.intersect(period)) is not None):
        if run.start > since:
            found.append(Period(since, run.start))
        since = run.end or since
    if period.end is not None and period.end > since:
        found.append(Period(since, period.end))
    return [one for one in found if one.duration() >= shortest]


def stood(found: Sequence[Period], period: Period, sla: Sla, zone: ZoneInfo) -> int:
    """Return for how many seconds of service within a period a machine stood."""
    inside = (piece for one in found if (piece := one.intersect(period)) is not None)
    return sum(sla.seconds(piece, zone) for piece in inside)


def availability(down: int, service: int) -> Decimal:
    """
    Return for which percent of the service time a machine was available, cut to two places.

        >>> availability(36_000, 2_678_400)
        Decimal('98.65')
    """
    if not service:
        return Decimal("100.00")
    return (Decimal(100) * (service - down) / service).quantize(HUNDREDTH, rounding=ROUND_DOWN)


def credits_of_month(
    month: Period, found: Sequence[Period], settled: Sequence[tuple[Period, int]], sla: Sla, zone: ZoneInfo
) -> list[Piece]:
    """
    Return what is to be credited of a billing period beyond what is ``settled``, in order of time.

    ``found`` are all times that it stood by the lessor's fault; ``settled`` the times that a credit or an
    extension covers already, with the seconds that were credited. Nothing, as long as the machine was
    available enough. Shares are differences of one running total, so that their sum is what the total gives.
    """
    service = sla.seconds(month, zone)
    if availability(stood(joined(found), month, sla, zone), service) >= sla.availability:
        return []
    so_far = sum(seconds for _period, seconds in settled)
    pieces = []
    for one in joined(found):
        inside = one.intersect(month)
        for rest in inside.without([period for period, _seconds in settled]) if inside else ():
            seconds = sla.seconds(rest, zone)
            if seconds:
                share = sla.credit.share(so_far + seconds, service) - sla.credit.share(so_far, service)
                pieces.append(Piece(rest, seconds, month, service, share))
                so_far += seconds
    return pieces


def extension(found: Sequence[Period], settled: Sequence[Period], sla: Sla, zone: ZoneInfo) -> list[Piece]:
    """
    Return by how many days a lease goes on longer for the times that it stood and that nothing covers yet.

    A day of service that was lost gives a day; a started day counts once for all the times together.
    """
    pieces, so_far = [], 0
    for one in joined(found):
        for rest in one.without(settled):
            seconds = sla.seconds(rest, zone)
            if seconds:
                days = _days(so_far + seconds, sla) - _days(so_far, sla)
                pieces.append(Piece(rest, seconds, days=days))
                so_far += seconds
    return pieces


def joined(periods: Iterable[Period]) -> list[Period]:
    """Return closed periods in order, those that meet or overlap as one."""
    found: list[Period] = []
    for one in sorted(periods, key=lambda period: period.start):
        if found and found[-1].end is not None and one.start <= found[-1].end and one.end is not None:
            found[-1] = Period(found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(one)
    return found


def _days(seconds: int, sla: Sla) -> int:
    return -(-seconds // sla.service_day)
