"""The bill of a period that is over, before it is issued: what it will be, and what was told of it first."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.actions import invoices, metering
from billing.models import BillTelling, Invoice, ReviewItem, Watermark
from billing.queries import completeness, day_edges, ended_periods, objections_until, usage_sets
from billing.queries.closings import Closing, closing_of
from billing.queries.totals import local_days
from billing.rules.completeness import State
from billing.rules.drafting import Draft
from billing.rules.provisional import bill_digest, is_about
from leasing.models import Lease
from marketplace.actions import audit
from marketplace.actions.notifications import notify
from marketplace.gateway.transactions import atomic
from marketplace.models import Notification, Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.rules.notifications import Kind
from marketplace.shared.errors import NotAllowed
from marketplace.shared.money import Money, format_money
from marketplace.shared.period import Period

How = BillTelling.How


class NoSideOfBill(NotAllowed):
    """Only lessee and lessor are told, object and answer."""

    code = "no_side_of_bill"
    text = gettext_noop("Only lessee and lessor of the lease, and who sells in it, have a word in its bill.")


@dataclass(frozen=True)
class Part:
    """What one seller will ask for; ``digest`` is that of its invoice, if nothing comes in between."""

    seller: Organization
    draft: Draft
    digest: str


@dataclass(frozen=True)
class Bill:
    """
    What a period of a lease will be billed, as far as a reader may see it; computed, never stored.

    It may be objected to until ``until`` and is issued from then on. ``days`` count the days of each state,
    ``held`` are review items that wait. Without ``is_metered`` use of the period may still be missing.
    """

    lease: Lease
    period: Period
    until: datetime
    closing: Closing
    is_metered: bool
    currency: str
    parts: list[Part]
    days: dict[State, int]
    held: list[ReviewItem]

    @property
    def is_final(self) -> bool:
        """Whether it is the last bill of the lease, and the closing readings are in or not waited for."""
        return self.closing.is_final

    @cached_property
    def digest(self) -> str:
        """The fingerprint of what the reader sees."""
        return bill_digest((part.seller.public_id, part.digest) for part in self.parts)

    @property
    def gross(self) -> Money:
        """What is to be paid for all parts, tax included."""
        return Money.total((part.draft.gross for part in self.parts), self.currency)

    def net_of(self, seller: Organization, component: str) -> Money | None:
        """
        Return what a seller asks before tax for a component, a meter (``meter:parts``), or "" for all.

        ``None`` if for no such thing.
        """
        lines = [one.line for part in self.parts if part.seller == seller for one in part.draft.lines]
        found = [line.net for line in lines if is_about(component, of=line.component, meter=line.meter)]
        return Money.total(found, self.currency) if found else None


def compute(*, lease: Lease, period: Period, reader: Organization, at: datetime) -> Bill:
    """
    Return the bill of a period as it would be issued now, by the code that issues it; nothing is written.

    The lessor sees what it sells itself, lessee and platform all. Asking for the right is the caller's part.

    :raises UsageNotRateable: if the plan cannot price the usage
    :raises NoTaxRate: if the table has no rate for a line's category on the period's tax day
    :raises NoPlatform: if the platform sells and is not registered
    """
    rated = invoices.rate(lease=lease, period=period)
    issued = Invoice.objects.originals().issued().filter(lease=lease, period_start=period.start)
    done = set(issued.values_list("seller", flat=True))
    sees_all = reader.pk == lease.lessee_id or reader.kind == OrganizationKind.PLATFORM
    parts = [Part(*one) for one in rated.previews(lease) if one[0].pk not in done]
    held = ReviewItem.objects.waiting().filter(
        unit__lease=lease, local_day__range=local_days(period, lease.agreed.zone)
    )
    return Bill(
        lease=lease,
        period=period,
        until=objections_until(lease, period),
        closing=closing_of(lease, period, at),
        is_metered=_is_metered(lease, period),
        currency=lease.agreed.price_plan.currency,
        parts=[part for part in parts if sees_all or part.seller == reader],
        days=_days(lease, period, at),
        held=list(held.select_related("unit__equipment").order_by("local_day", "pk")),
    )


def tell(*, bill: Bill, within: Organization, how: BillTelling.How, at: datetime, by: User) -> bool:
    """
    Write down what a side of the lease is told of a bill, the first time; tell whether this was it.

    A bill whose use is not metered to its end is told nobody.

    :raises MissingRight: if ``by`` may not read invoices of ``within``
    :raises NoSideOfBill: if ``within`` is neither lessee nor lessor
    """
    require(by, Permission.INVOICE_READ, within=within)
    if within.pk not in (bill.lease.lessee_id, bill.lease.lessor_id):
        raise NoSideOfBill
    about = {"lease": bill.lease, "period_start": bill.period.start, "period_end": bill.period.end}
    if not bill.is_metered or BillTelling.objects.filter(organization=within, **about).exists():
        return False
    with transaction.atomic():
        _made, is_first = BillTelling.objects.get_or_create(
            organization=within, defaults=_told(bill, how, at, by), **about
        )
        if is_first:
            audit.record(
                by=by,
                action="bill.tell",
                subject=bill.lease.public_id,
                at=at,
                within=within,
                period=bill.period.start.isoformat(),
                digest=bill.digest,
                gross_minor=bill.gross.minor,
                how=str(how),
            )
    return is_first


def notify_lessee(*, lease: Lease, at: datetime, by: User) -> int:
    """
    Meter a lease and tell its lessee of the bills of periods that are over; return how many are new to it.

    Doing it again tells nothing twice.

    :raises MissingRight: if ``by`` may not run invoices of the lessor
    """
    require(by, Permission.INVOICE_RUN, within=lease.lessor)
    periods = [one for one in ended_periods(lease, at) if not _is_told(lease, one)]
    for unit in lease.units.all() if periods else ():
        metering.meter_unit(unit=unit, at=at, by=by)
    return sum(_notify(lease, period, at, by) for period in periods)


@atomic
def _notify(lease: Lease, period: Period, at: datetime, by: User) -> bool:
    bill = compute(lease=lease, period=period, reader=lease.lessee, at=at)
    if not bill.parts or not bill.is_metered:
        return False
    tell(bill=bill, within=lease.lessee, how=How.NOTIFIED, at=at, by=by)
    facts = {
        "lease": lease.number,
        "amount": format_money(bill.gross),
        "until_at": bill.until.isoformat(),
    }
    told = notify(
        kind=Kind.BILL_PROVISIONAL,
        to=[lease.lessee],
        facts=facts,
        at=at,
        link=page_of(lease=lease),
        once=_once(lease, period),
    )
    return bool(told)


def page_of(*, lease: Lease) -> str:
    """Return the page of a lease's bill."""
    return f"/leases/{lease.public_id}/provisional-bill/"


def _is_told(lease: Lease, period: Period) -> bool:
    return Notification.objects.filter(once=_once(lease, period), organization=lease.lessee).exists()


def _once(lease: Lease, period: Period) -> str:
    assert period.end is not None, "a billed period is closed"
    return f"bill:{lease.pk}:{period.start:%Y%m%d%H%M}:{period.end:%Y%m%d%H%M}"


def _told(bill: Bill, how: BillTelling.How, at: datetime, by: User) -> dict[str, object]:
    parts = [
        {
            "seller": part.seller.public_id,
            "net_minor": part.draft.net.minor,
            "tax_minor": part.draft.tax.minor,
            "gross_minor": part.draft.gross.minor,
            "digest": part.digest,
        }
        for part in bill.parts
    ]
    return {
        "person": None if by.is_robot else by,
        "how": how,
        "at": at,
        "objections_until": bill.until,
        "currency": bill.currency,
        "gross_minor": bill.gross.minor,
        "parts": parts,
        "digest": bill.digest,
    }


def _is_metered(lease: Lease, period: Period) -> bool:
    """Tell whether every device of the lease was looked at after the period, or after its machine left."""
    assert period.end is not None, "a billed period is closed"
    marks = Watermark.objects.filter(unit__lease=lease, unit__active_from__lt=period.end)
    ends = marks.values_list("metered_at", "unit__active_to")
    return all(seen >= min(period.end, over or period.end) for seen, over in ends)


def _days(lease: Lease, period: Period, at: datetime) -> dict[State, int]:
    """Count the days of a period by the worst state of what was counted on them."""
    about = completeness(lease, at)
    worst: dict[object, State] = {}
    order = [State.COMPLETE, State.INCOMPLETE, State.PROVISIONAL]
    for found in usage_sets(lease, period):
        state = about(found, *day_edges(found.local_day, lease)).state
        worst[found.local_day] = max(worst.get(found.local_day, state), state, key=order.index)
    return {state: list(worst.values()).count(state) for state in order}
