"""What is stored of oneself and of one's organization, to take along; and how an organization closes."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from marketplace.actions import closings, own_data
from marketplace.actions.closings import ClosingHindered
from marketplace.models import Closing, DataExport, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.queries.acting import acting_or_none
from marketplace.queries.own_data import obstacles
from marketplace.rules.closing import ERASED, GRACE, kept_until
from marketplace.rules.own_data import KEPT, About
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.web.words import mark, said

SHOWN = 20


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the files of one's own and of one's organization, and have one made."""
    organization, user = acting_or_none(request), request.user
    if request.method == "POST":
        return _asked(request, organization)
    found = DataExport.objects.visible_to(user).defer("content").select_related("job", "organization")  # type: ignore[arg-type]
    now = clock.now()
    rows = [
        {"one": one, "is_there": one.expires_at is not None and one.expires_at > now}
        for one in found.order_by("-pk")[:SHOWN]
    ]
    context = {
        "rows": rows,
        "days": KEPT.days,
        "may_export": organization is not None and _may_close(request, organization),
        "is_platform": organization is not None and organization.kind == OrganizationKind.PLATFORM,
    }
    return render(request, "marketplace/own_data.html", context)


def _asked(request: HttpRequest, organization: Organization | None) -> HttpResponse:
    user: Any = request.user
    try:
        if request.POST.get("about") == About.ORGANIZATION and organization is not None:
            made = own_data.of_organization(organization=organization, by=user, at=clock.now())
        else:
            made = own_data.of_person(within=organization, by=user, at=clock.now())
    except DomainError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("The file is being made. You are told when it is there."))
        if made.job is not None and made.job.organization_id == getattr(organization, "pk", None):
            return redirect("background-job", made.job.public_id)
    return redirect("own-data")


@never_cache
@login_required
def file(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out a file."""
    visible = DataExport.objects.visible_to(request.user).select_related("organization")  # type: ignore[arg-type]
    found = get_object_or_404(visible, public_id=public_id)
    try:
        content = own_data.hand_out(export=found, by=request.user, at=clock.now())  # type: ignore[arg-type]
    except DomainError as error:
        messages.error(request, said(error))
        return redirect("own-data")
    given = {"Content-Disposition": f'attachment; filename="jijian-{found.public_id}.zip"'}
    return HttpResponse(content, content_type="application/zip", headers=given)


class ClosingForm(forms.Form):
    """The name of the organization, typed by whoever closes it."""

    name = forms.CharField(
        label=gettext_lazy("Type the name of the organization"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )


@login_required
def closing(request: HttpRequest) -> HttpResponse:
    """Show what closing means for the organization, first; then, with ``?step=2``, take its typed name."""
    organization = acting_organization(request)
    form = ClosingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            closings.ask(
                organization=organization,
                typed=form.cleaned_data["name"],
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
            )
        except ClosingHindered:
            return redirect("closing")  # the page names what hinders, each with a link
        except DomainError as error:
            mark(form, error)
        else:
            messages.success(
                request, _("The organization closes in two weeks. Until then you can take it back.")
            )
            return redirect("closing")
    is_open = organization.closing_at is None
    hindrances = obstacles(organization, clock.now()) if is_open else []
    leaves = clock.today() + GRACE
    context = {
        "found": Closing.objects.open().filter(organization=organization).first(),
        "hindrances": [{"text": _(one.text).format(count=one.count), "url": one.link} for one in hindrances],
        "kept": [
            {"what": _(one.what), "why": _(one.why), "until": until} for one, until in kept_until(leaves)
        ],
        "erased": [_(one) for one in ERASED],
        "form": form if request.method == "POST" or request.GET.get("step") == "2" else None,
        "may": _may_close(request, organization),
        "stays": organization.kind == OrganizationKind.PLATFORM,
    }
    return render(request, "marketplace/closing.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def take_back(request: HttpRequest) -> HttpResponse:
    """Take a closing back."""
    try:
        closings.take_back(organization=acting_organization(request), by=request.user, at=clock.now())  # type: ignore[arg-type]
    except closings.ClosingMoved as error:
        messages.error(request, said(error))
    else:
        messages.success(
            request, _("The organization stays. Publish its listings again if they are to be seen.")
        )
    return redirect("closing")


def _may_close(request: HttpRequest, organization: Organization) -> bool:
    return allowed(request.user, Permission.ORGANIZATION_CLOSE, within=organization)  # type: ignore[arg-type]
