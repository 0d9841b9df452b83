"""Verification: an organization answers, the platform checks papers beside what was typed, and decides."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from marketplace.actions import admission, verifications
from marketplace.models import Organization, Verification, VerificationPaper
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.queries.verifications import due_again, labelled
from marketplace.rules.joining import KINDS, LONGEST, UNVERIFIED
from marketplace.rules.proofs import Paper
from marketplace.rules.verifications import LONGEST_REASON, Step
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.web.papers import PaperField, handed_out
from marketplace.web.words import mark


class AnswerForm(forms.Form):
    """What may be mended, and papers to add."""

    name = forms.CharField(label=gettext_lazy("Registered name"), max_length=LONGEST["name"])
    region_code = forms.CharField(label=gettext_lazy("Region code"), max_length=LONGEST["region_code"])
    industry_code = forms.CharField(
        label=gettext_lazy("Industry code"), max_length=LONGEST["industry_code"], required=False
    )
    address = forms.CharField(label=gettext_lazy("Registered address"), max_length=LONGEST["address"])
    phone = forms.CharField(label=gettext_lazy("Phone of the organization"), max_length=LONGEST["phone"])
    kind = forms.ChoiceField(label=gettext_lazy("Kind of organization"), required=False)
    licence = PaperField(Paper.LICENCE, gettext_lazy("Business licence"), required=False)
    mandate = PaperField(Paper.MANDATE, gettext_lazy("Mandate of the person who signs up"), required=False)
    other = PaperField(Paper.OTHER, gettext_lazy("Another paper"), required=False)

    def __init__(self, *args: Any, whose: Organization, **given: Any) -> None:
        super().__init__(*args, **given)
        if not whose.awaits_verification:
            del self.fields["kind"]  # it stands once it was verified
            return
        kinds = dict.fromkeys([whose.kind, *KINDS])
        self.fields["kind"].choices = [(one, OrganizationKind(one).label) for one in kinds]  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """What the platform decides, and why."""

    step = forms.ChoiceField(
        choices=[
            (Step.APPROVE.value, gettext_lazy("Verify")),
            (Step.ASK.value, gettext_lazy("Ask for more")),
            (Step.REFUSE.value, gettext_lazy("Refuse")),
        ]
    )
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)


@login_required
def own(request: HttpRequest) -> HttpResponse:
    """Say where the verification of the acting organization stands, and take what is asked for."""
    organization = acting_organization(request)
    case = Verification.objects.filter(organization=organization).order_by("-pk").first()
    may = allowed(request.user, Permission.MEMBER_EDIT, within=organization)  # type: ignore[arg-type]
    asked = case is not None and case.state == Verification.Standing.ASKED
    refused = organization.verified_at is None and (case is None or case.decided_at is not None)
    start = {name: getattr(organization, name) for name in UNVERIFIED}
    form = AnswerForm(request.POST or None, request.FILES or None, initial=start, whose=organization)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        if not given.get("kind"):
            given.pop("kind", None)
        papers = [one for one in (given.pop(name) for name in ("licence", "mandate", "other")) if one]
        try:
            verifications.answer(
                organization=organization,
                given=given,
                papers=papers,
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
            )
        except DomainError as error:
            mark(form, error)
        else:
            messages.success(request, _("This is handed in. The platform checks it and tells you."))
            return redirect("verification")
    context = {
        "case": case,
        "missing": admission.missing(organization=organization) if organization.awaits_verification else "",
        "steps": case.steps.all() if case else [],
        "papers": case.known_papers if case else [],
        "form": form if may and (asked or refused) else None,
        "whose": organization,
    }
    return render(request, "marketplace/verification.html", context, status=400 if form.errors else 200)


@login_required
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits for the platform, the longest first, and whose regular check is due."""
    acting = _platform(request)
    many = Count("papers")
    found = Verification.objects.open().select_related("organization").annotate(many=many)[:200]
    context = {
        "cases": [one for one in found if one.state == Verification.Standing.WAITING],
        "asked": [one for one in found if one.state == Verification.Standing.ASKED],
        "due": due_again(clock.today())[:100],
        "may": allowed(request.user, Permission.VERIFICATION_DECIDE, within=acting),  # type: ignore[arg-type]
    }
    return render(request, "marketplace/verifications.html", context)


@login_required
def case(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a case to the platform: what was typed on one side, papers on the other; and decide it."""
    acting = _platform(request)
    found = get_object_or_404(Verification.objects.select_related("organization"), public_id=public_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            verifications.decide(
                case=found,
                within=acting,
                by=request.user,  # type: ignore[arg-type]
                at=clock.now(),
                on=clock.today(),
                **form.cleaned_data,
            )
        except DomainError as error:
            mark(form, error)
        else:
            messages.success(request, _("This is decided, and the organization is told."))
            return redirect("verifications")
    context = {
        "case": found,
        "typed": labelled(found),
        "papers": found.known_papers,
        "steps": found.steps.all(),
        "form": form,
        "is_open": found.decided_at is None,
        "longest": LONGEST_REASON,
    }
    return render(request, "marketplace/verification_case.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def recheck(request: HttpRequest) -> HttpResponse:
    """Begin the regular check of an organization."""
    acting = _platform(request)
    named = get_object_or_404(
        Organization, public_id=request.POST.get("organization", ""), is_synthetic=False
    )
    made = verifications.recheck(organization=named, within=acting, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return redirect("verification-case", public_id=made.public_id)


@require_GET
@login_required
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand out a paper, to administrators of its organization and to those who check it."""
    found = get_object_or_404(
        VerificationPaper.objects.select_related("verification__organization"), public_id=public_id
    )
    user: Any = request.user
    mine = allowed(user, Permission.MEMBER_EDIT, within=found.verification.organization)
    if not mine and not _is_checker(user):
        raise Http404
    return handed_out(found)


def _is_checker(user: Any) -> bool:
    """Tell whether a person decides verifications for the platform."""
    platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).first()
    return platform is not None and allowed(user, Permission.VERIFICATION_DECIDE, within=platform)


def _platform(request: HttpRequest) -> Organization:
    """Return the acting organization, if that is the platform and the person checks for it."""
    acting = acting_organization(request)
    right = allowed(request.user, Permission.VERIFICATION_DECIDE, within=acting)  # type: ignore[arg-type]
    if acting.kind != OrganizationKind.PLATFORM or not right:
        raise Http404
    return acting
