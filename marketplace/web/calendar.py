"""The owner's entries in the calendar of a machine, on pages."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import calendar
from marketplace.models import Claim, Equipment
from marketplace.permissions import Permission, allowed
from marketplace.queries import whole_days
from marketplace.shared import clock
from marketplace.shared.errors import Invalid, NotPossible
from marketplace.shared.period import Period

DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
YEARS = (2000, 2999)


class DaysForm(forms.Form):
    """Whole days, the last one included; it may be left open."""

    first_day = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DAY,
        required=False,
        help_text=gettext_lazy("Leave it empty while no end is planned."),
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        first, last = typed.get("first_day"), typed.get("last_day")
        for name in ("first_day", "last_day"):
            day = typed.get(name)
            if day and not YEARS[0] <= day.year <= YEARS[1]:
                self.add_error(name, _("Choose a day between the years 2000 and 2999."))
        if first and last and last < first:
            self.add_error("last_day", _("The last day must not lie before the first."))
        return typed

    def period(self) -> Period:
        """Return what was typed as a half-open time."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        return whole_days(first, last) if last else Period(whole_days(first, first).start, None)


class BlockForm(DaysForm):
    """Why, and when."""

    field_order = ("reason", "first_day", "last_day", "note")
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"), choices=[(each.value, each.label) for each in calendar.OWN]
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=calendar.LONGEST_NOTE, required=False)


@login_required
def block(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take a machine out of what is offered for some days."""
    mine = Equipment.objects.visible_to(request.user).select_related("owner")  # type: ignore[arg-type]
    machine = get_object_or_404(mine, public_id=public_id)
    day = _asked_day(request) or clock.today()
    form = BlockForm(request.POST or None, initial={"first_day": day, "last_day": day})
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("reason", "note")}
        done = _try(request, form, lambda: calendar.block(equipment=machine, **given, **_now(request, form)))
        if done:
            messages.success(request, _("Entered. Nobody can lease the machine on these days."))
            return redirect("equipment-detail", machine.public_id)
    context = {"machine": machine, "form": form, "may_edit": _may(request, machine)}
    return render(request, "marketplace/block.html", context, status=400 if form.errors else 200)


@login_required
def entry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one entry of the owner, and change its days."""
    claim = _claim(request, public_id)
    initial = {
        "first_day": timezone.localdate(claim.core.lower),
        "last_day": claim.core.upper and timezone.localdate(claim.core.upper - timedelta(microseconds=1)),
    }
    form = DaysForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = _try(request, form, lambda: calendar.reschedule(claim=claim, **_now(request, form)))
        if done:
            messages.success(request, _("Changed."))
            return redirect("equipment-detail", claim.equipment.public_id)
    context = {
        "machine": claim.equipment,
        "claim": claim,
        "form": form,
        "may_edit": _may(request, claim.equipment) and claim.active and claim.reason in calendar.OWN,
    }
    return render(request, "marketplace/block.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def lift(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give the machine back: from now on, or all of it if it has not begun."""
    claim, now = _claim(request, public_id), clock.now()
    try:
        calendar.lift(claim=claim, by=request.user, at=now, ends_at=now)  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("The machine is free again."))
    return redirect("equipment-detail", claim.equipment.public_id)


def _asked_day(request: HttpRequest) -> date | None:
    """Return the day that somebody came from the calendar with, if it is one that can be entered."""
    try:
        day = date.fromisoformat(request.GET.get("first_day", ""))
    except ValueError:
        return None
    return day if YEARS[0] <= day.year <= YEARS[1] else None


def _claim(request: HttpRequest, public_id: str) -> Claim:
    visible = Equipment.objects.visible_to(request.user)  # type: ignore[arg-type]
    found = Claim.objects.filter(equipment__in=visible).select_related("equipment__owner")
    return get_object_or_404(found, public_id=public_id)


def _now(request: HttpRequest, form: DaysForm) -> dict[str, Any]:
    return {"core": form.period(), "by": request.user, "at": clock.now()}


def _try(request: HttpRequest, form: forms.Form, act: Callable[[], Any]) -> bool:
    """Do it, or say at the form why not."""
    try:
        act()
    except (NotPossible, Invalid) as error:
        for flaw in error.flaws:
            name = {"/reason": "reason", "/note": "note", "/ends_at": "last_day"}.get(flaw.pointer)
            form.add_error(name, _(flaw.text).format(**flaw.facts))
        if not error.flaws:
            form.add_error(None, _(error.text).format(**error.facts))
        return False
    return True


def _may(request: HttpRequest, machine: Equipment) -> bool:
    return allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
