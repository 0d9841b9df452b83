"""
The commercial life of a lease as one table: from which states, to which, by whom, and what must be recorded.

Rows are numbered as the transitions of the trade are (docs/leasing.md). Adding a state is adding rows.
*Overdue* and *disputed* are not states; they may stand beside any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Where the agreement is; what its machines and its billing do are questions of their own."""

    REQUESTED = "REQUESTED"
    QUOTED = "QUOTED"
    COUNTERED = "COUNTERED"
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
    QUOTE = "quote"
    COUNTER = "counter"
    ACCEPT = "accept"
    REFUSE = "refuse"
    CANCEL = "cancel"
    EXPIRE = "expire"
    ACTIVATE = "activate"
    END = "end"


@dataclass(frozen=True)
class Step:
    """One row of the table; ``right`` is the permission that a person of one of the ``sides`` needs."""

    number: int
    move: Move
    sources: frozenset[Status]
    target: Status
    sides: tuple[Side, ...]
    right: str
    records: tuple[str, ...] = ()


def _from(*states: Status) -> frozenset[Status]:
    return frozenset(states)


# Nobody is bound yet; the side that did not speak last may accept what the other offered.
UNDER_OFFER = _from(Status.REQUESTED, Status.QUOTED, Status.COUNTERED)
_OPEN = UNDER_OFFER | {Status.ACCEPTED}
_BOUND = ("offer", "equipment", "claim", "terms_digest")

TABLE: tuple[Step, ...] = (
    Step(
        1,
        Move.REQUEST,
        _from(),
        Status.REQUESTED,
        (Side.LESSEE,),
        "lease.request",
        ("offer", "starts_at", "ends_at", "terms_digest"),
    ),
    Step(
        2,
        Move.QUOTE,
        UNDER_OFFER,
        Status.QUOTED,
        (Side.LESSOR,),
        "lease.decide",
        ("offer", "terms_digest", "differences", "valid_until"),
    ),
    Step(
        3,
        Move.COUNTER,
        _from(Status.QUOTED, Status.COUNTERED),
        Status.COUNTERED,
        (Side.LESSEE,),
        "lease.request",
        ("offer", "terms_digest", "differences"),
    ),
    Step(
        4,
        Move.ACCEPT,
        _from(Status.REQUESTED, Status.COUNTERED),
        Status.ACCEPTED,
        (Side.LESSOR,),
        "lease.decide",
        _BOUND,
    ),
    Step(
        4,
        Move.ACCEPT,
        _from(Status.QUOTED),
        Status.ACCEPTED,
        (Side.LESSEE,),
        "lease.request",
        (*_BOUND, "mandate"),
    ),
    Step(5, Move.REFUSE, UNDER_OFFER, Status.REFUSED, (Side.LESSOR,), "lease.decide", ("reason",)),
    Step(
        9,
        Move.ACTIVATE,
        _from(Status.ACCEPTED),
        Status.ACTIVE,
        (Side.LESSOR,),
        "lease.operate",
        ("active_from",),
    ),
    Step(
        14,
        Move.END,
        _from(Status.ACTIVE),
        Status.ENDED,
        (Side.LESSOR, Side.LESSEE, Side.CLOCK),
        "lease.end",
        ("active_to",),
    ),
    Step(20, Move.CANCEL, _OPEN, Status.CANCELLED, (Side.LESSEE,), "lease.request"),
    Step(20, Move.EXPIRE, _OPEN, Status.EXPIRED, (Side.CLOCK,), "lease.end"),
)


def step_of(move: Move, status: Status | None) -> Step | None:
    """Return the row of a move in a state (none before the lease exists), or nothing if there is none."""
    rows = (step for step in TABLE if step.move == move)
    return next(
        (step for step in rows if status in step.sources or (status is None and not step.sources)), None
    )


def steps_of(move: Move, status: Status) -> tuple[Step, ...]:
    """Return the row of a move in a state, or all its rows where the state has none."""
    row = step_of(move, status)
    return (row,) if row else tuple(step for step in TABLE if step.move == move)


def can(move: Move, status: Status) -> bool:
    """Tell whether a lease in this state can make the move."""
    return step_of(move, status) is not None


def moves_from(status: Status) -> tuple[Move, ...]:
    """Return the moves that are possible in a state, whoever makes them."""
    return tuple(move for move in Move if can(move, status))


def is_final(status: Status) -> bool:
    """Tell whether nothing can happen any more."""
    return not moves_from(status)


def missing_records(step: Step, recorded: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the table asks to be recorded with a step and nobody gave; no differences are a record."""
    return tuple(name for name in step.records if recorded.get(name) in (None, "", False))
