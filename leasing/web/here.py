"""Where the QR code on a machine leads a phone, and the label that it is printed on."""

from typing import Any

import segno
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from leasing.models import LeaseUnit
from leasing.queries.here import listing_of, open_record_of, open_tickets_of, unit_of
from leasing.rules.leases import RUNNING, Move, Status, can
from leasing.web import ticket_words
from leasing.web.returned import way_back_of
from marketplace.models import Equipment, Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock


@login_required
def here(request: HttpRequest, public_id: str) -> HttpResponse:
    """
    Show whoever stands before a machine what it is to them: lessee, owner, or anybody who may lease it.

    To whom it is nothing, there is no such machine.
    """
    machines = Equipment.objects.select_related("owner", "site", "category")
    machine = get_object_or_404(machines, public_id=public_id)
    organization = acting_organization(request)
    unit, owns = unit_of(machine, organization), machine.owner == organization
    if unit is None and not owns:
        return _offer(machine, organization)
    context = {"machine": machine, "owns": owns, "unit": unit} | _tickets(machine, organization)
    if unit is not None:
        context |= _lease(request, unit, organization)
    return render(request, "leasing/here.html", context)


@login_required
def label(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the owner's people the label of a machine, to print it and put it on."""
    visible = Equipment.objects.visible_to(request.user).select_related("owner", "site")  # type: ignore[arg-type]
    machine = get_object_or_404(visible, public_id=public_id)
    url = request.build_absolute_uri(reverse("equipment-here", args=[machine.public_id]))
    context = {
        "machine": machine,
        "drawing": drawing(url),
        "url": url,
        "address": url.split("://", 1)[-1].rstrip("/"),
    }
    return render(request, "leasing/equipment_label.html", context)


def drawing(content: str) -> SafeString:
    """Draw a QR code as inline SVG; what it says stands beside it as text."""
    code = segno.make_qr(content, error="m")
    drawn = code.svg_inline(scale=6, border=4, omitsize=True, title=_("QR code of the machine's page"))
    return mark_safe(drawn)  # noqa: S308 - paths drawn by us; the title is escaped by the drawer


def _offer(machine: Equipment, organization: Organization) -> HttpResponse:
    listing = listing_of(machine, organization)
    if listing is None:
        raise Http404
    return redirect("listing", listing.public_id)


def _tickets(machine: Equipment, organization: Organization) -> dict[str, Any]:
    found = open_tickets_of(machine, organization)
    return {"rows": [ticket_words.row(one, organization) for one in found]}


def _lease(request: HttpRequest, unit: LeaseUnit, organization: Organization) -> dict[str, Any]:
    """Return what a side of the lease can do at the machine; the actions ask again."""
    lease = unit.lease
    status = Status(lease.status)
    operates = allowed(request.user, Permission.LEASE_OPERATE, within=organization)  # type: ignore[arg-type]
    runs = lease.status in RUNNING and unit.active_from is not None and unit.active_to is None
    record = open_record_of(unit)
    is_lessor = organization == lease.lessor
    way = way_back_of(unit, may_operate=operates and is_lessor, may_give_back=operates and not is_lessor)
    waits = unit.active_from is None and unit.claim.core.lower <= clock.now() < lease.ends_at
    due = can(Move.HAND_OVER, status) and waits and record is None
    return {
        "lease": lease,
        "is_lessor": is_lessor,
        "zone": lease.terms["zone"],
        "runs": runs,
        "record": record,
        "may_report": runs and operates,
        "may_confirm": record is not None and operates and not is_lessor and can(Move.ACTIVATE, status),
        "may_hand_over": due and operates and is_lessor,
        "comes_back": unit.active_to is not None,
        **way,
    }
