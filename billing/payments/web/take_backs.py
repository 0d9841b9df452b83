"""Doors of the page of a payout: a part of it is taken back from its owner by two people."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from billing.payments.actions import take_backs
from billing.payments.models import PaymentOrder, TakeBack
from billing.payments.web.orders import page_of, visible_order
from billing.payments.web.take_back_form import form_of
from billing.web.loan_forms import told
from marketplace.models import Organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError


@require_POST
@login_required
def propose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose to take a part of a payout back."""
    order, within = _payout(request, public_id)
    form = form_of(order, request.POST)
    if form.is_valid():
        try:
            take_backs.propose(order=order, **form.asked(), **_who(request, within))
        except DomainError as error:
            told(error, form, {"/amount_minor": "amount", "/reason": "reason"})
        else:
            messages.success(request, _("Proposed. It is taken back once a second person approves it."))
            return redirect("payment-order", public_id)
    return page_of(request, order, within, refused=form)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, item: str, verb: str) -> HttpResponse:
    """Approve or drop what was proposed, or try again what the provider refused."""
    order, within = _payout(request, public_id)
    acts: dict[str, tuple[Callable[..., Any], str]] = {
        "approve": (take_backs.approve, _("Approved. The payment provider is asked for it.")),
        "drop": (take_backs.drop, _("Dropped. Nothing is taken back.")),
        "again": (take_backs.again, _("The payment provider is asked once more.")),
    }
    if verb not in acts:
        raise Http404
    rows = TakeBack.objects.select_related("order__book__organization")
    found, (do, done) = get_object_or_404(rows, order=order, public_id=item), acts[verb]
    form = forms.Form(request.POST)
    try:
        do(take_back=found, **_who(request, within))
    except DomainError as error:
        form.add_error(None, _(error.text).format(**error.facts))
        return page_of(request, order, within, refused=form)
    messages.success(request, done)
    return redirect("payment-order", public_id)


def _payout(request: HttpRequest, public_id: str) -> tuple[PaymentOrder, Organization]:
    """Return a payment with who pays it; others have no such door."""
    order, within = visible_order(request, public_id)
    if within.pk != order.book.organization_id:
        raise Http404
    return order, within


def _who(request: HttpRequest, within: Organization) -> dict[str, Any]:
    return {"within": within, "by": request.user, "at": clock.now()}
