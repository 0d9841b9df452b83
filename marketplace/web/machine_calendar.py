"""The calendar of all machines of an owner: eight weeks of each, as strips and as a list."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from marketplace.filters import MachineCalendarFilter, refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Claim, Equipment
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.queries.machine_calendar import claims_between, local_days, stretch_of, with_calendar
from marketplace.rules.machine_days import LENGTH, Day, days_of, free_days, window
from marketplace.shared import clock

PAGE = 16
SHOWN = 8  # machines on the page of the day
KINDS = {
    Claim.Reason.MAINTENANCE: "idle",
    Claim.Reason.CALIBRATION: "idle",
    Claim.Reason.TRANSPORT: "buffer",
    Claim.Reason.INSTALLATION: "buffer",
    Claim.Reason.OWN_USE: "info",
    Claim.Reason.OVERDUE: "fault",
}


@require_GET
@login_required
def shown(request: HttpRequest) -> HttpResponseBase:
    """Show eight weeks of all machines of the acting organization, by site; also as a file."""
    organization = acting_organization(request)
    mine = Equipment.objects.filter(owner=organization, status=Equipment.Status.IN_SERVICE)
    filterset = MachineCalendarFilter(request.GET, queryset=mine, request=request)
    found = filterset.qs if filterset.is_valid() else mine.none()
    asked = filterset.form.cleaned_data.get("first_day")
    first, before, after = window(asked, clock.today())
    if form := asked_format(request):
        refuse_unread(filterset)
        return table_answer(form, f"calendar-{first}", _heads(), map(_cells, claims_between(found, first)))
    ordered = found.select_related("site", "category", "listing_unit__listing")
    page = Paginator(
        with_calendar(ordered.order_by("site__name", "site_id", "name", "pk"), first), PAGE
    ).get_page(request.GET.get("page"))
    context = {
        "form": filterset.form,
        "filtered": bool({*request.GET} & {"site", "category", "q"}),
        "page": page,
        "rows": [_row(machine, first) for machine in page],
        "first": first,
        "last": first + timedelta(days=LENGTH - 1),
        "turns": {"before": _at(request, before), "now": _at(request, None), "after": _at(request, after)},
        "may_block": allowed(request.user, Permission.EQUIPMENT_EDIT, within=organization),  # type: ignore[arg-type]
    }
    return render(
        request, "marketplace/machine_calendar.html", context, status=400 if filterset.form.errors else 200
    )


@require_GET
@login_required
def summary(request: HttpRequest) -> HttpResponse:
    """Show, for the page of the day, how many machines are free today, and the first strips."""
    mine = Equipment.objects.filter(owner=acting_organization(request), status=Equipment.Status.IN_SERVICE)
    now = clock.now()
    taken = Claim.objects.active().overlapping(now, now + timedelta(microseconds=1))
    counts = mine.aggregate(
        all=Count("pk", distinct=True), busy=Count("pk", filter=Q(claims__in=taken), distinct=True)
    )
    shown = with_calendar(mine.select_related("site").order_by("name", "pk"), clock.today())[:SHOWN]
    context = {
        "count": counts["all"],
        "free": counts["all"] - counts["busy"],
        "rows": [_row(machine, clock.today()) for machine in shown],
    }
    return render(request, "marketplace/_machine_calendar.html", context)


def address_of(claim: Claim) -> str:
    """Return the page of what takes a machine: its lease, its booking, or the owner's entry."""
    if claim.reason == Claim.Reason.LEASE and claim.reference:
        return reverse("lease", args=[claim.reference])
    if claim.reason == Claim.Reason.SLOT and claim.reference:
        return reverse("slot-booking", args=[claim.reference])
    return reverse("calendar-entry", args=[claim.public_id])


def _row(machine: Any, first: date) -> dict[str, Any]:
    claims: list[Claim] = machine.coming
    days = days_of([stretch_of(claim, claim.public_id) for claim in claims], first)
    return {
        "machine": machine,
        "days": [_day(day, claims) for day in days],
        "free": free_days(days),
        "entries": [_entry(claim) for claim in claims],
    }


def _day(day: Day, claims: list[Claim]) -> dict[str, Any]:
    if day.place is None:
        return {"day": day.on, "kind": "free", "label": ""}
    claim = claims[day.place]
    if day.is_buffer:
        return {"day": day.on, "kind": "buffer", "label": ""}
    kind = KINDS.get(Claim.Reason(claim.reason), "busy")
    return {"day": day.on, "kind": kind, "label": claim.get_reason_display(), "url": address_of(claim)}


def _entry(claim: Claim) -> dict[str, Any]:
    since, until = local_days(claim.core)
    return {
        "url": address_of(claim),
        "reason": claim.get_reason_display(),
        "note": claim.note,
        "since": since,
        "until": None if until == date.max else until,
        "held_until": claim.held_until,
    }


def _at(request: HttpRequest, first: date | None) -> str:
    query = request.GET.copy()
    query.pop("first_day", None)
    if first:
        query["first_day"] = first.isoformat()
    return f"?{query.urlencode()}"


def _heads() -> list[str]:
    return [
        _("Machine"),
        _("Serial number"),
        _("Where it stands"),
        _("Kind of machine"),
        _("Reason"),
        _("First day"),
        _("Last day"),
        _("Taken from, with the way"),
        _("Taken until, with the way"),
        _("Note"),
        _("Lease or slot booking"),
    ]


def _cells(claim: Claim) -> list[object]:
    machine, entry = claim.equipment, _entry(claim)
    since, until = local_days(claim.period)
    return [
        machine.name,
        machine.serial_number,
        machine.site.name,
        str(machine.category),
        str(entry["reason"]),
        entry["since"],
        entry["until"],
        since,
        None if until == date.max else until,
        claim.note,
        claim.reference,
    ]
