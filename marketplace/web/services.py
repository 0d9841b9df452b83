"""Services of listings: the owner's page, the list of both sides, and one with its answer."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import services
from marketplace.models import Listing, ListingService, Organization
from marketplace.models.services import described
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, organization_named
from marketplace.rules.services import LONGEST_DESCRIPTION, LONGEST_LEAD_HOURS, MOST_PRICE_MINOR
from marketplace.shared import clock
from marketplace.shared.errors import Flaw, Invalid, NotPossible
from marketplace.shared.money import PLACES

PAGE = 50
KINDS = {"INVITED": "idle", "AGREED": "run", "DECLINED": "fault", "WITHDRAWN": "off"}
ACTS: dict[str, Callable[..., ListingService]] = {
    "agree": services.agree,
    "decline": services.decline,
    "withdraw": services.withdraw,
}
DONE = {
    "agree": gettext_lazy("Agreed. The service is shown with the listing and can be chosen."),
    "decline": gettext_lazy("Declined. Nobody else saw the invitation."),
    "withdraw": gettext_lazy("Withdrawn. Leases that have it in their terms keep it."),
}
FIELDS = {"/price_minor": "price"}


class ServiceForm(forms.Form):
    """What is done, by whom, and for how much."""

    kind = forms.ChoiceField(label=gettext_lazy("Service"), choices=ListingService.Kind.choices)
    provider = forms.CharField(
        label=gettext_lazy("Unified social credit code of the provider"),
        help_text=gettext_lazy(
            "Leave it empty if you do it yourself. Anybody else is invited to agree first."
        ),
        max_length=30,
        required=False,
    )
    price = forms.DecimalField(
        label=gettext_lazy("Price without tax"),
        min_value=Decimal(0),
        max_value=Decimal(MOST_PRICE_MINOR) / 100,
        decimal_places=2,
        widget=forms.NumberInput({"inputmode": "decimal"}),
    )
    basis = forms.ChoiceField(label=gettext_lazy("The price is"), choices=ListingService.Basis.choices)
    lead_hours = forms.IntegerField(
        label=gettext_lazy("Hours of notice before an order begins"),
        min_value=0,
        max_value=LONGEST_LEAD_HOURS,
        initial=24,
    )
    description_zh = forms.CharField(
        label=gettext_lazy("What is done, in Chinese"),
        max_length=LONGEST_DESCRIPTION,
        widget=forms.Textarea({"rows": 2}),
    )
    description_en = forms.CharField(
        label=gettext_lazy("What is done, in English"),
        max_length=LONGEST_DESCRIPTION,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    required = forms.BooleanField(label=gettext_lazy("Comes with every lease"), required=False)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        named = typed.get("provider")
        typed["by"] = organization_named(named) if named else None
        if named and typed["by"] is None:
            self.add_error("provider", _("There is no such organization."))
        return typed

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw at its field."""
        for flaw in flaws:
            name = FIELDS.get(flaw.pointer, flaw.pointer.removeprefix("/"))
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))


@login_required
def of_listing(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the services of one's own listing, and offer one more."""
    organization = acting_organization(request)
    mine = Listing.objects.filter(owner=organization).select_related("owner", "site")
    listing = get_object_or_404(mine, public_id=public_id)
    form, status = ServiceForm(request.POST or None), 200
    if request.method == "POST":
        if form.is_valid() and _offered(request, listing, form):
            return redirect("listing-services", public_id)
        status = 400
    found = ListingService.objects.filter(listing=listing).with_sides().order_by("-pk")
    context = {
        "listing": listing,
        "rows": [row(one) for one in found],
        "form": form,
        "may_edit": allowed(request.user, Permission.LISTING_EDIT, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "marketplace/services_of_listing.html", context, status=status)


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """List the services that the organization offers with its listings, or does with those of others."""
    found = ListingService.objects.of(acting_organization(request)).with_sides().order_by("-pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "marketplace/services.html", {"page": page, "rows": [row(one) for one in page]})


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one service and what its reader can do with it."""
    organization, found = _found(request, public_id)
    standing = found.over_at is None
    binds = allowed(request.user, Permission.LEASE_DECIDE, within=organization)  # type: ignore[arg-type]
    edits = allowed(request.user, Permission.LISTING_EDIT, within=organization)  # type: ignore[arg-type]
    provides, owns = found.provider_id == organization.pk, found.listing.owner_id == organization.pk
    context = {
        "service": found,
        "row": row(found),
        "answers": provides and binds and found.status == ListingService.Status.INVITED,
        "may_withdraw": standing
        and ((owns and edits) or (provides and binds and found.status == ListingService.Status.AGREED)),
    }
    return render(request, "marketplace/service.html", context)


@require_POST
@login_required
def move(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Agree, decline or withdraw; a refusal is said on the page."""
    organization, found = _found(request, public_id)
    given = {"reason": request.POST.get("reason", "")}
    if move == "agree":
        given = {"digest": request.POST.get("digest", "")}
    who: dict[str, Any] = {"within": organization, "by": request.user, "at": clock.now()}
    try:
        ACTS[move](service=found, **who, **given)
    except (NotPossible, Invalid) as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, str(DONE[move]))
    return redirect("service", public_id)


def row(found: ListingService) -> dict[str, Any]:
    """Return a service as the pages show it."""
    return described(found.value) | {
        "public_id": found.public_id,
        "listing": found.listing,
        "status": found.status,
        "state": found.get_status_display(),
        "badge": KINDS[found.status],
        "digest": found.digest,
    }


def offered_with(listing: Listing) -> list[dict[str, Any]]:
    """Return what is offered with a listing, as everybody sees it."""
    found = ListingService.objects.filter(listing=listing).agreed().select_related("provider")
    return [described(one.value) for one in found]


def _offered(request: HttpRequest, listing: Listing, form: ServiceForm) -> bool:
    typed = form.cleaned_data
    provider: Organization = typed["by"] or listing.owner
    minor = typed["price"] * 10 ** PLACES[listing.currency]
    if minor != int(minor):
        form.add_error("price", _("This currency has no smaller coins."))
        return False
    names = ("kind", "basis", "lead_hours", "required", "description_zh", "description_en")
    try:
        services.offer(
            listing=listing,
            provider=provider,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            price_minor=int(minor),
            **{name: typed[name] for name in names},
        )
    except Invalid as error:
        form.show(error.flaws)
        return False
    except NotPossible as error:
        form.add_error(None, _(error.text).format(**error.facts))
        return False
    own = provider == listing.owner
    messages.success(
        request,
        _("Offered with the listing.") if own else _("Invited. It is shown once the provider agrees."),
    )
    return True


def _found(request: HttpRequest, public_id: str) -> tuple[Organization, ListingService]:
    organization = acting_organization(request)
    found = ListingService.objects.of(organization).with_sides()
    return organization, get_object_or_404(found, public_id=public_id)
