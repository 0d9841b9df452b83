"""What the board shows: lines of the bank that wait or are done, and open invoices beside one of them."""

from typing import Any

from django.db.models import Prefetch, Q

from billing.models import Book, Invoice
from billing.payments.models import Allocation, BankLine, ReconException, Suggestion
from billing.payments.queries.expected import receivables
from marketplace.shared.money import Money

AT_MOST = 40


def lines_of(book: Book, *, done: bool = False) -> Any:
    """Return the lines of a book that wait for a person, the oldest first; or those that are done."""
    waits = Q(bookings=None) | Q(receipt__left_minor__gt=0)
    rows = BankLine.objects.filter(bank_account__book=book).select_related(
        "receipt__payer", "receipt__book__organization", "bank_account__book__organization"
    )
    wanted = Suggestion.objects.filter(state=Suggestion.State.OPEN)
    opened = ReconException.objects.open().order_by("pk")
    rows = rows.prefetch_related(
        Prefetch("suggestions", wanted, to_attr="waiting"),
        Prefetch("reconexception_set", opened, to_attr="exceptions"),
    )
    if done:
        return rows.exclude(waits).order_by("-booked_on", "-pk")
    return rows.filter(waits).order_by("booked_on", "pk")


def allocations_of(line: BankLine) -> list[Allocation]:
    """Return what a line paid and was not taken back."""
    rows = Allocation.objects.filter(receipt__bank_line=line, undoes=None, undone_by=None)
    return list(rows.select_related("invoice", "receipt__book__organization").order_by("pk"))


def items_for(book: Book, line: BankLine, *, asked: str = "") -> list[tuple[Invoice, Money]]:
    """
    Return open invoices beside a line with what is open of each: what is suggested or fits first, then those
    of the payer; with ``asked`` those whose number or buyer has these letters.
    """
    named = _named(line)
    receipt = getattr(line, "receipt", None)
    payer = receipt.payer_id if receipt else None
    rows = Invoice.objects.issued().filter(gross_minor__gt=0, currency=line.currency)
    if asked:
        rows = rows.filter(Q(number__icontains=asked) | Q(buyer__name__icontains=asked))
    elif payer is not None:
        rows = rows.filter(Q(public_id__in=named) | Q(buyer=payer))
    elif named:
        rows = rows.filter(public_id__in=named)
    else:
        rows = rows.filter(gross_minor=line.amount_minor)
    found = list(rows.select_related("buyer").order_by("due_on", "pk")[: AT_MOST * 4])
    opened = receivables(book, [row.pk for row in found]) if found else {}
    left = [(row, sum(opened.get(row.pk, {}).values())) for row in found]
    kept = [(row, Money(minor, row.currency)) for row, minor in left if minor > 0]
    return sorted(kept, key=lambda pair: pair[0].public_id not in named)[:AT_MOST]


def _named(line: BankLine) -> set[str]:
    found = {one["invoice"] for row in line.suggestions.all() for one in row.plan if row.state == "OPEN"}
    for one in line.reconexception_set.all():
        if one.state == ReconException.State.OPEN:
            found |= set(one.facts.get("candidates", ()))
    return found
