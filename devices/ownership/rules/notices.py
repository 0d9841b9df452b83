"""
What a lessee is told about a machine's data before the contract (EU Data Act, Article 3(2) and 3(3)).

The notice is a document of plain values: type, format, volume, continuity, place, retention, the ways to get
and to erase the data, who holds them, and who gets which of them for what. ``notice_words`` says it in words.
Its ``basis`` is what it stands on; when that changes before the handover, another notice is due.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devices.ownership.rules import data_terms, intervals
from devices.ownership.rules.changes import changed
from devices.ownership.rules.decisions import Decision, Effect, Question, cell_above, decide
from devices.ownership.rules.defaults import BILLING_COUNTERS, Cell, Matrix, matrix
from devices.ownership.rules.parties import THIRD_PARTIES, Party
from marketplace.shared.period import Period

VERSION = 1
USUAL = {"STATE": 500, "COUNTER": 2000, "GAUGE": 8640, "TEXT": 50, "CONDITION": 50}  # readings a day
READING_BYTES = 40  # of one reading as the REST API hands it out
FORMATS = ("application/json",)
ACCESS = "/api/v1/devices/{device}/readings/"
EVIDENCE = "EVIDENCE"
ERASE = "erase"


@dataclass(frozen=True, slots=True)
class Source:
    """One channel of a device, as its dictionary says."""

    key: str
    name: str
    kind: str
    category: str
    retention: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Reporter:
    """A device that reports for the machine; ``daily`` are readings a day as measured lately, if any."""

    id: str
    name: str
    sources: tuple[Source, ...]
    daily: int | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of the lease and what reports for it."""

    id: str
    name: str
    reporters: tuple[Reporter, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """How long data are kept after the lease: ``days`` all but evidence of bills, that for ``years``."""

    days: int
    years: int


@dataclass(frozen=True, slots=True)
class Sides:
    """Whom the notice is about: organizations as ``{"id", "name"}``."""

    owner: Mapping[str, str]
    lessee: Mapping[str, str]
    platform: Mapping[str, str]


def compose(
    *,
    reference: str,
    sides: Sides,
    period: Period,
    machines: Sequence[Machine],
    terms: Mapping[str, Any],
    billing_channels: Iterable[str],
    place: str,
    kept: Kept,
    sublet: bool = False,
) -> dict[str, Any]:
    """Return the notice for a lease or sub-lease, as plain values; equal facts make equal notices."""
    table, billed = changed(matrix(), data_terms.changes(terms)), frozenset(billing_channels)
    return {
        "version": VERSION,
        "reference": reference,
        "data_holder": dict(sides.platform),
        "owner": dict(sides.owner),
        "lessee": dict(sides.lessee),
        "from": period.start.isoformat(),
        "to": period.end.isoformat() if period.end else None,
        "place": place,
        "data_terms": data_terms.digest(terms),
        "machines": [_machine(machine, table, billed, kept) for machine in machines],
        "recipients": list(_recipients(_read_as(machines, billed), table, sublet)),
    }


def basis(*, machines: Sequence[Machine], terms: Mapping[str, Any], billing_channels: Iterable[str]) -> str:
    """Return the digest of what a notice stands on: machines, devices, channels, terms; not the volume."""
    known = [
        [machine.id, reporter.id, one.key, one.kind, one.category, one.retention, one.unit]
        for machine in machines
        for reporter in machine.reporters
        for one in reporter.sources
    ]
    facts = [sorted(machine.id for machine in machines), sorted(known)]
    return data_terms.digest([*facts, sorted(set(billing_channels)), data_terms.digest(terms)])


def _categories(machines: Sequence[Machine]) -> list[str]:
    found = {one.category for m in machines for reporter in m.reporters for one in reporter.sources}
    return [category for category in matrix().categories if category in found]


def _read_as(machines: Sequence[Machine], billed: frozenset[str]) -> list[str]:
    """Return the categories as which channels are read: one that is billed is a billing counter besides."""
    known = _categories(machines)
    keys = {one.key for m in machines for reporter in m.reporters for one in reporter.sources}
    return known if BILLING_COUNTERS in known or not keys & billed else [*known, BILLING_COUNTERS]


def _machine(machine: Machine, table: Matrix, billed: frozenset[str], kept: Kept) -> dict[str, Any]:
    return {
        "id": machine.id,
        "name": machine.name,
        "devices": [
            {
                "id": reporter.id,
                "name": reporter.name,
                "measured": reporter.daily is not None,
                "access": ACCESS.format(device=reporter.id),
                "data": [
                    _sort(category, reporter, table, billed, kept)
                    for category in _categories([Machine("", "", (reporter,))])
                ],
            }
            for reporter in machine.reporters
        ],
    }


def _sort(
    category: str, reporter: Reporter, table: Matrix, billed: frozenset[str], kept: Kept
) -> dict[str, Any]:
    """Describe what a device reports in one category."""
    mine = [one for one in reporter.sources if one.category == category]
    usual, all_usual = _usual(mine), _usual(reporter.sources)
    daily = usual if reporter.daily is None else -(-reporter.daily * usual // all_usual)
    lessee = table.cell(Party.LESSEE, category) or Cell(frozenset())
    return {
        "category": category,
        "grade": table.categories[category].grade,
        "channels": [_channel(one) | {"billed": one.key in billed} for one in mine],
        "formats": list(FORMATS),
        "readings_a_day": daily,
        "bytes_a_day": daily * READING_BYTES,
        "continuous": True,
        "kept": _kept({one.retention for one in mine}, kept),
        "erasable": ERASE in lessee.rights,
    }


def _kept(classes: set[str], kept: Kept) -> list[dict[str, Any]]:
    """Say for how long after the lease each class of retention is kept."""
    return [
        {"class": one, "years": kept.years} if one == EVIDENCE else {"class": one, "days": kept.days}
        for one in sorted(classes)
    ]


def _channel(one: Source) -> dict[str, Any]:
    return {"key": one.key, "name": one.name, "kind": one.kind, "unit": one.unit}


def _usual(sources: Iterable[Source]) -> int:
    return sum(USUAL[one.kind] for one in sources) or 1


def _recipients(categories: Sequence[str], table: Matrix, sublet: bool) -> Iterator[dict[str, Any]]:
    """Yield who gets what and for which purpose, but for the lessee, who gets all of it."""
    above = (Party.ABOVE,) if sublet else ()
    for party in (Party.OWNER, *above, Party.PLATFORM, *THIRD_PARTIES):
        for category in categories:
            cell = cell_above(category) if party is Party.ABOVE else table.cell(party, category)
            if cell is None or cell.prohibited or not (cell.rights or cell.on_order):
                continue
            decision = _decided(party, category, cell, table)
            yield {
                "party": str(party),
                "category": category,
                "effect": str(decision.effect),
                "interval": intervals.write(decision.interval),
                "reason": decision.reason,
                "purposes": sorted(cell.purposes or ()),
            }


def _decided(party: Party, category: str, cell: Cell, table: Matrix) -> Decision:
    """Return the widest answer for any of the purposes that the cell serves."""
    billed = category == BILLING_COUNTERS
    answers = [
        decide(Question(party, category, purpose, billing_channel=billed, table=table))
        for purpose in sorted(cell.purposes or {"operation"})
    ]
    return max(answers, key=lambda one: (one.effect is Effect.RAW, one.effect is not Effect.DENY))
