"""What a lease is expected to cost, and whether the credit that its lessor grants is enough."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import models

from leasing.models import CreditLimit, Lease, LeaseUnit, Offer
from leasing.queries.prices import plan_at, price_changes, price_changes_of
from leasing.rules.annexes import Change
from leasing.rules.approval import Decision, decide
from leasing.rules.change_costs import ChangeCost, Course, Pace, change_cost, repriced
from leasing.rules.estimates import estimate
from leasing.rules.leases import BOUND, RUNNING
from leasing.rules.months import exceeds
from leasing.rules.repricing import PriceChange
from leasing.rules.terms import Terms
from marketplace.rules.pricing.plans import PricePlan
from marketplace.shared.money import Money
from marketplace.shared.period import Period

NO_TIME = timedelta(0)


def expected_charges(lease: Lease) -> Money:
    """
    Return what a lease is expected to cost in all, tax included: the total that its page shows, and of a
    finance lease all instalments.
    """
    terms = json.dumps(lease.terms, sort_keys=True)
    return _priced(terms, tuple(sorted(lease.usage_expected.items())), lease.period)


@lru_cache(maxsize=1024)
def _priced(terms: str, usage: tuple[tuple[str, Decimal], ...], period: Period) -> Money:
    """Price what is agreed; a lessor looks at the same leases of a lessee with each that it accepts."""
    found = Terms.parse(json.loads(terms), agreed=True)
    plan, anchor = found.price_plan, found.billing_anchor_day
    made = estimate(plan, dict(usage), period, zone=found.zone, anchor_day=anchor).gross
    if found.finance is None:
        return made
    return made + found.finance.total(period.start.astimezone(found.zone).date())


@dataclass(frozen=True)
class _Course:
    """How a lease goes on; its terms, known by their digest, are read only if this is not priced yet."""

    terms_digest: str
    usage: tuple[tuple[str, Decimal], ...]
    agreed: Period
    taken: timedelta
    period: Period
    prices: tuple[str, ...]
    changes: tuple[PriceChange, ...] = field(compare=False)
    lease: Lease = field(compare=False)


def exposures_of(leases: Sequence[Lease]) -> list[Money]:
    """
    Return what each lease is expected to cost in all; of one that binds with what was changed since it was
    agreed: each of its machines works for its own time at the pace that was expected of the first for the
    first period, at the prices agreed since. Three queries, however many leases; the terms may be deferred.
    """
    changes = price_changes_of(leases)
    offers = Offer.objects.filter(lease__in=leases).order_by("lease_id", "-version").distinct("lease_id")
    agreed = {
        lease: Period(*times) for lease, *times in offers.values_list("lease_id", "starts_at", "ends_at")
    }
    cores: dict[int, list[Any]] = {}
    used = models.Q(claim__active=True) | ~models.Q(active_from=None)
    units = LeaseUnit.objects.filter(used, lease__in=leases).values_list("lease_id", "claim__core")
    for lease, core in units:
        cores.setdefault(lease, []).append(core)
    return [
        _exposed(
            _Course(
                one.terms_digest,
                tuple(sorted(one.usage_expected.items())),
                agreed.get(one.pk, one.period),
                _taken(one, cores.get(one.pk, [])),
                one.period,
                tuple(each.annex for each in changes.get(one.pk, ())),
                tuple(changes.get(one.pk, ())),
                one,
            )
        )
        if one.status in BOUND | RUNNING
        else expected_charges(one)
        for one in leases
    ]


@lru_cache(maxsize=1024)
def _exposed(course: _Course) -> Money:
    """Price a lease that binds, once: a lessor looks at the same ones with each that it accepts."""
    pace = Pace(dict(course.usage), course.agreed, 1)
    usage = pace.over_time(course.taken, course.lease.agreed.price_plan)
    terms = json.dumps(course.lease.terms, sort_keys=True)
    made = _priced(terms, tuple(sorted(usage.items())), course.period)
    return made + _more(course.lease, pace, course.taken, course.changes) if course.changes else made


def _more(lease: Lease, pace: Pace, taken: timedelta, changes: Sequence[PriceChange]) -> Money:
    """Return what prices agreed since make a lease more expensive than its contract."""
    terms = lease.agreed
    return repriced(
        changes,
        period=lease.period,
        taken=taken,
        pace=pace,
        plan=terms.price_plan,
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
    )


def pace_of(lease: Lease) -> Pace:
    """Return what was expected of one machine for the time that was agreed first."""
    first = max(lease.offers.all(), key=lambda one: one.version, default=lease)
    return Pace(lease.usage_expected, Period(first.starts_at, first.ends_at), 1)


def _taken(lease: Lease, cores: Sequence[Any]) -> timedelta:
    """Return for how long the machines of a lease are taken for it, all together; at least as agreed."""
    spans = [min(core.upper, lease.ends_at) - max(core.lower, lease.starts_at) for core in cores]
    return sum((one for one in spans if one > NO_TIME), NO_TIME) or lease.period.duration()


def cost_of(lease: Lease, change: Change, machines: int, moment: datetime) -> ChangeCost:
    """Return what a change costs from a moment on, for a lease with so many machines in use."""
    terms = lease.agreed
    return change_cost(
        change,
        before=Course(lease.ends_at, machines),
        moment=moment,
        pace=pace_of(lease),
        plan=plan_at(lease, moment),
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
        price=None if change.price_plan is None else PricePlan.parse(change.price_plan, agreed=True),
    )


def credit_decision(lease: Lease, at: datetime) -> Decision:
    """Look at a lease by the limit that its lessor has set for its lessee; others are those that bind it."""
    return _decided(lease, None, lease.period, at)


def change_decision(lease: Lease, change: Change, machines: int, at: datetime) -> Decision:
    """Look at a lease as it would be with a change, in the same way; what gets cheaper lowers nothing."""
    moment = max(change.effective_from or at, at)
    zero = Money.zero(lease.agreed.price_plan.currency)
    if change.price_plan is None:
        more = max(cost_of(lease, change, machines, moment).expected, zero)
    else:
        more = max(_price_more(lease, change), zero)
    period = Period(lease.starts_at, change.ends_at or lease.ends_at)
    return _decided(lease, more, period, at)


def _price_more(lease: Lease, change: Change) -> Money:
    """Return what another price makes a lease more expensive, from the day it holds from, past or to come."""
    assert change.effective_from is not None and change.price_plan is not None, "a price has its beginning"
    known = price_changes(lease)
    units = LeaseUnit.objects.filter(models.Q(claim__active=True) | ~models.Q(active_from=None), lease=lease)
    taken = _taken(lease, list(units.values_list("claim__core", flat=True)))
    new = PriceChange("", change.effective_from, change.price_plan)
    pace = pace_of(lease)
    return _more(lease, pace, taken, [*known, new]) - _more(lease, pace, taken, known)


def _decided(lease: Lease, more: Money | None, period: Period, at: datetime) -> Decision:
    found = CreditLimit.objects.in_force(lease.lessor_id, lease.lessee_id, at)
    limit = found.value() if found else None
    binding = Lease.objects.filter(status__in=BOUND | RUNNING).exclude(pk=lease.pk)
    others = binding.filter(lessor=lease.lessor_id, lessee=lease.lessee_id)
    months = limit.months if limit else None
    mine, *theirs = exposures_of([lease, *others.defer("terms")])
    return decide(
        limit=limit,
        charges=mine if more is None else mine + more,
        others=theirs,
        is_longer=months is not None and exceeds(period, months, lease.agreed.zone),
    )
