"""What waits for the people of an organization today."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from leasing.queries.day import day_of
from leasing.web.decisions import may_decide
from leasing.web.today_words import sections
from marketplace.queries import acting_organization
from marketplace.shared import clock


@require_GET
@login_required
def today(request: HttpRequest) -> HttpResponse:
    """Show the day of the acting organization, each thing with a link to its next step."""
    now = clock.now()
    organization = acting_organization(request)
    shown = sections(day_of(organization, now))
    decides = may_decide(request, organization)
    return render(request, "leasing/today.html", {"sections": shown, "now": now, "decides": decides})
