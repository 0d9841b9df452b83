"""
What a rule found: a quantity of one meter, where it stands in time, and the readings that prove it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import IntFlag
from typing import NamedTuple

from devices.rules.readings import WIDE, Number

RUN = "run"
CYCLES = "cycles"
COMPLETE = "cycles.complete"
ABORTED = "cycles.aborted"
STATE = "state."
COUNTER = "counter."
GAUGE = "gauge."
OBSERVED = "observed."
ABOVE = "above."
JOBS = "jobs"
BAD = "bad"


class Flag(IntFlag):
    """What a person who checks a quantity should know about it."""

    NONE = 0
    UNOBSERVED = 1  # the counter grew while the source was away
    AFTER_DIP = 2  # the counter had read lower in between and came back
    RESET = 4  # counted from where the counter began again
    ROLLED_OVER = 8  # the counter reached its width
    AT_LAST_LIFE = 16  # closed at the last proof of life, because the source went away
    HELD = 32  # not billed: a person decides
    EDGE = 64  # the counter grew over an edge of the time that is measured
    DIP = 128  # the counter had fallen, and nothing explained it
    WITNESS = 256  # another meter of the machine saw less
    AGREED = 512  # had been held; the parties agreed that it counts
    DROPPED = 1024  # had been held; it does not count
    REJECTED = 2048  # inspection found it bad
    CHANGED = 4096  # up to the recorded end of a counter that was changed
    PARTIAL = 8192  # it ended before it was done
    BAD = 16384  # the machine's own verdict: bad


REASONS = (
    Flag.EDGE | Flag.DIP | Flag.WITNESS | Flag.REJECTED | Flag.CHANGED | Flag.PARTIAL | Flag.BAD
)  # why something is held


class Increment(NamedTuple):
    """
    A quantity between two readings.

    Time is in microseconds and fills [start, end); a count stands at ``start``, which is then also ``end``.
    """

    meter: str
    start: int
    end: int
    quantity: Number
    flags: Flag
    first_sequence: int
    last_sequence: int


class Window(NamedTuple):
    """The increments of one meter that fall between two edges, added up."""

    meter: str
    start: int
    end: int
    quantity: Number
    flags: Flag
    first_sequence: int
    last_sequence: int


def windows(increments: Iterable[Increment], edges: Sequence[int]) -> list[Window]:
    """
    Cut increments at the edges and add them up; what lies outside the first and last edge is left out.

    ``edges`` are rising instants in microseconds: quarter-hours, local midnights, any edge of a contract.
    Time is cut exactly where an edge falls; a count belongs to the window in which its instant lies. Held
    quantities are added apart, so that no sum mixes what is billed with what a person must decide.
    """
    found: dict[tuple[str, int, bool], Window] = {}
    for increment in increments:
        for index, quantity in _shares(increment, edges):
            key = (increment.meter, index, bool(increment.flags & Flag.HELD))
            piece = Window(
                increment.meter, edges[index], edges[index + 1], quantity, increment.flags, *increment[5:]
            )
            found[key] = _sum(found[key], piece) if key in found else piece
    return [found[key] for key in sorted(found)]


def _shares(increment: Increment, edges: Sequence[int]) -> list[tuple[int, Number]]:
    index = bisect_right(edges, increment.start) - 1
    if increment.end <= increment.start:
        return [(index, increment.quantity)] if 0 <= index < len(edges) - 1 else []
    shares: list[tuple[int, Number]] = []
    for place in range(max(index, 0), len(edges) - 1):
        start, end = max(increment.start, edges[place]), min(increment.end, edges[place + 1])
        if end <= start:
            break
        shares.append((place, share(increment, start, end)))
    return shares


def share(increment: Increment, start: int, end: int) -> Number:
    """Return the part of an increment's quantity that falls in [start, end) of its time; exact."""
    length = increment.end - increment.start
    if increment.quantity == length:
        return end - start
    return add(WIDE.divide(Decimal(multiply(increment.quantity, end - start)), Decimal(length)), 0)


def _sum(one: Window, other: Window) -> Window:
    return one._replace(
        quantity=add(one.quantity, other.quantity),
        flags=one.flags | other.flags,
        first_sequence=min(one.first_sequence, other.first_sequence),
        last_sequence=max(one.last_sequence, other.last_sequence),
    )


def add(one: Number, other: Number) -> Number:
    """Add two exact numbers; whole numbers are integers."""
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    result = WIDE.normalize(WIDE.add(Decimal(one), Decimal(other)))
    return int(result) if result == result.to_integral_value() else result


def multiply(one: Number, other: Number) -> Number:
    """Multiply two exact numbers; whole numbers are integers."""
    if isinstance(one, int) and isinstance(other, int):
        return one * other
    return add(WIDE.multiply(Decimal(one), Decimal(other)), 0)


def total(increments: Iterable[Increment], meter: str, *, held: bool = False) -> Number:
    """Add up one meter: what is billed, or else what is held."""
    result: Number = 0
    for increment in increments:
        if increment.meter == meter and bool(increment.flags & Flag.HELD) is held:
            result = add(result, increment.quantity)
    return result


def every(step: int, start: int, end: int) -> list[int]:
    """List the edges of all whole steps since 1970 UTC that touch [start, end), both outer edges included."""
    return list(range(start // step * step, -(-end // step) * step + 1, step))
