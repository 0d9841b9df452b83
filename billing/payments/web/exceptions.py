"""What nobody could match by rule: why, since when, who looks after it, and what to do next."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing.models import Book
from billing.payments.actions import recon_exceptions
from billing.payments.filters import ReconExceptionFilter
from billing.payments.models import ReconException
from billing.payments.queries.match_words import sentences
from billing.payments.rules.exception_words import ACTIONS
from billing.payments.web.matching import book_of
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, list_answer
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

PAGE = 30


class ResolutionForm(forms.Form):
    """What was found."""

    resolution = forms.CharField(label=gettext_lazy("What was found?"), max_length=500)


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List exceptions, the oldest first; also as a file."""
    book, _within = book_of(request)
    return _page(request, book)


def _page(
    request: HttpRequest,
    book: Book,
    *,
    refused: ReconException | None = None,
    form: ResolutionForm | None = None,
) -> HttpResponseBase:
    """Show the list; ``refused`` keeps what was said of it in ``form``."""
    visible = ReconException.objects.filter(book=book).select_related(
        "bank_line", "holder", "movement", "settlement"
    )
    data = request.GET if "state" in request.GET else {**request.GET.dict(), "state": ["OPEN"]}
    filterset = ReconExceptionFilter(request.GET, queryset=visible)
    found = filterset.qs if filterset.is_valid() else visible.none()
    if "state" in data and "state" not in request.GET:
        found = found.filter(state=ReconException.State.OPEN)
    if (wanted := asked_format(request)) and refused is None:
        refuse_unread(filterset)
        heads = [_("Reason"), _("Since"), _("Amount"), _("Looked after by"), _("State"), _("What to do")]
        return list_answer(wanted, "exceptions", heads, found, _cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": filterset.form,
        "page": page,
        "rows": [_row(one, form if one == refused and form else _form(one)) for one in page],
        "here": reverse("recon-exceptions"),
        "kept": f"?{request.GET.urlencode()}" if request.GET else "",
    }
    return render(request, "payments/exceptions.html", context, status=400 if refused else 200)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, verb: str) -> HttpResponseBase:
    """Look after an exception, or resolve it in words."""
    book, within = book_of(request)
    found = get_object_or_404(ReconException.objects.filter(book=book), public_id=public_id)
    form = _form(found, request.POST)
    who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
    try:
        if verb == "hold":
            recon_exceptions.hold(exception=found, **who)
        elif verb == "resolve":
            said = form.data.get("resolution", "")
            recon_exceptions.resolve(exception=found, resolution=said, **who)
        else:
            raise Http404
    except DomainError as error:
        said = _(error.text).format(**error.facts)
        if isinstance(error, recon_exceptions.ResolutionInvalid):
            form.errors.clear()
            form.add_error("resolution", said)
            return _page(request, book, refused=found, form=form)
        messages.error(request, said)
    else:
        messages.success(request, _("You look after it.") if verb == "hold" else _("Resolved."))
    query = request.GET.urlencode()
    return redirect(reverse("recon-exceptions") + (f"?{query}" if query else ""))


def _form(one: ReconException, given: Any = None) -> ResolutionForm:
    """Return the form of one row, whose names are on the page once."""
    return ResolutionForm(given, auto_id=f"id_{one.public_id}_%s")


def _row(one: ReconException, resolve: ResolutionForm) -> dict[str, Any]:
    minor = one.amount_minor
    return {
        "one": one,
        "name": one.get_reason_display(),
        "why": sentences(one.facts.get("reasons", [])),
        "next": _(ACTIONS[one.reason]),
        "amount": Money(minor, one.currency) if minor is not None and one.currency else None,
        "days": (clock.now() - one.opened_at).days,
        "is_open": one.state == ReconException.State.OPEN,
        "resolve": resolve,
        "movement": one.movement,
        "payout": one.settlement,
    }


def _cells(one: ReconException) -> list[Any]:
    amount = (
        Money(one.amount_minor, one.currency).amount
        if one.amount_minor is not None and one.currency
        else None
    )
    holder = one.holder.name if one.holder else ""
    return [
        one.get_reason_display(),
        one.opened_at.date(),
        amount,
        holder,
        one.get_state_display(),
        _(ACTIONS[one.reason]),
    ]
