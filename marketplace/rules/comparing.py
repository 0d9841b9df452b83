"""Compare offers: which ones an address names, and what they say of themselves in one unit a row."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from marketplace.rules.categories import NUMBER
from marketplace.rules.reading import plain
from marketplace.rules.specs import Value
from marketplace.rules.units import SCALES
from marketplace.shared.money import as_decimal

MOST = 4
ID = re.compile(r"lst_[0-9A-Z]{1,26}", re.ASCII)
FIGURE = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?", re.ASCII)
LONGEST, SAID = 40, 8  # characters of what is said back of an id that is none, and so many that are too many


@dataclass(frozen=True)
class Said:
    """One value of an offer: a field of its category's dictionary, with its unit."""

    code: str
    label: str
    kind: str
    unit: str
    value: Value


@dataclass(frozen=True)
class Row:
    """What every offer says of one field, in one unit; ``None`` where it says nothing."""

    code: str
    label: str
    unit: str
    values: tuple[Value | None, ...]

    @property
    def differs(self) -> bool:
        """Whether not all say the same."""
        return len(set(self.values)) > 1


def chosen(given: Iterable[str]) -> tuple[list[str], list[str]]:
    """
    Return the ids that are compared and those that are too many, each once, in their order.

        >>> chosen(["lst_A,lst_B", "lst_A", "lst_C"])
        (['lst_A', 'lst_B', 'lst_C'], [])
    """
    named = (part.strip()[:LONGEST] for text in given for part in text.split(",")[: 10 * MOST])
    ids = list(dict.fromkeys(part for part in named if part))
    return ids[:MOST], ids[MOST : MOST + SAID]


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a listing at all."""
    return ID.fullmatch(text) is not None


def rows(offers: Sequence[Iterable[Said]]) -> list[Row]:
    """
    Return the rows of a comparison, in the order of the first offer that has each.

    Numbers of one dimension stand in the smallest unit that one of them has, so that all convert exactly.
    """
    columns: list[dict[str, Said]] = [{one.code: one for one in offer} for offer in offers]
    fields: dict[str, Said] = {}
    for column in columns:
        for code, one in column.items():
            fields.setdefault(code, one)
    return [_row(first, [column.get(code) for column in columns]) for code, first in fields.items()]


def _row(first: Said, column: Sequence[Said | None]) -> Row:
    units = {one.unit for one in column if one is not None}
    scale = next((scale for scale in SCALES if units <= set(scale)), None)
    if first.kind != NUMBER or scale is None:
        values = [None if one is None else _as_it_is(one, units) for one in column]
        return Row(first.code, first.label, first.unit if len(units) == 1 else "", tuple(values))
    unit = min(units, key=lambda name: scale[name])
    return Row(
        first.code,
        first.label,
        unit,
        tuple(None if one is None else _in(one, unit, scale) for one in column),
    )


def _as_it_is(one: Said, units: set[str]) -> Value:
    """Return a value that is not converted; where units do not go together, each stands behind its figure."""
    return f"{one.value} {one.unit}" if len(units) > 1 and one.unit else one.value


def _in(one: Said, unit: str, scale: Mapping[str, int]) -> Value:
    text = str(one.value)
    if FIGURE.fullmatch(text) is None:
        return one.value
    return plain(as_decimal(Fraction(text) * scale[one.unit] / scale[unit]))
