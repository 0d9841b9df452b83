"""What of a payout may still be taken back from its owner, and what was."""

from django.db.models import QuerySet, Sum

from billing.payments.models import Operation, PaymentOrder, TakeBack
from billing.payments.rules.operations import Kind, State


def transfer_of(order: PaymentOrder) -> Operation | None:
    """Return the transfer that a provider made for an order, if one did."""
    return order.operations.filter(kind=Kind.TRANSFER, state=State.DONE).first()


def left_to_take(order: PaymentOrder) -> int:
    """
    Return what of a payout may still be taken back; minor units.

    What waits for its second person counts as taken, what the provider refused does not.
    """
    standing = order.operations.filter(kind=Kind.REVERSAL).exclude(state=State.REJECTED)
    asked = sum(each.body["amount"] for each in standing)
    waiting = order.take_backs.filter(state=TakeBack.State.PROPOSED).aggregate(total=Sum("amount_minor"))
    return order.amount_minor - asked - int(waiting["total"] or 0)


def take_backs_of(order: PaymentOrder) -> QuerySet[TakeBack]:
    """Return what was proposed to be taken back of a payout, the newest first, with what became of it."""
    found = order.take_backs.select_related("operation", "order")
    return found.prefetch_related("operation__attempts").order_by("-pk")
