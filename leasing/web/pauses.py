"""Let a lease stand still and go on: each cause with what it does to the bill and to the end."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import suspensions
from leasing.models import Lease, Suspension
from leasing.rules import suspensions as rules
from leasing.rules.leases import Move, Side, Status, can
from leasing.rules.suspensions import Cause
from leasing.web.running import acting_side, lease_of, refuse, version, who
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

ADDS = gettext_lazy("{cause} · {treatment}; whole days are added to the end of the lease")
ADDS_NOT = gettext_lazy("{cause} · {treatment}; the end stays")


class ReasonForm(forms.Form):
    """Why, in words."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )


class PauseForm(ReasonForm):
    """The cause: those that the reader's side may call, each with what it does."""

    cause = forms.ChoiceField(label=gettext_lazy("Cause"), widget=forms.RadioSelect, choices=())

    def __init__(self, side: Side, data: Any = None) -> None:
        super().__init__(data)
        self.fields["cause"].choices = [  # type: ignore[attr-defined]
            (cause.value, treated(cause)) for cause, rule in rules.TABLE.items() if side in rule.sides
        ]
        self.order_fields(["cause"])


def treated(cause: Cause) -> str:
    """Say a cause with what it does to the bill and to the end of the lease."""
    rule = rules.TABLE[cause]
    text = ADDS if rule.adds_time else ADDS_NOT
    return str(text).format(
        cause=Suspension.Why(cause).label, treatment=Suspension.Bill(rule.treatment).label
    )


@login_required
def pause(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show when a lease stood still; suspend it or let it go on."""
    lease, now = lease_of(request, public_id), clock.now()
    side, status = acting_side(request, lease), Status(lease.status)
    stands = status == Status.SUSPENDED
    may = side is not None and (can(Move.SUSPEND, status) or can(Move.RESUME, status))
    data = request.POST if request.method == "POST" else None
    form: ReasonForm = ReasonForm(data) if stands or side is None else PauseForm(side, data)
    if data is not None:
        acts = who(request, lease)
        if form.is_valid() and _moved(request, lease, form, acts):
            told = _("The lease goes on.") if stands else _("The lease stands still.")
            messages.success(request, told)
            return redirect("lease-pause", public_id)
    found = list(lease.suspensions.order_by("-started_at"))
    context: dict[str, Any] = {"lease": lease, "zone": lease.terms["zone"], "may": may, "stands": stands}
    context |= {"form": form, "found": found}
    if stands and found:
        context["current"] = found[0]
        context["days"] = rules.days_to_add(Cause(found[0].cause), found[0].started_at, now)
    return render(request, "leasing/pause.html", context, status=400 if form.errors else 200)


def _moved(request: HttpRequest, lease: Lease, form: ReasonForm, acts: dict[str, Any]) -> bool:
    given = acts | {"reason": form.cleaned_data["reason"], "expected": version(request)}
    try:
        if isinstance(form, PauseForm):
            suspensions.suspend(lease=lease, cause=form.cleaned_data["cause"], **given)
        else:
            suspensions.resume(lease=lease, **given)
    except (Invalid, NotPossible) as error:
        refuse(form, error, {}, None)
        return False
    return True
