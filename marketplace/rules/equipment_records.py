"""
Records of a machine: cleaned, calibrated, sterilised, qualified, and each batch that was run on it.

Source: GMP for drugs, 2010 revision: Article 84 (cleaning), 86 (a log of use, cleaning and repair with the
names and numbers of batches), 90 to 95 (calibration), 139 to 142 (qualification), 171 (batch records).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

OLDEST = timedelta(days=3653)  # ten years: older papers are no records of today's machine
LONGEST_VALID = timedelta(days=3653)
SHA256 = re.compile(r"[0-9a-f]{64}")
LONGEST = {"done_by": 120, "reference": 120, "batch": 60, "product": 60, "released_by": 120, "note": 1000}


class Kind(StrEnum):
    """What a record is about."""

    CLEANING = "CLEANING"
    CALIBRATION = "CALIBRATION"
    STERILISATION = "STERILISATION"
    BATCH = "BATCH"
    QUALIFICATION = "QUALIFICATION"


class Result(StrEnum):
    """How it came out; only a batch may still be open."""

    OPEN = "OPEN"
    PASSED = "PASSED"
    FAILED = "FAILED"


# What a kind has besides what all have; the first group must be said.
NEEDS: dict[Kind, tuple[str, ...]] = {Kind.CALIBRATION: ("reference",), Kind.BATCH: ("batch", "product")}
HAS: dict[Kind, tuple[str, ...]] = {
    Kind.CLEANING: ("reference", "valid_until"),
    Kind.CALIBRATION: ("reference", "valid_until"),
    Kind.STERILISATION: ("reference", "valid_until"),
    Kind.BATCH: ("reference", "batch", "product", "released_by"),
    Kind.QUALIFICATION: ("reference", "valid_until"),
}
TEXTS = {
    "required": gettext_noop("This must be said."),
    "in_the_future": gettext_noop("This lies in the future."),
    "too_old": gettext_noop("A record is at most ten years old."),
    "not_after": gettext_noop("It holds until a moment after it was done."),
    "too_far": gettext_noop("A record holds for at most ten years."),
    "too_long": gettext_noop("At most {most} characters."),
    "not_of_this_kind": gettext_noop("A record of this kind has no such field."),
    "not_a_sha256": gettext_noop("A SHA-256 has 64 digits from 0 to 9 and a to f."),
    "only_a_batch_is_open": gettext_noop("Only a batch may be open. Say whether it was passed or not."),
    "nobody_released_it": gettext_noop("Say who released or rejected the batch."),
    "not_released_yet": gettext_noop("Nobody releases a batch that is open."),
    "no_end": gettext_noop("Say until when the calibration holds."),
    "failed_holds_for_nothing": gettext_noop("What was not passed holds for no time."),
}


@dataclass(frozen=True, slots=True)
class Written:
    """
    What somebody writes down. ``done_at`` of a batch is its end, or its beginning while it is open.

    ``reference`` is the number of the certificate or paper, ``document_sha256`` the fingerprint of its file.
    """

    kind: Kind
    result: Result
    done_at: datetime
    done_by: str
    valid_until: datetime | None = None
    reference: str = ""
    batch: str = ""
    product: str = ""
    released_by: str = ""
    document_sha256: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One record in force, as other rules read it."""

    kind: Kind
    result: Result
    done_at: datetime
    valid_until: datetime | None = None
    batch: str = ""

    def is_valid_at(self, moment: datetime) -> bool:
        """Tell whether it was done, was passed and still holds."""
        runs = self.valid_until is None or self.valid_until > moment
        return self.result is Result.PASSED and self.done_at <= moment and runs


def newest(records: Iterable[Record], kind: Kind, at: datetime) -> Record | None:
    """Return the last record of a kind up to a moment; of two at one moment the one that was not passed."""
    mine = [one for one in records if one.kind is kind and one.done_at <= at]
    return max(mine, key=lambda one: (one.done_at, one.result is Result.FAILED), default=None)


def flaws(given: Written, *, at: datetime) -> list[Flaw]:
    """Return everything that is wrong with what is written at a moment, each at its field."""
    return [*_of_times(given, at), *_of_fields(given), *_of_result(given)]


def _of_times(given: Written, at: datetime) -> Iterator[Flaw]:
    if given.done_at > at:
        yield _flaw("done_at", "in_the_future")
    if given.done_at < at - OLDEST:
        yield _flaw("done_at", "too_old")
    if given.valid_until is not None and given.valid_until <= given.done_at:
        yield _flaw("valid_until", "not_after")
    if given.valid_until is not None and given.valid_until > given.done_at + LONGEST_VALID:
        yield _flaw("valid_until", "too_far")


def _of_fields(given: Written) -> Iterator[Flaw]:
    for name in ("done_by", *NEEDS.get(given.kind, ())):
        if not getattr(given, name).strip():
            yield _flaw(name, "required")
    for name in ("reference", "valid_until", "batch", "product", "released_by"):
        if getattr(given, name) and name not in HAS[given.kind]:
            yield _flaw(name, "not_of_this_kind")
    for name, most in LONGEST.items():
        if len(getattr(given, name)) > most:
            yield _flaw(name, "too_long", most=most)
    if given.document_sha256 and not SHA256.fullmatch(given.document_sha256):
        yield _flaw("document_sha256", "not_a_sha256")


def _of_result(given: Written) -> Iterator[Flaw]:
    if given.kind is Kind.BATCH:
        released = bool(given.released_by.strip())
        if given.result is Result.OPEN and released:
            yield _flaw("released_by", "not_released_yet")
        if given.result is not Result.OPEN and not released:
            yield _flaw("released_by", "nobody_released_it")
    elif given.result is Result.OPEN:
        yield _flaw("result", "only_a_batch_is_open")
    if given.kind is Kind.CALIBRATION and given.result is Result.PASSED and given.valid_until is None:
        yield _flaw("valid_until", "no_end")
    if given.result is Result.FAILED and given.valid_until is not None:
        yield _flaw("valid_until", "failed_holds_for_nothing")


def _flaw(field: str, code: str, **facts: Any) -> Flaw:
    return Flaw(f"/{field}", code, TEXTS[code], facts)
