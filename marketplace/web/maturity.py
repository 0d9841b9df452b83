"""How smart an organization and its sites are: what was declared, and a new word."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import maturity as actions
from marketplace.models import MaturityDeclaration, Organization, Site
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.queries.maturity import standing_of
from marketplace.rules.maturity import HIGHEST_LEVEL, LONGEST_SOURCE
from marketplace.shared import clock
from marketplace.shared.errors import DomainError
from marketplace.web.words import mark


class DeclareForm(forms.Form):
    """A word about the organization (a level) or one of its sites (a tier)."""

    site = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    tier = forms.ChoiceField(
        label=gettext_lazy("Tier of the site"),
        choices=[("", "–"), *MaturityDeclaration.Grade.choices],
        required=False,
    )
    level = forms.TypedChoiceField(
        label=gettext_lazy("Maturity level of the organization (GB/T 39116)"),
        choices=[("", "–"), *((one, one) for one in range(1, HIGHEST_LEVEL + 1))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    source = forms.CharField(
        label=gettext_lazy("Paper or list that says so"),
        max_length=LONGEST_SOURCE,
        help_text=gettext_lazy("For example the list of the ministry or province, with its number and year."),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("Holds from the day"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, sites: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        known = [(one.public_id, one.name) for one in sites]
        self.fields["site"].choices = [("", gettext_lazy("The organization")), *known]  # type: ignore[attr-defined]


@login_required
def maturity(request: HttpRequest) -> HttpResponse:
    """List what was declared of the acting organization, or for the platform of any; take another."""
    acting = acting_organization(request)
    user: Any = request.user
    is_platform = acting.kind == OrganizationKind.PLATFORM
    named = request.GET.get("organization", "") if is_platform else ""
    whose = get_object_or_404(Organization, public_id=named, is_synthetic=False) if named else acting
    sites = Site.objects.filter(organization=whose).order_by("name", "pk")
    right = Permission.VERIFICATION_DECIDE if is_platform else Permission.MEMBER_EDIT
    may = allowed(user, right, within=acting)
    form = DeclareForm(request.POST or None, sites=sites)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        chosen = given.pop("site")
        site = get_object_or_404(sites, public_id=chosen) if chosen else None
        try:
            actions.declare(
                organization=whose,
                site=site,
                given=given,
                within=acting,
                by=user,
                at=clock.now(),
                today=clock.today(),
            )
        except DomainError as error:
            mark(form, error)
        else:
            messages.success(request, _("This is declared."))
            return redirect(reverse("maturity") + (f"?organization={named}" if named else ""))
    context = {
        "whose": whose,
        "standing": standing_of(whose),
        "declared": MaturityDeclaration.objects.filter(organization=whose)
        .newest_first()
        .select_related("site", "made_for")[:100],
        "form": form if may else None,
    }
    return render(request, "marketplace/maturity.html", context, status=400 if form.errors else 200)
