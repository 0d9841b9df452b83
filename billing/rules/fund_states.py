"""
The way of a claim on a risk fund as one table: who makes which move, and where to.

The owner claims; one person of the fund reviews, another one approves. Payments are facts that two people
record (``billing.actions.fund_transfers``), and lead on to ``PAID`` and ``SETTLED``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How far a claim is."""

    CLAIMED = "CLAIMED"
    REVIEWED = "REVIEWED"
    APPROVED = "APPROVED"
    PAID = "PAID"
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class Side(StrEnum):
    """Who makes a move."""

    OWNER = "owner"
    FUND = "fund"


class Move(StrEnum):
    """A verb of a claim; the interfaces use the same words."""

    CLAIM = "claim"
    WITHDRAW = "withdraw"
    REVIEW = "review"
    APPROVE = "approve"
    REJECT = "reject"
    PAY = "pay"
    SETTLE = "settle"


class Payment(StrEnum):
    """Money that moves: contributions, a paid claim, what is recovered later, and what is passed on."""

    CONTRIBUTION = "CONTRIBUTION"
    CLAIM_PAID = "CLAIM_PAID"
    OWNER_PAID = "OWNER_PAID"
    RECOVERY = "RECOVERY"
    OWNER_SHARE = "OWNER_SHARE"


@dataclass(frozen=True)
class Row:
    """Which side makes a move, from which states, and where it leads."""

    side: Side
    sources: frozenset[Status]
    target: Status


_UNDECIDED = frozenset({Status.CLAIMED, Status.REVIEWED})
RIGHTS: Mapping[Side, str] = {Side.OWNER: "fund.claim", Side.FUND: "fund.manage"}
TABLE: Mapping[Move, Row] = {
    Move.CLAIM: Row(Side.OWNER, frozenset(), Status.CLAIMED),
    Move.WITHDRAW: Row(Side.OWNER, _UNDECIDED, Status.WITHDRAWN),
    Move.REVIEW: Row(Side.FUND, _UNDECIDED, Status.REVIEWED),
    Move.APPROVE: Row(Side.FUND, frozenset({Status.REVIEWED}), Status.APPROVED),
    Move.REJECT: Row(Side.FUND, _UNDECIDED, Status.REJECTED),
    Move.PAY: Row(Side.FUND, frozenset({Status.APPROVED}), Status.PAID),
    Move.SETTLE: Row(Side.FUND, frozenset({Status.PAID}), Status.SETTLED),
}
BY_HAND = (Move.WITHDRAW, Move.REVIEW, Move.APPROVE, Move.REJECT)
DEAD = frozenset({Status.REJECTED, Status.WITHDRAWN})
BORNE = frozenset({Status.PAID, Status.SETTLED})
SPENT = BORNE | {Status.APPROVED}
MAY_MOVE: Mapping[Payment, frozenset[Status]] = {
    Payment.CLAIM_PAID: frozenset({Status.APPROVED}),
    Payment.OWNER_PAID: frozenset({Status.PAID}),
    Payment.RECOVERY: BORNE,
    Payment.OWNER_SHARE: BORNE,
}


def moves_for(side: Side, status: Status) -> tuple[Move, ...]:
    """Return the moves that a side can make by hand in a state."""
    return tuple(move for move in BY_HAND if TABLE[move].side is side and status in TABLE[move].sources)


def can(move: Move, status: Status) -> bool:
    """Tell whether a move leads on from a state."""
    return status in TABLE[move].sources


def told_to(side: Side, rungs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    Return the rungs of a waterfall as a side reads them.

    An owner is not told the limits that follow from the claims of others, and from what the fund has.
    """
    hidden = {"LESSEE_CAP", "YEAR_CAP", "BALANCE"} if side is Side.OWNER else set()
    return [dict(row) | ({"limit_minor": None} if row["rung"] in hidden else {}) for row in rungs]
