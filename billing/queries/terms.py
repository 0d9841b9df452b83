"""The minima of a lease's term: what its earlier periods cost, and what its last one is charged with."""

from collections.abc import Sequence
from fractions import Fraction

from billing.models import WindowSet
from billing.queries.periods import periods_of, running_of
from billing.queries.spreads import spread_of
from billing.queries.totals import local_days, totals, usage_sets
from billing.rules.periods import share_of_full
from leasing.models import Lease
from leasing.queries.prices import plan_at, price_changes
from leasing.rules.repricing import PriceChange, change_at
from leasing.rules.term_shares import share_of_term, years_of
from marketplace.rules.pricing.charge import Charge, charge
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.lines import Ladder
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money
from marketplace.shared.period import Period


def term_of(
    lease: Lease, period: Period, plan: PricePlan, *, before: PricePlan | None = None, is_agreed: bool = True
) -> Term | None:
    """
    Return what the earlier periods of a lease cost under a plan, by the usage known now.

    ``before`` is the plan that was in force in them, if that was another; where a change of the price was
    agreed on, it is what holds in them, unless ``plan`` is none that was agreed. Nothing is returned unless
    the plan has a minimum of the term and the period is the last one.
    """
    running, zone = running_of(lease), lease.agreed.zone
    if not plan.has_term() or running is None or running.end != period.end:
        return None
    return ending(
        _earlier(lease, period, before or _first(lease, plan, is_agreed), is_agreed=is_agreed),
        currency=plan.currency,
        share=share_of_term(running, lease.period, zone),
        years=years_of(running, zone),
    )


def to_term_minimum(lease: Lease, period: Period, rent: Money) -> Money | None:
    """Return what is missing of the least rent of a lease as agreed, with the rent of a period so far."""
    if lease.agreed.price_plan.term_minimum is None:
        return None
    plan = plan_at(lease, period.start)
    assert plan.term_minimum is not None, "a change of the price keeps its shape"
    years = years_of(lease.period, lease.agreed.zone)
    first = lease.agreed.price_plan
    term = ending(
        _earlier(lease, period, first, is_agreed=True), currency=rent.currency, share=Fraction(1), years=years
    )
    least = Money.of(plan.term_minimum.least(term, Ladder()), rent.currency)
    return max(least - term.rent - rent, Money.zero(rent.currency))


def _first(lease: Lease, plan: PricePlan, is_agreed: bool) -> PricePlan:
    """Return the price of the earliest periods: that of the contract, or the one that is asked for."""
    return lease.agreed.price_plan if is_agreed else plan


def _earlier(lease: Lease, period: Period, plan: PricePlan, *, is_agreed: bool) -> list[Charge]:
    """Price the periods of a lease before one, by the usage known now; one query for all window sets."""
    earlier = [one for one in periods_of(lease, until=period.start) if one.start < period.start]
    sets = list(usage_sets(lease, Period(earlier[0].start, period.start))) if earlier else []
    changes = price_changes(lease) if is_agreed and earlier else []
    return [_whole(lease, one, sets, _then(changes, one, plan)) for one in earlier]


def _then(changes: Sequence[PriceChange], period: Period, plan: PricePlan) -> PricePlan:
    """Return the price that was agreed for an earlier period, or else the one that is asked for."""
    held = change_at(changes, period.start)
    return plan if held is None else PricePlan.parse(held.plan, agreed=True)


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
