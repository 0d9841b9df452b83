"""What stands on a receivables tape: what is billed, from the books, and what contracts owe in any case."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q, QuerySet, Sum

from billing.models import Book, Invoice, InvoiceLineFact, JournalLine, LineDispute
from billing.queries.ledger import trial_balance
from billing.queries.periods import whole_of
from billing.rules.accounts import RECEIVABLES
from billing.rules.events import Event
from billing.rules.facts import Kind as FactKind
from billing.rules.tape import Booked, Claim, Kind, Party, due_if_billed
from leasing.models import FinanceInstalment, Lease
from leasing.queries.prices import price_changes
from leasing.rules.early_exit import fixed_rent
from leasing.rules.repricing import in_force
from marketplace.models import Organization

BILLED = Q(journal__kind=Event.INVOICE_ISSUED.value)


def claims_of(book: Book, as_of: date, known_at: datetime, seller: Organization | None) -> list[Claim]:
    """
    Return the receivables of a book when a day ends, as they were posted until a moment.

    Billed ones come from the lines of its receivable accounts. What is not billed follows from contracts as
    they stand: running leases of a seller, or of all sellers if none is named.
    """
    billed = list(_billed(book, as_of, known_at, seller))
    booked = _lines(book, as_of, known_at, None)
    return billed + [claim for lease in _leases(book, seller) for claim in _owed(lease, booked, as_of)]


def booked_of(book: Book, as_of: date, known_at: datetime, seller: Organization | None) -> list[Booked]:
    """Return the balance of each receivable account, and what of it is on invoices of the seller."""
    grouped = _lines(book, as_of, known_at, seller).values(code=F("account__code"), coin=F("currency"))
    on_tape = {
        (row["code"], row["coin"]): int(row["sum"]) for row in grouped.annotate(sum=Sum("amount_minor"))
    }
    return [
        Booked(one.account, one.currency, one.balance, on_tape.get((one.account, one.currency), 0))
        for one in trial_balance(book, as_of, known_at=known_at)
        if one.account in RECEIVABLES
    ]


def _lines(book: Book, as_of: date, known_at: datetime, seller: Organization | None) -> QuerySet[JournalLine]:
    lines = JournalLine.objects.filter(
        account__book=book,
        account__code__in=RECEIVABLES,
        invoice__isnull=False,
        effective_date__lte=as_of,
        posted_at__lte=known_at,
    )
    return (lines.filter(invoice__seller=seller) if seller else lines).order_by()


def _billed(book: Book, as_of: date, known_at: datetime, seller: Organization | None) -> Iterator[Claim]:
    """Yield one claim for each invoice of which something is open; a credit note lowers what it corrects."""
    credits_ = models.When(invoice__kind="CREDIT_NOTE", then=F("invoice__corrects"))
    of = models.Case(credits_, default=F("invoice"))
    lines = _lines(book, as_of, known_at, seller).values("currency", original=of)
    sums = lines.annotate(open=Sum("amount_minor"), billed=Sum("amount_minor", filter=BILLED))
    found = {row["original"]: row for row in sums.exclude(open=0)}
    disputed = _disputed(list(found), known_at)
    sides = Invoice.objects.filter(pk__in=found).select_related("seller", "buyer", "lease")
    zone = ZoneInfo(book.zone)
    for one in sides.order_by("due_on", "pk"):
        assert one.due_on is not None, "what is booked is issued"
        row = found[one.pk]
        yield Claim(
            kind=Kind.INVOICE,
            seller=one.seller.credit_code,
            obligor=_party(one.buyer),
            lease=one.subject.public_id,
            contract=_days(one.subject.starts_at, one.subject.ends_at, zone),
            document=one.number or "",
            currency=row["currency"],
            billed=int(row["billed"] or 0),
            open=int(row["open"]),
            due_on=one.due_on,
            period=_days(one.period_start, one.period_end, zone),
            is_disputed=one.pk in disputed,
        )


def _disputed(invoices: list[int], known_at: datetime) -> set[int]:
    """Return which invoices had a line, or a note with one, that was disputed at a moment."""
    open_ = Q(decided_at=None) | Q(decided_at__gt=known_at)
    found = LineDispute.objects.filter(open_, raised_at__lte=known_at)
    named = found.filter(Q(line__invoice__in=invoices) | Q(line__invoice__corrects__in=invoices))
    pairs = named.values_list("line__invoice", "line__invoice__corrects")
    return {pk for pair in pairs for pk in pair if pk is not None}


def _leases(book: Book, seller: Organization | None) -> QuerySet[Lease]:
    """Return the running leases that the book is of; nobody owes anything to itself."""
    if book.kind == Book.Kind.LESSOR:  # it holds deposits; what lessees owe stands in the platform's
        return Lease.objects.none()
    running = Lease.objects.active().exclude(lessee=book.organization_id).order_by("pk")
    if book.kind != Book.Kind.PLATFORM:
        running = running.filter(lessor=book.organization_id)
    running = running.filter(lessor__is_synthetic=book.organization.is_synthetic)
    found = running.select_related("lessor", "lessee")
    return found.filter(lessor=seller) if seller else found


def _owed(lease: Lease, booked: QuerySet[JournalLine], as_of: date) -> Iterator[Claim]:
    """Yield what a running lease owes whatever is used: instalments and fixed rent that are not booked."""
    zone, plan = lease.agreed.zone, lease.agreed.price_plan
    same: dict[str, Any] = {
        "seller": lease.lessor.credit_code,
        "obligor": _party(lease.lessee),
        "lease": lease.public_id,
        "contract": _days(lease.starts_at, lease.ends_at, zone),
        "currency": plan.currency,
    }
    about: dict[str, Any]
    invoices = booked.filter(invoice__lease=lease, invoice__seller=lease.lessor).values("invoice")
    kinds = (FactKind.PRINCIPAL.value, FactKind.INTEREST.value)
    facts = InvoiceLineFact.objects.filter(line__invoice__in=invoices, kind__in=kinds)
    done = set(facts.values_list("source", flat=True))
    for one in FinanceInstalment.objects.filter(finance__lease=lease).order_by("number"):
        if f"{lease.public_id}#{one.number}" not in done:
            parts, minor = (one.principal_minor, one.interest_minor), one.payment_minor
            about = {"document": str(one.number), "due_on": one.due_on, "parts": parts}
            yield Claim(kind=Kind.INSTALMENT, billed=minor, open=minor, **about, **same)
    billed = set(Invoice.objects.of_periods().filter(pk__in=invoices).values_list("period_start", flat=True))
    changes = price_changes(lease)
    for period in whole_of(lease):
        assert period.end is not None, "a lease has an end"
        held = in_force(plan, changes, period.start)
        rent = fixed_rent(held, period, zone, lease.agreed.billing_anchor_day).minor
        if rent and period.start not in billed:
            days = _days(period.start, period.end, zone)
            about = {"document": "", "due_on": due_if_billed(days[1], as_of), "period": days}
            yield Claim(kind=Kind.FIXED, billed=rent, open=rent, **about, **same)


def _party(one: Organization) -> Party:
    return Party(one.public_id, one.kind, one.region_code, one.industry_code)


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[date, date]:
    return start.astimezone(zone).date(), end.astimezone(zone).date()
