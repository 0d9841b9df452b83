"""What waits for the people of an organization today."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from leasing.models import Lease
from leasing.queries.day import day_of
from leasing.queries.next_steps import next_of, running_in, sides_of
from leasing.web.decisions import may_decide
from leasing.web.next_words import step
from leasing.web.today_words import columns, sections
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock

RUNNING_SHOWN = 5


@require_GET
@login_required
def today(request: HttpRequest) -> HttpResponse:
    """
    Show the day of the acting organization: its owner's four columns, what else waits, and how things run.

    What other rooms know (the calendar, income, devices, cost) comes as parts of their own pages.
    """
    now = clock.now()
    organization = acting_organization(request)
    owns, leases_in = sides_of(organization)
    day = day_of(organization, now)
    context = {
        "columns": columns(day) if owns else [],
        "sections": sections(day, without_columns=owns),
        "waits": bool(day),
        "now": now,
        "owns": owns,
        "leases_in": leases_in,
        "reads_invoices": allowed(request.user, Permission.INVOICE_READ, within=organization),  # type: ignore[arg-type]
        "decides": may_decide(request, organization),
    }
    return render(request, "leasing/today.html", context)


@require_GET
@login_required
def running(request: HttpRequest) -> HttpResponse:
    """Show, for the page of the day, what the acting organization leases in and runs, with use and cost."""
    now, organization = clock.now(), acting_organization(request)
    found = running_in(organization, now, RUNNING_SHOWN)
    rows = [_running(one, organization, now) for one in found]
    return render(request, "leasing/_running.html", {"rows": rows})


def _running(lease: Lease, organization: Organization, now: Any) -> dict[str, Any]:
    return {
        "lease": lease,
        "title": lease.terms["listing_title"],
        "zone": lease.terms["zone"],
        "step": step(lease, next_of(lease, organization, now)),
        "summary": reverse("lease-usage-summary", args=[lease.public_id]),
        "usage": reverse("usage", args=[lease.public_id]),
    }
