"""The mediator's list: what waits for a decision of the platform, the oldest first, and the same as CSV."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from leasing.queries.mediation import Kind, Waiting, waiting_for_platform
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

LABELS = {
    Kind.RETURN: gettext_lazy("Objected return"),
    Kind.DAMAGE: gettext_lazy("Damage claim"),
    Kind.SETTLEMENT: gettext_lazy("Settlement"),
    Kind.STANDSTILL: gettext_lazy("Who bears a standstill"),
}
COLUMNS = ("kind", "lease", "machine", "lessor", "lessee", "since", "days", "id")


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what the platform is to decide; ``?format=`` gives the same as a file."""
    organization = acting_organization(request)
    if organization.kind != OrganizationKind.PLATFORM:
        raise Http404
    require(request.user, Permission.LEASE_DECIDE, within=organization)  # type: ignore[arg-type]
    now, found = clock.now(), waiting_for_platform()
    if form := asked_format(request):
        return table_answer(form, "decisions", COLUMNS, (_line(one, now) for one in found))
    return render(request, "leasing/decisions.html", {"rows": [_row(one, now) for one in found]})


def may_decide(request: HttpRequest, organization: Organization) -> bool:
    """Tell whether the reader decides between others, so that the page of the day names the list."""
    right = allowed(request.user, Permission.LEASE_DECIDE, within=organization)  # type: ignore[arg-type]
    return organization.kind == OrganizationKind.PLATFORM and right


def _row(one: Waiting, now: datetime) -> dict[str, Any]:
    lease = one.lease
    return {
        "label": LABELS[one.kind],
        "url": _url(one),
        "number": lease.number,
        "machine": one.machine,
        "sides": _("{lessor} and {lessee}").format(lessor=lease.lessor.name, lessee=lease.lessee.name),
        "since": one.since,
        "zone": lease.terms["zone"],
        "days": (now - one.since).days,
    }


def _line(one: Waiting, now: datetime) -> tuple[object, ...]:
    lease = one.lease
    names = (lease.number, one.machine, lease.lessor.name, lease.lessee.name)
    return (one.kind.value, *names, one.since.isoformat(), (now - one.since).days, one.name)


def _url(one: Waiting) -> str:
    """Return the page on which it is decided."""
    pages = {
        Kind.RETURN: ("record", [one.name]),
        Kind.DAMAGE: ("lease-damage-claim", [one.lease.public_id, one.name]),
        Kind.SETTLEMENT: ("lease-settlement", [one.lease.public_id]),
        Kind.STANDSTILL: ("ticket", [one.name]),
    }
    name, args = pages[one.kind]
    return reverse(name, args=args)
