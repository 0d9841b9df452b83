"""
What becomes of values that were stated when the dictionary gets a newer version: new names, new units,
nothing of what was retired. A value is said exactly in its new unit, or not at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from marketplace.rules.categories import NUMBER, Field
from marketplace.rules.dictionaries import Edition, by_code, difference
from marketplace.rules.specs import Value, said_in
from marketplace.rules.units import convertible


@dataclass(frozen=True, slots=True)
class Carried:
    """Values as a version says them, where each was read, and what does not come out even, as it was said."""

    values: Mapping[str, Value]
    sources: Mapping[str, str]
    uneven: Mapping[str, str]


def migrated(
    values: Mapping[str, Value], older: Edition, newer: Edition, sources: Mapping[str, str] | None = None
) -> Carried:
    """
    Return values of a version as its neighbour says them: renamed, in the new unit, without what was retired.

    What then lies beyond new bounds, or is no choice any more, is kept as stated until its owner states anew.
    What would have to be rounded stands in its old unit, and in ``uneven``: a version that does this to what
    machines or offers state now is refused.
    """
    before, now = by_code(older.fields), by_code(newer.fields)
    names = {code: newer.renamed.get(code, code) for code in before}
    found: dict[str, Value] = {}
    uneven: dict[str, str] = {}
    for old, value in values.items():
        new = names.get(old, old)
        if old not in before or new not in now:
            continue
        try:
            found[new] = _said(value, before[old], now[new])
        except ValueError:  # also Uneven
            stays = str(value) if " " in str(value) else f"{value} {before[old].unit}"
            found[new] = uneven[new] = stays
    read = {names.get(old, old): source for old, source in (sources or {}).items()}
    return Carried(found, {code: source for code, source in read.items() if code in found}, uneven)


def followed(
    values: Mapping[str, Value], sources: Mapping[str, str], number: int, editions: Sequence[Edition]
) -> Carried:
    """Return what was stated with version ``number``, and where it was read, as the last one says it."""
    carried = Carried(values, sources, {})
    for older, newer in pairwise(editions):
        if newer.number > number:
            step = migrated(carried.values, older, newer, carried.sources)
            carried = replace(step, uneven={**carried.uneven, **step.uneven})
    return carried


def rewritten(older: Edition, newer: Edition) -> list[str]:
    """Return the older codes whose stated values the neighbour renames, converts or retires."""
    before, now = by_code(older.fields), by_code(newer.fields)
    return [
        code
        for code, was in before.items()
        if code in newer.renamed or code not in now or now[code].unit != was.unit
    ]


def to_fill(values: Mapping[str, Value], stated: int, editions: Sequence[Edition]) -> list[Field]:
    """Return the fields that a version after the stated one added, and that have no value yet."""
    added: set[str] = set()
    for older, newer in pairwise(editions):
        if newer.number > stated:
            named = difference(older, newer)
            added = {newer.renamed.get(code, code) for code in added} | set(named.added)
    return [each for each in editions[-1].fields if each.code in added and each.code not in values]


def first_code(code: str, number: int, editions: Sequence[Edition]) -> str:
    """Return what a field of version ``number`` was called when it came into the dictionary."""
    for one in reversed(editions):
        if one.number <= number:
            code = next((old for old, new in one.renamed.items() if new == code), code)
    return code


def found_as(newest: Field, first: Field | None) -> Field:
    """Return a field as listings are found by it: in the unit and code that came with the software."""
    if first is None or first.kind != newest.kind or not convertible(newest.unit, first.unit):
        return newest
    return replace(newest, code=first.code, unit=first.unit)


def _said(value: Value, was: Field, now: Field) -> Value:
    return said_in(value, was.unit, now.unit) if now.kind == NUMBER else value
