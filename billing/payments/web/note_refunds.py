"""What a credit note over a paid invoice owes back: how much, and how it goes back."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from billing.models import Invoice
from billing.payments.actions import refunds
from billing.payments.models import PaymentOrder, Refund
from billing.payments.queries.held_back import owed_for
from billing.payments.web import order_words as words
from billing.payments.web.matching import book_of
from billing.payments.web.refund_form import RefundForm, ordered
from marketplace.shared.money import Money


@login_required
def note(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what a credit note owes back, and propose to give it back."""
    book, within = book_of(request)
    notes = Invoice.objects.issued().filter(seller__is_synthetic=False)
    found = get_object_or_404(notes.select_related("buyer", "corrects"), public_id=public_id)
    orders = list(
        Refund.objects.filter(note=found)
        .select_related("order__payee", "order__payee_account")
        .order_by("pk")
    )
    waiting = sum(one.order.amount_minor for one in orders if one.order.state == PaymentOrder.State.PROPOSED)
    left = Money(owed_for(note=found, book=book) - waiting, found.currency)
    posted = request.method == "POST"
    form = RefundForm(request.POST if posted else None, left=left)
    if posted and (order := ordered(request, form, within, refunds.of_note, note=found, book=book)):
        return redirect("payment-order", order.public_id)
    context = {
        "note": found,
        "left": left,
        "waiting": Money(waiting, found.currency),
        "form": form if posted or left.minor > 0 else None,
        "orders": [words.row(one.order) for one in orders],
    }
    return render(request, "payments/note_refund.html", context, status=400 if posted else 200)
