"""When machines of an owner stand idle, on pages; and the button that prepares a listing of that time."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.actions import idling
from devices.ownership.actions.idling import Found, Why
from devices.ownership.queries.idle import little_used
from devices.rules import idle
from devices.rules.idle import Advice, Stretch, Suggestion, Week
from marketplace.models import Equipment
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible

PAGE = 5
WORDS = {
    Advice.NIGHTS: gettext_lazy("List it for the nights: on working days it stands from 22:00 to 6:00."),
    Advice.WEEKENDS: gettext_lazy("List it for weekends: it stands on Saturday and Sunday."),
    Advice.DAYS: gettext_lazy("List it for these days: it stands from 8:00 to 18:00 on {days}."),
}
MISSING = {
    Why.NO_DEVICE: gettext_lazy("No device spoke for this machine, so nobody can say when it stands idle."),
    Why.NO_STATES: gettext_lazy(
        "No channel tells when the machine works, so nobody can say when it is idle."
    ),
    Why.TOO_LITTLE: gettext_lazy(
        "Outside of leases too little was told: at least four of the last eight weeks have to be half known."
    ),
}


class PriceForm(forms.Form):
    """What a hour is to cost."""

    price = forms.DecimalField(
        label=gettext_lazy("Price of an hour of run time, before tax"),
        max_digits=9,
        decimal_places=2,
    )

    def say(self, error: DomainError) -> None:
        """Put a refusal at the field."""
        texts = [_(flaw.text).format(**flaw.facts) for flaw in error.flaws]
        self.add_error("price", texts or _(error.text).format(**error.facts))


@login_required
def of_machine(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show when one's own machine stands idle, and prepare a listing of that time."""
    organization = acting_organization(request)
    machine = get_object_or_404(_mine(organization), public_id=public_id)
    if request.method == "POST":
        require(request.user, Permission.LISTING_EDIT, within=organization)  # type: ignore[arg-type]
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    found = idling.read(equipment=machine, within=organization, **who)
    form = PriceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = idling.prepare(equipment=machine, found=found, price=form.cleaned_data["price"], **who)
        except (NotPossible, Invalid) as error:
            form.say(error)
        else:
            messages.success(request, _("Drafted with these times. Read it through, then publish it."))
            return redirect("listing", made.public_id)
    context = {
        "machine": machine,
        "form": form,
        "may_list": allowed(request.user, Permission.LISTING_EDIT, within=organization),  # type: ignore[arg-type]
        "listing": machine.listing_unit.listing if hasattr(machine, "listing_unit") else None,
        **shown(found),
    }
    status = 400 if form.errors else 200
    return render(request, "ownership/idle.html", context, status=status)


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the machines that are unlisted or little used, with what is suggested for each."""
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    at = clock.now()
    period = idle.span(at.astimezone(idling.zone()).date(), idling.zone())
    page = Paginator(little_used(organization, period), PAGE).get_page(request.GET.get("page"))
    who: dict[str, Any] = {"by": request.user, "within": organization, "at": at}
    rows = [{"machine": one, **shown(idling.read(equipment=one, **who))} for one in page]
    owned = Equipment.objects.filter(owner=organization)
    context = {"rows": rows, "page": page, "has_machines": bool(rows) or owned.exists()}
    context["is_silent"] = bool(rows) and all(one["suggestion"] is None for one in rows)
    return render(request, "ownership/idle_machines.html", context)


def shown(found: Found) -> dict[str, Any]:
    """Return what was found in words."""
    advice = found.suggestion
    if advice is None:
        return {"missing": MISSING[found.why or Why.TOO_LITTLE], "suggestion": None, "reads": found.events}
    return {
        "missing": "",
        "suggestion": advice,
        "share": idle.figure(advice.share),
        "weeks": [_week(one) for one in advice.weeks],
        "reads": found.events,
        "advice": _advice(advice),
        "longest": _stretch(advice.longest) if advice.longest else "",
        "times": [{"day": WEEKDAYS[day], "times": _times(times)} for day, times in advice.hours.items()],
    }


def _week(one: Week) -> dict[str, Any]:
    share = None if one.share is None else idle.figure(one.share)
    return {"monday": one.monday, "known": one.known, "idle": one.idle, "share": share}


def _advice(found: Suggestion) -> list[str]:
    days = _(", ").join(str(WEEKDAYS[day]) for day in found.days)
    return [str(WORDS[one]).format(days=days) for one in found.advice]


def _stretch(found: Stretch) -> str:
    if found.hours == idle.A_WEEK:
        return _("always")
    first, last = divmod(found.first, 24), divmod((found.first + found.hours) % idle.A_WEEK, 24)
    return _("{first} {since}:00 to {last} {until}:00").format(
        first=WEEKDAYS[first[0]], since=first[1], last=WEEKDAYS[last[0]], until=last[1]
    )


def _times(times: tuple[tuple[int, int], ...]) -> str:
    return _(", ").join(f"{since // 60}:00–{until // 60}:00" for since, until in times)


def _mine(organization: Any) -> Any:
    return Equipment.objects.filter(owner=organization).select_related("owner", "listing_unit__listing")
