"""Page: competitors that the acting organization has declared, and declare one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.actions import competitors
from devices.ownership.models import DeclaredCompetitor
from devices.ownership.web import console, fields
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

PAGE = 30


class CompetitorForm(forms.Form):
    """The other organization."""

    competitor = fields.OrganizationField(label=gettext_lazy("Which organization"))


@login_required
def declared(request: HttpRequest) -> HttpResponse:
    """List what the organization has declared; others do not see it. Declare another one."""
    organization, form, status = acting_organization(request), CompetitorForm(request.POST or None), 200
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    may = allowed(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]
    if request.method == "POST":
        require(request.user, Permission.DATA_GRANT, within=organization)  # type: ignore[arg-type]

        def act() -> DeclaredCompetitor:
            who: dict[str, Any] = {"by": request.user, "at": clock.now()}
            other = form.cleaned_data["competitor"]
            return competitors.declare(organization=organization, competitor=other, **who)

        made, status = fields.tried(form, act, {"": "competitor"})
        if made is not None:
            messages.success(request, _("Declared. It counts for leases that begin later."))
            return redirect("data-competitors")
    mine = DeclaredCompetitor.objects.filter(organization=organization)
    listed = Paginator(mine.select_related("competitor").order_by("-pk"), PAGE)
    context = {"form": form, "page": listed.get_page(request.GET.get("page")), "may": may}
    return console.show(request, "ownership/competitors.html", "data-grants", context, status=status)
