"""Which facts belong to which period of a lease, and which of them are billed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.models import BillingMark, Correction, Invoice, InvoiceLineFact
from billing.queries.periods import running_of, whole_of
from billing.queries.recorded import recorded_of
from billing.queries.sellers import seller_id
from billing.rules.facts import Recorded, placed
from billing.rules.prices import Repriced
from leasing.models import Lease
from marketplace.shared.period import Period


@dataclass(frozen=True)
class Billed:
    """A line of an issued invoice that bills a fact, and the period in which it stands."""

    start: datetime
    net_minor: int
    tax_category: str


@dataclass(frozen=True)
class Unbilled:
    """A final fact of a period that is billed: missing there, or billed at another sum or tax category."""

    period: Period
    fact: Recorded


def facts_in(lease: Lease, period: Period) -> list[Recorded]:
    """Return the final facts of leasing that are billed in a period of a lease."""
    return placed_of(lease, whole_of(lease)).get(period.start, [])


def facts_so_far(lease: Lease, period: Period) -> list[Recorded]:
    """Return the facts of a period that may not be billed yet: it is not looked up where they were billed."""
    periods = whole_of(lease)
    return placed(recorded_of(lease, periods), periods, {}).get(period.start, [])


def placed_of(lease: Lease, periods: Sequence[Period]) -> dict[datetime, list[Recorded]]:
    """Return the final facts of a lease by the start of the period in which each is billed."""
    recorded = recorded_of(lease, periods)
    if not recorded:
        return {}
    starts = {key: one.start for key, one in billed_of(lease).items()}
    return placed(recorded, periods, starts)


def billed_of(lease: Lease) -> dict[tuple[str, str], Billed]:
    """
    Return by kind and source what issued invoices of a lease and their notes bill of its facts, added up.

    Of a fact that moved to another tax category the one in which something is left is told.
    """
    found = InvoiceLineFact.objects.filter(line__invoice__lease=lease, line__invoice__status="ISSUED")
    rows = found.order_by("version", "pk").values_list(
        "kind", "source", "tax_category", "line__invoice__period_start", "line__net_minor"
    )
    sums: dict[tuple[str, str], dict[str, int]] = {}
    starts: dict[tuple[str, str], datetime] = {}
    for kind, source, category, start, net_minor in rows:
        by_category = sums.setdefault((kind, source), {})
        by_category[category] = by_category.get(category, 0) + net_minor
        starts.setdefault((kind, source), start)
    return {key: Billed(starts[key], *_standing(by_category)) for key, by_category in sums.items()}


def _standing(by_category: Mapping[str, int]) -> tuple[int, str]:
    left = [(minor, category) for category, minor in by_category.items() if minor]
    return left[-1] if left else (0, list(by_category)[-1])


def facts_unbilled(lease: Lease) -> list[Unbilled]:
    """
    Return the final facts that belong to periods whose seller has issued its invoice without them.

    Also those that were looked at as something else: one settled at less, an award that is not taxed after
    all. Only a correction of the original period can bill them; one that changes no amount is looked at, too.
    """
    periods = whole_of(lease)
    starts = {key: one.start for key, one in billed_of(lease).items()}
    issued = set(
        Invoice.objects.of_periods()
        .issued()
        .filter(lease=lease)
        .values_list("period_start", "seller__public_id")
    )
    placed_ = placed(recorded_of(lease, periods), periods, starts)
    if not any(start in placed_ for start, _ in issued):
        return []
    looked, by_start = looked_at(lease), {period.start: period for period in periods}
    return [
        Unbilled(by_start[start], one)
        for start, found in sorted(placed_.items())
        for one in found
        if (start, seller_id(lease=lease, seller=one.seller)) in issued
        and one.dump() not in looked.get(start, ())
    ]


def looked_at(lease: Lease) -> dict[datetime, list[dict[str, Any]]]:
    """
    Return by the start of billed periods the facts that were last looked at, as they were kept.

    These are those of the last correction that stands, and of what was issued at its time and since.
    """
    found: dict[datetime, list[dict[str, Any]]] = {}
    made: dict[datetime, datetime] = {}
    standing = Correction.objects.standing().exclude(outcome=Correction.Outcome.WAITING)
    for one in standing.filter(lease=lease).order_by("pk"):
        found[one.period_start], made[one.period_start] = list(one.recorded), one.made_at
    issued = Invoice.objects.of_periods().issued().filter(lease=lease).order_by("pk")
    for start, issued_at, recorded in issued.values_list("period_start", "issued_at", "recorded"):
        if start not in made or (issued_at is not None and issued_at >= made[start]):
            found.setdefault(start, []).extend(recorded)
    return found


def late_periods(lease: Lease) -> list[Period]:
    """
    Return the billed periods of a lease in which somebody sells something and has not issued an invoice.

    So it is where the work of a service provider is accepted after the lessor's invoice was issued.
    """
    mark = BillingMark.objects.filter(lease=lease).first()
    if mark is None:
        return []
    periods = whole_of(lease)
    issued = set(
        Invoice.objects.of_periods()
        .issued()
        .filter(lease=lease)
        .values_list("period_start", "seller__public_id")
    )
    found = placed_of(lease, periods)
    return [
        period
        for period in periods
        if period.start < mark.billed_to
        and any(
            (period.start, seller_id(lease=lease, seller=one.seller)) not in issued
            for one in found.get(period.start, ())
        )
    ]


def is_all_billed(lease: Lease) -> bool:
    """Tell whether every period of a lease to its end and every final fact of it was invoiced."""
    running = running_of(lease)
    if running is None:
        return True
    mark = BillingMark.objects.filter(lease=lease).first()
    return (
        mark is not None
        and running.end is not None
        and mark.billed_to >= running.end
        and not Invoice.objects.filter(lease=lease, status=Invoice.Status.DRAFT).exists()
        and not late_periods(lease)
        and not facts_unbilled(lease)
    )


def waiting_of(lease: Lease) -> list[Unbilled]:
    """Return the final facts of a lease that no issued invoice has yet, in the order of their periods."""
    periods = whole_of(lease)
    by_start, billed = {period.start: period for period in periods}, billed_of(lease)
    found = sorted(placed_of(lease, periods).items())
    return [
        Unbilled(by_start[start], one)
        for start, facts in found
        for one in facts
        if (one.kind, one.source) not in billed and not isinstance(one, Repriced)
    ]
