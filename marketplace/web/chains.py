"""Pages: the supply chains of an organization, and who may see a listing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import chains
from marketplace.models import Chain, Listing, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, organization_named
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible

OWN = {"accept": chains.accept, "decline": chains.decline, "leave": chains.leave}
LED = {"invite": chains.invite, "remove": chains.remove}
BADGES = {"INVITED": "idle", "ACCEPTED": "run", "DECLINED": "fault", "LEFT": "off", "REMOVED": "off"}
DONE = {
    "invite": gettext_lazy("Invited. It is told, and joins or declines."),
    "remove": gettext_lazy("Taken out of the chain. Its leases go on."),
    "accept": gettext_lazy("You are in the chain now: you see what is open to it alone."),
    "decline": gettext_lazy("Declined. The leader is told."),
    "leave": gettext_lazy("You have left the chain. Your leases go on."),
}


class ChainForm(forms.Form):
    """A new chain."""

    name = forms.CharField(label=gettext_lazy("Name of the chain"), max_length=chains.LONGEST_NAME)


class AudienceForm(forms.Form):
    """Who may see a listing: everybody, or a chain of its owner."""

    chain = forms.ChoiceField(label=gettext_lazy("Open to"), required=False)

    def __init__(self, led: list[Chain], data: Any = None, now: Chain | None = None) -> None:
        super().__init__(data, initial={"chain": now.public_id if now else ""})
        self.led = {one.public_id: one for one in led}
        self.fields["chain"].choices = audience_choices(led)  # type: ignore[attr-defined]

    def chosen(self) -> Chain | None:
        """Return the chain that was chosen, or none for everybody."""
        return self.led.get(self.cleaned_data["chain"])


def audience_choices(led: list[Chain]) -> list[tuple[str, str]]:
    """Return to whom something may be opened: everybody, or one of the chains that one leads."""
    members = _("Only members of {chain}")
    return [("", _("Everybody")), *((one.public_id, members.format(chain=one.name)) for one in led)]


def led_by(organization: Organization) -> list[Chain]:
    """Return the chains that an organization leads, by name."""
    return list(Chain.objects.filter(leader=organization).order_by("name"))


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """Show the chains that one leads, is in or is invited to; begin one."""
    mine = acting_organization(request)
    form = ChainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            chains.create(
                leader=mine,
                name=form.cleaned_data["name"],
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
            )
        except (NotPossible, Invalid) as error:
            form.add_error("name", said(error))
        else:
            return redirect("chains")
    found = Chain.objects.visible_to(mine).with_standing(mine).order_by("name", "pk")
    context = {
        "led": [_led(one) for one in found if one.leader_id == mine.pk],
        "joined": [_joined(one) for one in found if one.leader_id != mine.pk],
        "form": form,
        "may_edit": allowed(request.user, Permission.CHAIN_EDIT, within=mine),  # type: ignore[arg-type]
        "leads": mine.kind == OrganizationKind.LEAD_ENTERPRISE,
    }
    return render(request, "marketplace/chains.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def step(request: HttpRequest, public_id: str, move: str) -> HttpResponse:
    """Invite, remove, join, decline or leave; a refusal is said on the page."""
    mine = acting_organization(request)
    chain = get_object_or_404(Chain.objects.visible_to(mine).select_related("leader"), public_id=public_id)
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    try:
        if move in OWN:
            OWN[move](chain=chain, within=mine, **who)
        elif chain.leader_id != mine.pk:
            raise Http404
        elif member := organization_named(request.POST.get("organization", "").replace("\0", "")[:30]):
            LED[move](chain=chain, member=member, **who)
        else:
            messages.error(request, _("There is no such organization."))
            return redirect("chains")
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, str(DONE[move]))
    return redirect("chains")


@login_required
def audience(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say who may see one's own listing."""
    mine = acting_organization(request)
    own = Listing.objects.filter(owner=mine).select_related("owner", "chain", "site")
    listing = get_object_or_404(own, public_id=public_id)
    form = AudienceForm(led_by(mine), request.POST if request.method == "POST" else None, listing.chain)
    if request.method == "POST" and form.is_valid():
        chains.open_listing(listing=listing, chain=form.chosen(), by=request.user, at=clock.now())  # type: ignore[arg-type]
        messages.success(request, _("Kept. Agreements that were made go on."))
        return redirect("listing-audience", public_id)
    context = {
        "listing": listing,
        "form": form,
        "may_edit": allowed(request.user, Permission.LISTING_PUBLISH, within=mine),  # type: ignore[arg-type]
    }
    return render(request, "marketplace/audience.html", context, status=400 if form.errors else 200)


def said(error: DomainError) -> str:
    """Say a refusal in the reader's language."""
    return _(error.text).format(**error.facts)


def _led(chain: Chain) -> dict[str, Any]:
    members = chain.members.select_related("member").order_by("member__name")
    rows = [
        {"member": one.member, "state": one.get_status_display(), "badge": BADGES[one.status], "row": one}
        for one in members
    ]
    return {"chain": chain, "members": rows, "listings": chain.listings.count()}


def _joined(chain: Chain) -> dict[str, Any]:
    mine = chain.mine[0]  # type: ignore[attr-defined]
    return {"chain": chain, "invited": mine.status == "INVITED", "state": mine.get_status_display()}
