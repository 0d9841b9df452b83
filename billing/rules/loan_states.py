"""
The way of a loan that is referred (租赁分期贷, 智能改造贷) as one table: who makes which move, and where to.

The lender alone lends, pays out and collects; the platform passes an application on and keeps what both sides
record. It holds no money of a loan, pools none, and no move here posts to a book.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What the money is for: rent or deposit of a lease (租赁分期贷), or better equipment (智能改造贷)."""

    LEASE = "LEASE"
    UPGRADE = "UPGRADE"


class Status(StrEnum):
    """How far a loan is; *overdue* is no state but follows from the days."""

    APPLIED = "APPLIED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    PAID_OUT = "PAID_OUT"
    REPAID = "REPAID"
    SETTLED = "SETTLED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


class Side(StrEnum):
    """Who makes a move."""

    LENDER = "lender"
    LESSEE = "lessee"


class Move(StrEnum):
    """A verb of a loan; the interfaces use the same words."""

    APPLY = "apply"
    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    PAY_OUT = "pay_out"
    REPAY = "repay"
    SETTLE = "settle"
    TAKE_BACK = "take_back"


@dataclass(frozen=True)
class Row:
    """Which side makes a move, with which right, from which states, and where it may lead."""

    side: Side
    right: str
    sources: frozenset[Status]
    targets: tuple[Status, ...]


_OPEN = frozenset({Status.APPLIED, Status.OFFERED, Status.ACCEPTED})
OVER = frozenset({Status.REPAID, Status.SETTLED, Status.DECLINED, Status.WITHDRAWN})
OPEN = frozenset(Status) - OVER
TRACKED = frozenset({Status.PAID_OUT, Status.REPAID, Status.SETTLED})
_LENDER, _LESSEE = "loan.decide", "loan.request"

TABLE: Mapping[Move, Row] = {
    Move.APPLY: Row(Side.LESSEE, _LESSEE, frozenset(), (Status.APPLIED,)),
    Move.OFFER: Row(Side.LENDER, _LENDER, _OPEN, (Status.OFFERED,)),
    Move.ACCEPT: Row(Side.LESSEE, _LESSEE, frozenset({Status.OFFERED}), (Status.ACCEPTED,)),
    Move.DECLINE: Row(Side.LENDER, _LENDER, _OPEN, (Status.DECLINED,)),
    Move.WITHDRAW: Row(Side.LESSEE, _LESSEE, _OPEN, (Status.WITHDRAWN,)),
    Move.PAY_OUT: Row(Side.LENDER, _LENDER, frozenset({Status.ACCEPTED}), (Status.PAID_OUT,)),
    Move.REPAY: Row(Side.LENDER, _LENDER, frozenset({Status.PAID_OUT}), (Status.PAID_OUT, Status.REPAID)),
    Move.SETTLE: Row(Side.LENDER, _LENDER, frozenset({Status.PAID_OUT}), (Status.SETTLED,)),
    Move.TAKE_BACK: Row(Side.LENDER, _LENDER, TRACKED, (Status.PAID_OUT,)),
}


def moves_for(side: Side, status: Status) -> tuple[Move, ...]:
    """Return the moves that a side can make in a state."""
    return tuple(move for move, row in TABLE.items() if row.side is side and status in row.sources)


def can(move: Move, status: Status) -> bool:
    """Tell whether a move leads on from a state."""
    return status in TABLE[move].sources


def shows_data(status: Status) -> bool:
    """
    Tell whether the lender reads the figures that were handed over: while it decides, and while it is owed.

    With the application declined or withdrawn, or the loan paid back, their purpose is over.
    """
    return status in OPEN
