"""Money that came in as pages show it: what of each is left, what it paid, what goes back, what notes owe."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from billing.models import Book, Invoice, JournalLine
from billing.payments.models import Allocation, LineBooking, PayerAccount, PaymentOrder, Receipt, Refund
from billing.payments.queries.held_back import waiting_refunds
from billing.payments.rules.bill_states import FAILED, STANDING, State
from billing.rules import accounts as chart
from marketplace.models import Organization
from marketplace.shared.money import Money

MOST_NOTES = 50
_OF_LINE = LineBooking.objects.filter(bank_line=OuterRef("bank_line"))
TAKEN_BACK = Exists(_OF_LINE.filter(kind=LineBooking.Kind.UNDO)) & ~Exists(
    _OF_LINE.standing().filter(kind=LineBooking.Kind.RECEIPT)
)


@dataclass(frozen=True)
class Takings:
    """Money of one currency: how many receipts, what came in, and what of it is left."""

    count: int
    amount: Money
    left: Money


def receipts_of(book: Book) -> QuerySet[Receipt]:
    """Return the receipts of a book with whom and what they name, the newest first."""
    found = Receipt.objects.filter(book=book).annotate(is_taken_back=TAKEN_BACK)
    named = found.select_related("payer", "bank_line", "bill", "book__organization")
    return named.order_by("-received_on", "-pk")


def is_void(receipt: Receipt) -> bool:
    """Tell whether a receipt of :func:`receipts_of` was no money: taken back, or a bill that failed."""
    failed = receipt.bill is not None and receipt.bill.state in FAILED
    return failed or bool(getattr(receipt, "is_taken_back", False))


def is_promise(receipt: Receipt) -> bool:
    """Tell whether a receipt is an acceptance bill that is not honoured: nobody paid it, or not yet."""
    return receipt.bill is not None and receipt.bill.state != State.HONOURED


def takings(found: QuerySet[Receipt]) -> list[Takings]:
    """Add receipts up, a row a currency; what was taken back, and bills that failed, are none."""
    rows = _counted(found).order_by().values("currency")
    summed = rows.annotate(count=Count("pk"), came_in=Sum("amount_minor"), unused=Sum("left_minor"))
    return [
        Takings(one["count"], Money(one["came_in"], one["currency"]), Money(one["unused"], one["currency"]))
        for one in summed.order_by("currency")
    ]


def _counted(found: QuerySet[Receipt]) -> QuerySet[Receipt]:
    return found.exclude(bill__state__in=FAILED).exclude(TAKEN_BACK)


def credit_of(organization: Organization) -> list[Money]:
    """Return what is left of an organization's payments; a bill that is not honoured is nobody's credit."""
    found = paid_by(organization).exclude(bill__state__in=STANDING)
    return [one.left for one in takings(found) if one.left.minor]


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
    owed = {one["invoice"]: -one["total"] for one in summed.order_by("invoice")}
    waiting = Refund.objects.filter(note__in=owed, order__state=PaymentOrder.State.PROPOSED)
    for note, minor in waiting.values_list("note", "order__amount_minor"):
        owed[note] -= minor
    left = {note: minor for note, minor in owed.items() if minor > 0}
    rows = Invoice.objects.filter(pk__in=left).select_related("buyer", "corrects").order_by("pk")
    return [(row, Money(left[row.pk], row.currency)) for row in rows[:MOST_NOTES]]


def paid_by(organization: Organization) -> QuerySet[Receipt]:
    """
    Return what an organization paid itself, the newest first.

    Without bills that failed, and what was held as its money until it was seen to be something else.
    """
    found = _counted(Receipt.objects.filter(payer=organization))
    return found.select_related("bill").order_by("-received_on", "-pk")


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
