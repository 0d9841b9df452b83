"""What of a receipt nobody may use: what a refund waits for, and what the payer's bank took back."""

from django.db.models import Sum

from billing.models import Book, Invoice, JournalLine
from billing.payments.models import Allocation, PaymentOrder, ProviderFact, Receipt, Refund
from billing.payments.rules.bill_states import State
from billing.rules import accounts as chart

DISPUTED, WON = ("DISPUTED", "DISPUTE_LOST"), "DISPUTE_WON"


def waiting_refunds(receipt: Receipt) -> int:
    """Return what refunds that nobody approved yet are to give back of a receipt; minor units."""
    proposed = Refund.objects.filter(receipt=receipt, order__state=PaymentOrder.State.PROPOSED)
    return int(proposed.aggregate(total=Sum("order__amount_minor"))["total"] or 0)


def is_disputed(receipt: Receipt) -> bool:
    """Tell whether the payer disputes the charge behind a receipt, or won: its money is not ours then."""
    if receipt.fact is None:
        return False
    about = ProviderFact.objects.filter(
        provider=receipt.fact.provider, document__parent=receipt.fact.object_reference
    )
    kinds = list(about.filter(kind__in=(*DISPUTED, WON)).values_list("kind", flat=True))
    return any(kind in DISPUTED for kind in kinds) and (WON not in kinds or DISPUTED[1] in kinds)


def owed_for(*, note: Invoice, book: Book) -> int:
    """Return what stands at refunds payable for a note; what was ordered is off it already."""
    lines = JournalLine.objects.filter(invoice=note, account__book=book, account__code=chart.REFUNDS)
    return -int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def is_paid_by_promise(invoice: int | None) -> bool:
    """Tell whether an acceptance bill that nobody paid yet pays something of an invoice."""
    by_bill = Allocation.objects.filter(
        invoice=invoice, undoes=None, undone_by=None, receipt__bill__isnull=False
    )
    return by_bill.exclude(receipt__bill__state=State.HONOURED.value).exists()
