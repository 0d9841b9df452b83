"""Reports of offers: whoever is signed in reports; the platform decides; the owner answers."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import checks, content_cases
from marketplace.actions.content_cases import Thing
from marketplace.models import ContentCase, EquipmentDocument, Listing, ListingPhoto
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.queries.acting import visible_listings
from marketplace.queries.equipment_documents import documents_of
from marketplace.rules.content_cases import LONGEST_REASON, LONGEST_TEXT, STEPS, Ground, State, Step
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible
from marketplace.web.listing_photos import said

BUTTONS = {
    Step.HIDE: gettext_lazy("Hide it"),
    Step.DISMISS: gettext_lazy("Nothing is wrong"),
    Step.KEEP: gettext_lazy("Leave it hidden"),
    Step.SHOW: gettext_lazy("Show it again"),
}


class ReportForm(forms.Form):
    """What is wrong, with what, and why."""

    item = forms.ChoiceField(label=gettext_lazy("What it is about"), required=False)
    ground = forms.ChoiceField(label=gettext_lazy("What is wrong"), choices=ContentCase.Ground.choices)
    text = forms.CharField(
        label=gettext_lazy("In your own words"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 4}),
    )

    def __init__(self, things: list[Thing], *given: Any) -> None:
        super().__init__(*given)
        self.fields["item"].choices = choices(things)  # type: ignore[attr-defined]

    def say(self, error: DomainError) -> None:
        """Put a refusal at its field, or above the form."""
        self.add_error("text" if error.flaws else None, said(error))


def choices(things: list[Thing]) -> list[tuple[str, str]]:
    """Return what can be chosen: the offer, its pictures, its documents."""
    kinds = ContentCase.About
    return [(one.item, f"{kinds(one.about.value).label} · {one.named}") for one in things]


@login_required
def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """Report an offer, one of its pictures or documents, to the platform."""
    listing = get_object_or_404(visible_listings(request).select_related("owner"), public_id=public_id)
    things = _things(request, listing)
    form = ReportForm(things, request.POST or None)
    if request.method == "POST" and form.is_valid() and _reported(request, things, form):
        messages.success(request, _("Reported. You are told what the platform decides."))
        return redirect("listing", public_id)
    context = {"listing": listing, "form": form}
    status = 400 if form.errors else 200
    return render(request, "marketplace/report.html", context, status=status)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a case to the platform, or to the owner of what was hidden, and take the next step."""
    organization = acting_organization(request)
    mine = ContentCase.objects.open_to(organization)
    whole = mine.select_related("listing__owner", "photo", "document", "reporter")
    case = get_object_or_404(whole, public_id=public_id)
    platform = organization.kind == OrganizationKind.PLATFORM
    if request.method == "POST":
        _stepped(request, case)
        return redirect("content-case", public_id)
    steps = [one for one in STEPS[State(case.state)] if (one is not Step.ANSWER) == platform]
    right = Permission.CHECK_RECORD if platform else Permission.LISTING_EDIT
    within = organization if platform else case.listing.owner
    context = {
        "case": case,
        "platform": platform,
        "steps": list(case.steps.all()) if platform else [],
        "buttons": [(one.value, BUTTONS[one]) for one in steps if one in BUTTONS],
        "may_answer": Step.ANSWER in steps,
        "may_act": allowed(request.user, right, within=within),  # type: ignore[arg-type]
        "most": LONGEST_REASON if platform else LONGEST_TEXT,
    }
    return render(request, "marketplace/content_case.html", context)


@require_POST
@login_required
def hide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hide an offer, a picture or a document for the platform that nobody reported."""
    platform = acting_organization(request)
    if platform.kind != OrganizationKind.PLATFORM:
        raise Http404
    checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
    listing = get_object_or_404(Listing.objects.select_related("owner"), public_id=public_id)
    thing = next((one for one in all_of(listing) if one.item == request.POST.get("item", "")), None)
    if thing is None:  # gone meanwhile, for one: then the offer as a whole is not meant
        messages.error(request, _("Choose what is to be hidden: what you chose is not there any more."))
        return redirect("offer-check", public_id)
    who: dict[str, Any] = {"within": platform, "by": request.user, "at": clock.now()}
    try:
        content_cases.hide(thing=thing, reason=request.POST.get("reason", ""), **who)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Hidden. The owner is told why."))
    return redirect("offer-check", public_id)


def all_of(listing: Listing) -> list[Thing]:
    """Return all that can be hidden of an offer: itself, its pictures, the documents of its machines."""
    photos = ListingPhoto.objects.known().filter(listing=listing)
    documents = EquipmentDocument.objects.known().filter(equipment__listing_unit__listing=listing)
    return [
        Thing(listing),
        *(Thing(listing, photo=one) for one in photos),
        *(Thing(listing, document=one) for one in documents),
    ]


def _things(request: HttpRequest, listing: Listing) -> list[Thing]:
    """Return what the reader sees of an offer."""
    photos = ListingPhoto.objects.known().shown().filter(listing=listing)
    machines = list(listing.units.values_list("equipment", flat=True))
    documents = documents_of(request, machines, clock.today())
    return [
        Thing(listing),
        *(Thing(listing, photo=one) for one in photos),
        *(Thing(listing, document=one) for one in documents),
    ]


def _reported(request: HttpRequest, things: list[Thing], form: ReportForm) -> bool:
    typed = form.cleaned_data
    thing = next(one for one in things if one.item == typed["item"])
    who: dict[str, Any] = {"within": acting_organization(request), "by": request.user, "at": clock.now()}
    try:
        content_cases.report(thing=thing, ground=Ground(typed["ground"]), text=typed["text"], **who)
    except (NotPossible, Invalid) as error:
        form.say(error)
    return not form.errors


def _stepped(request: HttpRequest, case: ContentCase) -> None:
    within, typed = acting_organization(request), request.POST
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    text, step = typed.get("text", ""), typed.get("step", "")
    if within.kind == OrganizationKind.PLATFORM:
        checks.require_platform(by=request.user, within=within)  # type: ignore[arg-type]
    else:
        require(request.user, Permission.LISTING_EDIT, within=case.listing.owner)  # type: ignore[arg-type]
    try:
        if within.kind != OrganizationKind.PLATFORM:
            content_cases.answer(case=case, text=text, **who)
        elif step in {one.value for one in BUTTONS}:
            content_cases.decide(case=case, step=Step(step), reason=text, within=within, **who)
        else:
            messages.error(request, _("Choose what is to be done."))
            return
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Done. Whom it concerns is told."))
