"""Acceptance bills: which are due, which are late, and which lines of the bank pay one."""

from collections import defaultdict
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from billing.models import Book, Invoice
from billing.payments.models import AcceptanceBill, Allocation, BankLine, LineBooking, Receipt
from billing.payments.queries.expected import receivables
from billing.payments.rules.bill_facts import is_late, numbers_in
from billing.payments.rules.bill_states import STANDING, State
from marketplace.shared.money import Money

SOON = timedelta(days=10)
MOST = 200


def due_by(book: Book, day: date) -> QuerySet[AcceptanceBill]:
    """Return the bills of a book that are held and fall due by a day, the first one first."""
    return AcceptanceBill.objects.filter(book=book, due_on__lte=day).standing()


def promised(book: Book, today: date) -> tuple[Money, Money]:
    """Return what bills of a book promise that nobody paid yet: all, and what falls due in ten days."""
    rows = AcceptanceBill.objects.filter(book=book, currency=book.currency).standing()
    soon = Sum("amount_minor", filter=Q(due_on__lte=today + SOON))
    sums = rows.aggregate(all=Sum("amount_minor"), soon=soon)
    return Money(int(sums["all"] or 0), book.currency), Money(int(sums["soon"] or 0), book.currency)


def late(book: Book, today: date) -> list[AcceptanceBill]:
    """Return the bills of a book whose money should be here and is not."""
    rows = due_by(book, today).order_by("pk")
    return [one for one in rows if is_late(State(one.state), due_on=one.due_on, today=today)]


def lines_for(bill: AcceptanceBill) -> QuerySet[BankLine]:
    """
    Return the lines that can have paid a bill: its amount, not booked, or held and nothing of it used.

    One that two people said is none of this bill is not among them.
    """
    was = LineBooking.objects.filter(kind=LineBooking.Kind.BILL, target=bill.public_id)
    rows = BankLine.objects.filter(
        _free(), bank_account__book=bill.book_id, amount_minor=bill.amount_minor, currency=bill.currency
    )
    rows = rows.filter(booked_on__gte=bill.received_on).exclude(pk__in=was.values("bank_line"))
    return rows.select_related("bank_account").order_by("-booked_on")


def _free() -> Q:
    """Return which lines are not booked, or held and nothing of it used."""
    booked = LineBooking.objects.filter(bank_line=OuterRef("pk"))
    return Q(~Exists(booked)) | Q(receipt__left_minor=F("receipt__amount_minor"))


def collectable(book: Book) -> list[tuple[AcceptanceBill, BankLine]]:
    """
    Return bills with the line that names their number and has their amount, where that is one and one.

    A line that two people said is none of a bill is not taken for one again.
    """
    was = LineBooking.objects.filter(kind=LineBooking.Kind.BILL)
    bills: dict[tuple[str, int, str], list[AcceptanceBill]] = defaultdict(list)
    for one in AcceptanceBill.objects.filter(book=book).standing().select_related("book__organization"):
        bills[one.number, one.amount_minor, one.currency].append(one)
    if not bills:
        return []
    amounts = {minor for _, minor, _ in bills}
    lines: dict[tuple[str, int, str], list[BankLine]] = defaultdict(list)
    rows = BankLine.objects.filter(_free(), bank_account__book=book, amount_minor__in=amounts)
    for line in rows.exclude(pk__in=was.values("bank_line")):
        for number in numbers_in(line.memo) | numbers_in(line.bank_ref):
            key = number, line.amount_minor, line.currency
            if any(line.booked_on >= one.received_on for one in bills.get(key, ())):
                lines[key].append(line)
    return [(bills[key][0], found[0]) for key, found in lines.items() if len(found) == len(bills[key]) == 1]


def open_of(bill: AcceptanceBill) -> list[tuple[Invoice, Money]]:
    """Return the open invoices of a bill's payer with what is open of each, the first due one first."""
    rows = Invoice.objects.issued().filter(buyer=bill.payer_id, currency=bill.currency, gross_minor__gt=0)
    opened = receivables(bill.book, list(rows.values_list("pk", flat=True)))
    left = {key: minor for key, parts in opened.items() if (minor := sum(parts.values())) > 0}
    found = rows.filter(pk__in=left).order_by("due_on", "pk")[:MOST]
    return [(row, Money(left[row.pk], row.currency)) for row in found]


def asked(bill: AcceptanceBill) -> str:
    """Return which end without money somebody asked for and nobody decided yet; nothing once it is over."""
    return bill.asks if State(bill.state) in STANDING else ""


def paid_by(receipt: Receipt | None) -> list[Allocation]:
    """Return what a bill's money paid, and what of it was taken back, in their order."""
    rows = Allocation.objects.filter(receipt=receipt) if receipt else Allocation.objects.none()
    return list(rows.select_related("invoice", "undoes").order_by("pk"))


def receipt_of(bill: AcceptanceBill) -> Receipt | None:
    """Return the money that a bill stands for; none before it is confirmed."""
    rows = Receipt.objects.filter(bill=bill).select_related("book__organization", "payer")
    return rows.first()
