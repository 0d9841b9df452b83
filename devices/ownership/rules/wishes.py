"""One cell of the table as a side wishes it, written into the data terms of an agreement."""

from collections.abc import Mapping
from typing import Any

from devices.ownership.rules.data_terms import DEFAULT
from devices.ownership.rules.defaults import INTERVALS, Cell, matrix
from devices.ownership.rules.parties import Party
from marketplace.rules.msgids import gettext_noop

USUAL, NOTHING, EVERYTHING = "usual", "nothing", "everything"
LEVELS: Mapping[str, str] = {
    NOTHING: gettext_noop("nothing"),
    "billing period": gettext_noop("one figure for the whole lease"),
    "P1D": gettext_noop("figures over a day"),
    "PT15M": gettext_noop("figures over 15 minutes"),
    EVERYTHING: gettext_noop("every reading"),
    USUAL: gettext_noop("as in the usual table"),
}
PARTIES = (Party.OWNER, Party.MAKER, Party.SERVICE_PROVIDER, Party.PLATFORM)
READING = ("read", "read_aggregate")


def with_wish(terms: Mapping[str, Any], *, party: str, category: str, level: str) -> dict[str, Any]:
    """
    Return data terms in which a party may read a category as ``level`` says; all else stays.

    Whether anybody can agree to them is the linter's question.
    """
    others = [one for one in terms.get("changes", []) if (one["party"], one["category"]) != (party, category)]
    wish = _wish(party, category, level)
    return {**DEFAULT, "changes": [*others, *([wish] if wish else [])]}


def _wish(party: str, category: str, level: str) -> dict[str, Any] | None:
    cell = _cell(party, category)
    named = {"party": party, "category": category}
    if level == USUAL:
        return None
    if level == NOTHING:
        return named | {"removes": [right for right in READING if right in cell.rights]}
    if level == EVERYTHING:
        return named | {"adds": ["read"]}
    if level not in INTERVALS:
        return named | {"interval": level}
    raw = {"removes": ["read"]} if "read" in cell.rights else {}
    return named | raw | {"adds": ["read_aggregate"], "interval": level}


def _cell(party: str, category: str) -> Cell:
    """Return a cell; one that the table does not have is left to the linter."""
    row = matrix().categories.get(category)
    cells = {str(name): cell for name, cell in row.cells.items()} if row else {}
    return cells.get(party, Cell(frozenset()))
