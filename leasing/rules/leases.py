"""
The commercial life of a lease as one table: from which states, to which, by whom, and what must be recorded.

Adding a state is adding rows. *Overdue* and *disputed* are not states; they may stand beside any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Where the agreement is; what its machines and its billing do are questions of their own."""

    REQUESTED = "REQUESTED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


class Side(StrEnum):
    """Who makes a move."""

    LESSEE = "lessee"
    LESSOR = "lessor"
    CLOCK = "clock"


class Move(StrEnum):
    """A verb of the agreement; the interfaces use the same words."""

    REQUEST = "request"
    ACCEPT = "accept"
    REFUSE = "refuse"
    CANCEL = "cancel"
    EXPIRE = "expire"
    ACTIVATE = "activate"
    END = "end"


@dataclass(frozen=True)
class Step:
    """One row of the table; ``right`` is the permission that a person of one of the ``sides`` needs."""

    sources: frozenset[Status]
    target: Status
    sides: tuple[Side, ...]
    right: str
    records: tuple[str, ...] = ()


_OPEN = frozenset({Status.REQUESTED, Status.ACCEPTED})

TABLE: Mapping[Move, Step] = {
    Move.REQUEST: Step(
        frozenset(),
        Status.REQUESTED,
        (Side.LESSEE,),
        "lease.request",
        ("starts_at", "ends_at", "terms_digest"),
    ),
    Move.ACCEPT: Step(
        frozenset({Status.REQUESTED}),
        Status.ACCEPTED,
        (Side.LESSOR,),
        "lease.decide",
        ("equipment", "claim", "terms_digest"),
    ),
    Move.REFUSE: Step(
        frozenset({Status.REQUESTED}), Status.REFUSED, (Side.LESSOR,), "lease.decide", ("reason",)
    ),
    Move.CANCEL: Step(_OPEN, Status.CANCELLED, (Side.LESSEE,), "lease.request"),
    Move.EXPIRE: Step(_OPEN, Status.EXPIRED, (Side.CLOCK,), "lease.end"),
    Move.ACTIVATE: Step(
        frozenset({Status.ACCEPTED}), Status.ACTIVE, (Side.LESSOR,), "lease.operate", ("active_from",)
    ),
    Move.END: Step(
        frozenset({Status.ACTIVE}),
        Status.ENDED,
        (Side.LESSOR, Side.LESSEE, Side.CLOCK),
        "lease.end",
        ("active_to",),
    ),
}


def can(move: Move, status: Status) -> bool:
    """Tell whether a lease in this state can make the move."""
    return status in TABLE[move].sources


def moves_from(status: Status) -> tuple[Move, ...]:
    """Return the moves that are possible in a state, whoever makes them."""
    return tuple(move for move in TABLE if can(move, status))


def is_final(status: Status) -> bool:
    """Tell whether nothing can happen any more."""
    return not moves_from(status)


def missing_records(move: Move, recorded: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the table asks to be recorded with a move and nobody gave."""
    return tuple(name for name in TABLE[move].records if not recorded.get(name))
