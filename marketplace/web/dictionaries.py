"""The platform reads the dictionaries of all categories, and makes the next version of one on a form."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.actions import checks, dictionaries
from marketplace.actions.dictionaries import DictionaryChanged
from marketplace.models import Category, DictionaryVersion, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.queries.dictionaries import editions
from marketplace.rules.categories import BOOL, CHOICE, NUMBER, TEXT, Field
from marketplace.rules.dictionaries import MOST_WORDS, Edition, by_code, difference
from marketplace.rules.reading import plain
from marketplace.rules.units import canonical
from marketplace.shared import clock, versions
from marketplace.shared.errors import DomainError, Invalid, NotPossible
from marketplace.web.specifications import name_of

NEW_ROWS = 2  # empty rows for added fields; more of them are another version
KINDS = [
    (NUMBER, gettext_lazy("A number")),
    (CHOICE, gettext_lazy("One of several")),
    (TEXT, gettext_lazy("A text")),
    (BOOL, gettext_lazy("Yes or no")),
]
EMPTY = {"kind": NUMBER, "better": "equal"}  # what a browser sends of a row that nobody touched
DIRECTIONS = [
    ("higher", gettext_lazy("More is better")),
    ("lower", gettext_lazy("Less is better")),
    ("equal", gettext_lazy("Neither")),
]


class FieldForm(forms.Form):
    """One field of the next version; an empty code adds nothing."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40)
    name = forms.CharField(label=gettext_lazy("English name"), max_length=80)
    name_zh = forms.CharField(label=gettext_lazy("Chinese name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of value"), choices=KINDS)
    unit = forms.CharField(label=gettext_lazy("Unit"), max_length=16, required=False)
    minimum = forms.DecimalField(
        label=gettext_lazy("Lower limit"), max_digits=18, decimal_places=6, required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    maximum = forms.DecimalField(
        label=gettext_lazy("Upper limit"), max_digits=18, decimal_places=6, required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    choices = forms.CharField(
        label=gettext_lazy("Choices, one a line"),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    better = forms.ChoiceField(label=gettext_lazy("In comparisons"), choices=DIRECTIONS)
    facet = forms.BooleanField(label=gettext_lazy("Can be filtered by in the search"), required=False)
    required = forms.BooleanField(label=gettext_lazy("Must be stated"), required=False)
    retire = forms.BooleanField(label=gettext_lazy("Retire this field"), required=False)

    def __init__(self, was: Field | None, sent: Any, prefix: str) -> None:
        super().__init__(sent, prefix=prefix, initial=_typed(was) if was else EMPTY)
        self.was = was
        if was:
            self.fields["kind"].disabled = True
        else:
            del self.fields["retire"]
            self.empty_permitted, self.use_required_attribute = True, False

    @property
    def label(self) -> str:
        """What it is called now, with its unit."""
        if self.was is None:
            return _("Another field")
        unit = f" ({self.was.unit})" if self.was.unit else ""
        return f"{name_of(self.was)}{unit}"

    @property
    def said(self) -> str:
        """What it asks for now, in a line."""
        return _said(self.was) if self.was else ""

    @property
    def is_left_out(self) -> bool:
        """Whether it is no field of the next version."""
        return bool(self.cleaned_data.get("retire")) if self.was else not self.has_changed()

    @property
    def value(self) -> Field:
        """The field as rules read it."""
        typed = {name: self.cleaned_data[name] for name in self.fields if name != "retire"}
        lines = [line.strip() for line in typed["choices"].splitlines() if line.strip()]
        version = self.was.version if self.was else 1
        unit = canonical(typed["unit"]) or None
        return Field(**(typed | {"choices": tuple(lines), "unit": unit, "version": version}))


class VersionForm(forms.Form):
    """Why a version is made."""

    reason = forms.CharField(label=gettext_lazy("Reason; everybody reads it"), max_length=MOST_WORDS)


@login_required
def listed(request: HttpRequest) -> HttpResponse:
    """Show the platform all categories with their newest version."""
    _platform(request)
    found = Category.objects.exclude(parent=None).select_related("parent").order_by("position")
    many = {"many": Count("spec_fields", distinct=True), "newest": Max("dictionary_versions__number")}
    return render(request, "marketplace/dictionaries.html", {"categories": found.annotate(**many)})


@login_required
def shown(request: HttpRequest, code: str) -> HttpResponse:
    """Show the platform the newest version of a dictionary and all before it, and make the next one."""
    platform = _platform(request)
    category = get_object_or_404(Category.objects.exclude(parent=None), code=code)
    sent = request.POST if request.method == "POST" else None
    if sent is not None:
        checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
    kept = editions(category)
    late = sent is not None and versions.typed(sent.get("version", "")) != kept[-1].number
    rows = _rows(kept[-1], None if late else sent)
    form = VersionForm(None if late else sent, initial={"reason": sent.get("reason", "")} if sent else None)
    read = form.is_bound and all([form.is_valid(), *(row.is_valid() for row in rows)])
    if read and _made(request, platform, category, rows, form):
        messages.success(request, _("Made. What machines and offers state follows it now."))
        return redirect("dictionary", code)
    context = {
        "category": category,
        "newest": kept[-1],
        "rows": rows,
        "form": form,
        "late": _late(kept, sent) if late else None,
        "history": _history(category, kept),
        "may_make": allowed(request.user, Permission.CHECK_RECORD, within=platform),  # type: ignore[arg-type]
    }
    wrong = form.is_bound and (form.errors or any(row.errors for row in rows))
    status = DictionaryChanged.status if late else 400 if wrong else 200
    return render(request, "marketplace/dictionary.html", context, status=status)


def _platform(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    if organization.kind != OrganizationKind.PLATFORM:
        raise Http404
    return organization


def _rows(newest: Edition, sent: Any) -> list[FieldForm]:
    old = [FieldForm(each, sent, prefix=f"f-{each.code}") for each in newest.fields]
    return old + [FieldForm(None, sent, prefix=f"new-{place}") for place in range(NEW_ROWS)]


def _late(kept: list[Edition], sent: Any) -> dict[str, Any]:
    """Return what to say when a newer version came between, with what was typed for the one that was seen."""
    seen = versions.typed(sent.get("version", "")) or 0
    text = _(DictionaryChanged.text).format(version=kept[-1].number, seen=seen)
    read = next((one for one in kept if one.number == seen), None)
    typed = [
        (row.label, row.fields[name].label, row[name].value())
        for row in (_rows(read, sent) if read else [])
        for name in row.changed_data
        if str(row[name].value()).split() != str(row.initial.get(name)).split()  # lines end otherwise
    ]
    return {"text": text, "typed": typed}


def _made(
    request: HttpRequest, platform: Organization, category: Category, rows: list[FieldForm], form: VersionForm
) -> bool:
    stay = [row for row in rows if not row.is_left_out]
    fields = [row.value for row in stay]
    pairs = [(row.was, new) for row, new in zip(stay, fields, strict=True)]
    try:
        dictionaries.make(
            category=category,
            fields=fields,
            renamed={was.code: new.code for was, new in pairs if was and was.code != new.code},
            reason=form.cleaned_data["reason"],
            expected=versions.typed(request.POST["version"]),
            within=platform,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
    except (NotPossible, Invalid) as error:
        _say(error, stay, form)
        return False
    return True


def _say(error: DomainError, rows: list[FieldForm], form: VersionForm) -> None:
    """Put each flaw of a refusal at its field; one without a place stands above the form."""
    by_code = {row.was.code: row for row in rows if row.was}
    for flaw in error.flaws:
        text = _(flaw.text).format(**flaw.facts)
        match flaw.pointer.split("/")[1:]:
            case ["fields", place, name]:
                rows[int(place)].add_error(name, text)
            case ["renamed", old] if old in by_code:
                by_code[old].add_error("code", text)
            case ["reason"]:
                form.add_error("reason", text)
            case _:
                form.add_error(None, text)
    if not error.flaws:
        form.add_error(None, _(error.text).format(**error.facts))


def _said(one: Field) -> str:
    """Return what a field asks for, in a line."""
    kind, choices = str(dict(KINDS)[one.kind]), " / ".join(_(choice) for choice in one.choices)
    return " · ".join(part for part in (kind, choices, *_parts(one)) if part)


def _turned(was: Field, now: Field) -> str:
    """Return what went of a field and what came, in a line."""
    before, after = (
        [one.name_zh, one.name, *(_(choice) for choice in one.choices), *_parts(one), _better(one)]
        for one in (was, now)
    )
    gone = [f"− {part}" for part in before if part and part not in after]
    return " · ".join([*gone, *(f"+ {part}" for part in after if part and part not in before)])


def _parts(one: Field) -> list[str]:
    ends = [plain(end) if end is not None else "…" for end in (one.minimum, one.maximum)]
    bounds = f"{ends[0]} – {ends[1]}" if ends != ["…", "…"] else ""
    return [
        f"{bounds} {one.unit or ''}".strip(),
        _("Can be filtered by in the search") if one.facet else "",
        _("Must be stated") if one.required else "",
    ]


def _better(one: Field) -> str:
    return str(dict(DIRECTIONS)[one.better])


def _typed(was: Field) -> dict[str, Any]:
    names = ("code", "name", "name_zh", "kind", "unit", "minimum", "maximum", "better", "facet", "required")
    return {name: getattr(was, name) for name in names} | {"choices": "\n".join(was.choices)}


def _history(category: Category, kept: list[Edition]) -> list[dict[str, Any]]:
    """Return each version with what it did to the one before, the newest first."""
    made = {one.number: one for one in DictionaryVersion.objects.filter(category=category)}
    found = []
    for older, newer in zip([None, *kept], kept, strict=False):
        did = difference(older, newer) if older else None
        found.append({"number": newer.number, "made": made.get(newer.number), "did": _did(older, newer, did)})
    return found[::-1]


def _did(older: Edition | None, newer: Edition, did: Any) -> list[tuple[str, str, str]]:
    if older is None or did is None:
        return []
    was, fields = by_code(older.fields), by_code(newer.fields)
    origin = {new: old for old, new in newer.renamed.items()}
    changed = [(origin.get(code, code), code) for code in did.changed]
    before = {code: name_of(each) for code, each in was.items()}
    now = {code: name_of(each) for code, each in fields.items()}
    return [
        *((_("added"), now[code], code) for code in did.added),
        *((_("renamed"), f"{before[old]} → {now[new]}", f"{old} → {new}") for old, new in did.renamed),
        *((_("changed"), f"{now[new]} · {_turned(was[old], fields[new])}", new) for old, new in changed),
        *((_("retired"), before[code], code) for code in did.retired),
    ]
