"""Figures of a kind of machine as fields of the search: at least and at most, in the dictionary's unit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from marketplace.queries.dictionaries import asked_by_code
from marketplace.rules import categories
from marketplace.rules.categories import NUMBER, Field
from marketplace.rules.search.measures import Bound, key_of, numbers
from marketplace.rules.search.questions import Term, of_bounds

LEAST, MOST = "min_", "max_"
MOST_FIELDS = 8  # of one kind, on the form
MOST_NAMED = 24  # in all


@dataclass(frozen=True)
class Figure:
    """One property that is asked for: its code, and all fields of the dictionary that are it."""

    code: str
    fields: tuple[Field, ...]
    is_open: bool = False  # a newer dictionary may go beyond the ends that come with the software

    @property
    def label(self) -> str:
        """Its name in the reader's language, with its unit."""
        one = self.fields[0]
        name = one.name_zh if (get_language() or "").startswith("zh") else one.name
        return f"{name} ({one.unit})" if one.unit else name

    @property
    def names(self) -> tuple[str, str]:
        """The names of its two fields."""
        return LEAST + self.code, MOST + self.code


def figures(codes: Iterable[str], named: Iterable[str]) -> list[Figure]:
    """
    Return what is asked of kinds of machines by their codes, and what addresses name besides.

    A kind has its facets that are numbers, as its newest dictionary names them, in the unit by which they
    are found; without a kind a property is that of all kinds that have it.
    """
    codes, named = list(codes), list(named)
    unknown = {_code(name) for name in named if name.startswith((LEAST, MOST))} - set(numbers())
    newer = asked_by_code(None if unknown else codes) if codes or unknown else {}
    found: dict[str, dict[str, Field]] = {}
    for kind in codes:
        of_kind = newer.get(kind) or {each.code: each for each in _fields(kind)}
        shown = [(code, each) for code, each in of_kind.items() if each.kind == NUMBER and each.facet]
        for code, each in shown[:MOST_FIELDS]:
            found.setdefault(code, {}).setdefault(key_of(each), each)
    for name in named:
        code = _code(name)
        if name.startswith((LEAST, MOST)) and code not in found and len(found) < MOST_NAMED:
            added = (each[code] for each in newer.values() if code in each and each[code].kind == NUMBER)
            if known := numbers().get(code) or tuple(added):
                found[code] = {key_of(each): each for each in known}
    changed = {code for each in newer.values() for code in each}
    return [Figure(code, tuple(fields.values()), code in changed) for code, fields in found.items()]


def fields_of(asked: Figure) -> dict[str, forms.Field]:
    """Return the two fields of a property."""
    least, most = asked.names
    return {
        least: _field(_("{name}, at least"), asked.label),
        most: _field(_("{name}, at most"), asked.label),
    }


def terms(asked: Iterable[Figure], told: Mapping[str, Any]) -> list[Term]:
    """Return the terms of the figures that are set."""
    found = []
    for each in asked:
        low, high = (told.get(name) for name in each.names)
        if low is not None or high is not None:
            bounds = tuple(Bound(key_of(field), low, high, each.is_open) for field in each.fields)
            found.append(of_bounds(each.code, bounds))
    return found


def said(asked: Figure, told: Mapping[str, Any]) -> str:
    """Return what is asked in words, or nothing."""
    low, high = (told.get(name) for name in asked.names)
    parts = [f"{sign} {_plain(end)}" for sign, end in (("≥", low), ("≤", high)) if end is not None]
    return ", ".join(parts)


def _plain(value: Decimal) -> str:
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def _code(name: str) -> str:
    return name.removeprefix(LEAST) if name.startswith(LEAST) else name.removeprefix(MOST)


def _fields(code: str) -> tuple[Field, ...]:
    try:
        return categories.fields_of(code)
    except LookupError:
        return ()


def _field(text: Any, name: str) -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    return forms.DecimalField(
        label=str(text).format(name=name), max_digits=15, decimal_places=6, required=False, widget=widget
    )
