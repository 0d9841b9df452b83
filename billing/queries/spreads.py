"""When usage was counted, where prices depend on it."""

from bisect import bisect_right
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from billing.models import UsageWindow, WindowSet
from billing.queries.periods import periods_of
from billing.rules.counted import Named
from leasing.models import Lease
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.spread import Spread
from marketplace.shared.period import Period


def spread_of(
    lease: Lease,
    period: Period,
    sets: Iterable[WindowSet | Named],
    *,
    plan: PricePlan | None = None,
    known_at: datetime | None = None,
) -> Spread | None:
    """
    Return when the usage of window sets was counted, where prices depend on it; by ``plan``, or the lease's.

    One query for all quarter-hours of the period, and one for the periods before where they matter; these are
    as known at a moment, or now.
    """
    terms = lease.agreed
    plan = plan or terms.price_plan
    timed = plan.timed_meters()
    if not timed:
        return None
    slices = UsageWindow.objects.slices(sets, timed)
    earlier = earlier_totals(lease, period, plan.remembered_meters(), known_at=known_at)
    return Spread(terms.zone, period, slices, earlier)


def earlier_totals(
    lease: Lease, period: Period, meters: Collection[str], *, known_at: datetime | None = None
) -> dict[str, list[Decimal]]:
    """Return, by meter, the totals of the billing periods before one, oldest first, as known at a moment."""
    if not meters:
        return {}
    zone = lease.agreed.zone
    edges = [one.start.astimezone(zone).date() for one in periods_of(lease, until=period.start)]
    found = {meter: [Decimal(0)] * (len(edges) - 1) for meter in meters}
    sets = WindowSet.objects.filter(unit__lease=lease, meter__in=meters, local_day__lt=edges[-1])
    for meter, day, quantity in sets.newest(known_at=known_at).by_day():
        found[meter][bisect_right(edges, max(day, edges[0])) - 1] += quantity
    return found
