"""The chain backwards: which invoices a line of the bank is of, and with how much."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from billing.models import Invoice
from billing.payments.models import (
    Allocation,
    BankLine,
    LineBooking,
    PaymentOrder,
    PayoutItem,
    Receipt,
    Refund,
    Settlement,
)


@dataclass(frozen=True)
class Behind:
    """
    An invoice behind a line; signed as the line is, in minor units.

    ``how``: ``PAID`` by this money (also through the provider whose payout it is, or by a bill), ``PAYOUT``
    to its owner, ``REFUND`` over a note of it.
    """

    how: str
    invoice: Invoice
    minor: int


def invoices_behind(line: BankLine) -> list[Behind]:
    """Return the invoices behind a line as it is booked now; none, where its money is of none (yet)."""
    newest = LineBooking.objects.filter(bank_line=line).order_by("number").last()
    if newest is None or newest.kind == LineBooking.Kind.UNDO:
        return []
    found = [*_paid(_money(line, newest)), *_left(newest)]
    invoices = Invoice.objects.in_bulk({key for _, key, _ in found})
    made = [Behind(how, invoices[key], minor) for how, key, minor in found if minor]
    return sorted(made, key=lambda one: (one.how, one.invoice.pk))


def _money(line: BankLine, booking: LineBooking) -> QuerySet[Receipt]:
    """Return what came with a line: itself, the charges in a provider's payout, or a bill that was paid."""
    if booking.kind == LineBooking.Kind.SETTLEMENT:
        settlement = Settlement.objects.filter(public_id=booking.target)
        return Receipt.objects.filter(fact__movements__settlement__in=settlement)
    return Receipt.objects.filter(bank_line=line) | Receipt.objects.filter(bill__public_id=booking.target)


def _paid(receipts: QuerySet[Receipt]) -> Iterator[tuple[str, int, int]]:
    rows = Allocation.objects.filter(receipt__in=receipts.values("pk")).order_by().values("invoice")
    for row in rows.annotate(total=Sum("amount_minor")):
        yield "PAID", row["invoice"], int(row["total"])


def _left(booking: LineBooking) -> Iterator[tuple[str, int, int]]:
    """Yield what an order of ours that left, or came back, is for."""
    if booking.kind not in (LineBooking.Kind.ORDER, LineBooking.Kind.RETURN):
        return
    sign = -1 if booking.kind == LineBooking.Kind.ORDER else 1
    order = PaymentOrder.objects.filter(public_id=booking.target)
    lines = PayoutItem.objects.filter(order__in=order).exclude(line__invoice=None)
    for row in lines.order_by().values("line__invoice").annotate(total=Sum("line__amount_minor")):
        yield "PAYOUT", row["line__invoice"], -sign * int(row["total"])
    for refund in Refund.objects.filter(order__in=order).exclude(note=None).select_related("note", "order"):
        assert refund.note is not None, "the others were left out"
        yield "REFUND", refund.note.corrects_id or refund.note.pk, sign * refund.order.amount_minor
