"""The page of a bank line: what it says, what it was booked as, and what it is instead, by two people."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from billing.payments.actions import rebookings
from billing.payments.models import BankLine, LineBooking, Rebooking
from billing.payments.queries.match_words import pass_name
from billing.web.loan_forms import told
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError

LOOKS = {"PROPOSED": "idle", "APPROVED": "run", "DROPPED": "off"}
PLACES = {"/kind": "kind", "/target": "target", "/reason": "reason"}


class RebookingForm(forms.Form):
    """What the line is, and why."""

    kind = forms.ChoiceField(label=gettext_lazy("What is it?"), choices=Rebooking.Kind)
    target = forms.CharField(
        label=gettext_lazy("Number of the payment"),
        help_text=gettext_lazy(
            "Only for a payment order, a provider's payout, an acceptance bill or a payment of a fund: its "
            "id, as its page or REST shows it."
        ),
        max_length=30,
        required=False,
    )
    reason = forms.CharField(label=gettext_lazy("Why is it booked anew?"), max_length=500)


@require_GET
@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one line with what it was booked as."""
    line, within = _line(request, public_id)
    return _page(request, line, within)


@require_POST
@login_required
def propose(request: HttpRequest, public_id: str) -> HttpResponse:
    """Propose to book a line anew."""
    line, within = _line(request, public_id)
    form = RebookingForm(request.POST)
    if form.is_valid():
        try:
            rebookings.propose(line=line, **form.cleaned_data, **_who(request, within))
        except DomainError as error:
            told(error, form, PLACES)
        else:
            messages.success(
                request, _("Proposed. The line is booked anew once a second person approves it.")
            )
            return redirect("bank-line", public_id)
    return _page(request, line, within, refused=form)


@require_POST
@login_required
def act(request: HttpRequest, public_id: str, item: str, verb: str) -> HttpResponse:
    """Approve or drop what was proposed."""
    line, within = _line(request, public_id)
    acts: dict[str, tuple[Callable[..., Any], str]] = {
        "approve": (rebookings.approve, _("Booked anew. Both bookings stay in the history.")),
        "drop": (rebookings.drop, _("The line stays as it was booked.")),
    }
    if verb not in acts:
        raise Http404
    rows = Rebooking.objects.filter(bank_line=line)
    named = rows.select_related("bank_line__bank_account__book__organization")
    found = get_object_or_404(named, public_id=item)
    action, done = acts[verb]
    try:
        action(rebooking=found, **_who(request, within))
    except DomainError as error:
        flaws = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
        messages.error(request, " ".join(flaws) or _(error.text).format(**error.facts))
    else:
        messages.success(request, done)
    return redirect("bank-line", public_id)


def _page(
    request: HttpRequest, line: BankLine, within: Organization, *, refused: RebookingForm | None = None
) -> HttpResponse:
    booked = list(line.bookings.select_related("journal").order_by("number"))
    rows = list(line.rebookings.order_by("-pk"))
    waits = any(one.state == Rebooking.State.PROPOSED for one in rows)
    newest = booked[-1] if booked else None
    takes = newest is not None and newest.kind in rebookings.TAKEABLE and not waits
    context = {
        "line": line,
        "amount": line.amount,
        "bookings": [_booking(one) for one in booked],
        "rows": [_row(request, one, within) for one in rows],
        "form": refused or (RebookingForm() if takes else None),
    }
    return render(request, "payments/bank_line.html", context, status=400 if refused else 200)


def _booking(one: LineBooking) -> dict[str, Any]:
    how = pass_name(one.match_pass)
    return {"one": one, "kind": one.get_kind_display(), "how": how, "journal": one.journal}


def _row(request: HttpRequest, one: Rebooking, within: Organization) -> dict[str, Any]:
    waits = one.state == Rebooking.State.PROPOSED
    releases = allowed(request.user, Permission.PAYMENT_RELEASE, within=within)  # type: ignore[arg-type]
    is_own = one.maker == request.user.public_id  # type: ignore[union-attr]
    return {
        "one": one,
        "kind": one.get_kind_display(),
        "state": one.get_state_display(),
        "look": LOOKS[one.state],
        "approves": waits and releases and not is_own,
        "waits_for_other": waits and is_own,
        "drops": waits,
    }


def _line(request: HttpRequest, public_id: str) -> tuple[BankLine, Organization]:
    within = acting_organization(request)
    visible = BankLine.objects.visible_to(request.user)  # type: ignore[arg-type]
    mine = visible.filter(bank_account__book__organization=within)
    rows = mine.select_related("bank_account__book__organization")
    return get_object_or_404(rows, public_id=public_id), within


def _who(request: HttpRequest, within: Organization) -> dict[str, Any]:
    return {"within": within, "by": request.user, "at": clock.now()}
