"""How far a machine's use is known: what may still change, and where nothing was heard."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """
    What a window of usage is.

    Provisional: the time for late readings is not over. Incomplete: it is over, and there is a gap in it.
    Complete: it is over, and the machine was heard throughout.
    """

    COMPLETE = "complete"
    PROVISIONAL = "provisional"
    INCOMPLETE = "incomplete"


class GapSpan(NamedTuple):
    """
    A time in microseconds in which a machine's state was not known; ``end`` is None while it lasts.

    It begins at the last proof of life before it; ``silent`` says that nothing at all was heard, not even
    that the source had gone.
    """

    start: int
    end: int | None
    silent: bool

    def touches(self, start: int, end: int) -> bool:
        """Tell whether the gap meets [start, end)."""
        return self.start < end and (self.end is None or start < self.end)


class Known(NamedTuple):
    """
    What is known of one device for one unit.

    ``heard`` is the latest device time; before ``watermark`` nothing changes unless something arrives late.
    """

    heard: int
    watermark: int
    gaps: tuple[GapSpan, ...]

    def gaps_in(self, start: int, end: int) -> list[GapSpan]:
        """Return the gaps that meet [start, end)."""
        return [gap for gap in self.gaps if gap.touches(start, end)]


def state_of(gaps: Sequence[GapSpan], *, is_settled: bool) -> State:
    """Say what a window is, by its gaps and whether the time for late readings is over."""
    if not is_settled:
        return State.PROVISIONAL
    return State.INCOMPLETE if gaps else State.COMPLETE


def joined(gaps: Iterable[GapSpan]) -> tuple[GapSpan, ...]:
    """Put gaps in order, each once: several meters of a device note the same."""
    return tuple(sorted(set(gaps), key=lambda gap: (gap.start, gap.end is None, gap.end or 0)))
