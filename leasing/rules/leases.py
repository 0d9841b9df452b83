"""
The commercial life of a lease as one table: from which states, to which, by whom, and what must be recorded.

Rows are numbered as the transitions of the trade are (docs/leasing.md). Adding a state is adding rows.
*Overdue* and *disputed* are not states; they may stand beside any of them.
"""

from collections.abc import Mapping
from typing import Any

from leasing.rules.states import Billing, Move, Physical, Side, Status
from leasing.rules.table import (
    BACK,
    BEGUN,
    BOUND,
    OVER,
    RUNNING,
    SETTLED,
    TABLE,
    UNDER_CONTRACT,
    UNDER_OFFER,
    UNSETTLED,
    Step,
)

__all__ = [
    "BACK",
    "BEGUN",
    "BOUND",
    "OVER",
    "RUNNING",
    "SETTLED",
    "TABLE",
    "UNDER_CONTRACT",
    "UNDER_OFFER",
    "UNSETTLED",
    "Billing",
    "Move",
    "Physical",
    "Side",
    "Status",
    "Step",
    "can",
    "is_final",
    "missing_records",
    "moves_from",
    "step_of",
    "steps_of",
]


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
    given = {name: recorded.get(name) for name in step.records}
    return tuple(name for name, one in given.items() if one is None or one is False or one == "")
