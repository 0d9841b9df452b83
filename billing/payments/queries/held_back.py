"""What of a receipt nobody may use: what a refund waits for, and what the payer's bank took back."""

from django.db.models import Sum

from billing.models import Book, Invoice, JournalLine
from billing.payments.models import Allocation, PaymentOrder, ProviderFact, Receipt, Refund
from billing.payments.rules.bill_states import State
from billing.rules import accounts as chart

OPENED, WON, LOST = "DISPUTED", "DISPUTE_WON", "DISPUTE_LOST"


def waiting_refunds(receipt: Receipt) -> int:
    """Return what refunds that nobody approved yet are to give back of a receipt; minor units."""
    proposed = Refund.objects.filter(receipt=receipt, order__state=PaymentOrder.State.PROPOSED)
    return int(proposed.aggregate(total=Sum("order__amount_minor"))["total"] or 0)


def is_disputed(receipt: Receipt) -> bool:
    """
    Tell whether the payer disputes the charge behind a receipt and nobody decided: its money is not here.

    After a loss what is still left of the receipt is ours: the loss took it first.
    """
    kinds = _disputes(receipt)
    return kinds.count(OPENED) > kinds.count(WON) + kinds.count(LOST)


def is_lost(receipt: Receipt) -> bool:
    """Tell whether a dispute about the charge behind a receipt was lost."""
    return LOST in _disputes(receipt)


def _disputes(receipt: Receipt) -> list[str]:
    """Return the kinds of facts that disputes about the charge behind a receipt made."""
    if receipt.fact is None:
        return []
    about = ProviderFact.objects.filter(
        provider=receipt.fact.provider, document__parent=receipt.fact.object_reference
    )
    return list(about.filter(kind__in=(OPENED, WON, LOST)).values_list("kind", flat=True))


def owed_for(*, note: Invoice | int, book: Book) -> int:
    """Return what stands at refunds payable for a note; what was ordered is off it already."""
    lines = JournalLine.objects.filter(invoice=note, account__book=book, account__code=chart.REFUNDS)
    return -int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def is_paid_by_promise(invoice: int | None) -> bool:
    """Tell whether an acceptance bill that nobody paid yet pays something of an invoice."""
    by_bill = Allocation.objects.filter(
        invoice=invoice, undoes=None, undone_by=None, receipt__bill__isnull=False
    )
    return by_bill.exclude(receipt__bill__state=State.HONOURED.value).exists()
