"""The life of an order to pay: who may do what in which state, as a table."""

from enum import StrEnum


class State(StrEnum):
    """How far an order is."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    SENT = "SENT"
    DONE = "DONE"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"
    DROPPED = "DROPPED"


class Move(StrEnum):
    """What happens to an order."""

    PROPOSE = "PROPOSE"
    APPROVE = "APPROVE"
    DROP = "DROP"
    SEND = "SEND"
    SEE = "SEE"
    RETURN = "RETURN"
    REJECT = "REJECT"


# An order that was sent is never dropped: only bank or provider can tell what became of it.
MOVES: dict[Move, tuple[frozenset[State | None], State]] = {
    Move.PROPOSE: (frozenset({None}), State.PROPOSED),
    Move.APPROVE: (frozenset({State.PROPOSED}), State.APPROVED),
    Move.DROP: (frozenset({State.PROPOSED, State.APPROVED}), State.DROPPED),
    Move.SEND: (frozenset({State.APPROVED}), State.SENT),
    Move.SEE: (frozenset({State.SENT}), State.DONE),
    Move.RETURN: (frozenset({State.SENT, State.DONE}), State.RETURNED),
    Move.REJECT: (frozenset({State.SENT}), State.REJECTED),
}
STANDING = frozenset({State.PROPOSED, State.APPROVED, State.SENT, State.DONE})
# Its money has left what it was taken from, and is not seen at the bank yet.
UNDER_WAY = frozenset({State.APPROVED, State.SENT})
TOLD_TO_PAYEE = frozenset({State.SENT, State.DONE, State.RETURNED, State.REJECTED})


def after(move: Move, state: State | None) -> State | None:
    """Return the state after a move; ``None`` if it is not allowed then."""
    before, then = MOVES[move]
    return then if state in before else None
