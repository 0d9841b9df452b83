"""Which price holds in which billing period of a lease: that of the contract, or of a change agreed since."""

from datetime import datetime

from leasing.models import Lease
from leasing.rules import repricing
from leasing.rules.repricing import PriceChange
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.period import billing_periods


def price_changes(lease: Lease) -> list[PriceChange]:
    """Return the changes of a lease's price that both sides agreed on, the one accepted last behind."""
    return [
        PriceChange(one.public_id, one.effective_from, one.change.price_plan)
        for one in lease.annexes.prices()
        if one.effective_from is not None and one.change.price_plan is not None
    ]


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
