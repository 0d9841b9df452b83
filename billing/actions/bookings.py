"""Book what was issued: J01 for each invoice and J02 for the commission, in the transaction of the issue."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from billing.actions import books, journals
from billing.models import Book, BookingTerms, Invoice, InvoiceLine, InvoiceLineFact, Journal
from billing.rules import posting
from billing.rules.journals import Dims, Entry
from billing.rules.posting import Head, InvoiceFacts, TaxedSum
from billing.rules.reliefs import ReliefKind
from leasing.models import Lease, LeaseCommission, LeaseUnit
from marketplace.gateway.transactions import atomic
from marketplace.models import User, VatStatement
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.sellers import SellerTax, rate_for, tax_on
from marketplace.rules.pricing.tax import SERVICE
from marketplace.shared.errors import DomainError

INVOICE = "invoice"
LATE = "late"  # the kind of lines that claim late interest: no rent, so it bears no commission
logger = logging.getLogger(__name__)


@atomic
def invoice_issued(*, invoice: Invoice, at: datetime, by: User) -> list[Journal]:
    """
    Book an issued invoice in the platform's book; booking it again changes nothing.

    Asking for the right is the part of whoever issues. Without a platform there is no book, and nothing is
    done. One of the synthetic lease is booked in that lease's own book.
    """
    book = books.book_of(lessor=invoice.subject.lessor, at=at)
    if book is None:
        return []
    return journals.write(
        entries=entries_of(issued=_read(invoice), book=book, terms=_terms(invoice)), at=at, by=by
    )


@atomic
def catch_up(*, at: datetime, by: User, most: int = 500) -> int:
    """
    Book issued invoices that no journal names, the oldest first; return how many were looked at.

    Those issued before there were books are found like this. It repeats what :func:`invoice_issued` would
    have done and asks for no permission.
    """
    booked = Exists(Journal.objects.filter(source_type=INVOICE, source_id=OuterRef("public_id")))
    waiting = Invoice.objects.issued().exclude(gross_minor=0).exclude(seller=F("buyer")).exclude(booked)
    found = list(waiting.with_parties().order_by("pk")[:most])
    for invoice in found:
        try:
            with transaction.atomic():
                invoice_issued(invoice=invoice, at=at, by=by)
        except DomainError:  # one that is refused keeps none of the others waiting; it is tried again
            logger.exception("invoice %s is not booked", invoice.number)
    return len(found)


def _terms(invoice: Invoice) -> BookingTerms:
    """Return how an invoice is booked; of a slot no commission is agreed, and nothing is written down."""
    if invoice.lease is not None:
        return terms_of(leases=[invoice.lease])[invoice.lease.pk]
    return BookingTerms(settlement_model=books.settlement_of_lessor(lessor=invoice.subject.lessor).value)


def terms_of(*, leases: Iterable[Lease]) -> dict[int, BookingTerms]:
    """
    Return how leases are booked, by their keys; what nobody agreed is written down now.

    The commission is the one that the contract took when it was concluded, else none.
    """
    wanted = {lease.pk: lease for lease in leases}
    known = {one.lease_id: one for one in BookingTerms.objects.filter(lease__in=wanted)}
    missing = [lease for key, lease in sorted(wanted.items()) if key not in known]
    if not missing:
        return known
    shares = LeaseCommission.objects.shares(lease.pk for lease in missing)
    BookingTerms.objects.bulk_create(
        [
            BookingTerms(
                lease=lease,
                settlement_model=books.settlement_of(lease=lease).value,
                commission_rate=shares.get(lease.pk, Decimal(0)),
            )
            for lease in missing
        ],
        ignore_conflicts=True,
    )
    return {one.lease_id: one for one in BookingTerms.objects.filter(lease__in=wanted)}


class Issued(NamedTuple):
    """An issued invoice with what its booking looks at: lines, those that are rent, at most two machines."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    rent_minor: int
    machines: Sequence[str]


def rent_of(*, lines: Iterable[InvoiceLine], facts: Iterable[InvoiceLineFact]) -> int:
    """Return the rent of an invoice before tax, lowered by its reliefs; nothing else of leasing is rent."""
    reliefs = [str(kind) for kind in ReliefKind]
    beside = {fact.line_id for fact in facts if fact.kind not in reliefs}
    return sum(line.net_minor for line in lines if line.pk not in beside and line.kind != LATE)


def machines_of(*, leases: Iterable[int]) -> dict[int, list[str]]:
    """Return the public ids of the machines of leases."""
    found: dict[int, list[str]] = defaultdict(list)
    units = LeaseUnit.objects.filter(lease__in=leases).order_by("pk")
    for lease, machine in units.values_list("lease", "equipment__public_id"):
        found[lease].append(machine)
    return found


def _read(invoice: Invoice) -> Issued:
    lines = list(invoice.lines.all())
    facts = InvoiceLineFact.objects.filter(line__invoice=invoice)
    booking = invoice.booking
    if booking is not None:
        return Issued(invoice, lines, rent_of(lines=lines, facts=facts), [booking.equipment.public_id])
    lease = invoice.of_lease.pk
    machines = machines_of(leases=[lease])[lease]
    return Issued(invoice, lines, rent_of(lines=lines, facts=facts), machines)


def entries_of(*, issued: Issued, book: Book, terms: BookingTerms) -> list[Entry]:
    """Return what is to be posted of an issued invoice; nothing is written."""
    invoice, machines = issued.invoice, issued.machines
    subject, issued_at = invoice.subject, invoice.issued_at
    assert issued_at is not None, "an issued invoice has its time"
    on = issued_at.astimezone(ZoneInfo(book.zone)).date()
    about = {
        "lease": invoice.lease.public_id if invoice.lease else "",
        "invoice": invoice.public_id,
        "owner": subject.lessor.public_id,
        "equipment": machines[0] if len(machines) == 1 else "",
    }
    buyer, seller = (Dims(party=each.public_id, **about) for each in (invoice.buyer, invoice.seller))
    facts = _facts(issued, terms, buyer, seller)

    def head(event: str) -> Head:
        key = f"{INVOICE}:{invoice.public_id}:{event}"
        number = invoice.number or ""
        return Head(book.code, key, on, invoice.currency, number, INVOICE, invoice.public_id)

    made = [posting.invoice_issued(head("issued"), facts)]
    is_owners = facts.is_rent and not facts.is_sold_by_platform and not facts.is_bought_by_platform
    if is_owners and terms.commission_rate:
        share = posting.commission(
            head("commission"),
            net_minor=issued.rent_minor,
            rate=terms.commission_rate,
            vat_rate=rate_for(SERVICE, on, _tax_of(book, on)).rate,
            owner=seller,
        )
        made.append(share)
    return [entry for entry in made if entry is not None]


def _tax_of(book: Book, on: date) -> SellerTax:
    """Return how the platform is taxed on a day; what was stated is read once for a book in hand."""
    said = book.__dict__.get("said")
    if said is None:
        found = VatStatement.objects.said_of([book.organization_id])
        said = book.__dict__["said"] = found.get(book.organization_id, [])
    return tax_on(said, on)


def _facts(issued: Issued, terms: BookingTerms, buyer: Dims, seller: Dims) -> InvoiceFacts:
    invoice = issued.invoice
    sums: dict[Decimal, list[int]] = defaultdict(lambda: [0, 0])
    for line in issued.lines:
        sums[line.tax_rate.normalize()][0] += line.net_minor
        sums[line.tax_rate.normalize()][1] += line.tax_minor
    return InvoiceFacts(
        parts=[TaxedSum(rate, *both) for rate, both in sorted(sums.items())],
        settlement=terms.settlement,
        is_sold_by_platform=invoice.seller.kind == OrganizationKind.PLATFORM,
        is_rent=invoice.seller_id == invoice.subject.lessor_id,
        is_bought_by_platform=invoice.buyer.kind == OrganizationKind.PLATFORM,
        buyer=buyer,
        seller=seller,
    )
