"""The minima of a lease's term: what its earlier periods cost, and what its last one is charged with."""

from collections.abc import Sequence
from fractions import Fraction

from billing.models import WindowSet
from billing.queries.periods import periods_of, running_of
from billing.queries.spreads import spread_of
from billing.queries.totals import local_days, totals, usage_sets
from billing.rules.periods import share_of_full
from leasing.models import Lease
from leasing.rules.term_shares import share_of_term, years_of
from marketplace.rules.pricing.charge import Charge, charge
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.lines import Ladder
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money
from marketplace.shared.period import Period


def term_of(lease: Lease, period: Period, plan: PricePlan, *, before: PricePlan | None = None) -> Term | None:
    """
    Return what the earlier periods of a lease cost under a plan, by the usage known now.

    ``before`` is the plan that was in force in them, if that was another. Nothing is returned unless the plan
    has a minimum of the term and the period is the last one.
    """
    running, zone = running_of(lease), lease.agreed.zone
    if not plan.has_term() or running is None or running.end != period.end:
        return None
    return ending(
        _earlier(lease, period, before or plan),
        currency=plan.currency,
        share=share_of_term(running, lease.period, zone),
        years=years_of(running, zone),
    )


def to_term_minimum(lease: Lease, period: Period, rent: Money) -> Money | None:
    """Return what is missing of the least rent of a lease as agreed, with the rent of a period so far."""
    plan = lease.agreed.price_plan
    if plan.term_minimum is None:
        return None
    years = years_of(lease.period, lease.agreed.zone)
    term = ending(_earlier(lease, period, plan), currency=rent.currency, share=Fraction(1), years=years)
    least = Money.of(plan.term_minimum.least(term, Ladder()), rent.currency)
    return max(least - term.rent - rent, Money.zero(rent.currency))


def _earlier(lease: Lease, period: Period, plan: PricePlan) -> list[Charge]:
    """Price the periods of a lease before one, by the usage known now; one query for all window sets."""
    earlier = [one for one in periods_of(lease, until=period.start) if one.start < period.start]
    sets = list(usage_sets(lease, Period(earlier[0].start, period.start))) if earlier else []
    return [_whole(lease, one, sets, plan) for one in earlier]


def _whole(lease: Lease, period: Period, sets: Sequence[WindowSet], plan: PricePlan) -> Charge:
    """Price one of several periods, of whose usage ``sets`` hold all; without what leasing recorded."""
    terms = lease.agreed
    first, last = local_days(period, terms.zone)
    mine = [found for found in sets if first <= found.local_day <= last]
    return charge(
        plan,
        totals(lease, mine, plan),
        share_of_period=share_of_full(
            period, zone=terms.zone, anchor_day=terms.billing_anchor_day, plan=plan
        ),
        final=True,
        spread=spread_of(lease, period, mine, plan=plan),
    )
