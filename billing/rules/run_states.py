"""The states of an invoice run and of what stands in it, and which follows which."""

from collections.abc import Iterable
from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands."""

    PREVIEWING = "PREVIEWING"
    PREVIEWED = "PREVIEWED"
    APPROVED = "APPROVED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    WITH_FAILURES = "WITH_FAILURES"
    CANCELLED = "CANCELLED"


class ItemState(StrEnum):
    """What becomes of one lease and period in a run."""

    READY = "READY"
    UNRATEABLE = "UNRATEABLE"
    LEFT_OUT = "LEFT_OUT"
    BLOCKED = "BLOCKED"
    BILLED = "BILLED"
    ALREADY = "ALREADY"
    CHANGED = "CHANGED"
    FAILED = "FAILED"


# The database keeps the same table (migration 0017).
NEXT: dict[RunState, frozenset[RunState]] = {
    RunState.PREVIEWING: frozenset({RunState.PREVIEWED, RunState.CANCELLED}),
    RunState.PREVIEWED: frozenset({RunState.APPROVED, RunState.CANCELLED}),
    RunState.APPROVED: frozenset({RunState.RUNNING, RunState.CANCELLED}),
    RunState.RUNNING: frozenset({RunState.FINISHED, RunState.WITH_FAILURES}),
    RunState.FINISHED: frozenset(),
    RunState.WITH_FAILURES: frozenset(),
    RunState.CANCELLED: frozenset(),
}
OPEN = frozenset(state for state, following in NEXT.items() if following)
FAILURES = frozenset({ItemState.UNRATEABLE, ItemState.CHANGED, ItemState.FAILED, ItemState.BLOCKED})


def may_become(state: str, following: RunState) -> bool:
    """Tell whether a run may go on from one state to another."""
    return following in NEXT[RunState(state)]


def ends_as(items: Iterable[str]) -> RunState:
    """Return how a run ends whose items came to these states: what a person left out is no failure."""
    return RunState.WITH_FAILURES if FAILURES & set(items) else RunState.FINISHED


def needs_second(maker: str, approver: str, *, others: int) -> bool:
    """
    Tell whether somebody else has to approve: it is the maker, and others of the organization may.

    Four eyes are asked of an organization that has them; one that is a single person approves its own run.
    """
    return maker == approver and others > 0
