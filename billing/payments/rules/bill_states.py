"""The life of an acceptance bill (承兑汇票), from the day it is given until money comes, or does not."""

from enum import StrEnum


class State(StrEnum):
    """How far a bill is."""

    PROPOSED = "PROPOSED"
    HELD = "HELD"
    PRESENTED = "PRESENTED"
    HONOURED = "HONOURED"
    DISHONOURED = "DISHONOURED"
    RETURNED = "RETURNED"
    DROPPED = "DROPPED"


class Move(StrEnum):
    """What happens to a bill."""

    RECORD = "RECORD"
    CONFIRM = "CONFIRM"
    DROP = "DROP"
    PRESENT = "PRESENT"
    COLLECT = "COLLECT"
    ASK = "ASK"
    WITHDRAW = "WITHDRAW"
    DISHONOUR = "DISHONOUR"
    RETURN = "RETURN"
    REOPEN = "REOPEN"


_HOLDING = frozenset[State | None]({State.HELD, State.PRESENTED})
# Handing a bill on (endorsing) and selling it before its day (discounting) are no moves here: the paper on
# money (finance.md §2.6) names neither. Two people end a bill without money: one asks, another one decides.
MOVES: dict[Move, tuple[frozenset[State | None], State | None]] = {
    Move.RECORD: (frozenset({None}), State.PROPOSED),
    Move.CONFIRM: (frozenset({State.PROPOSED}), State.HELD),
    Move.DROP: (frozenset({State.PROPOSED}), State.DROPPED),
    Move.PRESENT: (frozenset({State.HELD}), State.PRESENTED),
    Move.COLLECT: (_HOLDING, State.HONOURED),
    Move.ASK: (_HOLDING, None),
    Move.WITHDRAW: (_HOLDING, None),
    Move.DISHONOUR: (frozenset({State.PRESENTED}), State.DISHONOURED),
    Move.RETURN: (frozenset({State.HELD}), State.RETURNED),
    # The line was none of this bill: two people took it back, and the promise stands as before.
    Move.REOPEN: (frozenset({State.HONOURED}), State.HELD),
}
# Its money is promised: it stands on 1121, and nobody paid it yet.
STANDING = frozenset({State.HELD, State.PRESENTED})
# What ends a bill without money; the debt that it settled stands again.
FAILED = frozenset({State.DISHONOURED, State.RETURNED})
ENDS = {State.DISHONOURED: Move.DISHONOUR, State.RETURNED: Move.RETURN}


def after(move: Move, state: State | None) -> State | None:
    """
    Return the state after a move, the same one where it changes none; ``None`` if it is not allowed then.

    >>> after(Move.PRESENT, State.HELD)
    <State.PRESENTED: 'PRESENTED'>
    >>> after(Move.ASK, State.PRESENTED)
    <State.PRESENTED: 'PRESENTED'>
    """
    before, then = MOVES[move]
    if state not in before:
        return None
    return then or state


def ending_of(state: State) -> State | None:
    """Return how a bill may end without money as it stands now; ``None`` if it may not."""
    return next((end for end, move in ENDS.items() if after(move, state) is end), None)
