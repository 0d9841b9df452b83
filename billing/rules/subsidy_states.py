"""
The way of a settlement with an authority as one table: which move leads on from which states, and where to.

One person draws it up, another one submits it; what the authority confirmed is written down by one, that it
paid by another. What was claimed for lessees is passed on to them at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from billing.rules.subsidy_terms import Mode


class Status(StrEnum):
    """How far a settlement is."""

    DRAFTED = "DRAFTED"
    SUBMITTED = "SUBMITTED"
    CONFIRMED = "CONFIRMED"
    PAID = "PAID"
    HANDED_ON = "HANDED_ON"
    DROPPED = "DROPPED"


class Move(StrEnum):
    """A verb of a settlement; the interfaces use the same words."""

    DRAFT = "draft"
    DROP = "drop"
    SUBMIT = "submit"
    CONFIRM = "confirm"
    PAY = "pay"
    HAND_ON = "hand_on"


@dataclass(frozen=True)
class Row:
    """From which states a move leads where, and of which move its person must not be the one."""

    sources: tuple[Status, ...]
    target: Status
    other_than: Move | None = None


TABLE: Mapping[Move, Row] = {
    Move.DRAFT: Row((), Status.DRAFTED),
    Move.DROP: Row((Status.DRAFTED, Status.SUBMITTED), Status.DROPPED),
    Move.SUBMIT: Row((Status.DRAFTED,), Status.SUBMITTED, Move.DRAFT),
    Move.CONFIRM: Row((Status.SUBMITTED,), Status.CONFIRMED),
    Move.PAY: Row((Status.CONFIRMED,), Status.PAID, Move.CONFIRM),
    Move.HAND_ON: Row((Status.PAID,), Status.HANDED_ON, Move.PAY),
}
DECIDED = frozenset({Status.CONFIRMED, Status.PAID, Status.HANDED_ON})


def can(move: Move, status: Status, mode: Mode) -> bool:
    """Tell whether a move leads on from a state; only what lessees claimed is passed on to them."""
    return status in TABLE[move].sources and (move is not Move.HAND_ON or mode is Mode.CLAIM)


def moves_for(status: Status, mode: Mode) -> tuple[Move, ...]:
    """Return the moves that lead on from a state."""
    return tuple(move for move in TABLE if can(move, status, mode))
