"""Pages: whose names the log of reads holds, and that they go."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_list_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from devices.ownership.actions import persons
from devices.ownership.models import LoggedPerson
from devices.ownership.rules.persons import WORDS, State, kept_until
from devices.ownership.web import console
from marketplace.gateway.files import asked_format, list_answer
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import NotPossible

PAGE = 50
BADGES = {State.NAMED: "info", State.MASKED: "idle", State.ERASED: "off"}


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the persons who read for the organization: all to its administrators, to others themselves."""
    organization, user = acting_organization(request), request.user
    require(user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    whole = allowed(user, Permission.MEMBER_EDIT, within=organization)  # type: ignore[arg-type]
    found = LoggedPerson.objects.in_sight_of(user, organization, whole=whole)  # type: ignore[arg-type]
    found = found.order_by("-year", "-pk")
    if form := asked_format(request):
        columns = [_("Person"), _("Year"), _("State"), _("Name is erased on")]
        return list_answer(form, "log-persons", columns, found, _cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    page.rows = [_row(one) for one in page]  # type: ignore[attr-defined]
    return console.show(request, "ownership/persons.html", "data-log", {"page": page, "whole": whole})


@require_POST
@login_required
def erase(request: HttpRequest) -> HttpResponse:
    """Have a person's name withheld now, and erased when it may go."""
    within, by = acting_organization(request), request.user
    whole = allowed(by, Permission.MEMBER_EDIT, within=within)  # type: ignore[arg-type]
    seen = LoggedPerson.objects.in_sight_of(by, within, whole=whole).filter(  # type: ignore[arg-type]
        user=request.POST.get("user") or by.public_id  # type: ignore[union-attr]
    )
    user = get_list_or_404(seen)[0].user
    try:
        persons.ask(user=user, by=by, within=within, at=clock.now())  # type: ignore[arg-type]
        messages.success(request, _("The name is withheld from now on. It is erased when the law allows it."))
    except NotPossible as error:
        messages.error(request, _(error.text))
    return redirect("data-persons")


def _row(one: LoggedPerson) -> dict[str, Any]:
    masked = one.state is State.MASKED
    return {
        "person": one,
        "name": one.shown_name or _(WORDS[one.state]),
        "state": _(WORDS[one.state]),
        "badge": BADGES[one.state],
        "goes": kept_until(one.year, settings.LOG_KEEP_YEARS) if masked else None,
        "may_erase": one.state is State.NAMED,
    }


def _cells(one: LoggedPerson) -> list[object]:
    """Return a person and year as a row of a file."""
    row = _row(one)
    return [str(row["name"]), one.year, str(row["state"]), row["goes"]]
