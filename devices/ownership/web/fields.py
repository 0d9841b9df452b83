"""What the forms of data rights share: assets, organizations, moments, and refusals at their fields."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.models import Binding
from devices.ownership.models import DataAsset
from devices.ownership.rules.explanations import ARTICLES, PARTIES, RIGHTS
from devices.ownership.rules.grant_sentences import INTERVALS
from devices.ownership.rules.sentences import PURPOSES, listed, rule_words
from marketplace.models import Equipment, Organization
from marketplace.shared.errors import DomainError
from marketplace.shared.period import Period

FIRST_YEAR, LAST_YEAR = 2000, 2999
MACHINES, MOST_SHOWN = 200, 200
ID = re.compile(r"^[a-z]{3}_[0-9A-Z]{1,26}$")
CODES: Mapping[str, str] = {**PURPOSES, **INTERVALS, **RIGHTS}


class MomentInput(forms.DateTimeInput):
    """A day and a time as the browser picks it; seconds are shown where there are any."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        return value.strftime("%Y-%m-%dT%H:%M:%S" if value.second else "%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A local day and time of this millennium."""

    widget = MomentInput

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise forms.ValidationError(_("Choose a day between the years 2000 and 2999."), code="invalid")
        return moment


class OrganizationField(forms.CharField):
    """An organization by what one knows of it: its whole name, its credit code, or its number here."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("max_length", 120)
        hint = gettext_lazy("Its whole name as registered, its credit code of 18 characters, or its number.")
        more.setdefault("help_text", hint)
        super().__init__(**more)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        coded = Q(credit_code=text.upper(), awaits_verification=False, closed_at=None)
        known = Q(public_id=text) | coded | Q(name=text)
        found = Organization.objects.filter(known, is_synthetic=False)[:2]
        if len(found) == 1:
            return found[0]
        if found:
            told = _("Several organizations have this name. Give the credit code.")
            raise forms.ValidationError(told, code="ambiguous")
        told = _("No organization is known by this. Compare it with its business licence.")
        raise forms.ValidationError(told, code="unknown")


class AssetsForm(forms.Form):
    """
    Data assets of one machine after the other: what is chosen stays while another machine is looked at.

    ``shows`` is the button that only shows another machine's data.
    """

    shows = "show"

    machine = forms.ChoiceField(label=gettext_lazy("Data of the machine"), required=False)
    assets = forms.MultipleChoiceField(
        label=gettext_lazy("Which data"), widget=forms.CheckboxSelectMultiple, choices=()
    )

    def __init__(self, organization: Organization, at: datetime, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        machines = machines_of(organization)
        chosen = data.getlist("assets") if data is not None else self.initial.get("assets", [])
        machine = (data.get("machine") if data is not None else self.initial.get("machine")) or ""
        if machine not in dict(machines):
            machine = machines[0][0] if machines and not chosen else ""
        self.initial["machine"] = machine
        self.machines = machines
        self.fields["machine"].choices = [("", "–"), *machines]  # type: ignore[attr-defined]
        self.known = _known(organization, at, machine, chosen, every=not machines)
        choices = [(one.public_id, f"{one.label} · {one.device.name}") for one in self.known]
        self.fields["assets"].choices = choices  # type: ignore[attr-defined]

    def wanted(self) -> list[DataAsset]:
        """Return what was chosen, in the order in which it stands on the page."""
        chosen = set(self.data.getlist("assets"))  # type: ignore[attr-defined]
        return [one for one in self.known if one.public_id in chosen]


class Machine(forms.Form):
    """A machine: one of the organization's own, or another one by its number."""

    machine = forms.ChoiceField(label=gettext_lazy("Machine"), required=False)
    number = forms.CharField(
        label=gettext_lazy("Or the number of another machine"),
        help_text=gettext_lazy(
            "It begins with eqp_ and stands on the page of the machine or in the job ticket."
        ),
        max_length=30,
        required=False,
    )

    def __init__(self, organization: Organization, **more: Any) -> None:
        super().__init__(**more)
        self.equipment: Any = None
        machines = machines_of(organization)
        self.fields["machine"].choices = [("", "–"), *machines]  # type: ignore[attr-defined]
        if not machines:
            del self.fields["machine"]
            self.fields["number"].label = _("Number of the machine")

    def find_machine(self) -> None:
        """Look the machine up; a number wins over a choice, so that nothing typed is passed over."""
        number = self.cleaned_data.get("number") or self.cleaned_data.get("machine")
        place = "number" if self.cleaned_data.get("number") or "machine" not in self.fields else "machine"
        if not number:
            self.add_error(place, _("Say which machine it is about."))
            return
        self.equipment = Equipment.objects.select_related("owner").filter(public_id=number).first()
        if self.equipment is None:
            self.add_error(place, _("There is no machine of this number. Compare it with the job ticket."))


def typed(request: HttpRequest, form: type[AssetsForm]) -> dict[str, Any]:
    """Return what a form is made of: what was sent, or, to look at another machine, what was typed so far."""
    if request.method != "POST":
        return {"initial": {"assets": request.GET.getlist("asset"), "machine": request.GET.get("machine")}}
    if form.shows not in request.POST:
        return {"data": request.POST}
    given: dict[str, Any] = {name: request.POST.get(name) for name in request.POST}
    return {"initial": given | {"assets": request.POST.getlist("assets")}}


def machines_of(organization: Organization) -> list[tuple[str, str]]:
    """Return the machines that an organization owns, leases or leased, by name."""
    mine = Equipment.objects.filter(owner=organization)
    held = Equipment.objects.filter(agreements__lessee=organization)
    found = (mine | held).distinct().order_by("name", "pk").values_list("public_id", "name")
    return list(found[:MACHINES])


def _known(
    organization: Organization, at: datetime, machine: str, chosen: Iterable[str], *, every: bool
) -> list[DataAsset]:
    named = Q(public_id__in=[one for one in chosen if ID.match(one)][:MOST_SHOWN])
    spoke = Binding.objects.filter(device=OuterRef("device"), equipment__public_id=machine)
    shown = Q() if every else named | Exists(spoke)
    found = DataAsset.objects.known_to(organization, at=at).filter(shown)
    return list(found.select_related("device", "channel").order_by("device__name", "pk")[:MOST_SHOWN])


def period(form: forms.Form, first: str, last: str) -> Period | None:
    """Return the period between two fields, or nothing if one is empty; the end must lie after the start."""
    start, end = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if start is None or end is None:
        return None
    if end <= start:
        form.add_error(last, _("The end must lie after the start."))
        return None
    return Period(start, end)


def tried(form: forms.Form, act: Callable[[], Any], names: Mapping[str, str]) -> tuple[Any, int]:
    """
    Do what a form asks for and return what came of it with the status of the answer.

    What stands against it is put at the fields; ``names`` has them by the first part of a flaw's pointer.
    """
    if not form.is_valid():
        return None, 400
    try:
        return act(), 200
    except DomainError as error:
        spread(form, error, names)
        return None, error.status


def spread(form: forms.Form, error: DomainError, names: Mapping[str, str]) -> None:
    """Put what was refused at its fields, in words; what has no field stands above them all."""
    for one in error.flaws or (error,):
        pointer = getattr(one, "pointer", "")
        name = names.get(pointer.strip("/").partition("/")[0])
        text, item = _(one.text).format(**in_words(one.facts)), _item(form, pointer)
        form.add_error(name if name in form.fields else None, f"{item}: {text}" if item else text)


def told(error: DomainError) -> str:
    """Say in words what was refused, where there is no field to say it at."""
    return " ".join(_(one.text).format(**in_words(one.facts)) for one in error.flaws or (error,))


def in_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Say rules, articles, sides and choices in words; pages show no codes."""
    said = dict(facts)
    if "rule" in said:
        said["rule"] = rule_words(said["rule"], _)
    for name, known in (("article", ARTICLES), ("party", PARTIES)):
        if said.get(name) in known:
            said[name] = _(known[said[name]])
    if isinstance(said.get("choices"), str):
        said["choices"] = listed((_(CODES.get(one, one)) for one in said["choices"].split(", ")), _)
    return said


def _item(form: forms.Form, pointer: str) -> str:
    """Return the words for the item of a form that a flaw is about, if the form has words for it."""
    if "items" in form.fields:
        return str(dict(form.fields["items"].choices).get(pointer, ""))  # type: ignore[attr-defined]
    part, _, place = pointer.strip("/").partition("/")
    if part != "assets" or not place.isdecimal() or not isinstance(form, AssetsForm):
        return ""
    chosen = form.wanted()
    return chosen[int(place)].label if int(place) < len(chosen) else ""
