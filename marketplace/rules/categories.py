"""
The tree of equipment categories and its specification dictionary, read from ``data/categories.json``.

Choices are English msgids: ``gettext(choice)`` is their name. Names of categories and fields come in both
languages with the data, because owners of the dictionary maintain them there.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "categories.json"

NUMBER, CHOICE, TEXT, BOOL = "number", "choice", "text", "bool"


@dataclass(frozen=True)
class Field:
    """One property of a kind of machine; ``better`` says whether more is better: higher, lower, equal."""

    code: str
    name: str
    name_zh: str
    kind: str
    unit: str | None
    minimum: Decimal | None
    maximum: Decimal | None
    choices: tuple[str, ...]
    better: str
    facet: bool
    required: bool
    version: int


@dataclass(frozen=True)
class CategoryNode:
    """A family (no parent, no fields) or a category of machines, with the meters that suit it."""

    code: str
    parent: str | None
    name: str
    name_zh: str
    meters: tuple[str, ...]
    specs: tuple[Field, ...]

    @property
    def family(self) -> str:
        """The code of the family that it belongs to, its own for a family."""
        return self.parent or self.code


@cache
def tree() -> tuple[CategoryNode, ...]:
    """Return all nodes, each family before its categories."""
    return tuple(_node(entry) for entry in json.loads(DATA.read_text(encoding="utf-8")))


def category(code: str) -> CategoryNode:
    """
    Return a node of the tree.

    :raises LookupError: if there is none of this code
    """
    for node in tree():
        if node.code == code:
            return node
    raise LookupError(f"no category {code!r}")


def fields_of(code: str) -> tuple[Field, ...]:
    """
    Return the fields of a category's dictionary.

    :raises LookupError: if there is no category of this code
    """
    return category(code).specs


def _node(entry: dict[str, Any]) -> CategoryNode:
    fields = tuple(field_of(spec) for spec in entry["specs"])
    return CategoryNode(**{**entry, "meters": tuple(entry["meters"]), "specs": fields})


def field_of(spec: Mapping[str, Any]) -> Field:
    """Return a field from how it is kept: numbers as text, everything named."""
    minimum, maximum = (None if spec[end] is None else Decimal(spec[end]) for end in ("minimum", "maximum"))
    return Field(**{**spec, "minimum": minimum, "maximum": maximum, "choices": tuple(spec["choices"])})
