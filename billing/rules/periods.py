"""Which periods of a lease are to be billed, and which part of a full period they are."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.period import Period, billing_periods, whole_period


def due_periods(
    running: Period, *, zone: ZoneInfo, anchor_day: int, grace: timedelta, at: datetime
) -> Iterator[Period]:
    """Yield the billing periods of a lease that are over, and whose grace for late readings is over too."""
    for period in billing_periods(running.start, running.end, zone, anchor_day):
        if period.end is None or period.end + grace > at:
            return
        yield period


def period_at(running: Period, moment: datetime, *, zone: ZoneInfo, anchor_day: int) -> Period:
    """Return the billing period around a moment; the first or the last one if the moment lies outside."""
    found = None
    for period in billing_periods(running.start, running.end, zone, anchor_day):
        found = period
        if period.end is not None and moment < period.end:
            break
    assert found is not None, "a lease has at least one period"
    return found


def share_of_full(
    period: Period, *, zone: ZoneInfo, anchor_day: int, plan: PricePlan | None = None
) -> Fraction:
    """Return which part of its full billing period a period is: by local days, or as ``plan`` says."""
    whole = whole_period(period.start, zone, anchor_day)
    return period.share_of(whole, zone) if plan is None else plan.share(period, whole, zone)


def is_settled(day_end: datetime, *, grace: timedelta, at: datetime) -> bool:
    """Tell whether a day's usage is past the grace for late readings; before that it is provisional."""
    return day_end + grace <= at
