"""
The table of rights that holds under an agreement, put together from its versions.

What a side may read follows from the version in force when it reads. A version that narrows protects all data
of the agreement; one that widens covers what is generated from then on, unless it says that it covers earlier
data too. So a datum is read by what every version since it was generated gives.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from devices.ownership.rules import data_terms
from devices.ownership.rules.changes import changed
from devices.ownership.rules.defaults import BILLING_COUNTERS, WHOLE, Cell, Matrix, matrix
from devices.ownership.rules.parties import Party
from marketplace.shared.period import Period

KEPT = 1024  # compiled tables in memory: agreements without changes share the default one
READING = frozenset({"read", "read_aggregate"})
Terms = tuple[tuple[str, bool], ...]  # what versions change, written, and whether each covers earlier data
EVERY, NEVER = 0, "never"


@dataclass(frozen=True, slots=True)
class Version:
    """Terms of an agreement from a moment on; ``covers_earlier`` widens rights over earlier data too."""

    terms: Mapping[str, Any]
    valid_from: datetime
    covers_earlier: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """What was generated in a period is read by one table; ``None`` is the default one."""

    period: Period
    table: Matrix | None


def stretches(whole: Period, versions: Sequence[Version]) -> list[Stretch]:
    """
    Cut an agreement's period where a version gives more than held before; otherwise it is one piece.

    The first version counts from the beginning of the agreement.
    """
    terms = _all(versions)
    if not any(text for text, _ in terms):
        return [Stretch(whole, None)]
    found: list[Stretch] = []
    for piece in whole.split(one.valid_from for one in versions[1:]):
        table = table_by(terms[_first(piece.start, versions) :])
        if found and found[-1].table == table:
            piece = Period(found.pop().period.start, piece.end)
        found.append(Stretch(piece, table))
    return found


def holding(versions: Sequence[Version], at: datetime) -> Terms:
    """Return the terms by which what is generated at a moment is read; none: the default table."""
    terms = _all(versions)
    return terms[_first(at, versions) :] if any(text for text, _ in terms) else ()


def in_force(versions: Sequence[Version]) -> Matrix | None:
    """Return the table for what is generated now, ``None`` for the default one."""
    text = _written(versions[-1].terms) if versions else ""
    return table_by(((text, False),)) if text else None


def protecting(whole: Period, versions: Sequence[Version], generated: Period | None) -> Matrix:
    """
    Return what both the default table and the agreement's own give of data of a time (``None``: of any).

    Grants are measured by it: what terms narrow counts, and what they widen is no ground for a grant that
    would outlive them.
    """
    table = matrix()
    for one in stretches(whole, versions):
        if one.table is not None and (generated is None or one.period.overlaps(generated)):
            table = meet(table, one.table)
    return table


def suspended(table: Matrix) -> Matrix:
    """Return what is left of a table while the lessee suspends: its own rights, and evidence of bills."""
    categories = {
        name: replace(row, cells={party: _left(party, name, cell) for party, cell in row.cells.items()})
        for name, row in table.categories.items()
    }
    return replace(table, categories=categories)


@cache
def bare() -> Matrix:
    """Return the table that gives nothing and prohibits what no contract allows, for grants alone."""
    categories = {
        name: replace(row, cells={party: _emptied(cell) for party, cell in row.cells.items()})
        for name, row in matrix().categories.items()
    }
    return replace(matrix(), categories=categories)


def goes_on(party: Party, category: str) -> bool:
    """Tell whether a party reads a category while the agreement is suspended."""
    if party is Party.LESSEE:
        return True
    return category == BILLING_COUNTERS and party in (Party.OWNER, Party.ABOVE, Party.PLATFORM)


def meet(one: Matrix, other: Matrix) -> Matrix:
    """Return the table that gives what both give, cell by cell."""
    categories = {
        name: replace(
            row,
            cells={
                party: _meet(cell, other.categories[name].cells[party])
                for party, cell in row.cells.items()
                if party in other.categories[name].cells
            },
        )
        for name, row in one.categories.items()
    }
    return replace(one, categories=categories)


@lru_cache(maxsize=KEPT)
def table_by(terms: Terms) -> Matrix:
    """Return the table by which terms let read: the first are those in force, later ones narrow them."""
    (text, _), *later = terms or (("", False),)
    table = _compiled(text)
    for text, covers_earlier in later:
        found = _compiled(text)
        table = found if covers_earlier else meet(table, found)
    return table


def _first(at: datetime, versions: Sequence[Version]) -> int:
    """Return the place of the version in force at a moment."""
    return sum(1 for one in versions[1:] if one.valid_from <= at)


def _all(versions: Sequence[Version]) -> Terms:
    return tuple((_written(one.terms), one.covers_earlier) for one in versions)


def _written(terms: Mapping[str, Any]) -> str:
    return json.dumps(terms["changes"], sort_keys=True) if terms.get("changes") else ""


@lru_cache(maxsize=KEPT)
def _compiled(text: str) -> Matrix:
    if not text:
        return matrix()
    document = {**data_terms.DEFAULT, "changes": json.loads(text)}
    return changed(matrix(), data_terms.changes(document))


def _left(party: Party, category: str, cell: Cell) -> Cell:
    return cell if goes_on(party, category) else _emptied(cell)


def _emptied(cell: Cell) -> Cell:
    return replace(cell, rights=frozenset(), by_consent=frozenset(), on_order=frozenset())


def _meet(one: Cell, other: Cell) -> Cell:
    if one == other:
        return other
    rights, interval = one.rights & other.rights, _coarser(_finest(one), _finest(other))
    if interval != EVERY:
        rights -= READING
    if interval not in (EVERY, NEVER):
        rights |= {"read_aggregate"}
    return replace(
        other,
        rights=rights,
        purposes=_fewer(one.purposes, other.purposes),
        interval=other.interval if interval in (EVERY, NEVER) else interval,
        prohibited=one.prohibited or other.prohibited,
        by_consent=one.by_consent & other.by_consent,
    )


def _finest(cell: Cell) -> int | str:
    """Return the smallest interval at which a cell lets read: ``EVERY`` reading, or ``NEVER``."""
    if "read" in cell.rights:
        return EVERY
    if "read_aggregate" not in cell.rights or cell.interval is None:
        return NEVER
    return cell.interval


def _coarser(one: int | str, other: int | str) -> int | str:
    if isinstance(one, str) or isinstance(other, str):
        return next(word for word in (NEVER, WHOLE) if word in (one, other))
    return max(one, other)


def _fewer(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
