"""What the page of results shows beside its cards: filters in force, counts to narrow by, what to loosen."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.filters.search import DATA_TERMS, METERS, OWNERS, SearchForm, kept
from marketplace.filters.search_specs import said as figure_said
from marketplace.models import ListingService
from marketplace.queries.search import found
from marketplace.queries.search_counts import Counts, counts_of
from marketplace.rules.regions import name_of
from marketplace.rules.search import flags
from marketplace.web.figures import number_text

MOST_CHOICES = 12
ALONE = {"free_from": ("free_from", "free_to"), "km": ("km", "near"), "category": ("category",)}
TOLD = (
    *("q", "family", "category", "region", "city", "km", "owner", "verified", "finished", "service"),
    *("data_terms", "built_from", "spec", "free_from", "meter"),
)


def address(request: HttpRequest, drop: Iterable[str] = (), **put: str) -> str:
    """Return the address of the same question, some fields dropped and some put; always its first page."""
    query = request.GET.copy()
    for name in {"after", "format", *drop}:
        query.pop(name, None)
    for name, value in put.items():
        query[name] = value
    return f"?{query.urlencode()}" if query else request.path


def words_of(query: str, names: Mapping[str, str]) -> list[str]:
    """
    Return a saved question in words, whether or not it can be read still; ``names`` are those of categories.

    It asks the database nothing, so that a list of many costs no more than one.
    """
    owners = {one.value: str(one.label) for one in OWNERS}
    told = {
        "family": lambda code: names.get(code, code),
        "category": lambda code: names.get(code, code),
        "region": _region,
        "owner": lambda kind: owners.get(kind, kind),
        "verified": lambda _word: _("yes"),
        "meter": lambda meter: str(METERS.get(meter, meter)),
    }
    return [
        f"{SearchForm.base_fields[name].label}: {told.get(name, str)(value)}"
        for name, value in parse_qsl(query)
        if name in SearchForm.base_fields and name != "order"
    ]


def saving(request: HttpRequest) -> str:
    """Return the address at which the question that is shown is saved."""
    query = kept(request.GET.urlencode())
    return f"{reverse('saved-search-new')}?{query}" if query else reverse("saved-search-new")


def described(form: SearchForm) -> list[tuple[str, str]]:
    """Return the filters that a valid form sets, by their names, each in words."""
    told = form.cleaned_data
    said = {
        "q": told["q"],
        "family": _chosen(form, "family"),
        "category": ", ".join(one.label for one in told["category"]),
        "region": _region(told["region"]),
        "city": told["city"],
        "km": _("{km} km around {place}").format(km=told["km"], place=form.data.get("near", ""))
        if told["km"]
        else "",
        "owner": ", ".join(str(one.label) for one in OWNERS if one.value in told["owner"]),
        "verified": _("yes") if told["verified"] else "",
        "finished": _chosen(form, "finished"),
        "service": ", ".join(str(ListingService.Kind(kind).label) for kind in told["service"]),
        "data_terms": _chosen(form, "data_terms"),
        "built_from": str(told["built_from"] or ""),
        "spec": ", ".join(term.text for term in told["spec"]),
        "free_from": f"{told['free_from']:%Y-%m-%d} – {told['free_to']:%Y-%m-%d}"
        if told["free_from"]
        else "",
        "meter": f"{number_text(told['quantity'])} {_chosen(form, 'meter')}" if told["meter"] else "",
    }
    figures = [(each, figure_said(each, told)) for each in form.figures]
    return [(name, f"{form.fields[name].label}: {said[name]}") for name in TOLD if said[name]] + [
        (each.names[0], f"{each.label}: {words}") for each, words in figures if words
    ]


def chips(request: HttpRequest, form: SearchForm) -> list[dict[str, str]]:
    """Return the filters in force in words, each with the address without it."""
    dropped = {**ALONE, "meter": ("meter", "quantity", "days", "order")}
    dropped |= {each.names[0]: each.names for each in form.figures}
    return [
        {"label": words, "url": address(request, dropped.get(name, (name,)))}
        for name, words in described(form)
    ]


def _chosen(form: SearchForm, name: str) -> str:
    """Return the words of what a field of choices is set to."""
    choices = dict(form.fields[name].choices)  # type: ignore[attr-defined]
    return str(choices[form.cleaned_data[name]]) if form.cleaned_data[name] else ""


def facets(request: HttpRequest, form: SearchForm, counts: Counts) -> list[dict[str, Any]]:
    """Return the groups that a result can be narrowed by, with how many each choice leaves; largest first."""
    names = {one.pk: (one.code, one.label) for one in form.categories}
    kinds = {one.value: str(one.label) for one in OWNERS}
    groups: tuple[tuple[str, str, Mapping[str, tuple[str, int]]], ...] = (
        (
            _("Category"),
            "category",
            {names[key][0]: (names[key][1], n) for key, n in _largest(counts.categories) if key in names},
        ),
        (_("Region"), "region", {code: (_region(code), n) for code, n in _largest(counts.provinces)}),
        (
            _("Owner"),
            "owner",
            {kind: (kinds[kind], n) for kind, n in _largest(counts.owners) if kind in kinds},
        ),
    )
    groups += (
        (
            _("Owner's record"),
            "verified",
            _flagged(counts, "x:", {"verified": _("Verified owners only")}, {"verified": "on"}),
        ),
        (_("Leases the owner has finished"), "finished", _flagged(counts, "l:", _records())),
        (_("Comes with"), "service", _flagged(counts, "s:", dict(ListingService.Kind.choices))),
        (_("Usage data"), "data_terms", _flagged(counts, "d:", DATA_TERMS)),
    )
    return [
        {"label": label, "choices": [_choice(request, name, code, *said) for code, said in choices.items()]}
        for label, name, choices in groups
        if len(choices) > 1 or (name not in ("category", "region", "owner") and choices)
    ]


def _records() -> dict[str, str]:
    return {str(least): f"≥ {least}" for least in flags.RECORDS}


def _flagged(
    counts: Counts, letter: str, names: Mapping[str, Any], codes: Mapping[str, str] | None = None
) -> dict[str, tuple[str, int]]:
    """Return the choices of one group of flags that leave something, but not everything."""
    found = {code: counts.flags.get(letter + code, 0) for code in names}
    return {
        (codes or {}).get(code, code): (str(names[code]), many)
        for code, many in found.items()
        if 0 < many < counts.total
    }


def _choice(request: HttpRequest, name: str, code: str, label: str, many: int) -> dict[str, Any]:
    return {"label": label, "count": number_text(many), "url": address(request, [name], **{name: code})}


def _largest(counts: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], str(each[0])))[:MOST_CHOICES]


def loosened(request: HttpRequest, form: SearchForm) -> list[dict[str, str]]:
    """Return which filters of a question that finds nothing to leave out, and how many that finds."""
    ways = []
    for name in ["q", *form.in_force()]:
        if name == "free_to" or form.cleaned_data.get(name) in (None, "", (), []):
            continue
        fields = _together(form, name)
        wanted = form.wanted(without=fields)
        counts = counts_of(wanted)
        if found(wanted, 1, counts=counts).listings:
            many = number_text(counts.total)
            text = _("without “{filter}”: {many}").format(filter=form.fields[name].label, many=many)
            ways.append({"label": text, "url": address(request, fields)})
    return ways


def _together(form: SearchForm, name: str) -> tuple[str, ...]:
    """Return which fields are left out with one."""
    figure = next((each.names for each in form.figures if name in each.names), None)
    return figure or ALONE.get(name, (name,))


def _region(code: str) -> str:
    return name_of(code, is_chinese=(get_language() or "").startswith("zh"))
