"""The second life of a machine: set aside, refurbished or scrapped by its owner; listings show it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import second_life
from marketplace.filters import DayField
from marketplace.models import Equipment, Refurbishment, RefurbishmentEntry
from marketplace.permissions import Permission, allowed, require
from marketplace.queries.equipment_documents import papers
from marketplace.rules.second_life import LONGEST, Entry, Finish, Grade, Scrapping, Work
from marketplace.shared import clock
from marketplace.shared.errors import DomainError, Invalid, NotPossible

TODAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


class Said(forms.Form):
    """A form that puts each flaw of a refusal at its field."""

    def say(self, error: DomainError) -> None:
        """Put each flaw at its field; a refusal without flaws stands above the form."""
        for flaw in error.flaws:
            self.add_error(flaw.pointer.removeprefix("/"), _(flaw.text).format(**flaw.facts))
        if not error.flaws:
            self.add_error(None, _(error.text).format(**error.facts))


class AsideForm(Said):
    """Why a machine is set aside."""

    reason = forms.CharField(label=gettext_lazy("Why it is set aside"), max_length=LONGEST["reason"])


class EntryForm(Said):
    """One thing that was done."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=RefurbishmentEntry.About.choices)
    what = forms.CharField(label=gettext_lazy("What was done"), max_length=LONGEST["what"])
    part = forms.CharField(
        label=gettext_lazy("Part and its number"), max_length=LONGEST["part"], required=False
    )
    done_by = forms.CharField(label=gettext_lazy("Done by"), max_length=LONGEST["done_by"])
    done_on = DayField(label=gettext_lazy("Done on"), widget=TODAY)

    def given(self) -> Entry:
        """Return what was typed as the action takes it."""
        return Entry(**(self.cleaned_data | {"kind": Work(self.cleaned_data["kind"])}))


class FinishForm(Said):
    """How it came out."""

    workshop = forms.CharField(label=gettext_lazy("Who refurbished it"), max_length=LONGEST["workshop"])
    hours = forms.DecimalField(
        label=gettext_lazy("Operating hours now"), max_digits=9, decimal_places=1, min_value=0
    )
    test_run = forms.CharField(
        label=gettext_lazy("What the test run showed"),
        max_length=LONGEST["test_run"],
        widget=forms.Textarea({"rows": 3}),
    )
    grade = forms.ChoiceField(label=gettext_lazy("Grade"), choices=Refurbishment.Condition.choices)

    def given(self) -> Finish:
        """Return what was typed as the action takes it."""
        return Finish(**(self.cleaned_data | {"grade": Grade(self.cleaned_data["grade"])}))


class ScrapForm(Said):
    """Who takes it to pieces."""

    recycler = forms.CharField(label=gettext_lazy("Recycler"), max_length=LONGEST["recycler"])
    certificate = forms.CharField(
        label=gettext_lazy("Number of the certificate"), max_length=LONGEST["certificate"]
    )
    scrapped_on = DayField(label=gettext_lazy("Scrapped on"), widget=TODAY)

    def given(self) -> Scrapping:
        """Return what was typed as the action takes it."""
        return Scrapping(**self.cleaned_data)


FORMS: dict[str, type[Said]] = {
    "aside": AsideForm,
    "entry": EntryForm,
    "finish": FinishForm,
    "scrap": ScrapForm,
}
DONE = {
    "aside": gettext_lazy("Set aside. Refurbish it, put it back, or scrap it."),
    "back": gettext_lazy("The machine is in service again."),
    "begin": gettext_lazy("Begun. Write down what is done; listings will show it."),
    "entry": gettext_lazy("Written down."),
    "finish": gettext_lazy("The machine is in service again. Make a listing: it shows this history."),
    "up": gettext_lazy("Given up. The machine is set aside as before."),
    "scrap": gettext_lazy("Scrapped. The machine stays in your records."),
}
OFFERED = {
    Equipment.Status.IN_SERVICE: ("aside",),
    Equipment.Status.RETIRED: ("scrap",),
    Equipment.Status.REFURBISHING: ("entry", "finish"),
}


@login_required
def of_machine(request: HttpRequest, public_id: str, verb: str = "") -> HttpResponse:
    """Show where one's own machine stands and what was done; with a verb take that step."""
    if bool(verb) != (request.method == "POST"):
        return redirect("equipment-life", public_id) if verb else HttpResponseNotAllowed(["GET", "HEAD"])
    mine = Equipment.objects.visible_to(request.user).select_related("owner", "scrapping")  # type: ignore[arg-type]
    machine = get_object_or_404(mine, public_id=public_id)
    form = FORMS[verb](request.POST) if verb in FORMS else None
    if request.method == "POST":
        require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
        if (form is None or form.is_valid()) and _done(request, machine, verb, form):
            messages.success(request, str(DONE[verb]))
            return redirect("equipment-life", public_id)
        if form is None:
            return redirect("equipment-life", public_id)
    offered = OFFERED.get(Equipment.Status(machine.status), ()) if machine.retirement != "GONE" else ()
    shown = {name: FORMS[name](initial={"done_on": clock.today()}, auto_id=f"{name}-%s") for name in offered}
    if form is not None and verb in shown:
        shown[verb] = form
    context = {
        "machine": machine,
        "forms": shown,
        "wrong": verb if form is not None and verb not in shown else "",
        "lives": _lives(Refurbishment.objects.filter(equipment=machine).order_by("-begun_at", "-pk")),
        "may_edit": allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner),  # type: ignore[arg-type]
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "marketplace/second_life.html", context, status=status)


def _lives(found: Any) -> list[Refurbishment]:
    lives = list(found.prefetch_related("entries", papers()))
    for one in lives:
        one.rows, one.papers = list(one.entries.all()), list(one.documents.all())
    return lives


def _done(request: HttpRequest, machine: Equipment, verb: str, form: Any) -> bool:
    who: dict[str, Any] = {"by": request.user, "at": clock.now()}
    try:
        _act(machine, verb, form, who)
    except (NotPossible, Invalid) as error:
        if form is None:
            messages.error(request, _(error.text).format(**error.facts))
            return False
        form.say(error)
        return False
    return True


def _act(machine: Equipment, verb: str, form: Any, who: dict[str, Any]) -> None:
    today = clock.today()
    if verb == "aside":
        second_life.set_aside(equipment=machine, reason=form.cleaned_data["reason"], **who)
    elif verb == "back":
        second_life.put_back(equipment=machine, **who)
    elif verb == "begin":
        second_life.begin(equipment=machine, **who)
    elif verb == "entry":
        second_life.add_entry(equipment=machine, given=form.given(), on=today, **who)
    elif verb == "finish":
        second_life.finish(equipment=machine, given=form.given(), **who)
    elif verb == "up":
        second_life.give_up(equipment=machine, **who)
    else:
        second_life.scrap(equipment=machine, given=form.given(), on=today, **who)
