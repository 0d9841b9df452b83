"""The owner states a machine's specifications on a form made from the dictionary, and reads their history."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from marketplace.actions import specifications
from marketplace.actions.dictionaries import DictionaryChanged
from marketplace.actions.specifications import EquipmentChanged
from marketplace.models import Equipment, SpecStatement
from marketplace.permissions import Permission, allowed, require
from marketplace.queries.dictionaries import editions, last_followed
from marketplace.rules.carrying import Carried, followed, to_fill
from marketplace.rules.categories import BOOL, CHOICE, NUMBER, Field
from marketplace.rules.dictionaries import MOST_WORDS, Edition, by_code
from marketplace.rules.reading import plain
from marketplace.rules.specs import TEXT_LENGTH, Value, unfit
from marketplace.rules.units import units_of
from marketplace.shared import clock, versions
from marketplace.shared.errors import DomainError, Invalid, NotPossible
from marketplace.web.catalogue import value_words

PAGE = 20
VALUE, SOURCE = "value-", "source-"
SOURCES = [("", "—"), *SpecStatement.Source.choices]


class SpecsForm(forms.Form):
    """One field and its source for every field of the dictionary, and why something was changed."""

    note = forms.CharField(label=gettext_lazy("Note"), max_length=MOST_WORDS, required=False)

    def __init__(
        self, fields: tuple[Field, ...], stands: Mapping[str, Value], *given: Any, **more: Any
    ) -> None:
        super().__init__(*given, **more)
        self.dictionary = fields
        wrong = unfit(fields, stands)
        for each in fields:
            self.fields[VALUE + each.code] = _field(each, stands.get(each.code), is_unfit=each.code in wrong)
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
            column, _sign, code = flaw.pointer.removeprefix("/").partition("/")
            name = (SOURCE if column == "sources" else VALUE) + code
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
    sent = request.POST if request.method == "POST" else None
    if sent is not None:
        require(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner)  # type: ignore[arg-type]
    late = _late(machine, kept, sent) if sent is not None else None
    initial = _initial(machine, last_followed(machine, kept).sources)
    form = SpecsForm(kept[-1].fields, machine.specs, None if late else sent, initial=initial)
    if form.is_bound and form.is_valid():
        late = _stated(request, machine, form)
        if late is None and not form.errors:
            messages.success(request, _("Stated. Offers of this machine show it now."))
            return redirect("equipment-specs", public_id)
    page, history = _history(machine, kept, request.GET.get("page"))
    context = {
        "machine": machine,
        "form": form,
        "late": _(late.text).format(**late.facts) if late else "",
        "typed": _typed_late(machine, kept, sent) if late else [],
        "missing": [name_of(each) for each in to_fill(machine.specs, machine.dictionary_version, kept)],
        "unfit": [name_of(by_code(kept[-1].fields)[code]) for code in unfit(kept[-1].fields, machine.specs)],
        "newest": kept[-1].number,
        "page": page,
        "history": history,
        "may_edit": allowed(request.user, Permission.EQUIPMENT_EDIT, within=machine.owner),  # type: ignore[arg-type]
    }
    status = late.status if late else 400 if form.is_bound and form.errors else 200
    return render(request, "marketplace/specifications.html", context, status=status)


def name_of(field: Field) -> str:
    """Return the name of a field in the reader's language."""
    return field.name_zh if (get_language() or "").startswith("zh") else field.name


def _late(machine: Equipment, kept: list[Edition], sent: Mapping[str, str]) -> NotPossible | None:
    """Return what was changed since the form was read: what was typed was meant for what stood there then."""
    seen, read = (versions.typed(sent.get(name, "")) or 0 for name in ("dictionary", "version"))
    if seen != kept[-1].number:
        return DictionaryChanged(version=kept[-1].number, seen=seen)
    if read != machine.version:
        return EquipmentChanged(version=machine.version, seen=read)
    return None


def _stated(request: HttpRequest, machine: Equipment, form: SpecsForm) -> NotPossible | None:
    """State what was typed; return that something changed meanwhile, put other refusals at their fields."""
    try:
        specifications.specify(
            equipment=machine,
            specs={code: value for code, value in form.told(VALUE).items() if value or code in machine.specs},
            sources=form.told(SOURCE),
            note=form.cleaned_data["note"],
            expected=versions.typed(request.POST["version"]),
            dictionary=versions.typed(request.POST["dictionary"]),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (DictionaryChanged, EquipmentChanged) as error:
        return error
    except (NotPossible, Invalid) as error:
        form.say(error)
    return None


def _typed_late(machine: Equipment, kept: list[Edition], sent: Any) -> list[tuple[str, str]]:
    """Return what was typed into a form that is out of date, with its fields, so that nothing is lost."""
    seen = versions.typed(sent.get("dictionary", "")) or kept[-1].number
    upto = [edition for edition in kept if edition.number <= seen] or kept
    stood = last_followed(machine, upto).values
    typed = {name.removeprefix(VALUE): value for name, value in sent.items() if name.startswith(VALUE)}
    return [
        (name_of(each), typed[each.code])
        for each in upto[-1].fields
        if typed.get(each.code) and typed[each.code] != _typed(stood.get(each.code))
    ]


def _initial(machine: Equipment, sources: Mapping[str, str]) -> dict[str, Any]:
    values = {VALUE + code: _typed(value) for code, value in machine.specs.items()}
    return values | {SOURCE + code: source for code, source in sources.items()}


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _field(each: Field, stands: Value | None, *, is_unfit: bool) -> forms.Field:
    must = each.required and stands is not None  # else a newer dictionary asks, and it can be stated later
    words: dict[str, Any] = {"label": name_of(each), "required": must, "help_text": _help(each)}
    if each.unit:
        words["label"] = f"{words['label']} ({each.unit})"
    if each.kind == CHOICE:
        gone = [(stands, _gone(stands))] if is_unfit and isinstance(stands, str) else []
        known = [(one, _(one)) for one in each.choices]
        return forms.ChoiceField(choices=[("", "—"), *gone, *known], **words)
    if each.kind == BOOL:
        answers = [("", "—"), ("true", _("yes")), ("false", _("no"))]
        return forms.ChoiceField(choices=answers, **words)
    if is_unfit:
        words["help_text"] = _("{bounds} What stands here stays until you change it.").format(
            bounds=words["help_text"]
        )
    return forms.CharField(max_length=TEXT_LENGTH, **words)


def _gone(choice: str) -> str:
    return _("{choice} (no longer in the dictionary)").format(choice=_(choice))


def _help(each: Field) -> str:
    """Return between which ends a number is, and in which other units it may be given."""
    if each.kind != NUMBER:
        return ""
    ends = [plain(end) if end is not None else "…" for end in (each.minimum, each.maximum)]
    facts = {"least": ends[0], "most": ends[1], "unit": each.unit or ""}
    facts["units"] = _(", ").join(other for other in units_of(each.unit) if other != each.unit)
    if ends == ["…", "…"]:
        text = _("May be given in {units}, too") if facts["units"] else ""
    elif facts["units"]:
        text = _("From {least} to {most} {unit}; may be given in {units}, too")
    else:
        text = _("From {least} to {most} {unit}")
    return text.format(**facts).strip()


def _history(machine: Equipment, kept: list[Edition], asked: str | None) -> tuple[Any, list[dict[str, Any]]]:
    """Return a page of statements, the newest first, and each with what it changed."""
    found = SpecStatement.objects.filter(equipment=machine).order_by("-number")
    page = Paginator(found, PAGE).get_page(asked)
    said = list(page.object_list)
    last = found.filter(number__lt=said[-1].number).first() if page.has_next() else None
    befores: list[SpecStatement | None] = [*said[1:], last][: len(said)]
    return page, [
        {"said": one, "is_first": before is None, "changes": _changes(one, before, kept)}
        for one, before in zip(said, befores, strict=True)
    ]


def _changes(one: SpecStatement, before: SpecStatement | None, kept: list[Edition]) -> list[dict[str, Any]]:
    """Return what a statement changed; what stood before is said as its version of the dictionary does."""
    upto = [edition for edition in kept if edition.number <= one.dictionary_version]
    names = by_code(upto[-1].fields) if upto else {}
    old = Carried({}, {}, {})
    if before:
        old = followed(before.values, before.sources, before.dictionary_version, upto)
    sources = dict(SpecStatement.Source.choices)
    return [
        {
            "label": name_of(names[code]) if code in names else code,
            "old": _worded(old.values.get(code), None if code in old.uneven else names.get(code)),
            "value": _worded(one.values.get(code), names.get(code)),
            "note": sources.get(one.sources.get(code, ""), ""),
        }
        for code in dict.fromkeys([*names, *one.values, *old.values])
        if (old.values.get(code), old.sources.get(code)) != (one.values.get(code), one.sources.get(code))
    ]


def _worded(value: Any, field: Field | None) -> str:
    if value is None:
        return "—"
    unit = f" {field.unit}" if field and field.unit else ""
    return f"{value_words(value)}{unit}"
