"""Sets of sequence numbers as rising half-open ranges."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def spans_of(numbers: Iterable[int]) -> list[Span]:
    """Return the rising numbers as the fewest ranges."""
    found: list[Span] = []
    for number in numbers:
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


def union(*sets: Iterable[Span]) -> list[Span]:
    """Return all ranges together, joined where they touch."""
    found: list[Span] = []
    for start, end in sorted(span for spans in sets for span in spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def holes(covered: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return what of [start, end) the rising ranges leave out."""
    found: list[Span] = []
    at = start
    for low, high in covered:
        if high <= at:
            continue
        if low >= end:
            break
        if low > at:
            found.append((at, low))
        at = max(at, high)
    if at < end:
        found.append((at, end))
    return found


def holds(covered: Sequence[Span], number: int) -> bool:
    """Say whether a number lies in one of the rising ranges."""
    place = bisect_right(covered, (number, 2**62)) - 1
    return place >= 0 and covered[place][0] <= number < covered[place][1]
