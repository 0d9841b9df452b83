"""
Data products: what stands against an offer, how a price is shared, and where a product and a licence are.

A product is figures of some series of a past period, for purposes and a time, at a price (Data Security Law,
Article 33; data_rights table 1, row 19). The terms are a proposal of ours where no law is named.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from devices.ownership.rules.defaults import BILLING_COUNTERS
from devices.ownership.rules.event_log import plain
from devices.ownership.rules.grading import Grade, is_group_publishable
from devices.rules.log import written
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.money import share_out
from marketplace.shared.period import Period

FIRST_LINE = b"jijian-product-1\n"
INTERVALS = ("PT15M", "PT1H", "P1D")  # what outsiders get is never finer (grants.least)
MOST_ASSETS, MOST_DAYS, MOST_LICENCES, MOST_PRICE = 50, 366, 1_000, 10**12
WHOLE = 10_000  # basis points
PAY_WITHIN = timedelta(days=14)
PURPOSES = (  # of the table's, those that a buyer can have
    "asset_protection",
    "data_quality",
    "maintenance",
    "maintenance_planning",
    "operation",
    "residual_value",
    "safety",
    "safety_recall",
    "warranty",
)
RIGHTS = frozenset({"operate", "share"})
HOME, ISLANDS = "CN", {"71": "TW", "81": "HK", "82": "MO"}  # the law counts these as abroad, too


class Role(StrEnum):
    """Why an organization gets a share, in the order in which fractions of a fen are given out."""

    LESSEE = "lessee"
    OWNER = "owner"
    MAKER = "maker"
    SELLER = "seller"
    PLATFORM = "platform"


class Ground(StrEnum):
    """Why a product is not offered, published or sold: a closed list."""

    NOT_TRADED = "not_traded"
    PERSONAL_DATA = "personal_data"
    NO_SERIES = "no_series"
    MISSING_AUTHORIZATION = "missing_authorization"
    NO_MACHINE = "no_machine"
    DISPUTE_OPEN = "dispute_open"
    ERASED = "erased"
    PERIOD_NOT_OVER = "period_not_over"
    SMALL_GROUP = "small_group"


GROUNDS = {
    Ground.NOT_TRADED: gettext_noop(
        "Important and core data (L5, L6) are never traded (Data Security Law, Article 21)."
    ),
    Ground.PERSONAL_DATA: gettext_noop(
        "Data on people are never sold (Personal Information Protection Law, Article 23)."
    ),
    Ground.NO_SERIES: gettext_noop(
        "Only series of readings can be sold, no usage that is counted for bills."
    ),
    Ground.MISSING_AUTHORIZATION: gettext_noop(
        "You have not the right to offer all of it: the time is not yours, the table of rights gives you no "
        "right to operate or share, and no certificate in force does."
    ),
    Ground.NO_MACHINE: gettext_noop("The device spoke for no machine for a part of the period."),
    Ground.DISPUTE_OPEN: gettext_noop("A dispute about it is open: the platform keeps it on hold."),
    Ground.ERASED: gettext_noop("Some of it has been erased."),
    Ground.PERIOD_NOT_OVER: gettext_noop("The period is not over yet."),
    Ground.SMALL_GROUP: gettext_noop(
        "Data of several organizations are published only if they are five or more and none has above half."
    ),
}


class State(StrEnum):
    """Where a version of a product is."""

    WAITING = "WAITING"
    READY = "READY"
    ON_SALE = "ON_SALE"
    WITHDRAWN = "WITHDRAWN"
    SUPERSEDED = "SUPERSEDED"


class LicenceState(StrEnum):
    """Where a licence is; unpaid for two weeks, or when its product was withdrawn, it lapses."""

    UNPAID = "UNPAID"
    LAPSED = "LAPSED"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"
    TERMINATED = "TERMINATED"


@dataclass(frozen=True, slots=True)
class Share:
    """What part of the price an organization (public id) gets, in basis points, and why."""

    organization: str
    role: str
    points: int


@dataclass(frozen=True, slots=True)
class Item:
    """
    One series of an offer, as it is found: grade, and what was found of each stretch of the period.

    ``sides``: whose the time was and how long (microseconds); ``has_right``: the seller may offer it all.
    """

    grade: str
    is_personal: bool
    is_series: bool
    has_right: bool
    has_machine: bool
    disputed: bool
    erased: bool
    sides: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Licensed:
    """What the state of a licence follows from."""

    accepted_at: datetime
    paid_at: datetime | None = None
    until: datetime | None = None
    terminated_at: datetime | None = None
    withdrawn_at: datetime | None = None  # when its product was withdrawn


def findings(period: Period, items: Sequence[Item], *, at: datetime) -> list[tuple[str, Ground]]:
    """Return each ground that stands against an offer, with its pointer: period, then series by series."""
    found: list[tuple[str, Ground]] = []
    if period.end is None or period.end > at:
        found.append(("/period", Ground.PERIOD_NOT_OVER))
    for place, item in enumerate(items):
        found += [(f"/assets/{place}", one) for one in _of(item)]
    if _is_small([side for item in items for side in item.sides]):
        found.append(("/assets", Ground.SMALL_GROUP))
    return found


def _of(item: Item) -> list[Ground]:
    against = {
        Ground.NOT_TRADED: item.grade in (Grade.IMPORTANT, Grade.CORE),
        Ground.PERSONAL_DATA: item.is_personal,
        Ground.NO_SERIES: not item.is_series,
        Ground.MISSING_AUTHORIZATION: not item.has_right,
        Ground.NO_MACHINE: not item.has_machine,
        Ground.DISPUTE_OPEN: item.disputed,
        Ground.ERASED: item.erased,
    }
    return [ground for ground, stands in against.items() if stands]


def _is_small(sides: Iterable[tuple[str, int]]) -> bool:
    """Tell whether data of several organizations are of too few of them, or of one above all."""
    parts: dict[str, int] = {}
    for side, length in sides:
        parts[side] = parts.get(side, 0) + length
    if len(parts) < 2:
        return False
    largest = -(-1_000 * max(parts.values()) // max(sum(parts.values()), 1))
    return not is_group_publishable(len(parts), largest)


def sold_as(category: str, *, counts: bool) -> str:
    """Return what a series is by itself, as it is sold: what bills rest on is sold as what it measures."""
    if category != BILLING_COUNTERS:
        return category
    return "production_counts" if counts else "machine_condition"


def ordered(shares: Iterable[Share]) -> tuple[Share, ...]:
    """Return shares in their one order: by role (lessee, owner, maker, seller, platform), then by id."""
    roles = list(Role)
    return tuple(sorted(shares, key=lambda one: (roles.index(Role(one.role)), one.organization)))


def split(price: int, shares: Sequence[Share]) -> list[int]:
    """
    Share a price (minor units) among ordered shares; they add up exactly.

    Largest remainder; of equal remainders, the one that stands first.
    """
    return share_out(price, [one.points for one in shares])


def share_faults(shares: Sequence[Share], sides: Mapping[str, str], *, fee: int) -> list[str]:
    """
    Return the codes of what is wrong with a split; ``sides`` are those that must be in it, with their role.

    ``fee`` is the least share of the platform, in basis points. A side may get nothing, but it must be said.
    """
    said = {one.organization: one for one in shares}
    paid = sum(one.points for one in shares if one.role == Role.PLATFORM)
    against = {
        "share_twice": len(said) < len(shares),
        "share_negative": any(one.points < 0 for one in shares),
        "share_not_whole": sum(one.points for one in shares) != WHOLE,
        "share_of_side_missing": any(one not in said or said[one].role != sides[one] for one in sides),
        "share_role_wrong": any(
            one.role in (Role.LESSEE, Role.OWNER) and sides.get(one.organization) != one.role
            for one in shares
        ),
        "share_of_platform": paid < fee,
    }
    return [code for code, stands in against.items() if stands]


def state(
    *,
    parties: Iterable[str],
    consented: Iterable[str],
    published_at: datetime | None,
    withdrawn_at: datetime | None,
    newer: bool,
) -> State:
    """Return where a version is; ``newer``: a later one was published."""
    if withdrawn_at is not None:
        return State.WITHDRAWN
    if newer:
        return State.SUPERSEDED
    if published_at is not None:
        return State.ON_SALE
    return State.READY if set(parties) <= set(consented) else State.WAITING


def licence_state(one: Licensed, *, at: datetime) -> LicenceState:
    """Return where a licence is at a moment; at ``until`` it is over. What was paid runs on if withdrawn."""
    if one.terminated_at is not None:
        return LicenceState.TERMINATED
    if one.paid_at is None:
        late = at >= one.accepted_at + PAY_WITHIN
        return LicenceState.LAPSED if late or one.withdrawn_at is not None else LicenceState.UNPAID
    return LicenceState.ENDED if one.until is not None and at >= one.until else LicenceState.ACTIVE


def place_for(licences: Iterable[tuple[int, bool]], most: int) -> int | None:
    """
    Return the lowest place that a new licence takes, from 1 to ``most``, or nothing if all are taken.

    ``licences`` are the places given so far, and whether the licence there was never paid and is over.
    """
    taken = {place for place, is_free in licences if not is_free}
    return next((one for one in range(1, most + 1) if one not in taken), None)


def country_of(region_code: str, destination: str) -> str:
    """Return where a buyer uses the data: what it says, or where it sits if that is abroad."""
    return ISLANDS.get(region_code[:2], destination)


def text(facts: Mapping[str, Any]) -> bytes:
    """Return a version as it is hashed: a line that says what it is, and one of JSON (sorted, ASCII)."""
    times = {name: written(one) for name, one in facts.items() if isinstance(one, datetime)}
    return FIRST_LINE + plain({**facts, **times}) + b"\n"


def digest(said: bytes) -> str:
    """Return the digest that everybody accepts, in hexadecimal."""
    return hashlib.sha256(said).hexdigest()


def content_digest(subject: Mapping[str, Any]) -> str:
    """
    Return SHA-256 over what a product holds in canonical JSON, in hexadecimal.

    That is: the series (with device and channel), the period, the agreements with the digests of their
    versions, the interval, and the newest signed head of the log of deliveries. No reading is looked at: the
    head fixes those that had been sealed.
    """
    return hashlib.sha256(plain(subject)).hexdigest()


def shares_of(sides: Mapping[str, str], platform: str, *, owner: int, fee: int) -> list[Share]:
    """
    Return the split that a form asks for: ``owner`` and ``fee`` in basis points, the lessees get the rest.

    Those of one role share alike. Where nobody leased, owners get the rest.
    """
    groups = {role: sorted(one for one in sides if sides[one] == role) for role in (Role.LESSEE, Role.OWNER)}
    parts = {Role.LESSEE: WHOLE - owner - fee, Role.OWNER: owner}
    if not groups[Role.LESSEE]:
        parts = {Role.LESSEE: 0, Role.OWNER: WHOLE - fee}
    elif not groups[Role.OWNER]:
        parts = {Role.LESSEE: WHOLE - fee, Role.OWNER: 0}
    found = [Share(platform, Role.PLATFORM, fee)]
    for role, group in groups.items():
        points = share_out(parts[role], [1] * len(group)) if group else []
        found += [Share(one, role, part) for one, part in zip(group, points, strict=True)]
    return found
