"""What a run looks at: leases that may be due, the period before, and what a person should see."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing.models import (
    BillingMode,
    BillObjection,
    Invoice,
    InvoiceLine,
    InvoiceRun,
    LineDispute,
    ReviewItem,
    RunItem,
    RunPart,
)
from billing.queries.due import maybe_due, reviewed_leases, unbilled_periods
from billing.queries.facts import late_periods
from billing.queries.periods import whole_of
from billing.queries.slots import slots_due
from billing.queries.totals import FACTS, local_days
from billing.queries.usage import known_use
from billing.rules.counted import Counted
from billing.rules.run_preview import Flag, Priced, changes, run_digest
from billing.rules.run_states import ItemState
from devices.rules.readings import instant
from leasing.models import Lease, SlotBooking
from leasing.models.slots import SlotBookingQuerySet
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import ROLES, Permission
from marketplace.rules.quotes import TaxedLine
from marketplace.shared.money import Money
from marketplace.shared.period import Period


@dataclass(frozen=True)
class Last:
    """What one seller's documents of a period amount to together, notes included, in minor units."""

    gross_minor: int
    lines: list[Priced] = field(default_factory=list)


@dataclass(frozen=True)
class RunSum:
    """What stands in a run, by state and currency."""

    state: str
    money: Money
    last: Money
    count: int

    @property
    def difference(self) -> Money:
        """What it is more than in the periods before."""
        return self.money - self.last


def leases_of_run(run: InvoiceRun, at: datetime) -> models.QuerySet[Lease]:
    """
    Return the leases that a run has to look at, by id: those of its lessor.

    A run of the platform is over all lessors but those that want to see their own bills first, and the
    synthetic one, whose lease bills itself.
    """
    found = Lease.objects.filter(pk__in=maybe_due(at))
    if run.is_of_platform:
        own = Organization.objects.filter(billing_mode__mode=BillingMode.Mode.REVIEWED)
        found = found.exclude(lessor__in=own.exclude(pk=run.organization_id))
        found = found.exclude(lessor__is_synthetic=True)
    else:
        found = found.filter(lessor=run.organization_id)
    if run.only:
        found = found.filter(public_id__in=run.only)
    return found.select_related("lessor", "lessee").order_by("pk")


def slots_of_run(run: InvoiceRun, at: datetime) -> SlotBookingQuerySet:
    """
    Return the slot bookings that a run has to look at and has not yet, by id; none, if it is of some leases.

    A run of the platform is over all lessors but those that want to see their own bills first.
    """
    if run.only:
        return SlotBooking.objects.none()
    seen = models.Exists(RunItem.objects.filter(run=run.pk, booking=models.OuterRef("pk")))
    found = slots_due(at).filter(ends_at__lte=run.cut_off)
    if run.pk is not None:
        found = found.exclude(seen)
    if not run.is_of_platform:
        found = found.filter(lessor=run.organization_id)
    else:
        own = Organization.objects.filter(billing_mode__mode=BillingMode.Mode.REVIEWED)
        found = found.exclude(lessor__in=own.exclude(pk=run.organization_id))
    return found.select_related("lessor", "lessee", "equipment").order_by("pk")


def due_in(run: InvoiceRun, lease: Lease, at: datetime) -> list[Period]:
    """Return the periods of a lease that a run bills, the oldest first; all have ended by its cut-off."""
    periods = {period.start: period for period in (*late_periods(lease), *unbilled_periods(lease, at))}
    return [
        period
        for _, period in sorted(periods.items())
        if period.end is not None and period.end <= run.cut_off
    ]


def is_left_to_runs(lease: Lease) -> bool:
    """Tell whether a lease is billed by an approved run alone."""
    return reviewed_leases().filter(pk=lease.pk).exists()


def period_before(lease: Lease, period: Period) -> Period | None:
    """Return the billing period of a lease before one; ``None`` before its first."""
    return next((one for one in reversed(whole_of(lease)) if one.start < period.start), None)


def last_billed(lease: Lease, start: datetime) -> dict[int, Last]:
    """Return, by seller, what issued documents of the period that begins at ``start`` amount to."""
    grosses: dict[int, int] = {}
    lines: dict[int, list[Priced]] = {}
    issued = Invoice.objects.of_periods().issued().filter(lease=lease, period_start=start)
    rows = InvoiceLine.objects.filter(invoice__in=issued).order_by("invoice__version", "position")
    columns = ("invoice__seller", "component", "kind", "net_minor", "gross_minor", "quantity", "unit_price")
    for seller, component, kind, net, gross, quantity, price in rows.values_list(*columns):
        grosses[seller] = grosses.get(seller, 0) + gross
        of_seller = lines.setdefault(seller, [])
        known = next((one.quantity for one in of_seller if one.component == component), None)
        total = _plus(known, quantity)
        of_seller.append(Priced(component, kind, net, total, _plain(price)))
    return {seller: Last(gross, lines[seller]) for seller, gross in grosses.items()}


def priced(lines: Iterable[TaxedLine]) -> list[Priced]:
    """Return the lines of a draft as they are compared with those of the period before."""
    return [
        Priced(
            one.line.component,
            one.line.kind,
            one.line.net.minor,
            _plain(one.line.quantity),
            _plain(one.line.unit_price),
        )
        for one in lines
    ]


def changed_lines(last: Last | None, lines: Iterable[TaxedLine]) -> list[dict[str, object]]:
    """Return what differs from the period before, as it is kept; nothing, where there is none."""
    if last is None:
        return []
    return [one.dump() for one in changes(last.lines, priced(lines), facts=FACTS)]


def lease_flags(lease: Lease, period: Period, counted: Counted) -> list[Flag]:
    """Return what is odd about the use of a lease in a period, whoever sells."""
    assert period.end is not None, "a billed period is closed"
    found = []
    days = local_days(period, lease.agreed.zone)
    if ReviewItem.objects.waiting().filter(unit__lease=lease, local_day__range=days).exists():
        found.append(Flag.REVIEWS)
    if lease.agreed.price_plan.meters() and not counted.digests:
        found.append(Flag.SILENT)
    edges = instant(period.start), instant(period.end)
    if any(known.gaps_in(*edges) for known in known_use(lease).values()):
        found.append(Flag.GAP)
    return found


def disputed_sellers(lease: Lease) -> set[int]:
    """Return the sellers of whose invoices over a lease the lessee disputes a line."""
    open_ = LineDispute.objects.freezing().filter(line__invoice__lease=lease)
    return set(open_.values_list("line__invoice__seller", flat=True))


def objected_sellers(lease: Lease, period: Period) -> set[int]:
    """Return the sellers to whose bill of a period a side objects, and nobody has answered."""
    open_ = BillObjection.objects.open().filter(lease=lease, period_start=period.start)
    return set(open_.values_list("seller", flat=True))


def digest_of_run(run: InvoiceRun) -> str:
    """Return the fingerprint of what a run would issue, as it stands now."""
    parts: dict[tuple[str, datetime], list[tuple[str, str]]] = {}
    rows = RunPart.objects.filter(item__run=run, item__state=ItemState.READY)
    rows = rows.annotate(of=Coalesce("item__lease__public_id", "item__booking__public_id"))
    columns = ("of", "item__period_start", "seller__public_id", "digest")
    for lease, start, seller, digest in rows.values_list(*columns):
        parts.setdefault((lease, start), []).append((seller, digest))
    return run_digest(parts)


def shown_parts(run: InvoiceRun) -> models.QuerySet[RunPart]:
    """Return what the organization of a run may see of it: what it sells itself; the platform sees all."""
    parts = RunPart.objects.filter(item__run=run)
    return parts if run.is_of_platform else parts.filter(seller=run.organization_id)


def hidden_parts(run: InvoiceRun) -> int:
    """Return how many invoices of other sellers go with a run, whose amounts its organization is not told."""
    if run.is_of_platform:
        return 0
    going = RunPart.objects.filter(item__run=run, item__state__in=(ItemState.READY, ItemState.BILLED))
    return going.exclude(seller=run.organization_id).count()


def sums_of_run(run: InvoiceRun, items: models.QuerySet[RunItem]) -> list[RunSum]:
    """Add up what an organization sees of items, by their state and currency."""
    rows = (
        shown_parts(run)
        .filter(item__in=items)
        .order_by("item__state", "currency")
        .values_list("item__state", "currency")
        .annotate(models.Sum("gross_minor"), models.Sum("last_gross_minor"), models.Count("pk"))
    )
    return [
        RunSum(state, Money(int(gross), currency), Money(int(last or 0), currency), count)
        for state, currency, gross, last, count in rows
    ]


def states_in(run: InvoiceRun) -> dict[str, int]:
    """Count the items of a run by their state."""
    rows = run.items.order_by().values_list("state").annotate(models.Count("pk"))
    return {str(state): count for state, count in rows}


def told_of(item: RunItem) -> str:
    """Return in the reader's language what stops an item; nothing, if nothing does."""
    return _(item.problem_text).format(**item.problem_facts) if item.problem_text else ""


def items_with_parts(run: InvoiceRun) -> models.QuerySet[RunItem]:
    """Return what stands in a run, each with the parts that its organization may see, as ``shown``."""
    parts = shown_parts(run).select_related("seller", "invoice").order_by("pk")
    return run.items.select_related(
        "lease", "lease__lessee", "booking", "booking__lessee", "left_out_by"
    ).prefetch_related(models.Prefetch("parts", parts, to_attr="shown"))


def others_who_approve(organization: Organization, user: User) -> int:
    """Count the people of an organization, but for one, whose role runs invoices."""
    roles = [role for role, held in ROLES.items() if Permission.INVOICE_RUN in held]
    people = User.objects.filter(is_active=True, is_robot=False, memberships__organization=organization)
    return people.filter(memberships__role__in=roles).exclude(pk=user.pk).distinct().count()


def sells_for_all(organization: Organization) -> bool:
    """Tell whether the runs of an organization are over all lessors."""
    return organization.kind == OrganizationKind.PLATFORM


def _plain(number: Decimal | None) -> Decimal | None:
    return None if number is None else number.normalize()


def _plus(known: Decimal | None, more: Decimal | None) -> Decimal | None:
    """Add the quantity of a note to that of what it corrects."""
    return _plain(more if known is None or more is None else known + more)
