"""How the leases of one side stand against its budget: by the cost that the page of the usage shows."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models

from billing.models import Budget, Invoice, Watermark, WindowSet
from billing.queries.periods import period_around, periods_of
from billing.queries.recorded import OVERLAP
from billing.queries.totals import FACTS
from billing.queries.usage import RunningCost, running_cost
from billing.rules.budgets import Figures, Parts, Unrated, forecast
from leasing.models import Lease
from leasing.rules.leases import RUNNING
from marketplace.rules.pricing.base_fee import BaseFee
from marketplace.rules.pricing.lines import OWNER
from marketplace.rules.pricing.quantity import METERS
from marketplace.shared.errors import DomainError
from marketplace.shared.period import Period, local_midnight

LOOKED_AT_LEAST = timedelta(hours=6)  # days without use go by without any news
FIXED = FACTS | {BaseFee.kind}
PLACES = 10**6


def budgets_to_watch(at: datetime) -> list[int]:
    """
    Return the keys of budgets to look at: use of theirs was metered or billed, or the last look is old.

    One of a lease that was over at the last look waits for news alone.

    ``OVERLAP`` is for runs that began before the last look and ended after it.
    """
    seen = models.OuterRef("seen_before")
    side = models.Q(unit__lease__lessee=models.OuterRef("organization"))
    side |= models.Q(unit__lease__lessor=models.OuterRef("organization"))
    metered = Watermark.objects.filter(metered_at__gte=seen)
    of_lease = metered.filter(unit__lease=models.OuterRef("lease"))
    billed = Invoice.objects.issued().filter(issued_at__gte=seen)
    sides = models.Q(buyer=models.OuterRef("organization")) | models.Q(seller=models.OuterRef("organization"))
    news = (
        models.Q(models.Exists(of_lease))
        | models.Q(models.Exists(metered.filter(side)), lease=None)
        | models.Q(models.Exists(billed.filter(sides)))
    )
    goes_on = models.Q(lease__active_to=None) | models.Q(lease__active_to__gte=models.F("checked_at"))
    old = models.Q(checked_at__lte=at - LOOKED_AT_LEAST) & goes_on
    old |= models.Q(checked_at=None) | models.Q(changed_at__gte=models.F("checked_at"))
    found = Budget.objects.active().annotate(seen_before=models.F("checked_at") - OVERLAP)
    return list(found.filter(old | news).order_by("pk").values_list("pk", flat=True))


def figures_of(budget: Budget, at: datetime) -> Figures | None:
    """Return how a budget stands; ``None`` as long as no machine of its lease was handed over."""
    if budget.lease is not None:
        return lease_figures(budget, budget.lease, at)
    return _month_figures(budget, at)


def lease_figures(
    budget: Budget,
    lease: Lease,
    at: datetime,
    *,
    cost: RunningCost | None = None,
    billed: Iterable[Invoice] | None = None,
) -> Figures | None:
    """
    Return how a lease stands in the billing period around a moment.

    ``cost`` and the issued invoices of its period are read if they are not known already.
    """
    cost = cost or running_cost(lease, at)
    if cost is None:
        return None
    net, ahead = _net(budget, cost, at, billed)
    return Figures(
        span=cost.period,
        net_minor=net,
        forecast_minor=ahead,
        usage={meter: _told(meter, quantity) for meter, quantity in cost.usage.items()},
        at_cap=cost.to_cap is not None and not cost.to_cap,
        idle_since=_idle_since(lease) if budget.idle_days else None,
    )


def month_around(at: datetime) -> Period:
    """Return the calendar month of the server's zone around a moment."""
    zone = ZoneInfo(settings.TIME_ZONE)
    first = at.astimezone(zone).date().replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return Period(local_midnight(first, zone), local_midnight(after, zone))


def leases_of_month(budget: Budget, month: Period) -> Iterator[tuple[Lease, Period]]:
    """Yield the leases of a side with their billing periods that begin in a month; each counts whole."""
    begun = Lease.objects.filter(**{budget.side: budget.organization}).exclude(active_from=None)
    begun = begun.exclude(active_to__lte=month.start).filter(active_from__lt=month.end)
    for lease in begun.select_related("lessor", "lessee").order_by("pk"):
        if lease.agreed.price_plan.currency == budget.currency:
            periods = periods_of(lease, until=month.start + month.duration())
            yield from ((lease, period) for period in periods if month.contains(period.start))


def kept_figures(budget: Budget) -> Figures | None:
    """Return how the leases of a side stood when the clock looked last; ``None`` before its first look."""
    if budget.span_start is None or budget.net_minor is None:
        return None
    span = Period(budget.span_start, budget.span_end)
    unrated = tuple(Unrated(*one) for one in budget.unrated)
    return Figures(span, budget.net_minor, budget.forecast_minor, unrated=unrated)


def shown_figures(budget: Budget, at: datetime) -> Figures | None:
    """Return what a page shows: of a lease as it stands now, of all leases of a side as it was looked at."""
    return kept_figures(budget) if budget.lease is None else lease_figures(budget, budget.lease, at)


def _month_figures(budget: Budget, at: datetime) -> Figures:
    """Add the leases of a side up; those that cannot be rated are named, and the others count."""
    month, net, ahead = month_around(at), 0, 0
    unrated: dict[str, Unrated] = {}
    for lease, period in leases_of_month(budget, month):
        if period.start > at:
            continue
        try:
            cost = running_cost(lease, period.start)
        except DomainError as error:
            unrated[lease.public_id] = Unrated(lease.public_id, lease.number, error.code)
            continue
        if cost is not None:
            so_far, later = _net(budget, cost, at)
            net, ahead = net + so_far, ahead + (so_far if later is None else later)
    return Figures(month, net, ahead, unrated=tuple(unrated.values()))


def _net(
    budget: Budget, cost: RunningCost, at: datetime, billed: Iterable[Invoice] | None = None
) -> tuple[int, int | None]:
    """Return cost so far and forecast of a period for one side: what is billed, or what it comes to."""
    is_lessee = budget.side == Budget.Of.LESSEE
    if billed is None:
        billed = (
            Invoice.objects.of_periods().issued().filter(lease=cost.lease, period_start=cost.period.start)
        )
    side = "buyer_id" if is_lessee else "seller_id"
    mine = [one.net_minor for one in billed if getattr(one, side) == budget.organization_id]
    if mine:
        return sum(mine), sum(mine)
    parts = _parts(cost, everything=is_lessee)
    return parts.net, forecast(parts, cost.period, at=at)


def _parts(cost: RunningCost, *, everything: bool) -> Parts:
    """Split a cost by how it grows; a lessor counts what it sells itself, a lessee everything."""
    fixed = rent = other = 0
    for line in cost.charge.lines:
        if line.seller != OWNER and not everything:
            continue
        if line.kind in FIXED:
            fixed += line.net.minor
        elif line.seller == OWNER:
            rent += line.net.minor
        else:
            other += line.net.minor
    to_minimum, to_cap = (None if one is None else one.minor for one in (cost.to_minimum, cost.to_cap))
    return Parts(fixed, rent, other, to_minimum, to_cap)


def _told(meter: str, quantity: Decimal) -> Decimal:
    """Return a quantity in the unit of the pages, cut to six places, so that it never seems to be more."""
    size = next(iter(METERS[meter].values()))
    return Decimal(int(Fraction(quantity) * PLACES / size)) / PLACES


def _idle_since(lease: Lease) -> datetime | None:
    """Return when the last day with use ended, or when the machine came; nothing if it is not in use now."""
    if lease.status not in RUNNING or lease.active_from is None:
        return None
    used = WindowSet.objects.filter(unit__lease=lease, quantity__gt=0).newest()
    last = used.aggregate(day=models.Max("local_day"))["day"]
    if last is None:
        return lease.active_from
    return max(lease.active_from, local_midnight(last + timedelta(days=1), lease.agreed.zone))


def period_of(budget: Budget, at: datetime) -> Period | None:
    """Return the span around a moment that a budget is for, without any figure."""
    return month_around(at) if budget.lease is None else period_around(budget.lease, at)
