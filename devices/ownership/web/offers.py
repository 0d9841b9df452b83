"""Page: what an offer says about the data of its machines, other than usual, cell by cell."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.rules.data_terms import DEFAULT
from devices.ownership.rules.explanations import CATEGORIES, PARTIES
from devices.ownership.rules.term_words import term_words
from devices.ownership.rules.wishes import LEVELS, with_wish
from devices.ownership.rules.wishes import PARTIES as ASKED_FOR
from devices.ownership.web import fields
from marketplace.actions import listings
from marketplace.models import Listing
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock


class CellForm(forms.Form):
    """Who may read which data how finely."""

    party = forms.ChoiceField(
        label=gettext_lazy("Who"), choices=[(str(one), gettext_lazy(PARTIES[one])) for one in ASKED_FOR]
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Data"),
        choices=[
            (one, gettext_lazy(words)) for one, words in CATEGORIES.items() if one != "derived_benchmarks"
        ],
    )
    level = forms.ChoiceField(
        label=gettext_lazy("May read"), choices=[(one, gettext_lazy(words)) for one, words in LEVELS.items()]
    )


@login_required
def data_terms(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what an offer says in sentences, and change one cell; leases already asked for keep theirs."""
    organization = acting_organization(request)
    listing = get_object_or_404(Listing.objects.filter(owner=organization), public_id=public_id)
    terms = listing.data_terms or DEFAULT
    form, status = CellForm(request.POST or None), 200
    if request.method == "POST":
        require(request.user, Permission.LISTING_EDIT, within=organization)  # type: ignore[arg-type]

        def act() -> Listing:
            who: dict[str, Any] = {"by": request.user, "at": clock.now()}
            changes = {"data_terms": with_wish(terms, **form.cleaned_data)}
            return listings.edit(listing=listing, changes=changes, **who)

        made, status = fields.tried(form, act, {"data_terms": "level"})
        if made is not None:
            messages.success(request, _("Changed. It holds for leases that are asked for from now on."))
            return redirect("listing-data-terms", public_id)
    context = {
        "listing": listing,
        "machine": listing.units.select_related("equipment").first(),
        "sentences": term_words(terms, _),
        "form": form,
        "may": allowed(request.user, Permission.LISTING_EDIT, within=organization),  # type: ignore[arg-type]
    }
    return render(request, "ownership/data_terms.html", context, status=status)
