"""The owner states a machine's specifications on a form made from the dictionary, and reads their history."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from marketplace.actions import specifications
from marketplace.models import Equipment, SpecStatement
from marketplace.permissions import Permission, allowed, require
from marketplace.queries.dictionaries import editions
from marketplace.rules.categories import BOOL, CHOICE, NUMBER, Field
from marketplace.rules.dictionaries import MOST_WORDS, Edition, to_fill
from marketplace.rules.reading import plain
from marketplace.rules.specs import TEXT_LENGTH, units_of
from marketplace.shared import clock, versions
from marketplace.shared.errors import DomainError, Invalid, NotPossible
from marketplace.web.catalogue import value_words

VALUE, SOURCE = "value-", "source-"
SOURCES = [("", "—"), *SpecStatement.Source.choices]


class SpecsForm(forms.Form):
    """One field and its source for every field of the dictionary, and why something was changed."""

    note = forms.CharField(label=gettext_lazy("Note"), max_length=MOST_WORDS, required=False)

    def __init__(self, fields: tuple[Field, ...], *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.dictionary = fields
        for each in fields:
            self.fields[VALUE + each.code] = _field(each)
            label = _("Where “{name}” was read").format(name=name_of(each))
            self.fields[SOURCE + each.code] = forms.ChoiceField(label=label, choices=SOURCES, required=False)
        self.order_fields([*(n for each in fields for n in (VALUE + each.code, SOURCE + each.code)), "note"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Each value with its source, in the order of the dictionary."""
        return [
            {"value": self[VALUE + one.code], "source": self[SOURCE + one.code]} for one in self.dictionary
        ]

    def told(self, prefix: str) -> dict[str, str]:
        """Return what was typed into one of the two columns, by code."""
        return {each.code: self.cleaned_data[prefix + each.code].strip() for each in self.dictionary}

    def say(self, error: DomainError) -> None:
        """Put each flaw of a refusal at its field; one without flaws stands above the form."""
        for flaw in error.flaws:
            name = VALUE + flaw.pointer.removeprefix("/")
            text = _(flaw.text).format(**flaw.facts)
            self.add_error(name if name in self.fields else None, text)
        if not error.flaws:
            self.add_error(None, _(error.text).format(**error.facts))


@login_required
def of_machine(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show what one's own machine states and stated, and state it anew."""
    mine = Equipment.objects.visible_to(request.user).select_related("owner", "category")  # type: ignore[arg-type]
    machine = get_object_or_404(mine, public_id=public_id)
    kept = editions(machine.category)
    said = list(SpecStatement.objects.filter(equipment=machine).order_by("-number"))
    sent = request.POST if request.method == "POST" else None
    if sent is not None:
        require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
    form = SpecsForm(kept[-1].fields, sent, initial=_initial(machine, said))
    if sent is not None and form.is_valid() and _stated(request, machine, form):
        messages.success(request, _("Stated. Offers of this machine show it now."))
        return redirect("equipment-specs", public_id)
    context = {
        "machine": machine,
        "form": form,
        "missing": [name_of(each) for each in to_fill(machine.specs, machine.dictionary_version, kept)],
        "newest": kept[-1].number,
        "history": _history(said, kept),
        "may_edit": allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner),  # type: ignore[arg-type]
    }
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "marketplace/specifications.html", context, status=status)


def name_of(field: Field) -> str:
    """Return the name of a field in the reader's language."""
    return field.name_zh if (get_language() or "").startswith("zh") else field.name


def _stated(request: HttpRequest, machine: Equipment, form: SpecsForm) -> bool:
    try:
        specifications.specify(
            equipment=machine,
            specs=form.told(VALUE),
            sources={code: source for code, source in form.told(SOURCE).items() if source},
            note=form.cleaned_data["note"],
            expected=versions.typed(request.POST.get("version", "")),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (NotPossible, Invalid) as error:
        form.say(error)
    return not form.errors


def _initial(machine: Equipment, said: list[SpecStatement]) -> dict[str, Any]:
    values = {VALUE + code: _typed(value) for code, value in machine.specs.items()}
    sources = said[0].sources if said else {}
    return values | {SOURCE + code: source for code, source in sources.items()}


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _field(each: Field) -> forms.Field:
    words: dict[str, Any] = {"label": name_of(each), "required": False, "help_text": _help(each)}
    if each.unit:
        words["label"] = f"{words['label']} ({each.unit})"
    if each.kind == CHOICE:
        return forms.ChoiceField(choices=[("", "—"), *((one, _(one)) for one in each.choices)], **words)
    if each.kind == BOOL:
        answers = [("", "—"), ("true", _("yes")), ("false", _("no"))]
        return forms.ChoiceField(choices=answers, **words)
    return forms.CharField(max_length=TEXT_LENGTH, **words)


def _help(each: Field) -> str:
    said = [_("Must be stated.")] if each.required else []
    if each.kind == NUMBER:
        ends = [plain(end) if end is not None else "…" for end in (each.minimum, each.maximum)]
        if ends != ["…", "…"]:
            said.append(_("From {least} to {most}.").format(least=ends[0], most=ends[1]))
        if len(others := units_of(each.unit)) > 1:
            said.append(_("Units that convert: {units}.").format(units=", ".join(others)))
    return " ".join(said)


def _history(said: list[SpecStatement], kept: list[Edition]) -> list[dict[str, Any]]:
    """Return each statement with what it changed, the newest first."""
    fields = {edition.number: {each.code: each for each in edition.fields} for edition in kept}
    befores: list[SpecStatement | None] = [*said[1:], None][: len(said)]
    return [
        {"said": one, "changes": _changes(one, before, fields)}
        for one, before in zip(said, befores, strict=True)
    ]


def _changes(
    one: SpecStatement, before: SpecStatement | None, fields: dict[int, dict[str, Field]]
) -> list[dict[str, Any]]:
    old, new = (before.values if before else {}), one.values
    sources = dict(SpecStatement.Source.choices)
    names = fields.get(one.dictionary_version, {})
    earlier = fields.get(before.dictionary_version, {}) if before else {}
    was = before.sources if before else {}
    return [
        {
            "name": name_of(known) if (known := names.get(code) or earlier.get(code)) else code,
            "old": _worded(old.get(code), earlier.get(code)),
            "new": _worded(new.get(code), names.get(code)),
            "source": sources.get(one.sources.get(code, ""), ""),
        }
        for code in dict.fromkeys([*new, *old])
        if (old.get(code), was.get(code)) != (new.get(code), one.sources.get(code))
    ]


def _worded(value: Any, field: Field | None) -> str:
    if value is None:
        return "—"
    unit = f" {field.unit}" if field and field.unit else ""
    return f"{value_words(value)}{unit}"
