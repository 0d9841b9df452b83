"""The dictionaries of categories as they stand, and what is missing of a machine since it was stated."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from marketplace.models import Category, DictionaryVersion, Equipment, SpecStatement
from marketplace.rules import carrying, categories
from marketplace.rules.carrying import Carried
from marketplace.rules.categories import Field
from marketplace.rules.dictionaries import FIRST, Edition


def editions(category: Category) -> list[Edition]:
    """Return all versions of a category's dictionary, the first one first."""
    kept = [one.value for one in DictionaryVersion.objects.filter(category=category).order_by("number")]
    return kept or [_shipped(category.code)]


def newest(category: Category) -> Edition:
    """Return the version against which is stated now."""
    kept = DictionaryVersion.objects.filter(category=category).order_by("-number").first()
    return kept.value if kept else _shipped(category.code)


def newest_by_code(codes: Collection[str] | None = None) -> dict[str, tuple[Field, ...]]:
    """Return the fields of the categories whose dictionary has versions beside the first, by code."""
    return {code: one.value.fields for code, one in _newest(codes).items()}


def newest_editions(codes: Collection[str]) -> dict[str, Edition]:
    """Return the versions against which is stated now, by code of the category."""
    kept = _newest(codes)
    return {code: kept[code].value if code in kept else _shipped(code) for code in codes}


def first_codes(codes: Collection[str] | None = None) -> dict[str, dict[str, str]]:
    """Return how fields of the newest dictionaries were called when they came, by category; renamed ones."""
    found: dict[str, dict[str, str]] = {}
    kept = DictionaryVersion.objects.exclude(renamed={}).order_by("category", "number")
    if codes is not None:
        kept = kept.filter(category__code__in=codes)
    for code, renamed in kept.values_list("category__code", "renamed"):
        _carry(found.setdefault(code, {}), renamed)
    return found


def asked_by_code(codes: Collection[str] | None = None) -> dict[str, dict[str, Field]]:
    """
    Return what can be asked of categories whose dictionary has versions beside the first, by its code now.

    Each field has the code and unit under which listings are found, and the names of the newest version.
    """
    kept = DictionaryVersion.objects.order_by("category", "number").select_related("category")
    if codes is not None:
        kept = kept.filter(category__code__in=codes)
    fields: dict[str, tuple[Field, ...]] = {}
    firsts: dict[str, dict[str, str]] = {}
    for one in kept:  # few versions of few categories: one question
        fields[one.category.code] = one.value.fields
        _carry(firsts.setdefault(one.category.code, {}), one.renamed)
    found = {}
    for kind, newest_ones in fields.items():
        shipped = {each.code: each for each in _shipped(kind).fields}
        found[kind] = {
            each.code: carrying.found_as(each, shipped.get(firsts[kind].get(each.code, each.code)))
            for each in newest_ones
        }
    return found


def _carry(firsts: dict[str, str], renamed: Mapping[str, str]) -> None:
    """Let fields that were renamed keep the code with which they came."""
    firsts |= {new: firsts.pop(old, old) for old, new in renamed.items()}


def to_fill(machine: Equipment) -> list[Field]:
    """Return the fields that the dictionary got since the machine was stated, and that have no value."""
    return carrying.to_fill(machine.specs, machine.dictionary_version, editions(machine.category))


def last_followed(machine: Equipment, kept: Sequence[Edition]) -> Carried:
    """Return what was stated last of a machine, and where it was read, as the newest version says it."""
    last = SpecStatement.objects.filter(equipment=machine).order_by("-number").first()
    if last is None:
        return Carried(machine.specs, {}, {})
    return carrying.followed(last.values, last.sources, last.dictionary_version, kept)


def stated_at(machine: Equipment, moment: datetime) -> dict[str, Any]:
    """
    Return what a machine stated at a moment, by the codes with which fields came into the dictionary.

    What nobody has stated anew since statements are kept is what stands there now.
    """
    said = SpecStatement.objects.filter(equipment=machine).order_by("number")
    last = said.filter(stated_at__lte=moment).last() or said.first()
    kept = editions(machine.category)
    values, number = (last.values, last.dictionary_version) if last else (machine.specs, kept[-1].number)
    return {carrying.first_code(code, number, kept): value for code, value in values.items()}


def _newest(codes: Collection[str] | None) -> dict[str, DictionaryVersion]:
    kept = DictionaryVersion.objects.order_by("category", "-number").distinct("category")
    if codes is not None:
        kept = kept.filter(category__code__in=codes)
    return {one.category.code: one for one in kept.select_related("category")}


def _shipped(code: str) -> Edition:
    try:
        return Edition(FIRST, categories.fields_of(code))
    except LookupError:
        return Edition(FIRST, ())
