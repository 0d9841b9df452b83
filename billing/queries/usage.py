"""Reads of billing that join several models: usage of a period, what it costs so far, what is to be done."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

from django.db import models
from django.db.models.functions import Coalesce

from billing.models import (
    Checkpoint,
    ReviewItem,
    Watermark,
    WindowSet,
)
from billing.queries.facts import facts_in, facts_so_far
from billing.queries.periods import period_around, running_of
from billing.queries.recorded import OVERLAP
from billing.queries.sellers import TaxDesk
from billing.queries.spreads import spread_of
from billing.queries.terms import term_of, to_term_minimum
from billing.queries.totals import rent_of, totals, totals_of, usage_sets
from billing.rules import metering
from billing.rules.completeness import GapSpan, Known, State, joined, state_of
from billing.rules.counted import Counted
from billing.rules.drafting import by_owner
from billing.rules.facts import Recorded, charge_with
from billing.rules.periods import is_settled, share_of_full
from billing.rules.prices import Repriced, price_in
from devices.models import Binding, Head, MeterChange
from devices.rules.readings import instant
from leasing.models import Lease, LeaseUnit
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.charge import Charge
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.quotes import TaxedLine, taxed_lines
from marketplace.shared.money import Money
from marketplace.shared.period import Period, local_midnight

KNOWN = ("first_order", "heard", "watermark", "gaps", "lasting")


@dataclass(frozen=True)
class RunningCost:
    """
    What a period of a lease costs so far: the invoice's own rule on the usage known now; an estimate.

    ``to_minimum`` is rent still missing to the minimum that the last run would ask for, ``to_cap`` rent left
    before the cap; ``None`` where the plan has no such bound. ``to_term_minimum`` is what is missing of
    the least rent of the whole lease as it was agreed, all periods so far counted. ``plan`` is the price that
    holds in the period.
    """

    lease: Lease
    period: Period
    plan: PricePlan
    share: Fraction
    charge: Charge
    lines: tuple[TaxedLine, ...]
    usage: dict[str, Decimal]
    to_minimum: Money | None
    to_cap: Money | None
    to_term_minimum: Money | None

    @property
    def net(self) -> Money:
        """The cost so far, before tax."""
        return self.charge.total()

    @property
    def tax(self) -> Money:
        """The tax on it, line by line."""
        return Money.total((taxed.tax for taxed in self.lines), self.charge.currency)

    @property
    def gross(self) -> Money:
        """The cost so far, tax included."""
        return self.net + self.tax

    @property
    def rent(self) -> Money:
        """What the owner would ask for by the plan, before tax, and without the facts beside it."""
        return rent_of(self.charge)


def known_use(lease: Lease) -> dict[tuple[int, int], Known]:
    """Return how far the use of a lease is known, by unit and device."""
    rows = Checkpoint.objects.filter(unit__lease=lease).order_by("first_order")
    last: dict[tuple[int, int], Checkpoint] = {}
    gaps: dict[tuple[int, int], list[GapSpan]] = {}
    for row in rows.only("device_id", "unit_id", "binding_id", "local_day", *KNOWN):
        key = row.unit_id, row.device_id
        last[key] = row
        gaps.setdefault(key, []).extend(GapSpan(*gap) for gap in row.gaps)
    return {
        key: Known(row.heard, row.watermark, joined([*gaps[key], *(GapSpan(*gap) for gap in row.lasting)]))
        for key, row in last.items()
    }


class Completeness(NamedTuple):
    """What a stretch of usage is, and the gaps in it."""

    state: State
    gaps: list[GapSpan]


def completeness(
    lease: Lease, at: datetime, *, use: Mapping[tuple[int, int], Known] | None = None
) -> Callable[[WindowSet, datetime, datetime], Completeness]:
    """
    Return a function that says of a time of a window set what it is.

    One query for all of a lease, or none if :func:`known_use` was asked before.
    """
    known = known_use(lease) if use is None else use
    of_day = cache(lambda day: is_day_settled(lease, day, at))

    def about(found: WindowSet, start: datetime, end: datetime) -> Completeness:
        of_device = known.get((found.unit_id, found.device_id))
        gaps = of_device.gaps_in(instant(start), instant(end)) if of_device else []
        settled = of_day(found.local_day)
        return Completeness(state_of(gaps, is_settled=settled), gaps)

    return about


def day_edges(day: date, lease: Lease) -> tuple[datetime, datetime]:
    """Return the part of a local day in which a lease ran."""
    zone, running = lease.agreed.zone, running_of(lease)
    start, end = local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone)
    if running is None or running.end is None:
        return start, end
    return max(start, running.start), min(end, running.end)


def is_day_settled(lease: Lease, day: date, at: datetime) -> bool:
    """Tell whether a local day of a lease is past the grace for late readings."""
    terms = lease.agreed
    end = local_midnight(day + timedelta(days=1), terms.zone)
    return is_settled(end, grace=timedelta(hours=terms.grace_hours), at=at)


def charged(
    lease: Lease,
    period: Period,
    sets: Sequence[WindowSet],
    *,
    final: bool,
    facts: Sequence[Recorded] | None = None,
    plan: PricePlan | None = None,
) -> Charge:
    """
    Price a billing period under the lease's frozen plan, or another: its use, and what leasing recorded.

    The last period of a lease is priced up to the minima of its term. ``facts`` are those of the period
    (:func:`facts_in`); they are read if they are not given.
    """
    facts = facts_in(lease, period) if facts is None else facts
    return charge_of(lease, period, Counted.of(sets), facts=facts, final=final, plan=plan)


def charge_of(
    lease: Lease,
    period: Period,
    counted: Counted,
    *,
    final: bool,
    facts: Sequence[Recorded],
    plan: PricePlan | None = None,
) -> Charge:
    """Price what was counted in a billing period, as :func:`charged` does."""
    terms = lease.agreed
    is_agreed = plan is None
    if plan is None:
        plan = price_in(terms.price_plan, facts)
    else:  # another price than that of the period
        facts = [one for one in facts if not isinstance(one, Repriced)]
    made = charge_with(
        plan,
        totals_of(counted, plan),
        facts,
        period=period,
        zone=terms.zone,
        anchor_day=terms.billing_anchor_day,
        final=final,
        spread=spread_of(lease, period, counted.named(), plan=plan) if plan.timed_meters() else None,
        term=term_of(lease, period, plan, is_agreed=is_agreed) if final else None,
    )
    return with_sellers(lease, made)


def with_sellers(lease: Lease, made: Charge) -> Charge:
    """Return a charge by who issues it: what the platform sells beside its own rent is on one invoice."""
    if lease.lessor.kind != OrganizationKind.PLATFORM:
        return made
    return by_owner(made)


def running_cost(lease: Lease, at: datetime) -> RunningCost | None:
    """
    Return what the billing period around ``at`` costs so far; ``None`` if the machine was not handed over.

    Base fee, minimum and cap are those of the whole period, as the invoice will have them.
    """
    period = period_around(lease, at)
    if period is None:
        return None
    terms = lease.agreed
    sets = list(usage_sets(lease, period))
    facts = facts_so_far(lease, period)
    so_far = charged(lease, period, sets, final=False, facts=facts)
    plan, rent = price_in(terms.price_plan, facts), rent_of(so_far)
    share = share_of_full(period, zone=terms.zone, anchor_day=terms.billing_anchor_day, plan=plan)
    on = at.astimezone(terms.zone).date()
    taxes = TaxDesk.of([lease]).taxes(lease, so_far.sellers(), on)
    return RunningCost(
        lease=lease,
        period=period,
        plan=plan,
        share=share,
        charge=so_far,
        lines=taxed_lines(so_far.lines, on=on, taxes=taxes),
        usage=totals(lease, sets),
        to_minimum=_distance(plan.minimum, share, rent),
        to_cap=_distance(plan.cap, share, rent),
        to_term_minimum=to_term_minimum(lease, period, rent),
    )


def units_to_meter(at: datetime, *, leases: Collection[int] | None = None) -> list[int]:
    """
    Return the ids of units that ended, or whose machine has reported or lost a device, since metering.

    So does one of a device of which a changed counter was recorded. ``leases`` are the keys of those that are
    about to be billed, else all are looked at; of them also units that an older version counted.
    """
    metered = Watermark.objects.filter(unit=models.OuterRef("pk"))
    reported = Head.objects.filter(device__bindings__equipment=models.OuterRef("equipment"), arrivals__gt=0)
    stale = reported.exclude(
        models.Exists(
            Watermark.objects.filter(
                unit=models.OuterRef(models.OuterRef("pk")),
                device=models.OuterRef("device"),
                arrival__gte=models.OuterRef("arrivals"),
            )
        )
    )
    over = Coalesce("active_to", "lease__ends_at")
    ended = metered.filter(
        models.Q(metered_at__lt=models.OuterRef("over"))
        | models.Q(active_to=None) & models.Q(unit__active_to__isnull=False)
    )
    seen = Watermark.objects.filter(
        unit=models.OuterRef(models.OuterRef("pk")), device=models.OuterRef("device")
    )
    unbound = Binding.objects.filter(
        models.Exists(seen.filter(metered_at__lt=models.OuterRef("period__endswith"))),
        equipment=models.OuterRef("equipment"),
        period__endswith__lte=at,
    )
    unseen = models.Exists(seen.filter(metered_at__lt=models.OuterRef("recorded_at")))
    just = models.Q(recorded_at__gt=at - OVERLAP)  # a run that overlapped may not have seen it
    counters = MeterChange.objects.filter(
        unseen | just,
        device__bindings__equipment=models.OuterRef("equipment"),
    )
    changed: Any = (
        models.Exists(stale)
        | models.Exists(unbound)
        | models.Exists(counters)
        | (models.Q(over__lte=at) & models.Exists(ended))
    )
    started = LeaseUnit.objects.exclude(active_from=None).annotate(over=over)
    if leases is not None:
        started = started.filter(lease__in=leases)
        changed |= models.Exists(metered.exclude(rule_version=metering.VERSION))
    return list(started.filter(changed).order_by("pk").values_list("pk", flat=True))


def reviews_due(at: datetime) -> list[int]:
    """Return the ids of review items on which the sides did not agree in time."""
    due = ReviewItem.objects.waiting().filter(deadline__lte=at)
    return list(due.order_by("pk").values_list("pk", flat=True))


def _distance(bound: Decimal | None, share: Fraction, rent: Money) -> Money | None:
    if bound is None:
        return None
    whole = Money.of(Fraction(bound) * share, rent.currency)
    return max(whole - rent, Money.zero(rent.currency))
