"""
What a contract may change about the default rights, and what it may not whoever signs.

A change narrows a cell of the table, or widens one that may be widened, with the recorded consent of the
party that the table names. Statutory rights cannot be signed away; a clause that tries is refused, and the
answer names the article (EU Data Act, Articles 4, 5, 7(2), 13; Anti-Unfair Competition Law, Article 13(3);
Personal Information Protection Law, Articles 13, 23, 47).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from devices.ownership.rules.defaults import BILLING_COUNTERS, INTERVALS, Cell, Matrix
from devices.ownership.rules.parties import OF_TABLE, Party
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

FORBIDDEN_PURPOSES = frozenset({"insight_user_economics", "insight_production_methods"})
STATUTORY = {"read": "da_4_1", "port": "da_4_1", "share": "da_5_1", "erase": "pipl_47"}
BOTH_SIDES_KEEP = frozenset({"hold", "process", "read"})
NOT_PASSED_ON = frozenset({"share", "operate"})
TEXTS = {
    "unknown_cell": gettext_noop("The table of rights has no {party} and {category} together."),
    "unknown_right": gettext_noop("{right} is no right of the table."),
    "purpose_not_known": gettext_noop("{purpose} is no purpose of the table."),
    "interval_not_known": gettext_noop("The smallest interval must be one of: {choices}."),
    "never_to_be_granted": gettext_noop("No contract can give this: it is the lessee's secret ({article})."),
    "purpose_never_allowed": gettext_noop(
        "No contract can allow the purpose {purpose}: it tells how the lessee produces and earns ({article})."
    ),
    "not_to_be_widened": gettext_noop("The rights of {party} over {category} cannot be widened."),
    "more_than_may_be_got": gettext_noop("{party} may get at most: {choices}."),
    "consent_missing": gettext_noop("This needs the recorded consent of: {choices}."),
    "statutory_right": gettext_noop("The lessee's right to {right} cannot be taken away ({article})."),
    "metering_right": gettext_noop("Both sides and the meter of record need billing counters ({article})."),
    "parity": gettext_noop("The lessee's own data come at full resolution and without delay ({article})."),
    "not_passed_on": gettext_noop("Whoever holds the lessee's data may not pass them on ({article})."),
    "own_data_are_free": gettext_noop("The lessee's own data are free of charge ({article})."),
    "waiver": gettext_noop("A waiver of statutory rights binds nobody ({article}). Leave the clause out."),
    "changed_twice": gettext_noop("This cell is changed by an earlier entry. Say it in one."),
}


@dataclass(frozen=True, slots=True)
class Change:
    """
    One cell of the table as the contract wants it; ``consent`` are the parties that agreed on record.

    ``purposes`` and ``interval`` replace those of the cell, ``None`` keeps them.
    """

    party: str
    category: str
    adds: frozenset[str] = frozenset()
    removes: frozenset[str] = frozenset()
    purposes: frozenset[str] | None = None
    interval: str | None = None
    consent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class DataTerms:
    """What the lease says about data: changes of the table, and clauses that can only be refused."""

    changes: tuple[Change, ...] = ()
    lessee_pays: bool = False
    waives: tuple[str, ...] = ()


def lint(terms: DataTerms, table: Matrix) -> list[Flaw]:
    """Return a flaw for every clause that is void, at its JSON pointer."""
    flaws = [_flaw("/lessee_pays", "own_data_are_free", article="da_4_1")] if terms.lessee_pays else []
    flaws += [_flaw(f"/waives/{n}", "waiver", article="da_7_2") for n, _ in enumerate(terms.waives)]
    seen: set[tuple[str, str]] = set()
    for place, change in enumerate(terms.changes):
        pointer, key = f"/changes/{place}", (change.party, change.category)
        if key in seen:
            flaws.append(_flaw(pointer, "changed_twice"))
        seen.add(key)
        flaws += _faults(change, table, pointer)
    return flaws


def changed(table: Matrix, changes: Sequence[Change]) -> Matrix:
    """Return the table as the contract makes it; the changes have passed :func:`lint`."""
    categories = dict(table.categories)
    for change in changes:
        row = categories[change.category]
        cells: Mapping[Party, Cell] = {
            **row.cells,
            Party(change.party): _applied(change, _cell(change, table)),
        }
        categories[change.category] = replace(row, cells=cells)
    return Matrix(table.rights, categories, table.purposes)


def _cell(change: Change, table: Matrix) -> Cell:
    return table.cell(Party(change.party), change.category) or Cell(frozenset())


def _applied(change: Change, cell: Cell) -> Cell:
    return replace(
        cell,
        rights=(cell.rights | change.adds) - change.removes,
        purposes=cell.purposes if change.purposes is None else change.purposes,
        interval=cell.interval if change.interval is None else INTERVALS[change.interval],
    )


def _faults(change: Change, table: Matrix, pointer: str) -> Iterator[Flaw]:
    if change.party not in OF_TABLE or change.category not in table.categories:
        yield _flaw(pointer, "unknown_cell", party=change.party, category=change.category)
        return
    yield from _words(change, table, pointer)
    cell = _cell(change, table)
    yield from _widening(change, cell, pointer)
    yield from _narrowing(change, cell, pointer)


def _words(change: Change, table: Matrix, pointer: str) -> Iterator[Flaw]:
    for name in ("adds", "removes"):
        for right in sorted(getattr(change, name) - table.rights):
            yield _flaw(f"{pointer}/{name}", "unknown_right", right=right)
    for purpose in sorted(change.purposes or ()):
        if purpose in FORBIDDEN_PURPOSES:
            yield _flaw(f"{pointer}/purposes", "purpose_never_allowed", purpose=purpose, article="da_4_13")
        elif purpose not in table.purposes:
            yield _flaw(f"{pointer}/purposes", "purpose_not_known", purpose=purpose)
    if change.interval is not None and change.interval not in INTERVALS:
        yield _flaw(f"{pointer}/interval", "interval_not_known", choices=", ".join(INTERVALS))


def _widening(change: Change, cell: Cell, pointer: str) -> Iterator[Flaw]:
    if not _widens(change, cell):
        return
    adds, at = change.adds - cell.rights, f"{pointer}/adds"
    if cell.prohibited:
        article = "pipl_13_23" if change.category == "operator_data" else "aucl_13_3"
        yield _flaw(at, "never_to_be_granted", article=article)
    elif not cell.widen:
        yield _flaw(at, "not_to_be_widened", party=change.party, category=change.category)
    elif cell.by_consent and adds - cell.by_consent:
        choices = ", ".join(sorted(cell.by_consent))
        yield _flaw(at, "more_than_may_be_got", party=change.party, choices=choices)
    elif not change.consent & cell.consent_of:
        yield _flaw(f"{pointer}/consent", "consent_missing", choices=", ".join(sorted(cell.consent_of)))
    if adds & NOT_PASSED_ON and change.party in {Party.OWNER, Party.MAKER}:
        yield _flaw(at, "not_passed_on", article="da_4_14")


def _widens(change: Change, cell: Cell) -> bool:
    """Tell whether a change gives more: a right, a purpose, or a finer interval."""
    if change.adds - cell.rights:
        return True
    if change.purposes is not None and cell.purposes is not None and change.purposes - cell.purposes:
        return True
    if change.interval is None or change.interval not in INTERVALS or cell.interval is None:
        return False
    wanted = INTERVALS[change.interval]
    if isinstance(wanted, str):
        return False
    return isinstance(cell.interval, str) or wanted < cell.interval


def _narrowing(change: Change, cell: Cell, pointer: str) -> Iterator[Flaw]:
    lost = change.removes & cell.rights
    if change.category == BILLING_COUNTERS:
        if lost & BOTH_SIDES_KEEP:
            yield _flaw(f"{pointer}/removes", "metering_right", article="count_rule")
    elif change.party == Party.LESSEE:
        for right in sorted(lost & STATUTORY.keys()):
            yield _flaw(f"{pointer}/removes", "statutory_right", right=right, article=STATUTORY[right])
    if change.party == Party.LESSEE and (change.interval is not None or change.purposes is not None):
        name = "interval" if change.interval is not None else "purposes"
        yield _flaw(f"{pointer}/{name}", "parity", article="da_4_1")


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
