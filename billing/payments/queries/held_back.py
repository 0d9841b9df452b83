"""What of a receipt nobody may use: what a refund waits for, and what the payer's bank took back."""

from django.db.models import Sum

from billing.payments.models import PaymentOrder, ProviderFact, Receipt, Refund

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
