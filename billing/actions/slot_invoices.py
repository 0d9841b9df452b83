"""Bill slot bookings: one invoice a booking and seller, at once; what is waived later is credited."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext_noop

from billing.actions import bookings, invoice_events, invoice_rows, numbers
from billing.models import Correction, Invoice, InvoiceLine, LineDispute
from billing.queries.concessions import after_concessions
from billing.queries.sellers import NoPlatform
from billing.queries.slots import slot_drafts, slot_ended
from billing.rules import corrections as rules
from billing.rules.corrections import Amounts, Billed, Note
from billing.rules.drafting import Draft, tax_day
from billing.rules.reasons import Reason
from billing.rules.slot_charges import charge_of
from leasing.models import SlotBooking
from leasing.rules.canonical import digest
from marketplace.actions import audit, gathering
from marketplace.gateway.transactions import atomic
from marketplace.models import Organization, User
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.rules.pricing.lines import OWNER, PLATFORM, LineKey
from marketplace.rules.pricing.sellers import SellerTax
from marketplace.shared.errors import NotPossible
from marketplace.shared.money import Money


class SlotNotOver(NotPossible):
    """A slot is billed when its time is over."""

    code = "slot_not_over"
    text = gettext_noop("This slot is billed when its time is over, from {ends_at} on.")


def preview(*, booking: SlotBooking) -> list[tuple[Organization, Draft]]:
    """
    Return what would be billed of a booking as it stands, by seller, the platform last; nothing is written.

    :raises NoPlatform: if the platform has a share and is not registered
    :raises NoTaxRate: if the table has no rate for a category on the day on which the slot ends
    """
    found = [(_seller(booking, part.seller), part) for part in slot_drafts(booking)]
    return sorted(found, key=lambda one: numbers.place(seller=one[0]))


@atomic
def bill(*, booking: SlotBooking, at: datetime, by: User) -> list[Invoice]:
    """
    Issue what is owed for a booking, an invoice a seller; doing it again issues nothing more.

    All of it is one transaction under the lock of the booking, so that it is waived before or after, and a
    crash leaves nothing behind: the next run makes it.

    :raises MissingRight: if ``by`` may not run invoices of all who sell
    :raises SlotNotOver: if its time is not over
    :raises NoPlatform: if the platform has a share and is not registered
    """
    require(by, Permission.INVOICE_RUN, within=booking.lessor)
    booking = _locked(booking)
    if not booking.owed_minor or Invoice.objects.filter(booking=booking).exists():
        return []
    if at < booking.ends_at:
        raise SlotNotOver(ends_at=f"{booking.ends_at.astimezone(booking.zone):%Y-%m-%d %H:%M}")
    return [_bill(booking, seller, part, at, by) for seller, part in preview(booking=booking)]


@atomic
def correct(*, booking: SlotBooking, at: datetime, by: User) -> Correction | None:
    """
    Give back what was billed of a booking and is waived, or was conceded of a disputed line, by notes.

    All versions then add up to what is owed; a second run finds nothing and returns ``None``.

    :raises MissingRight: if ``by`` may not run invoices of all who sold
    """
    require(by, Permission.INVOICE_RUN, within=booking.lessor)
    booking = _locked(booking)
    at = after_concessions(at=at, booking=booking)
    issued = (
        Invoice.objects.of_periods()
        .issued()
        .filter(booking=booking)
        .select_related("seller", "buyer", "booking")
    )
    versions = list(issued.order_by("version", "pk"))
    reasons = _reasons(booking, versions)
    if not reasons:
        return None
    notes = rules.notes(
        charge_of(booking.document, slot_ended(booking)),
        _billed(booking, versions),
        on=tax_day(booking.period, booking.zone),
        conceded=_conceded(booking),
        taxes={_name(booking, one): SellerTax.read(one.vat) for one in versions if not one.is_note},
    )
    made = Correction.objects.create(
        booking=booking,
        period_start=booking.starts_at,
        event_limit=booking.ends_at,
        digest=digest({"notes": [note.digest(()) for note in notes], "reasons": reasons}),
        reasons=reasons,
        recorded=[slot_ended(booking).dump()],
        outcome=Correction.Outcome.NOTED if notes else Correction.Outcome.NOTHING,
        made_at=at,
    )
    audit.record(
        by=by,
        action="correction.make",
        subject=made.public_id,
        at=at,
        within=booking.lessor,
        slot_booking=booking.public_id,
        outcome=made.outcome,
        reasons=reasons,
    )
    of_seller = {_name(booking, one): one for one in versions if not one.is_note}
    for note in sorted(notes, key=lambda one: numbers.place(seller=of_seller[one.seller].seller)):
        _note(made, of_seller[note.seller], note, at, by)
    return made


def _locked(booking: SlotBooking) -> SlotBooking:
    found = SlotBooking.objects.locked().select_related("lessor", "lessee", "equipment")
    return found.get(pk=booking.pk)


def _seller(booking: SlotBooking, name: str) -> Organization:
    if name == OWNER:
        return booking.lessor
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).order_by("pk").first()
    if platform is None:
        raise NoPlatform
    return platform


def _name(booking: SlotBooking, invoice: Invoice) -> str:
    """Return by what name lines know the seller of an invoice."""
    return OWNER if invoice.seller_id == booking.lessor_id else PLATFORM


def _bill(booking: SlotBooking, seller: Organization, part: Draft, at: datetime, by: User) -> Invoice:
    invoice = Invoice(booking=booking, seller=seller, buyer=booking.lessee, period_start=booking.starts_at)
    invoice_rows.fill(
        invoice=invoice, part=part, facts=(), period=booking.period, digest=part.digest(()), at=at
    )
    invoice.recorded = [slot_ended(booking).dump()]
    invoice.save()
    InvoiceLine.objects.bulk_create(invoice_rows.lines_of(invoice=invoice, part=part))
    audit.record(
        by=by,
        action="invoice.draft",
        subject=invoice.public_id,
        at=at,
        within=seller,
        slot_booking=booking.public_id,
        gross_minor=invoice.gross_minor,
    )
    return _issued(invoice, at, by)


def _issued(invoice: Invoice, at: datetime, by: User) -> Invoice:
    """Give a draft its number, book it, and write it down."""
    require(by, Permission.INVOICE_RUN, within=invoice.seller)
    number = numbers.take(seller=invoice.seller, year=at.astimezone(invoice.zone).year)
    invoice_rows.issued(invoice=invoice, number=number, at=at)
    invoice.save()
    bookings.invoice_issued(invoice=invoice, at=at, by=by)
    gathering.write(rows=invoice_events.issued(invoices=[invoice], at=at))
    told = invoice_rows.issued_entry(invoice=invoice)
    audit.record(by=by, subject=invoice.public_id, at=at, within=invoice.seller, **told)
    return invoice


def _note(correction: Correction, original: Invoice, note: Note, at: datetime, by: User) -> Invoice:
    last: int = Invoice.objects.of_periods().filter(**original.series).aggregate(last=Max("version"))["last"]
    made = Invoice.objects.create(
        booking=original.booking,
        seller=original.seller,
        buyer=original.buyer,
        period_start=original.period_start,
        period_end=original.period_end,
        version=last + 1,
        kind=note.kind,
        corrects=original,
        correction=correction,
        currency=note.currency,
        net_minor=note.net.minor,
        tax_minor=note.tax.minor,
        gross_minor=note.gross.minor,
        digest=note.digest(()),
        recorded=correction.recorded,
        vat=original.vat,
        drafted_at=at,
    )
    InvoiceLine.objects.bulk_create(invoice_rows.note_lines(note=made, lines=note.lines))
    return _issued(made, at, by)


def _billed(booking: SlotBooking, versions: Sequence[Invoice]) -> dict[LineKey, Billed]:
    """Return what all issued versions billed so far, by line."""
    found: dict[LineKey, Billed] = {}
    lines = InvoiceLine.objects.filter(invoice__in=versions).select_related("invoice")
    for line in lines.order_by("invoice__version", "position"):
        key = LineKey(_name(booking, line.invoice), line.component, line.tax_category)
        amounts = Amounts(line.net_minor, line.tax_minor, line.quantity)
        total = found[key].amounts.plus(amounts) if key in found else amounts
        found[key] = Billed(total, line.kind, line.meter, line.unit)
    return found


def _conceded(booking: SlotBooking) -> dict[LineKey, Money]:
    """Return what the sellers gave back of disputed lines, by line."""
    found: dict[LineKey, Money] = {}
    given = LineDispute.objects.conceded().filter(line__invoice__booking=booking)
    for one in given.select_related("line__invoice").order_by("pk"):
        key = LineKey(_name(booking, one.line.invoice), one.line.component, one.line.tax_category)
        money = Money(one.conceded_minor, one.line.currency)
        found[key] = found[key] + money if key in found else money
    return found


def _reasons(booking: SlotBooking, versions: Sequence[Invoice]) -> list[str]:
    """Say what is new since the booking was billed or looked at last; nothing of one that is not billed."""
    if not versions:
        return []
    last = Correction.objects.standing().filter(booking=booking).order_by("-pk").first()
    known = last.recorded if last else versions[0].recorded
    given = LineDispute.objects.conceded().filter(line__invoice__booking=booking)
    is_given = (given.filter(decided_at__gt=last.made_at) if last else given).exists()
    found = [Reason.SLOT] if known != [slot_ended(booking).dump()] else []
    return [str(one) for one in (*found, *([Reason.CONCEDED] if is_given else []))]
