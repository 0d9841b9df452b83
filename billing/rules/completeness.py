"""How far a machine's use is known: what may still change, and where nothing was heard."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from devices.rules.life import Life


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
    that the source had gone. ``missing`` is how many of the source's numbers never came; then it lies between
    the proofs of life on both sides of them.
    """

    start: int
    end: int | None
    silent: bool
    missing: int = 0

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


def placed(
    holes: Sequence[tuple[int, int]], before: Life | None, trace: Sequence[Life], *, start: int
) -> tuple[list[GapSpan], list[GapSpan]]:
    """
    Place holes in the source's numbers, as half-open orders, in time: those that ended, and those that last.

    ``trace`` is a part of the life trace behind ``before``. A hole lies between its neighbours; one that ends
    at the first of all begins with the time that is measured at ``start``, one behind the last of all lasts.
    """
    lives = [*([] if before is None else [before]), *trace]
    orders = [one.sequence for one in lives]
    ended, lasting = list[GapSpan](), list[GapSpan]()
    for low, high in holes:
        place = bisect_left(orders, high)
        if place == len(lives):
            if lives and orders[-1] + 1 == low:
                lasting.append(GapSpan(lives[-1].at, None, False, high - low))
        elif place > 0:
            ended.append(_between(lives[place - 1].at, lives[place].at, high - low))
        elif before is None and orders[0] == high:
            ended.append(_between(start, lives[0].at, high - low))
    return ended, lasting


def _between(one: int, other: int, missing: int) -> GapSpan:
    start = min(one, other)
    return GapSpan(start, max(one, other, start + 1), False, missing)


def joined(gaps: Iterable[GapSpan]) -> tuple[GapSpan, ...]:
    """Put gaps in order, each once: several meters of a device note the same."""
    return tuple(sorted(set(gaps), key=lambda gap: (gap.start, gap.end is None, gap.end or 0)))
