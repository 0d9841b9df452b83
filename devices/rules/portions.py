"""
Where our own readers cut what a source said into deliveries.

A delivery's groups are proved whole or not at all, and leases begin and end at quarter-hours as a rule. So no
delivery reaches over a quarter-hour of device time; what one party is shown then holds nothing of another's.
Sequences are kept in their order; what the cuts are changes nothing that is measured.
"""

from collections.abc import Sequence
from itertools import pairwise

from devices.rules.admission import LARGEST_SEQUENCE, Item
from devices.rules.life import QUARTER
from devices.rules.ranges import Span

EACH = 16  # readings for a cut, on average: clocks that contradict each other must not cut a file to dust
ALWAYS = 4  # cuts that are made in any case


def portions(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """
    Cut items, whose times are in microseconds since 1970 UTC, into deliveries of at most ``size``.

    They are cut where the quarter-hour changes, too, unless that would be more than four cuts and more than
    one for each 16 readings.
    """
    found: list[Sequence[Item]] = []
    for start in range(0, len(items), size):
        part = items[start : start + size]
        found += _at_quarters(part)
    return found


def shares(pieces: Sequence[Sequence[Item]], covered: Sequence[Span]) -> list[list[Span]]:
    """Share out the ranges that all pieces, in order of sequence, cover: each up to where the next begins."""
    edges = [0, *(piece[0].sequence for piece in pieces[1:]), LARGEST_SEQUENCE + 1]
    return [
        [(max(low, start), min(high, end)) for low, high in covered if low < end and high > start]
        for start, end in pairwise(edges)
    ]


def _at_quarters(part: Sequence[Item]) -> list[Sequence[Item]]:
    quarters = [item.at // QUARTER for item in part]
    changes = [place for place in range(1, len(part)) if quarters[place] != quarters[place - 1]]
    if len(changes) > max(ALWAYS, len(part) // EACH):
        return [part]
    edges = [0, *changes, len(part)]
    return [part[start:end] for start, end in pairwise(edges)]
