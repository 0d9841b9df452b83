"""Home, switching the organization, and API keys."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import api_keys
from marketplace.models import ApiKey, Organization
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, organizations_of
from marketplace.shared import clock

# Where the day of those begins who have no machines of their own; the platform sees the leases of all.
HOMES: dict[str, str] = {
    OrganizationKind.SME: "leases",
    OrganizationKind.PLATFORM: "leases",
    OrganizationKind.MAKER: "data-grants",
    OrganizationKind.SERVICE_PROVIDER: "data-grants",
    OrganizationKind.REGULATOR: "data-grants",
    OrganizationKind.FINANCIAL: "data-sharing",
}


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to the page where their day begins."""
    if not organizations_of(request):
        return redirect("register")
    organization = acting_organization(request)
    finance = allowed(request.user, Permission.INVOICE_RUN, within=organization)  # type: ignore[arg-type]
    operates = allowed(request.user, Permission.LEASE_OPERATE, within=organization)  # type: ignore[arg-type]
    if finance and not operates:
        return redirect("invoices")
    return redirect(HOMES.get(organization.kind, "equipment"))


@require_POST
@login_required
def switch_organization(request: HttpRequest) -> HttpResponse:
    """Act for another of one's organizations from now on."""
    mine = Organization.objects.of(request.user)  # type: ignore[arg-type]
    chosen = get_object_or_404(mine, public_id=request.POST.get("organization", ""))
    request.session["organization"] = chosen.public_id
    target = request.POST.get("next", "")
    safe = target.startswith("/") and url_has_allowed_host_and_scheme(target, {request.get_host()})
    return redirect(target if safe and target != "/" else "home")


class ApiKeyForm(forms.Form):
    """A new key: what for, and what it may touch."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("May"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )


@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """List the organization's keys, and make one: its text is shown once, on the answer itself."""
    organization = acting_organization(request)
    form, text = ApiKeyForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        _key, text = api_keys.create(
            organization=organization,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        form = ApiKeyForm()
    context: dict[str, Any] = {
        "keys": [
            {"key": key, "scopes": [Scope(scope).label for scope in key.scopes]}
            for key in ApiKey.objects.filter(organization=organization).order_by("-pk")
        ],
        "form": form,
        "text": text,
        "may_edit": allowed(request.user, Permission.API_KEY_EDIT, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "marketplace/api_keys.html", context)


@require_POST
@login_required
def revoke_key(request: HttpRequest, public_id: str) -> HttpResponse:
    """Revoke a key at once."""
    visible = ApiKey.objects.visible_to(request.user)  # type: ignore[arg-type]
    key = get_object_or_404(visible, public_id=public_id)
    api_keys.revoke(key=key, by=request.user, at=clock.now())  # type: ignore[arg-type]
    messages.info(request, _("The key “{name}” is revoked.").format(name=key.name))
    return redirect(reverse("api-keys"))
