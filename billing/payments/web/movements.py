"""Changes of the platform's balance at payment providers: a list, and a page to say what one is."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from billing.payments.actions import classifications
from billing.payments.filters import MovementFilter
from billing.payments.models import Classification, Movement
from billing.payments.web.finance import book_of_desk
from billing.payments.web.rebookings import LOOKS
from billing.web.loan_forms import told
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.shared.money import Money

PAGE = 50
PLACES = {"/means": "means", "/reason": "reason"}


class ClassificationForm(forms.Form):
    """What the change is, and how one knows."""

    means = forms.ChoiceField(label=gettext_lazy("What is the change?"), choices=Classification.Means)
    reason = forms.CharField(
        label=gettext_lazy("How do you know?"),
        help_text=gettext_lazy("For example what the provider's own page says of it."),
        max_length=500,
    )


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the changes, the newest first; also as a file."""
    book_of_desk(request)
    rows = Movement.objects.select_related("settlement").order_by("-occurred_at", "-pk")
    filterset = MovementFilter(request.GET, queryset=rows)
    found = filterset.qs if filterset.is_valid() else rows.none()
    if wanted := asked_format(request):
        refuse_unread(filterset)
        return table_answer(wanted, "provider-movements", _heads(), _cells(found))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"form": filterset.form, "page": page, "rows": list(page)}
    return render(request, "payments/movements.html", context)


@require_GET
@login_required
def shown(request: HttpRequest, key: str) -> HttpResponse:
    """Show one change with what people said it is."""
    movement, within = _movement(request, key)
    return _page(request, movement, within)


@require_POST
@login_required
def propose(request: HttpRequest, key: str) -> HttpResponse:
    """Propose what a change is."""
    movement, within = _movement(request, key)
    form = ClassificationForm(request.POST)
    if form.is_valid():
        try:
            classifications.propose(movement=movement, **form.cleaned_data, **_who(request, within))
        except DomainError as error:
            told(error, form, PLACES)
        else:
            messages.success(request, _("Proposed. It is booked once a second person approves it."))
            return redirect("provider-movement", key)
    return _page(request, movement, within, refused=form)


@require_POST
@login_required
def act(request: HttpRequest, key: str, item: str, verb: str) -> HttpResponse:
    """Approve or drop what was proposed."""
    movement, within = _movement(request, key)
    acts: dict[str, tuple[Callable[..., Any], str]] = {
        "approve": (classifications.approve, _("The change is booked.")),
        "drop": (classifications.drop, _("Dropped. Nothing was booked.")),
    }
    if verb not in acts:
        raise Http404
    rows = Classification.objects.filter(movement=movement).select_related("movement")
    found = get_object_or_404(rows, public_id=item)
    action, done = acts[verb]
    try:
        action(classification=found, **_who(request, within))
    except DomainError as error:
        flaws = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
        messages.error(request, " ".join(flaws) or _(error.text).format(**error.facts))
    else:
        messages.success(request, done)
    return redirect("provider-movement", key)


def _page(
    request: HttpRequest,
    movement: Movement,
    within: Organization,
    *,
    refused: ClassificationForm | None = None,
) -> HttpResponse:
    rows = list(movement.classifications.select_related("journal").order_by("-pk"))
    waits = any(one.state == Classification.State.PROPOSED for one in rows)
    stands = any(one.state == Classification.State.APPROVED for one in rows)
    open_ = movement.net_minor and (stands or movement.fact_id is None) and not waits
    may = allowed(request.user, Permission.PAYMENT_MATCH, within=within)  # type: ignore[arg-type]
    context = {
        "movement": movement,
        "gross": Money(movement.gross_minor, movement.currency),
        "fee": Money(movement.fee_minor, movement.currency),
        "rows": [_row(request, one, within) for one in rows],
        "stands": stands,
        "form": refused or (ClassificationForm() if open_ and may else None),
    }
    return render(request, "payments/movement.html", context, status=400 if refused else 200)


def _row(request: HttpRequest, one: Classification, within: Organization) -> dict[str, Any]:
    waits = one.state == Classification.State.PROPOSED
    is_own = one.maker == request.user.public_id  # type: ignore[union-attr]
    releases = allowed(request.user, Permission.PAYMENT_RELEASE, within=within)  # type: ignore[arg-type]
    return {
        "one": one,
        "look": LOOKS[one.state],
        "approves": waits and releases and not is_own,
        "waits_for_other": waits and is_own,
        "drops": waits and allowed(request.user, Permission.PAYMENT_MATCH, within=within),  # type: ignore[arg-type]
    }


def _movement(request: HttpRequest, key: str) -> tuple[Movement, Organization]:
    _book, within = book_of_desk(request)
    rows = Movement.objects.select_related("settlement", "fact__journal").named(key)
    return get_object_or_404(rows), within


def _heads() -> list[str]:
    return [
        _("When"),
        _("Number"),
        _("Kind"),
        _("Before its fee"),
        _("Fee"),
        _("After its fee"),
        _("Currency"),
        _("Payout"),
        _("Whether it is booked"),
    ]


def _cells(found: Iterable[Movement]) -> Iterator[list[Any]]:
    for one in found:
        money = [
            Money(minor, one.currency).amount for minor in (one.gross_minor, one.fee_minor, one.net_minor)
        ]
        payout = one.settlement.reference if one.settlement else ""
        booked = _("yes") if one.is_booked else _("no")
        yield [one.occurred_at, one.reference, one.kind, *money, one.currency, payout, booked]


def _who(request: HttpRequest, within: Organization) -> dict[str, Any]:
    return {"within": within, "by": request.user, "at": clock.now()}
