"""Days on which machines are free: runs of them, and the first one that is long enough."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """Days in a row, counted from the first one asked for, ``last`` included, on which so many are free."""

    first: int
    last: int
    free: int


def runs(free: Sequence[int]) -> list[Run]:
    """
    Return days in a row with one count as one entry.

        >>> runs([2, 2, 0])
        [Run(first=0, last=1, free=2), Run(first=2, last=2, free=0)]
    """
    found: list[Run] = []
    for day, count in enumerate(free):
        if found and found[-1].free == count:
            found[-1] = Run(found[-1].first, day, count)
        else:
            found.append(Run(day, day, count))
    return found


def first_run(machines: Iterable[Sequence[bool]], length: int) -> int | None:
    """
    Return the first day from which one machine is free so many days in a row, or nothing.

        >>> first_run([[True, False, True, True], [False, True, True, False]], 2)
        1
    """
    starts = (_first(days, length) for days in machines)
    return min((start for start in starts if start is not None), default=None)


def _first(days: Sequence[bool], length: int) -> int | None:
    run = 0
    for day, free in enumerate(days):
        run = run + 1 if free else 0
        if run == length:
            return day - length + 1
    return None
