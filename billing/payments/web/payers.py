"""Accounts from which companies pay: in the book of the matcher once two people said so."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.payments.actions import payers
from billing.payments.filters import PayerAccountFilter
from billing.payments.models import PayerAccount
from billing.payments.web.company_field import CompanyField, billed_companies
from billing.payments.web.matching import book_of
from billing.web.loan_forms import told
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.shared import clock
from marketplace.shared.errors import DomainError

PAGE = 50
Stage = PayerAccount.Stage
LOOKS = {Stage.PROPOSED: "idle", Stage.APPROVED: "run", Stage.DROPPED: "off"}


class PayerAccountForm(forms.Form):
    """An account, and the company that pays from it."""

    company = CompanyField(label=gettext_lazy("Company that pays"))
    number = forms.CharField(label=gettext_lazy("Account it pays from"), max_length=40)
    holder = forms.CharField(label=gettext_lazy("Name on the account"), max_length=120)


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List accounts of payers, and propose another one; also as a file."""
    book, within = book_of(request)
    first = {name: request.GET.get(name, "")[:120] for name in PayerAccountForm.base_fields}
    form = PayerAccountForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
        try:
            payers.propose(organization=given.pop("company"), book=book, **given, **who)
        except DomainError as error:
            told(error, form, {})
        else:
            messages.success(request, _("Noted. The matcher uses it once a second person approves it."))
            return redirect("payer-accounts")
    visible = PayerAccount.objects.select_related("organization").order_by("-pk")
    filterset = PayerAccountFilter(request.GET, queryset=visible)
    found = filterset.qs if filterset.is_valid() else visible.none()
    if wanted := asked_format(request):
        refuse_unread(filterset)
        return table_answer(wanted, "payer-accounts", _heads(), _cells(found))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "filters": filterset.form,
        "page": page,
        "rows": [_row(one, request) for one in page],
        "form": form,
        "is_asked": any(first.values()) or request.method == "POST",
        "companies": billed_companies(),
        "here": reverse("payer-accounts"),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "payments/payer_accounts.html", context, status=status)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponse:
    """Approve an account that somebody else proposed, or use one no more."""
    book, within = book_of(request)
    acts: dict[str, Callable[..., Any]] = {"approve": payers.approve, "drop": payers.drop}
    if verb not in acts:
        raise Http404
    found = get_object_or_404(PayerAccount, public_id=public_id)
    try:
        acts[verb](account=found, book=book, within=within, by=request.user, at=clock.now())
    except DomainError as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        said = {"approve": _("Approved."), "drop": _("The matcher uses it no more.")}
        messages.success(request, said[verb])
    return redirect("payer-accounts")


def _row(one: PayerAccount, request: HttpRequest) -> dict[str, Any]:
    is_own = one.maker == request.user.public_id  # type: ignore[union-attr]
    return {
        "one": one,
        "look": LOOKS[Stage(one.stage)],
        "approves": one.stage == Stage.PROPOSED and not is_own,
        "waits_for_other": one.stage == Stage.PROPOSED and is_own,
        "drops": one.stage != Stage.DROPPED,
    }


def _heads() -> list[str]:
    return [
        _("Company"),
        _("Name on the account"),
        _("Account number"),
        _("State"),
        _("Named by"),
        _("Named on"),
        _("Decided by"),
    ]


def _cells(found: QuerySet[PayerAccount]) -> Iterator[Sequence[object]]:
    for one in found.iterator(chunk_size=2_000):
        state = one.get_stage_display()
        about = (one.maker_name, one.made_at.date(), one.checker_name)
        yield (one.organization.name, one.holder, one.number, state, *about)
