"""Home, and switching the organization."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, organizations_of

# Where the day of those begins who neither lease out nor in; the platform sees the leases of all.
HOMES: dict[str, str] = {
    OrganizationKind.PLATFORM: "platform",
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
    return redirect(HOMES.get(organization.kind, "today"))


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
