"""Where an organization is paid: it names its account here, and somebody of the platform approves it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.models import Book
from billing.payments.actions import payees
from billing.payments.gateway import providers
from billing.payments.models import PayeeAccount, ProviderAccount
from billing.web.loan_forms import told
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError

PLATFORM, MOST = "P", 200


class PayeeForm(forms.Form):
    """An account at a bank."""

    holder = forms.CharField(label=gettext_lazy("Holder, as the bank has it"), max_length=120)
    number = forms.CharField(label=gettext_lazy("Account number"), max_length=60)
    bank_name = forms.CharField(label=gettext_lazy("Bank and branch"), max_length=120)
    bank_code = forms.CharField(
        label=gettext_lazy("Code of the bank (CNAPS, 12 digits) or BIC"), max_length=20, required=False
    )


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """Show the own accounts and a form for another one; to the platform those that wait for approval."""
    within = acting_organization(request)
    edits = allowed(request.user, Permission.PAYEE_EDIT, within=within)  # type: ignore[arg-type]
    form = PayeeForm(request.POST or None) if edits else None
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid():
            try:
                given = form.cleaned_data
                payees.name(organization=within, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
            except DomainError as error:
                told(error, form, {})
            else:
                messages.success(request, _("Named. Somebody of the platform checks and approves it."))
                return redirect("payees")
    book = _book(request, within)
    context = {
        "form": form,
        "edits": edits,
        "mine": _of(within) if edits else [],
        "waiting": _waiting() if book else [],
        "approves": book is not None,
        "online": edits and "stripe" in providers.online(),
        "online_state": _online_state(within) if edits else "",
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "payments/payees.html", context, status=status)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Approve an account that waits, or refuse it."""
    within = acting_organization(request)
    book = _book(request, within)
    acts: dict[str, Callable[..., Any]] = {"approve": payees.approve, "drop": payees.drop}
    if book is None or verb not in acts:
        raise Http404
    found = get_object_or_404(PayeeAccount, public_id=public_id)
    try:
        acts[verb](payee=found, book=book, within=within, by=request.user, at=clock.now())
    except DomainError as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, {"approve": _("Approved."), "drop": _("Refused.")}[verb])
    return redirect("payees")


def _of(within: Organization) -> list[PayeeAccount]:
    mine = PayeeAccount.objects.filter(organization=within).exclude(stage=PayeeAccount.Stage.DROPPED)
    return list(mine.order_by("stage"))


def _online_state(within: Organization) -> str:
    known = ProviderAccount.objects.filter(organization=within, provider="stripe").first()
    return known.get_state_display() if known else ""


def _waiting() -> list[PayeeAccount]:
    rows = PayeeAccount.objects.filter(stage=PayeeAccount.Stage.PROPOSED)
    return list(rows.select_related("organization").order_by("pk")[:MOST])


def _book(request: HttpRequest, within: Organization) -> Book | None:
    if not allowed(request.user, Permission.PAYMENT_RELEASE, within=within):  # type: ignore[arg-type]
        return None
    return Book.objects.filter(organization=within, code=PLATFORM).first()
