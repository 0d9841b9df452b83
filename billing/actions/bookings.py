"""Book what was issued: J01 for each invoice and J02 for the commission, in the transaction of the issue."""

import logging
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Sum

from billing.actions import books, journals
from billing.models import Book, BookingTerms, Invoice, InvoiceLineFact, Journal
from billing.rules import posting
from billing.rules.journals import Dims, Entry
from billing.rules.posting import Head, InvoiceFacts, TaxedSum
from billing.rules.reliefs import ReliefKind
from leasing.models import Lease
from marketplace.gateway.transactions import atomic
from marketplace.models import User
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.tax import SERVICE, rate_on
from marketplace.shared.errors import DomainError

INVOICE = "invoice"
logger = logging.getLogger(__name__)


@atomic
def invoice_issued(*, invoice: Invoice, at: datetime, by: User) -> list[Journal]:
    """
    Book an issued invoice in the platform's book; booking it again changes nothing.

    Asking for the right is the part of whoever issues. Without a platform there is no book, and nothing is
    done.
    """
    book = books.platform_book(at=at)
    if book is None:
        return []
    return journals.write(entries=_entries(invoice, book, _terms(invoice.lease)), at=at, by=by)


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


def _terms(lease: Lease) -> BookingTerms:
    settlement = books.settlement_of(lease=lease)
    terms, _ = BookingTerms.objects.get_or_create(
        lease=lease, defaults={"settlement_model": settlement.value}
    )
    return terms


def _entries(invoice: Invoice, book: Book, terms: BookingTerms) -> list[Entry]:
    lease, issued_at = invoice.lease, invoice.issued_at
    assert issued_at is not None, "an issued invoice has its time"
    on = issued_at.astimezone(ZoneInfo(book.zone)).date()
    machines = list(lease.units.values_list("equipment__public_id", flat=True)[:2])
    about = {
        "lease": lease.public_id,
        "invoice": invoice.public_id,
        "owner": lease.lessor.public_id,
        "equipment": machines[0] if len(machines) == 1 else "",
    }
    buyer, seller = (Dims(party=each.public_id, **about) for each in (invoice.buyer, invoice.seller))
    facts = _facts(invoice, terms, buyer, seller)

    def head(event: str) -> Head:
        key = f"{INVOICE}:{invoice.public_id}:{event}"
        number = invoice.number or ""
        return Head(book.code, key, on, invoice.currency, number, INVOICE, invoice.public_id)

    made = [posting.invoice_issued(head("issued"), facts)]
    is_owners = facts.is_rent and not facts.is_sold_by_platform and not facts.is_bought_by_platform
    if is_owners and terms.commission_rate:
        share = posting.commission(
            head("commission"),
            net_minor=_rent_of(invoice),
            rate=terms.commission_rate,
            vat_rate=rate_on(SERVICE, on).rate,
            owner=seller,
        )
        made.append(share)
    return [entry for entry in made if entry is not None]


def _rent_of(invoice: Invoice) -> int:
    """Return the rent of an invoice before tax, lowered by its reliefs; nothing else of leasing is rent."""
    beside = InvoiceLineFact.objects.exclude(kind__in=[str(kind) for kind in ReliefKind])
    rent = invoice.lines.exclude(Exists(beside.filter(line=OuterRef("pk"))))
    return int(rent.aggregate(net=Sum("net_minor"))["net"] or 0)


def _facts(invoice: Invoice, terms: BookingTerms, buyer: Dims, seller: Dims) -> InvoiceFacts:
    sums: dict[Decimal, list[int]] = defaultdict(lambda: [0, 0])
    for line in invoice.lines.all():
        sums[line.tax_rate.normalize()][0] += line.net_minor
        sums[line.tax_rate.normalize()][1] += line.tax_minor
    return InvoiceFacts(
        parts=[TaxedSum(rate, *both) for rate, both in sorted(sums.items())],
        settlement=terms.settlement,
        is_sold_by_platform=invoice.seller.kind == OrganizationKind.PLATFORM,
        is_rent=invoice.seller_id == invoice.lease.lessor_id,
        is_bought_by_platform=invoice.buyer.kind == OrganizationKind.PLATFORM,
        buyer=buyer,
        seller=seller,
    )
