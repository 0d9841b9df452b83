"""What invoices, notes and statements say on paper, gathered from their rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Max

from billing.models import Invoice, InvoiceLine, LineDispute
from billing.queries.statements import OfSeller, reasons_for
from billing.rules.drafting import trimmed
from billing.rules.invoice_papers import Document, Line, Party
from billing.rules.reasons import REASONS, Reason
from billing.rules.standing import Frozen, added
from billing.rules.statement_papers import Entry, Part, Statement, Sums
from leasing.models import Lease, SlotBooking
from marketplace.models import Organization
from marketplace.rules.papers import moment_said
from marketplace.shared.money import Money

FIELDS = ("name", "credit_code", "address", "phone", "bank_account")


def document_of(invoice: Invoice) -> Document:
    """
    Return an invoice or a note as its paper says it.

    The lease stands in it where seller and buyer both know it; whoever serves a lease is not told which.
    """
    zone, booking = invoice.zone, invoice.booking
    lease = invoice.lease if invoice.is_of_lease else None
    issued = invoice.issued_at
    return Document(
        kind=invoice.kind,
        number=invoice.number or "",
        seller=_party(invoice.seller_facts, invoice.seller),
        buyer=_party(invoice.buyer_facts, invoice.buyer),
        period=invoice.period,
        zone=zone,
        lines=[_line(line, invoice) for line in invoice.lines.select_related("fact")],
        net=invoice.net,
        tax=invoice.tax,
        gross=invoice.gross,
        made_at=issued or invoice.drafted_at,
        is_draft=issued is None,
        is_final=invoice.is_final,
        issued_on=issued.astimezone(zone).date() if issued else None,
        due_on=invoice.due_on,
        lease=lease.number if lease else "",
        booking=_booked(booking) if booking else "",
        subject=booking.document["title"] if booking else lease.terms["listing_title"] if lease else "",
        corrects=(invoice.corrects.number or "") if invoice.corrects else "",
        reference=invoice.payment_reference,
        reasons=[REASONS[Reason(one)] for one in reasons_for(invoice, is_inside=lease is not None)],
    )


def _booked(booking: SlotBooking) -> str:
    """Say which booking it is, and when it was, on the clocks of its site."""
    first, last = (edge.astimezone(booking.zone) for edge in (booking.starts_at, booking.ends_at))
    until = f"{last:%H:%M}" if last.date() == first.date() else moment_said(last, booking.zone)
    return f"{booking.public_id} · {moment_said(first, booking.zone)} – {until}"


def _party(facts: Mapping[str, str], organization: Organization) -> Party:
    """Return a side as it stood at issue; that of a draft as it stands."""
    known = facts or {name: getattr(organization, name) for name in FIELDS}
    return Party(**{name: known.get(name, "") for name in FIELDS})


def _line(line: InvoiceLine, invoice: Invoice) -> Line:
    fact = getattr(line, "fact", None)
    return Line(
        kind=line.kind,
        meter=line.meter,
        unit=line.unit,
        quantity=None if line.quantity is None else trimmed(line.quantity),
        price=_price(line),
        net=line.net,
        rate=trimmed(line.tax_rate),
        tax=line.tax,
        gross=line.gross,
        basis=line.legal_basis,
        steps=line.steps,
        recorded=fact.text if fact else "",
        before=_net(line, "before") if invoice.is_note else None,
        after=_net(line, "after") if invoice.is_note else None,
    )


def _price(line: InvoiceLine) -> Decimal | None:
    """Return the price of a unit, or the share of the rent that is charged."""
    stands = line.unit_price is not None and (line.unit or line.kind == "percentage")
    return trimmed(line.unit_price) if stands and line.unit_price is not None else None


def _net(line: InvoiceLine, when: str) -> Money:
    facts: dict[str, Any] = line.facts[when]
    return Money(facts["net_minor"], line.currency)


def statement_paper(lease: Lease, parts: Sequence[OfSeller]) -> Statement:
    """Return what was issued for a period of a lease (``statement_of``, not empty) as its paper says it."""
    first = parts[0].versions[0]
    currency = first.currency
    sums = added(part.sums for part in parts)
    return Statement(
        lease=lease.number,
        subject=lease.terms["listing_title"],
        buyer=_party(first.buyer_facts, first.buyer),
        period=first.period,
        zone=lease.agreed.zone,
        parts=[_part(lease, part) for part in parts],
        sums=_sums(sums, currency),
        made_at=_changed_at(parts),
    )


def _part(lease: Lease, part: OfSeller) -> Part:
    first = part.versions[0]
    return Part(
        seller=_party(first.seller_facts, first.seller),
        entries=[_entry(one, lease) for one in part.versions],
        sums=_sums(part.sums, first.currency),
    )


def _entry(one: Invoice, lease: Lease) -> Entry:
    assert one.issued_at is not None, "a statement shows what is issued"
    assert one.due_on is not None, "what is issued is due some day"
    issued = one.issued_at.astimezone(lease.agreed.zone).date()
    return Entry(one.number or "", one.kind, issued, one.due_on, one.net, one.tax, one.gross)


def _sums(found: Frozen, currency: str) -> Sums:
    return Sums(Money(found.billed, currency), Money(found.disputed, currency))


def _changed_at(parts: Sequence[OfSeller]) -> datetime:
    """Return when a document was last issued, or a dispute of one raised or decided."""
    listed = [one for part in parts for one in part.versions]
    disputes = LineDispute.objects.filter(line__invoice__in=listed).order_by()
    moments = disputes.aggregate(raised=Max("raised_at"), decided=Max("decided_at")).values()
    issued = [one.issued_at for one in listed if one.issued_at is not None]
    return max([*issued, *(moment for moment in moments if moment is not None)])
