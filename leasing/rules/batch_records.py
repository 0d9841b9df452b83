"""
Which records a bioreactor or another GMP machine needs before it is handed over, and before it is given back.

Source: GMP for drugs, 2010 revision: no equipment is used that is not clean (Article 84) or whose calibration
has run out (Article 92); each batch has a record, which is reviewed before its release (Articles 171, 174).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from marketplace.rules.equipment_records import Kind, Record, Result, newest
from marketplace.rules.msgids import gettext_noop

FAMILIES = frozenset({"B1"})  # bioreactors and process skids, always
FLAG = "gmp"  # the specification by which any other machine says so of itself
LESSEE_KINDS = (Kind.BATCH, Kind.CLEANING, Kind.STERILISATION)
METER = "batches"


class Lack(StrEnum):
    """What is wrong with a record that is needed."""

    NO_CLEANING = "no_cleaning"
    CLEANING_FAILED = "cleaning_failed"
    CLEANING_OVER = "cleaning_over"
    NOT_CLEANED_SINCE = "not_cleaned_since"
    NO_CALIBRATION = "no_calibration"
    CALIBRATION_FAILED = "calibration_failed"
    CALIBRATION_OVER = "calibration_over"
    BATCH_OPEN = "batch_open"
    BATCHES_MISSING = "batches_missing"


TEXTS: dict[Lack, str] = {
    Lack.NO_CLEANING: gettext_noop("The machine has no cleaning record. Write one at {page}"),
    Lack.CLEANING_FAILED: gettext_noop(
        "The last cleaning was found not good. Clean it again and write it down at {page}"
    ),
    Lack.CLEANING_OVER: gettext_noop(
        "The last cleaning has run out. Clean it again and write it down at {page}"
    ),
    Lack.NOT_CLEANED_SINCE: gettext_noop(
        "The machine was not cleaned after its last batch. Clean it and write it down at {page}"
    ),
    Lack.NO_CALIBRATION: gettext_noop(
        "The machine has no calibration record. Write it down with the certificate at {page}"
    ),
    Lack.CALIBRATION_FAILED: gettext_noop(
        "The last calibration was found not good. Have it calibrated and write it down at {page}"
    ),
    Lack.CALIBRATION_OVER: gettext_noop(
        "The last calibration has run out. Have it calibrated and write it down at {page}"
    ),
    Lack.BATCH_OPEN: gettext_noop("Batch {batch} is still open. Close it at {page}"),
    Lack.BATCHES_MISSING: gettext_noop(
        "{counted} batches were counted and {known} have a record. Write the others down at {page}. "
        "The owner may write them down as not good at {owners_page}"
    ),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """A record that is missing, or does not do; the facts fill its text."""

    kind: Kind
    lack: Lack
    facts: Mapping[str, Any] = field(default_factory=dict)


def needs_records(family: str, specs: Mapping[str, Any]) -> bool:
    """Tell whether a machine of a family, with its own specification, needs these records."""
    return family in FAMILIES or specs.get(FLAG) is True


def before_hand_over(records: Sequence[Record], at: datetime) -> list[Missing]:
    """Return what is missing at a moment of: a valid cleaning, a valid calibration, every batch closed."""
    known = [one for one in records if one.done_at <= at]
    batches = [one for one in known if one.kind is Kind.BATCH]
    return [*_cleaning(known, batches, at), *_calibration(known, at), *_open(batches)]


def before_release(
    records: Sequence[Record], batches: Sequence[Record], *, counted: int | None, at: datetime
) -> list[Missing]:
    """
    Return what is missing at a moment of: a closed record of every batch of the lease, a cleaning after them.

    ``batches`` are the records of the batches of the lease's time; ``counted`` is how many its meter counted,
    if that is known. How long the cleaning holds does not matter any more.
    """
    missing = []
    if counted is not None and counted > len(batches):
        facts = {"counted": counted, "known": len(batches)}
        missing.append(Missing(Kind.BATCH, Lack.BATCHES_MISSING, facts))
    missing += _open(batches)
    if batches:
        missing += [one for one in _cleaning(records, batches, at) if one.lack is not Lack.CLEANING_OVER]
    return missing


def counted_batches(opening: Iterable[tuple[str, str]], closing: Iterable[tuple[str, str]]) -> int | None:
    """Return how many batches were counted between two records, from (meter, value); nothing if not told."""
    first, last = dict(opening).get(METER), dict(closing).get(METER)
    whole = all(value is not None and value.isdecimal() and value.isascii() for value in (first, last))
    if not whole or first is None or last is None or int(last) < int(first):
        return None
    return int(last) - int(first)


def calibration_runs_out(records: Sequence[Record], at: datetime, until: datetime) -> datetime | None:
    """Return when the calibration that holds at a moment runs out, if that is before ``until``."""
    last = newest(records, Kind.CALIBRATION, at)
    if last is None or not last.is_valid_at(at) or last.valid_until is None:
        return None
    return last.valid_until if last.valid_until < until else None


def _cleaning(records: Sequence[Record], batches: Sequence[Record], at: datetime) -> list[Missing]:
    last = newest(records, Kind.CLEANING, at)
    used = max((one.done_at for one in batches), default=None)
    lack = None
    if last is None:
        lack = Lack.NO_CLEANING
    elif last.result is Result.FAILED:
        lack = Lack.CLEANING_FAILED
    elif used is not None and last.done_at < used:
        lack = Lack.NOT_CLEANED_SINCE
    elif not last.is_valid_at(at):
        lack = Lack.CLEANING_OVER
    return [Missing(Kind.CLEANING, lack)] if lack else []


def _calibration(records: Sequence[Record], at: datetime) -> list[Missing]:
    last = newest(records, Kind.CALIBRATION, at)
    lack = None
    if last is None:
        lack = Lack.NO_CALIBRATION
    elif last.result is Result.FAILED:
        lack = Lack.CALIBRATION_FAILED
    elif not last.is_valid_at(at):
        lack = Lack.CALIBRATION_OVER
    return [Missing(Kind.CALIBRATION, lack)] if lack else []


def _open(batches: Iterable[Record]) -> list[Missing]:
    return [
        Missing(Kind.BATCH, Lack.BATCH_OPEN, {"batch": one.batch})
        for one in batches
        if one.result is Result.OPEN
    ]
