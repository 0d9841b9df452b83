"""The mediator's list: what waits for the platform between two sides, the oldest first, also as a file."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from leasing.queries.mediation import Waiting, to_decide, waiting_for_platform
from leasing.web.case_words import LABELS, KindForm, page_of
from marketplace.filters import refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

COLUMNS = ("kind", "lease", "machine", "lessor", "lessee", "since", "days", "id")


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List what waits for the platform, of one kind or all; ``?format=`` gives the same as a file."""
    organization = acting_organization(request)
    if organization.kind != OrganizationKind.PLATFORM:
        raise Http404
    require(request.user, Permission.LEASE_DECIDE, within=organization)  # type: ignore[arg-type]
    wanted, now = KindForm(request.GET, kinds=to_decide()), clock.now()
    found = waiting_for_platform(wanted.chosen) if wanted.is_valid() else []
    if form := asked_format(request):
        refuse_unread(wanted)
        return table_answer(form, "decisions", COLUMNS, (_line(one, now) for one in found))
    context = {
        "form": wanted,
        "filtered": bool(request.GET.get("kind")),
        "rows": [_row(one, now) for one in found],
    }
    return render(request, "leasing/decisions.html", context)


def may_decide(request: HttpRequest, organization: Organization) -> bool:
    """Tell whether the reader decides between others, so that the page of the day names the list."""
    right = allowed(request.user, Permission.LEASE_DECIDE, within=organization)  # type: ignore[arg-type]
    return organization.kind == OrganizationKind.PLATFORM and right


def _row(one: Waiting, now: datetime) -> dict[str, Any]:
    return {
        "label": LABELS[one.kind],
        "url": page_of(one.kind, one.name, one.lease),
        "number": one.number,
        "machine": one.machine,
        "sides": _("{lessor} and {lessee}").format(lessor=one.lessor.name, lessee=one.lessee.name),
        "since": one.since,
        "zone": one.zone,
        "days": (now - one.since).days,
    }


def _line(one: Waiting, now: datetime) -> tuple[object, ...]:
    names = (one.number, one.machine, one.lessor.name, one.lessee.name)
    return (one.kind.value, *names, one.since.isoformat(), (now - one.since).days, one.name)
