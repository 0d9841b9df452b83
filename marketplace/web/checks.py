"""What was checked of a listing, for everybody; and where the platform writes it down, and decides cases."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from marketplace.actions import checks, nameplates
from marketplace.filters import DayField
from marketplace.models import (
    ContentCase,
    Equipment,
    EquipmentCheck,
    Listing,
    NameplateCase,
    Organization,
    OrganizationCheck,
)
from marketplace.models.parties import OrganizationKind
from marketplace.queries import acting_organization, whole_days
from marketplace.queries.checks import claims_of, unchecked
from marketplace.rules.checks import LONGEST_NOTE, LONGEST_SEEN, OF_COMPANIES, Kind, Written
from marketplace.rules.nameplates import DECISIONS, WORDS, State, doubt
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible
from marketplace.web.content_cases import all_of, choices
from marketplace.web.listing_photos import said

PAGE = 30
LAST = 10  # of what was decided
CLAIMS = {
    Kind.CREDIT_CODE: gettext_lazy("The check digits of the owner's credit code are right"),
    Kind.LICENCE: gettext_lazy("The owner's business licence was read against its credit code"),
    Kind.NAMEPLATE: gettext_lazy("A photo of the nameplate was read against the serial number"),
    Kind.CALIBRATION: gettext_lazy("The calibration certificate was seen"),
    Kind.ENCUMBRANCE: gettext_lazy("A search of the register of movables was seen"),
}
VERIFIED = gettext_lazy("✓ verified: who the owner is was decided from its papers")
HINTS = {
    Kind.CREDIT_CODE: gettext_lazy("The credit code"),
    Kind.LICENCE: gettext_lazy("The credit code that stands on the licence"),
    Kind.NAMEPLATE: gettext_lazy("The serial number that stands on the nameplate"),
    Kind.CALIBRATION: gettext_lazy("The number of the certificate"),
    Kind.ENCUMBRANCE: gettext_lazy("The number of the search"),
}


class CheckForm(forms.Form):
    """One check of a company or of a machine."""

    about = forms.ChoiceField(label=gettext_lazy("What was looked at"))
    seen = forms.CharField(
        label=gettext_lazy("What stands there"),
        help_text=gettext_lazy("Type it from the photo or the paper, not from this page."),
        max_length=LONGEST_SEEN,
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        choices=[("yes", gettext_lazy("as it should be")), ("no", gettext_lazy("not as it should be"))],
    )
    last_day = DayField(
        label=gettext_lazy("Last day on which it holds"),
        help_text=gettext_lazy("Empty: as long as a check of this kind may hold."),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=LONGEST_NOTE, required=False)

    def __init__(self, subjects: list[tuple[str, str]], *given: Any) -> None:
        super().__init__(*given)
        self.fields["about"].choices = subjects  # type: ignore[attr-defined]

    def written(self, kind: Kind, at: datetime) -> Written:
        """Return what was typed as the action takes it."""
        typed, last = self.cleaned_data, self.cleaned_data["last_day"]
        until = whole_days(last, last).end if last else None
        return Written(kind, typed["outcome"] == "yes", typed["seen"], at, until, typed["note"])

    def say(self, error: DomainError) -> None:
        """Put each flaw of a refusal at its field."""
        places = {"/seen": "seen", "/note": "note", "/valid_until": "last_day"}
        for flaw in error.flaws:
            self.add_error(places.get(flaw.pointer), _(flaw.text).format(**flaw.facts))


def of_listing(listing: Listing, machines: list[int]) -> dict[str, Any]:
    """
    Return exactly what the platform stands by, with the days, for everybody who reads the listing.

    Whether the owner is verified comes first: it was decided from its papers, whatever else was looked at.
    """
    found = claims_of(listing, clock.now(), machines=machines)
    rows = [{"words": CLAIMS[one.kind], "since": one.checked_at, "until": one.valid_until} for one in found]
    return {"claims": [*_verified(listing.owner), *rows]}


def _verified(owner: Organization) -> list[dict[str, Any]]:
    if owner.verified_at is None:
        return []
    again = owner.verify_again_on
    return [{"words": VERIFIED, "since": owner.verified_at, "again": again}]


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """Show the platform what waits: nameplates that are alike, and offers whose nameplate nobody has seen."""
    _platform(request)
    cases = NameplateCase.objects.open().select_related("first__owner", "second__owner", "claimant")
    waiting = unchecked(Listing.objects.select_related("owner", "site")).order_by("published_at", "pk")
    decided = NameplateCase.objects.exclude(state=State.OPEN).select_related("first", "claimant")
    reports = ContentCase.objects.waiting().select_related("listing__owner")
    context = {
        "cases": [_case(one) for one in cases.order_by("pk")[:PAGE]],
        "decided": decided.order_by("-decided_at", "-pk")[:LAST],
        "reports": Paginator(reports, PAGE).get_page(request.GET.get("reports")),
        "page": Paginator(waiting, PAGE).get_page(request.GET.get("page")),
        "decisions": [(one.value, NameplateCase.Stage(one).label) for one in DECISIONS],
    }
    return render(request, "marketplace/offer_checks.html", context)


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the platform a listing with its machines, and write down what it looked at."""
    platform = _platform(request)
    listing = get_object_or_404(Listing.objects.select_related("owner", "site"), public_id=public_id)
    machines = list(Equipment.objects.filter(listing_unit__listing=listing).order_by("name", "pk"))
    form = CheckForm(_subjects(listing, machines), request.POST or None)
    if request.method == "POST":
        checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
        if form.is_valid() and _recorded(request, platform, listing, machines, form):
            messages.success(request, _("Written down. The listing says it from now on."))
            return redirect("offer-check", public_id)
    context = {
        "listing": listing,
        "form": form,
        "machines": [{"machine": one, "doubt": _doubt(one)} for one in machines],
        "history": _history(listing, machines),
        "things": choices(all_of(listing)),
        "hidden": ContentCase.objects.hiding().filter(listing=listing),
        **of_listing(listing, [one.pk for one in machines]),
    }
    status = 400 if form.errors else 200
    return render(request, "marketplace/offer_check.html", context, status=status)


@require_POST
@login_required
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    """Decide a case of two nameplates for the platform; a refusal is said on the list."""
    platform = _platform(request)
    checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
    case = get_object_or_404(NameplateCase, public_id=public_id)
    typed = request.POST.get("state", "")
    state = State(typed) if typed in set(State) else State.OPEN
    given = {"case": case, "state": state, "reason": request.POST.get("reason", ""), "within": platform}
    try:
        nameplates.decide(by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Decided. Both owners are told."))
    return redirect("offer-checks")


@require_POST
@login_required
def reopen(request: HttpRequest, public_id: str) -> HttpResponse:
    """Open a decided case of two nameplates again for the platform; a refusal is said on the list."""
    platform = _platform(request)
    checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
    case = get_object_or_404(NameplateCase, public_id=public_id)
    who: dict[str, Any] = {"within": platform, "by": request.user, "at": clock.now()}
    try:
        nameplates.reopen(case=case, reason=request.POST.get("reason", ""), **who)
    except (NotPossible, Invalid) as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("Open again. Both owners are told."))
    return redirect("offer-checks")


def _platform(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    if organization.kind != OrganizationKind.PLATFORM:
        raise Http404
    return organization


def _subjects(listing: Listing, machines: list[Equipment]) -> list[tuple[str, str]]:
    """Return what can be checked: each kind of the owner and of each machine, by what is to be typed."""
    owner = [(f"{kind.value}:", f"{listing.owner.name} · {HINTS[kind]}") for kind in OF_COMPANIES]
    of_machines = [
        (f"{kind.value}:{one.public_id}", f"{one.name} · {HINTS[kind]}")
        for one in machines
        for kind in (Kind.NAMEPLATE, Kind.CALIBRATION, Kind.ENCUMBRANCE)
    ]
    return owner + of_machines


def _recorded(
    request: HttpRequest, platform: Organization, listing: Listing, machines: list[Equipment], form: CheckForm
) -> bool:
    at = clock.now()
    name, _colon, machine = form.cleaned_data["about"].partition(":")
    who: dict[str, Any] = {"within": platform, "by": request.user, "at": at}
    who["given"] = form.written(Kind(name), at)
    try:
        if machine:
            (found,) = (one for one in machines if one.public_id == machine)
            checks.of_equipment(equipment=found, **who)
        else:
            checks.of_organization(organization=listing.owner, **who)
    except (NotPossible, Invalid) as error:
        form.say(error)
    return not form.errors


def _history(listing: Listing, machines: list[Equipment]) -> list[EquipmentCheck | OrganizationCheck]:
    owner = OrganizationCheck.objects.filter(organization=listing.owner).newest_first()
    mine = EquipmentCheck.objects.filter(equipment__in=machines).select_related("equipment").newest_first()
    return sorted([*owner[:PAGE], *mine[:PAGE]], key=lambda one: one.checked_at, reverse=True)


def _doubt(machine: Equipment) -> str:
    why = doubt(machine.maker_name, machine.serial_number)
    return _(WORDS[why]) if why else ""


def _case(case: NameplateCase) -> dict[str, Any]:
    return {"case": case, "doubt": _doubt(case.first)}
