"""The default rights, as data: which party may do what with which category of a leased machine's data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from devices.ownership.rules.parties import Party

SOURCE = Path(__file__).parent / "data" / "default_rights.json"
BILLING_COUNTERS = "billing_counters"
WHOLE = "whole"  # a resolution: one figure for the whole agreement, nothing finer
SECOND = 1_000_000
INTERVALS: Mapping[str, int | str] = {"PT15M": 900 * SECOND, "P1D": 86_400 * SECOND, "billing period": WHOLE}
CONSENTS: Mapping[str, frozenset[str]] = {
    "lessee": frozenset({"lessee"}),
    "lessee or owner (job ticket)": frozenset({"lessee", "owner"}),
    "contributing lessees": frozenset({"contributing_lessees"}),
}
GENERAL_PURPOSES = frozenset({"operation"})
# For which a lessee may share its data with a third party (``rules.sharing``), besides some of the table's.
SHARED_PURPOSES = frozenset({"energy_management", "financing", "insurance", "quality_proof", "research"})
HOLDS_ONLY_IF_PRICED = frozenset({"billing_if_energy_priced", "billing_if_priced_per_part"})


@dataclass(frozen=True, slots=True)
class Cell:
    """
    What one party may do with one category, without any further agreement.

    A contract may ``widen`` it, with the consent of one of ``consent_of``.
    """

    rights: frozenset[str]
    purposes: frozenset[str] | None = None
    interval: int | str | None = None
    prohibited: bool = False
    by_consent: frozenset[str] = frozenset()
    on_order: frozenset[str] = frozenset()
    widen: bool = False
    consent_of: frozenset[str] = frozenset()

    def serves(self, purpose: str) -> bool:
        """Tell whether the purpose is one of the cell's; a cell without a list takes every known one."""
        return self.purposes is None or purpose in self.purposes


@dataclass(frozen=True, slots=True)
class Category:
    """One category with its grade and a cell for each party."""

    id: str
    grade: str
    cells: Mapping[Party, Cell]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table; what is not in it is denied."""

    rights: frozenset[str]
    categories: Mapping[str, Category]
    purposes: frozenset[str]

    def cell(self, party: Party, category: str) -> Cell | None:
        """Return the cell, or nothing: then nothing is allowed."""
        found = self.categories.get(category)
        return found.cells.get(party) if found else None

    def allows(self, party: Party, category: str, right: str, purpose: str | None = None) -> bool:
        """Tell whether the cell lists the right (and, if one is given, the purpose)."""
        cell = self.cell(party, category)
        if cell is None or cell.prohibited or right not in cell.rights:
            return False
        return purpose is None or (purpose in self.purposes and cell.serves(purpose))


@cache
def matrix() -> Matrix:
    """Read the table once."""
    return parse(json.loads(SOURCE.read_text(encoding="utf-8")))


def parse(table: Mapping[str, Any]) -> Matrix:
    """Build the matrix from its JSON form."""
    categories = {row["id"]: _category(row) for row in table["categories"]}
    named = [cell.purposes or () for row in categories.values() for cell in row.cells.values()]
    return Matrix(frozenset(table["rights"]), categories, GENERAL_PURPOSES.union(SHARED_PURPOSES, *named))


def _category(row: Mapping[str, Any]) -> Category:
    cells = {Party(party): _cell(cell) for party, cell in row["cells"].items()}
    return Category(row["id"], row["grade"], cells)


def _cell(cell: Mapping[str, Any]) -> Cell:
    purposes = cell.get("purposes")
    return Cell(
        rights=frozenset(cell["rights"]),
        purposes=None if purposes is None else frozenset(purposes),
        interval=INTERVALS[cell["min_interval"]] if "min_interval" in cell else None,
        prohibited=cell.get("hard_prohibition", False),
        by_consent=frozenset(cell.get("may_get", ())),
        on_order=frozenset(cell.get("on_order", ())),
        widen=cell.get("widen", False),
        consent_of=CONSENTS[cell["consent_of"]] if "consent_of" in cell else frozenset(),
    )
