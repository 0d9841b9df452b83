"""Money that came in as pages show it: what of each is left, what it paid, what goes back, what notes owe."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum

from billing.models import Book, Invoice, JournalLine
from billing.payments.models import Allocation, PayerAccount, PaymentOrder, Receipt, Refund
from billing.payments.queries.held_back import waiting_refunds
from billing.rules import accounts as chart
from marketplace.models import Organization
from marketplace.shared.money import Money

MOST_NOTES = 50


@dataclass(frozen=True)
class Takings:
    """Money of one currency: how many receipts, what came in, and what of it is left."""

    count: int
    amount: Money
    left: Money


def receipts_of(book: Book) -> QuerySet[Receipt]:
    """Return the receipts of a book with whom and what they name, the newest first."""
    found = Receipt.objects.filter(book=book)
    return found.select_related("payer", "bank_line", "book__organization").order_by("-received_on", "-pk")


def takings(found: QuerySet[Receipt]) -> list[Takings]:
    """Add receipts up, a row a currency."""
    rows = found.order_by().values("currency")
    summed = rows.annotate(count=Count("pk"), came_in=Sum("amount_minor"), unused=Sum("left_minor"))
    return [
        Takings(one["count"], Money(one["came_in"], one["currency"]), Money(one["unused"], one["currency"]))
        for one in summed.order_by("currency")
    ]


def used_by(receipt: Receipt) -> list[Allocation]:
    """Return what a receipt paid and what was taken back of it, in the order of the facts."""
    rows = Allocation.objects.filter(receipt=receipt).select_related("invoice", "undoes")
    return list(rows.order_by("pk"))


def free_of(receipt: Receipt) -> int:
    """Return what of a receipt may still go back or pay something; minor units."""
    return receipt.left_minor - waiting_refunds(receipt)


def is_account_known(receipt: Receipt) -> bool:
    """Tell whether the account that a receipt came from is in the book of payers, or there is none."""
    number = receipt.bank_line.counterparty_account if receipt.bank_line else ""
    known = PayerAccount.objects.exclude(stage=PayerAccount.Stage.DROPPED)
    return not number or known.filter(number=number).exists()


def owed_notes(book: Book) -> list[tuple[Invoice, Money]]:
    """
    Return credit notes over paid invoices with what of each is owed back (2241.04) and waits for nobody.
    """
    lines = JournalLine.objects.filter(account__book=book, account__code=chart.REFUNDS, invoice__isnull=False)
    summed = lines.order_by().values("invoice").annotate(total=Sum("amount_minor")).filter(total__lt=0)
    owed = {one["invoice"]: -one["total"] for one in summed.order_by("invoice")[:MOST_NOTES]}
    waiting = Refund.objects.filter(note__in=owed, order__state=PaymentOrder.State.PROPOSED)
    for note, minor in waiting.values_list("note", "order__amount_minor"):
        owed[note] -= minor
    rows = Invoice.objects.filter(pk__in=owed).select_related("buyer", "corrects").order_by("pk")
    return [(row, Money(owed[row.pk], row.currency)) for row in rows if owed[row.pk] > 0]


def paid_by(organization: Organization) -> QuerySet[Receipt]:
    """Return what an organization paid itself, the newest first."""
    return Receipt.objects.filter(payer=organization).order_by("-received_on", "-pk")


def uses_of(receipts: list[Receipt], organization: Organization) -> dict[int, list[dict[str, Any]]]:
    """
    Return by the keys of receipts what each paid and was not taken back; of other buyers' invoices no names.
    """
    rows = Allocation.objects.filter(receipt__in=receipts, undoes=None, undone_by=None)
    found: dict[int, list[dict[str, Any]]] = {one.pk: [] for one in receipts}
    for row in rows.select_related("invoice").order_by("pk"):
        own = row.invoice if row.invoice.buyer_id == organization.pk else None
        assert row.receipt_id is not None, "asked for"
        found[row.receipt_id].append({"invoice": own, "amount": Money(row.amount_minor, row.currency)})
    return found
