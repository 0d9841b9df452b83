"""The dictionaries of categories as they stand, and what is missing of a machine since it was stated."""

from collections.abc import Collection

from marketplace.models import Category, DictionaryVersion, Equipment
from marketplace.rules import categories, dictionaries
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
    kept = DictionaryVersion.objects.order_by("category", "-number").distinct("category")
    if codes is not None:
        kept = kept.filter(category__code__in=codes)
    return {one.category.code: one.value.fields for one in kept.select_related("category")}


def to_fill(machine: Equipment) -> list[Field]:
    """Return the fields that the dictionary got since the machine was stated, and that have no value."""
    return dictionaries.to_fill(machine.specs, machine.dictionary_version, editions(machine.category))


def _shipped(code: str) -> Edition:
    try:
        return Edition(FIRST, categories.fields_of(code))
    except LookupError:
        return Edition(FIRST, ())
