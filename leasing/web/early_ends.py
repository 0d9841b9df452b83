"""End a lease before its time: the fee is shown first, then the notice is given for exactly that."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leasing.actions import early_ends
from leasing.models import Lease
from leasing.rules import early_exit
from leasing.rules.leases import Move, Side, Status, can
from leasing.web.running import (
    acting_side,
    day_field,
    end_of,
    lease_of,
    refuse,
    version,
    who,
)
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible

PLACES = {"/ends_at": "last_day"}


class EarlyEndForm(forms.Form):
    """The last day, and why."""

    last_day = day_field(gettext_lazy("Last day of the lease"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )


@login_required
def early_end(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what an end on a day costs; give notice for what was shown."""
    lease = lease_of(request, public_id)
    side, now = acting_side(request, lease), clock.now()
    may = side is not None and can(Move.GIVE_NOTICE, Status(lease.status))
    context: dict[str, Any] = {"lease": lease, "zone": lease.terms["zone"], "side": side, "may": may}
    context |= {"warning_days": early_exit.WARNING_DAYS, "notice_days": early_exit.NOTICE_DAYS}
    if request.method == "POST":
        acts = who(request, lease)
        form = EarlyEndForm(request.POST)
        if form.is_valid() and _given(request, lease, form, acts):
            messages.success(request, _("Notice is given. The lease ends on that day."))
            return redirect("lease", public_id)
    else:
        asked = request.GET if "last_day" in request.GET else {"last_day": _usual(lease, now)}
        form = EarlyEndForm(asked)
    if side is not None and may:
        context |= _fee(form, lease, side, now)
    code = 400 if request.method == "POST" and form.errors else 200
    return render(request, "leasing/early_end.html", context | {"form": form}, status=code)


def _given(request: HttpRequest, lease: Lease, form: EarlyEndForm, acts: dict[str, Any]) -> bool:
    fee = request.POST.get("fee_minor", "")
    if not fee.isdecimal() or len(fee) > 15:
        form.add_error(None, _("Look at the fee first, then confirm it."))
        return False
    try:
        early_ends.give_notice(
            lease=lease,
            ends_at=end_of(form.cleaned_data["last_day"], lease.agreed.zone),
            fee_minor=int(fee),
            reason=form.cleaned_data["reason"],
            expected=version(request),
            **acts,
        )
    except (Invalid, NotPossible) as error:
        differs = isinstance(error, early_ends.FeeDiffers)  # the day will do, and the new fee is shown
        refuse(form, error, PLACES, None if differs else "last_day")
        return False
    return True


def _fee(form: EarlyEndForm, lease: Lease, side: Side, now: datetime) -> dict[str, Any]:
    """Return what the typed day costs; a day that does not do is said at its field."""
    day = form.cleaned_data.get("last_day") if form.is_valid() or form.is_bound else None
    if day is None:
        return {}
    try:
        found = early_ends.preview(lease=lease, side=side, ends_at=end_of(day, lease.agreed.zone), at=now)
    except (Invalid, NotPossible) as error:
        refuse(form, error, PLACES, "last_day")
        return {}
    return {"found": found, "day": day, "free_from": _free_from(lease, now)}


def _free_from(lease: Lease, now: datetime) -> date | None:
    """Return the first last day for which no fee is owed, if it lies before the agreed end."""
    day = now.astimezone(lease.agreed.zone).date() + timedelta(days=early_exit.WARNING_DAYS)
    return day if end_of(day, lease.agreed.zone) < lease.ends_at else None


def _usual(lease: Lease, now: datetime) -> date:
    """Return the day that is looked at first: the first without a fee, or else today."""
    return _free_from(lease, now) or now.astimezone(lease.agreed.zone).date()
