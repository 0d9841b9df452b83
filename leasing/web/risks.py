"""What lies over a lease: machines that are late, time at risk, and what could take their place."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from leasing.actions import substitutes
from leasing.models import AtRisk, Lease, Overdue
from leasing.queries.overdue import risks_of
from leasing.queries.substitutes import substitutes_for
from leasing.rules.leases import BOUND, OVER
from leasing.web.words import said
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import NotPossible


@require_GET
@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what is late or at risk of a lease, and the machines that could take the place of one."""
    lease = get_object_or_404(_visible(request), public_id=public_id)
    organization = acting_organization(request)
    late = Overdue.objects.open().filter(unit__lease=lease).select_related("unit__equipment").order_by("pk")
    waits = lease.status in BOUND
    context = {
        "lease": lease,
        "late": late,
        "risks": [
            {"risk": risk, "substitutes": substitutes_for(lease, risk.claim) if waits else []}
            for risk in risks_of(lease)
        ],
        "waits": waits,
        "over": lease.status in OVER,
        "may_take": waits and _may_take(request, lease, organization),
        "may_ask": organization == lease.lessee,
    }
    return render(request, "leasing/risks.html", context)


@require_POST
@login_required
def substitute(request: HttpRequest, public_id: str) -> HttpResponse:
    """Take another machine of the same listing, and come back to the lease; a refusal is said there."""
    visible = Lease.objects.visible_to(request.user).values("public_id")  # type: ignore[arg-type]
    found = AtRisk.objects.filter(claim__reference__in=visible).select_related("claim__equipment")
    risk = get_object_or_404(found, public_id=public_id)
    try:
        substitutes.take(risk=risk, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except NotPossible as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("The lease has another machine of the listing now."))
    return redirect("lease", risk.claim.reference)


def _visible(request: HttpRequest) -> Any:
    return Lease.objects.visible_to(request.user).with_parties()  # type: ignore[arg-type]


def _may_take(request: HttpRequest, lease: Lease, organization: Organization) -> bool:
    rights = {lease.lessor: Permission.LEASE_OPERATE, lease.lessee: Permission.LEASE_REQUEST}
    right = rights.get(organization)
    return right is not None and allowed(request.user, right, within=organization)  # type: ignore[arg-type]
