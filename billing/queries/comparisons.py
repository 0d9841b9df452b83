"""A past period under another plan; nothing is written."""

from datetime import datetime

from billing.models import UsageWindow
from billing.queries.facts import facts_in
from billing.queries.spreads import earlier_totals
from billing.queries.terms import term_of
from billing.queries.totals import usage_sets
from billing.queries.usage import charged
from billing.rules.prices import KIND as PRICE
from billing.rules.what_if import Comparison, changed_at, compare
from leasing.models import Lease
from leasing.queries.prices import plan_at
from marketplace.rules.pricing.changed import charge_changed
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.spread import Spread
from marketplace.shared.period import Period


def what_if(
    lease: Lease, period: Period, plan: PricePlan, *, at: datetime, since: datetime | None = None
) -> Comparison:
    """
    Rate the usage of a period, as it is known now, by the price that holds and by another one.

    With ``since`` the other plan is in force from that moment on only.

    :raises NotComparable: if that moment is no quarter-hour inside the period
    """
    final = period.end is not None and period.end <= at
    sets, terms = list(usage_sets(lease, period)), lease.agreed
    now, prices = plan_at(lease, period.start), [one for one in facts_in(lease, period) if one.kind == PRICE]
    if since is None:
        present = charged(lease, period, sets, final=final)
        return compare(present, charged(lease, period, sets, final=final, plan=plan))
    present = charged(lease, period, sets, final=final, facts=prices)  # others stand beside both prices
    plans = (now, plan)
    slices = UsageWindow.objects.slices(sets, {*plans[0].meters(), *plan.meters()})
    remembered = {*plans[0].remembered_meters(), *plan.remembered_meters()}
    whole = Spread(terms.zone, period, slices, earlier_totals(lease, period, remembered))
    anchor = terms.billing_anchor_day
    parts = changed_at(since, period=period, plans=plans, whole=whole, anchor_day=anchor)
    term = term_of(lease, period, plan, before=terms.price_plan) if final else None
    return compare(present, charge_changed(parts, final=final, term=term))
