"""Searches of the register of movables: the owner's page, and what a listing says of them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import encumbrances
from marketplace.models import EncumbranceSearch, Equipment
from marketplace.permissions import Permission, allowed
from marketplace.rules.encumbrances import LONGEST, Result, Search, Standing, is_fresh, standing_of_all
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible

WORDS = {
    Standing.NOT_SEARCHED: gettext_lazy("encumbrance not searched"),
    Standing.CLEAR: gettext_lazy("searched: clear"),
    Standing.CONSENTED: gettext_lazy("encumbered, the holder consents"),
    Standing.ENCUMBERED: gettext_lazy("encumbered"),
}
BADGES = {
    Standing.NOT_SEARCHED: "idle",
    Standing.CLEAR: "run",
    Standing.CONSENTED: "info",
    Standing.ENCUMBERED: "fault",
}


class EncumbranceForm(forms.Form):
    """One search of the register."""

    searched_at = forms.DateTimeField(
        label=gettext_lazy("When the register was searched"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    query_number = forms.CharField(
        label=gettext_lazy("Number of the search"), max_length=LONGEST["query_number"]
    )
    result = forms.ChoiceField(label=gettext_lazy("What it found"), choices=EncumbranceSearch.Finding.choices)
    registration_number = forms.CharField(
        label=gettext_lazy("Number of the registration"),
        help_text=gettext_lazy("Only if a right is registered, as the two below."),
        max_length=LONGEST["registration_number"],
        required=False,
    )
    holder = forms.CharField(
        label=gettext_lazy("Who holds the right"), max_length=LONGEST["holder"], required=False
    )
    consent = forms.CharField(
        label=gettext_lazy("Day or number of the holder's consent to the lease"),
        max_length=LONGEST["consent"],
        required=False,
    )

    def given(self) -> Search:
        """Return what was typed as the action takes it."""
        return Search(**(self.cleaned_data | {"result": Result(self.cleaned_data["result"])}))

    def say(self, error: DomainError) -> None:
        """Put each flaw of a refusal at its field."""
        for flaw in error.flaws:
            self.add_error(flaw.pointer.removeprefix("/"), _(flaw.text).format(**flaw.facts))


@login_required
def of_machine(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the searches of one's own machine, and write one down."""
    mine = Equipment.objects.visible_to(request.user).select_related("owner")  # type: ignore[arg-type]
    machine = get_object_or_404(mine, public_id=public_id)
    sent = request.POST if request.method == "POST" else None
    now = timezone.localtime(clock.now()).replace(second=0, microsecond=0)
    form = EncumbranceForm(sent, initial={"searched_at": now})
    if sent is not None and form.is_valid() and _recorded(request, machine, form):
        messages.success(request, _("Written down. The newest search of the machine counts."))
        return redirect("equipment-encumbrances", public_id)
    context = {
        "machine": machine,
        "form": form,
        "rows": EncumbranceSearch.objects.filter(equipment=machine).newest_first(),
        "may_edit": allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner),  # type: ignore[arg-type]
    }
    status = 400 if form.errors else 200
    return render(request, "marketplace/encumbrances.html", context | of_one(machine), status=status)


def of_one(machine: Equipment) -> dict[str, Any]:
    """Return how a machine stands, for its owner: the newest search, and whether it is time for another."""
    newest = EncumbranceSearch.objects.newest_of([machine.pk]).get(machine.pk)
    standing = newest.value.standing if newest else Standing.NOT_SEARCHED
    return {
        "encumbrance": newest,
        "encumbrance_words": WORDS[standing],
        "encumbrance_badge": BADGES[standing],
        "search_again": newest is None or not is_fresh(newest.value, clock.now()),
    }


def of_listing(machines: list[int]) -> dict[str, Any]:
    """Return what everybody may know: that all these machines were searched and are clear, and since when."""
    newest = EncumbranceSearch.objects.newest_of(machines)
    values = [newest[pk].value if pk in newest else None for pk in machines]
    if standing_of_all(values) is not Standing.CLEAR:
        return {"searched_clear_at": None}
    return {"searched_clear_at": min(one.searched_at for one in values if one)}


def _recorded(request: HttpRequest, machine: Equipment, form: EncumbranceForm) -> bool:
    try:
        encumbrances.record(equipment=machine, given=form.given(), by=request.user, at=clock.now())  # type: ignore[arg-type]
    except (NotPossible, Invalid) as error:
        form.say(error)
    return not form.errors
