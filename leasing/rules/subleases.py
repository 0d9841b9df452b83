"""
A sub-lease: the lessee lends the machine on for part of its lease, and the lessor consents.

The head lease stays in force, and its lessee answers to the lessor (Civil Code, Articles 716 to 718). What is
agreed is a document without a price: the money between the two is theirs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw
from marketplace.shared.period import Period

VERSION = 1
DEEPEST = 3  # sub-leases under one another
LONGEST_PLACE = 200


class Status(StrEnum):
    """How far a sub-lease is."""

    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    AGREED = "AGREED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    RUNNING = "RUNNING"
    ENDED = "ENDED"


class Side(StrEnum):
    """Who makes a move; above are the lessor, and the lessees between it and whoever sub-lets."""

    SUBLESSOR = "sublessor"
    SUBLESSEE = "sublessee"
    ABOVE = "above"
    CLOCK = "clock"


class Move(StrEnum):
    """A verb of a sub-lease; the interfaces use the same words."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    CONSENT = "consent"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    BEGIN = "begin"
    END = "end"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Step:
    """One row of the table; ``rights`` are the permissions that people of each side need."""

    sources: frozenset[Status]
    target: Status
    rights: Mapping[Side, str] = field(default_factory=dict)


_OPEN = frozenset({Status.PROPOSED, Status.ACCEPTED, Status.AGREED})
BINDING = frozenset({Status.AGREED, Status.RUNNING, Status.ENDED})  # the machine is the sub-lessee's then

TABLE: Mapping[Move, Step] = {
    Move.PROPOSE: Step(frozenset(), Status.PROPOSED, {Side.SUBLESSOR: "lease.decide"}),
    Move.ACCEPT: Step(frozenset({Status.PROPOSED}), Status.ACCEPTED, {Side.SUBLESSEE: "lease.request"}),
    Move.CONSENT: Step(frozenset({Status.ACCEPTED}), Status.AGREED, {Side.ABOVE: "lease.decide"}),
    Move.REFUSE: Step(
        frozenset({Status.PROPOSED, Status.ACCEPTED}),
        Status.REFUSED,
        {Side.SUBLESSEE: "lease.request", Side.ABOVE: "lease.decide"},
    ),
    Move.WITHDRAW: Step(
        _OPEN, Status.WITHDRAWN, {Side.SUBLESSOR: "lease.decide", Side.SUBLESSEE: "lease.request"}
    ),
    Move.BEGIN: Step(frozenset({Status.AGREED}), Status.RUNNING, {Side.SUBLESSOR: "lease.operate"}),
    Move.END: Step(
        frozenset({Status.RUNNING}),
        Status.ENDED,
        {Side.SUBLESSOR: "lease.end", Side.SUBLESSEE: "lease.end"},
    ),
    Move.EXPIRE: Step(_OPEN, Status.EXPIRED),
}

TEXTS = {
    "required": gettext_noop("This field is required."),
    "too_long_text": gettext_noop("Write {most} characters at most."),
    "outside_lease": gettext_noop(
        "Choose a time between {starts_at} and {ends_at}: the lease above covers it."
    ),
    "over": gettext_noop("This time is over. Choose a later end."),
    "in_chain": gettext_noop(
        "{organization} owns or leases this machine already. Choose another sub-lessee."
    ),
}


@dataclass(frozen=True)
class Chain:
    """
    The hands through which a machine goes, as public ids: lessor, head lessee, sub-lessees in turn.

    The last one sub-lets; everybody before it has to consent.
    """

    hands: tuple[str, ...]

    @property
    def sublessor(self) -> str:
        """Who sub-lets."""
        return self.hands[-1]

    @property
    def asked(self) -> tuple[str, ...]:
        """Who has to consent, the lessor first."""
        return self.hands[:-1]

    @property
    def depth(self) -> int:
        """How many sub-leases stand under one another with this one."""
        return len(self.hands) - 1


def can(move: Move, status: Status) -> bool:
    """Tell whether a sub-lease in this state can make the move."""
    return status in TABLE[move].sources


def moves_from(status: Status) -> tuple[Move, ...]:
    """Return the moves that are possible in a state, whoever makes them."""
    return tuple(move for move in TABLE if can(move, status))


def after_consent(asked: Collection[str], consented: Collection[str]) -> Status:
    """Return the state of an accepted sub-lease: agreed when everybody above has consented."""
    return Status.AGREED if set(asked) <= set(consented) else Status.ACCEPTED


def document(
    *,
    lease: str,
    equipment: str,
    chain: Chain,
    sublessee: str,
    period: Period,
    place: str,
    data_terms: Mapping[str, Any],
) -> dict[str, Any]:
    """Write what is agreed: each side accepts and consents by the digest of this; ids are public ids."""
    assert period.end is not None
    return {
        "version": VERSION,
        "lease": lease,
        "equipment": equipment,
        "hands": list(chain.hands),
        "sublessee": sublessee,
        "starts_at": _written(period.start),
        "ends_at": _written(period.end),
        "place": place,
        "data_terms": dict(data_terms),
    }


def flaws(
    *, period: Period, covered: Period, place: str, chain: Chain, sublessee: str, name: str, at: datetime
) -> list[Flaw]:
    """
    Return what is wrong with a proposal, each at its field; ``covered`` is what the lease above still covers.

    A longer term would not bind the lessor (Civil Code, Article 717), so it is refused.
    """
    found = []
    if period.end is None or period.intersect(covered) != period:
        edges = {"starts_at": _said(covered.start), "ends_at": _said(covered.end)}
        found.append(_flaw("/ends_at", "outside_lease", **edges))
    elif period.end <= at:
        found.append(_flaw("/ends_at", "over"))
    if not place.strip():
        found.append(_flaw("/place", "required"))
    if len(place) > LONGEST_PLACE:
        found.append(_flaw("/place", "too_long_text", most=LONGEST_PLACE))
    if sublessee in chain.hands:
        found.append(_flaw("/sublessee", "in_chain", organization=name))
    return found


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _said(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
