"""The owner's machines."""

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from marketplace.actions import listings
from marketplace.filters import EquipmentFilter, refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Claim, Equipment, Listing, SpecField
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.queries.checks import cases_of
from marketplace.queries.dictionaries import to_fill
from marketplace.shared import clock
from marketplace.web import encumbrances
from marketplace.web.catalogue import value_words

STRIP_DAYS = 56
PAGE = 40
MOVES = {"publish": listings.publish, "pause": listings.pause, "retire": listings.retire}


@login_required
def equipment(request: HttpRequest) -> HttpResponseBase:
    """List the organization's machines with eight weeks of their calendar."""
    organization = acting_organization(request)
    since = clock.now()
    soon = Claim.objects.active().overlapping(since, since + timedelta(days=STRIP_DAYS)).order_by("period")
    mine = Equipment.objects.filter(owner=organization).select_related(
        "category", "site", "listing_unit__listing"
    )
    filterset = EquipmentFilter(request.GET, queryset=mine)
    found = filterset.qs.order_by("name", "pk")
    if form := asked_format(request):
        refuse_unread(filterset)
        return table_answer(form, "machines", _heads(), (_cells(one) for one in found))
    machines = found.prefetch_related(Prefetch("claims", soon, to_attr="coming"))
    page = Paginator(machines, PAGE).get_page(request.GET.get("page"))
    context = {
        "machines": [{"machine": machine, "days": _days(machine)} for machine in page],
        "page": page,
        "count": page.paginator.count,
        "may_edit": allowed(request.user, Permission.EQUIPMENT_EDIT, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "marketplace/equipment.html", context)


@login_required
def equipment_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one machine: nameplate, calendar, listing, devices."""
    visible = Equipment.objects.visible_to(request.user)  # type: ignore[arg-type]
    machine = get_object_or_404(
        visible.select_related("category", "site", "owner", "listing_unit__listing"), public_id=public_id
    )
    machine.coming = list(machine.claims.active().order_by("period"))  # type: ignore[attr-defined]
    fields = {field.code: field for field in SpecField.objects.filter(category=machine.category)}
    specs = [
        {"label": fields[code].label, "value": value_words(value), "unit": fields[code].unit}
        for code, value in machine.specs.items()
        if code in fields
    ]
    context = {
        "machine": machine,
        "specs": specs,
        "missing_specs": len(to_fill(machine)),
        "days": _days(machine),
        "listing": _listing_of(machine),
        "lease_reasons": [Claim.Reason.LEASE, Claim.Reason.SLOT, Claim.Reason.OVERDUE],
        "may_block": allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner),  # type: ignore[arg-type]
        "may_publish": allowed(request.user, Permission.LISTING_PUBLISH, within=machine.owner),  # type: ignore[arg-type]
    }
    context["held"] = machine.is_disproved or cases_of([machine.pk]).exists()
    context |= encumbrances.of_one(machine)
    return render(request, "marketplace/equipment_detail.html", context)


@require_POST
@login_required
def move_listing(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Publish, pause or retire a listing, then come back to the machine."""
    owned = Listing.objects.owned_by(request.user)  # type: ignore[arg-type]
    listing = get_object_or_404(owned, public_id=public_id)
    machine = listing.units.first()
    MOVES[move](listing=listing, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect("equipment-detail", machine.equipment.public_id) if machine else redirect("equipment")


def _heads() -> list[str]:
    names = [_("Machine"), _("Maker"), _("Model of the machine"), _("Serial number"), _("Kind of machine")]
    return [
        *names,
        _("Where it stands"),
        _("State of the machine"),
        _("On offer as"),
        _("State of the offer"),
    ]


def _cells(machine: Equipment) -> list[object]:
    plate = [machine.name, machine.maker_name, machine.model_name, machine.serial_number]
    listing = _listing_of(machine)
    offer = ["", ""] if listing is None else [listing.title, listing.get_status_display()]
    return [*plate, str(machine.category), machine.site.name, machine.get_status_display(), *offer]


def _listing_of(machine: Equipment) -> Listing | None:
    unit = getattr(machine, "listing_unit", None)
    return unit.listing if unit else None


def _days(machine: Any) -> list[dict[str, Any]]:
    today = clock.today()
    spans = [(claim, *_local_days(claim)) for claim in machine.coming]
    days = []
    for n in range(STRIP_DAYS):
        day = today + timedelta(days=n)
        taken = next((claim for claim, first, last in spans if first <= day <= last), None)
        label = taken.get_reason_display() if taken else ""
        days.append({"day": day, "kind": "busy" if taken else "free", "label": label})
    return days


def _local_days(claim: Claim) -> tuple[Any, Any]:
    upper = claim.period.upper
    last = timezone.localdate(upper - timedelta(microseconds=1)) if upper else date.max
    return timezone.localdate(claim.period.lower), last
