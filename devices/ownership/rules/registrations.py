"""
Registration certificates of data property: what is registered for how long, and what stands against it.

The life of one certificate is a chain of entries, each with the digest of the one before. Its state follows
from them and the moment, and is stored nowhere. Source: data_rights §4.3 and §4.5 (Shenzhen: grounds of
refusal, records for 30 years; Changchun: first, transfer, change, renewal, cancellation). The terms in years
are a proposal of ours: no law that we know of sets them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from devices.ownership.rules.event_log import plain
from devices.ownership.rules.grading import Grade
from devices.rules.log import written
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.period import Period

FIRST_LINE = b"jijian-registration-1\n"
KEPT_YEARS = 30  # at least: entries are never deleted
MOST_ASSETS = 100
MOST_YEARS = {"hold": 5, "process": 3, "operate": 3}  # a proposal
RIGHTS = tuple(MOST_YEARS)


class Kind(StrEnum):
    """What is asked of the registrar."""

    FIRST = "FIRST"
    TRANSFER = "TRANSFER"
    CHANGE = "CHANGE"
    RENEWAL = "RENEWAL"
    CANCELLATION = "CANCELLATION"


class Step(StrEnum):
    """What an entry says of it; ``AGREED``: the recipient of a transfer agrees."""

    APPLIED = "APPLIED"
    AGREED = "AGREED"
    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class State(StrEnum):
    """Where a certificate, or one version of it, is."""

    APPLIED = "APPLIED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    IN_FORCE = "IN_FORCE"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    SUPERSEDED = "SUPERSEDED"


class Ground(StrEnum):
    """Why a registration is refused: a closed list."""

    CORE_DATA = "core_data"
    MISSING_AUTHORIZATION = "missing_authorization"
    DISPUTE_OPEN = "dispute_open"
    DUPLICATE = "duplicate"
    PERIOD_NOT_OVER = "period_not_over"
    UNKNOWN_ASSET = "unknown_asset"
    ERASED_DATA = "erased_data"


STATES = {
    State.APPLIED: gettext_noop("applied for"),
    State.REFUSED: gettext_noop("registration refused"),
    State.WITHDRAWN: gettext_noop("application withdrawn"),
    State.IN_FORCE: gettext_noop("in force"),
    State.EXPIRED: gettext_noop("expired"),
    State.CANCELLED: gettext_noop("cancelled"),
    State.SUPERSEDED: gettext_noop("superseded"),
}
GROUNDS = {
    Ground.CORE_DATA: gettext_noop("It is core data (L6), which nobody registers."),
    Ground.MISSING_AUTHORIZATION: gettext_noop(
        "The applicant has not this right over all of it: the time or the right is somebody else's."
    ),
    Ground.DISPUTE_OPEN: gettext_noop("A dispute about it is open: the platform keeps it on hold."),
    Ground.DUPLICATE: gettext_noop("The same right over it is registered already, and in force."),
    Ground.PERIOD_NOT_OVER: gettext_noop("The period is not over yet."),
    Ground.UNKNOWN_ASSET: gettext_noop("There is no such data asset."),
    Ground.ERASED_DATA: gettext_noop(
        "Some of these data were erased: what is gone is registered for nobody."
    ),
}


class Finding(NamedTuple):
    """One ground, at the item of the application that it concerns."""

    pointer: str
    ground: Ground


class Told(NamedTuple):
    """Of an entry, what the state of a certificate follows from."""

    kind: Kind
    step: Step
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the applicant is to a part of the period: whether the time is its own, and which rights it has."""

    own: bool
    rights: frozenset[str]


@dataclass(frozen=True, slots=True)
class Item:
    """
    One asset of an application, as the registrar finds it.

    ``disputed``: the platform holds data of an agreement of that time; ``taken``: another certificate in
    force registers the same right over it for some of the same time; ``erased``: some of it is gone.
    """

    grade: str
    stretches: Sequence[Stretch]
    disputed: bool
    taken: bool
    erased: bool = False


def findings(
    right: str, period: Period, items: Sequence[Item], *, at: datetime, transferred: bool = False
) -> list[Finding]:
    """
    Return all that stands against a registration, the period first, then asset by asset.

    ``transferred``: the applicant got the right from somebody who had it, so it is not asked whether the time
    was its own; all else is.
    """
    found = []
    if period.end is None or period.end > at:
        found.append(Finding("/period", Ground.PERIOD_NOT_OVER))
    for place, item in enumerate(items):
        found += [Finding(f"/assets/{place}", one) for one in _of(item, right, transferred)]
    return found


def _of(item: Item, right: str, transferred: bool) -> list[Ground]:
    has = all(one.own and right in one.rights for one in item.stretches)
    against = {
        Ground.CORE_DATA: item.grade == Grade.CORE,
        Ground.MISSING_AUTHORIZATION: not transferred and not (item.stretches and has),
        Ground.DISPUTE_OPEN: item.disputed,
        Ground.DUPLICATE: item.taken,
        Ground.ERASED_DATA: item.erased,
    }
    return [ground for ground, stands in against.items() if stands]


def pending(chain: Sequence[Told]) -> Told | None:
    """Return what waits for the registrar, or for the recipient of a transfer."""
    return chain[-1] if chain and chain[-1].step in (Step.APPLIED, Step.AGREED) else None


def state(chain: Sequence[Told], *, at: datetime) -> State:
    """Return where a certificate is at a moment; at ``until`` it is no longer in force."""
    granted = [one for one in chain if one.step is Step.GRANTED]
    if not granted:
        return State(chain[-1].step)
    return _granted(granted[-1], at)


def version_state(chain: Sequence[Told], place: int, *, at: datetime) -> State:
    """Return where one granted version is: superseded by a later one, cancelled by one that ends them all."""
    later = [one for one in chain[place + 1 :] if one.step is Step.GRANTED]
    if any(one.kind is Kind.CANCELLATION for one in later):
        return State.CANCELLED
    return State.SUPERSEDED if later else _granted(chain[place], at)


def _granted(last: Told, at: datetime) -> State:
    if last.kind is Kind.CANCELLATION:
        return State.CANCELLED
    return State.IN_FORCE if last.until is not None and at < last.until else State.EXPIRED


def years_after(moment: datetime, years: int) -> datetime:
    """Return the same moment some years later; of 29 February, 28 February."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)


def number(year: int, running: int) -> str:
    """Write the number of a certificate."""
    return f"DPR-{year}-{running:06d}"


def content_digest(assets: Sequence[Mapping[str, Any]], period: Period, agreements: Sequence[str]) -> str:
    """
    Return SHA-256 over the subject in canonical JSON, in hexadecimal: one subject, one digest.

    Nothing that changes later is in it: no grade, no version of an agreement, no name.
    """
    subject = {
        "agreements": sorted(agreements),
        "assets": sorted(assets, key=lambda one: str(one["id"])),
        "from": written(period.start),
        "to": None if period.end is None else written(period.end),
    }
    return hashlib.sha256(plain(subject)).hexdigest()


def text(facts: Mapping[str, Any]) -> bytes:
    """Return an entry as it is chained and signed: a line that says what it is, and one of JSON."""
    times = {name: written(one) for name, one in facts.items() if isinstance(one, datetime)}
    return FIRST_LINE + plain({**facts, **times, "kept_years": KEPT_YEARS}) + b"\n"


def digest(said: bytes) -> str:
    """Return the digest of an entry's text, which the next one names, in hexadecimal."""
    return hashlib.sha256(said).hexdigest()
