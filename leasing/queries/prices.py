"""Which price holds in which billing period of a lease: that of the contract, or of a change agreed since."""

from collections.abc import Iterable
from datetime import datetime

from leasing.models import Annex, Lease
from leasing.rules import repricing
from leasing.rules.repricing import PriceChange
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.period import billing_periods


def price_changes(lease: Lease) -> list[PriceChange]:
    """Return the changes of a lease's price that both sides agreed on, the one accepted last behind."""
    return price_changes_of([lease]).get(lease.pk, [])


def price_changes_of(leases: Iterable[Lease]) -> dict[int, list[PriceChange]]:
    """Return the same of many leases by their keys, with one query; a lease without any stands not in it."""
    found: dict[int, list[PriceChange]] = {}
    for one in Annex.objects.prices().filter(lease__in=[lease.pk for lease in leases]):
        plan = one.change.price_plan
        if one.effective_from is not None and plan is not None:
            change = PriceChange(one.public_id, one.effective_from, plan)
            found.setdefault(one.lease_id, []).append(change)
    return found


def plan_at(lease: Lease, moment: datetime) -> PricePlan:
    """Return the price that holds at a moment; before its first period it is that of the first."""
    begun = [start for start in period_starts(lease) if start <= moment]
    return repricing.in_force(lease.agreed.price_plan, price_changes(lease), begun[-1] if begun else moment)


def period_starts(lease: Lease) -> list[datetime]:
    """Return when the billing periods of a lease that is handed over begin, to its end."""
    if lease.active_from is None:
        return []
    terms, end = lease.agreed, lease.active_to or lease.ends_at
    periods = billing_periods(lease.active_from, end, terms.zone, terms.billing_anchor_day)
    return [one.start for one in periods]
