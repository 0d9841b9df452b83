"""
Cut what was found into quarter-hours, and add up pieces that were cut apart.

Adding is exact and knows no order, so a day that is put together from pieces equals a day cut in one go.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from devices.rules.increments import REASONS, Flag, Increment, add, multiply, share
from devices.rules.readings import Number

SECOND = 1_000_000
QUARTER = 15 * 60 * SECOND


class Span(NamedTuple):
    """A half-open stretch of time in microseconds since 1970 UTC; ``end`` is None where it is open."""

    start: int
    end: int | None

    def quarter(self, at: int) -> tuple[int, int]:
        """Return the quarter-hour around an instant, as far as it lies in this span."""
        start = at // QUARTER * QUARTER
        end = start + QUARTER
        return max(start, self.start), end if self.end is None else min(end, self.end)

    def holds(self, at: int) -> bool:
        """Tell whether an instant lies in the span."""
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """
    The quantity of one meter between two edges; run time in seconds.

    The readings from ``first_sequence`` to ``last_sequence`` prove it; they came with the deliveries
    ``arrival_lo`` to ``arrival_hi`` of the device.
    """

    start: int
    end: int
    quantity: Number
    flags: int
    first_sequence: int
    last_sequence: int
    arrival_lo: int
    arrival_hi: int

    @property
    def held(self) -> bool:
        """Whether it is not billed, because a person must decide or has decided that it does not count."""
        return bool(self.flags & Flag.HELD)

    @property
    def reason(self) -> int:
        """Why it is held, as flags: 0 where it is billed."""
        return self.flags & (Flag.HELD | REASONS) if self.held else 0

    def plus(self, other: "Cut") -> "Cut":
        """Add another cut of the same window."""
        return replace(
            self,
            quantity=add(self.quantity, other.quantity),
            flags=self.flags | other.flags,
            first_sequence=min(self.first_sequence, other.first_sequence),
            last_sequence=max(self.last_sequence, other.last_sequence),
            arrival_lo=min(self.arrival_lo, other.arrival_lo),
            arrival_hi=max(self.arrival_hi, other.arrival_hi),
        )

    def dump(self) -> list[Any]:
        """Write the cut as plain JSON values."""
        return [self.start, self.end, format(Decimal(self.quantity), "f"), *_rest(self)]

    @classmethod
    def load(cls, row: list[Any]) -> "Cut":
        """Read what :meth:`dump` wrote."""
        return cls(row[0], row[1], add(Decimal(row[2]), 0), *row[3:])


def cut(
    increments: Iterable[Increment], within: Span, *, arrivals: Mapping[int, int], factor: Decimal
) -> list[Cut]:
    """
    Cut increments at quarter-hours and the edges of ``within``; what lies outside is left out.

    Time is cut exactly where an edge falls; a count belongs to the window in which its instant lies. Held
    quantities stand apart. ``arrivals`` says with which delivery a reading came; quantities are
    multiplied by ``factor``, once, when all is added up.
    """
    pieces = (piece for increment in increments for piece in _pieces(increment, within, arrivals))
    found = merged(pieces)
    return [replace(one, quantity=multiply(one.quantity, factor)) for one in found] if factor != 1 else found


def merged(cuts: Iterable[Cut]) -> list[Cut]:
    """Add up the cuts of each window, in order of time; what is held stands apart, by its reason."""
    found: dict[tuple[int, int], Cut] = {}
    for one in cuts:
        key = (one.start, one.reason)
        found[key] = found[key].plus(one) if key in found else one
    return [found[key] for key in sorted(found)]


def _pieces(increment: Increment, within: Span, arrivals: Mapping[int, int]) -> Iterable[Cut]:
    first, last = arrivals[increment.first_sequence], arrivals[increment.last_sequence]
    proof = (
        int(increment.flags),
        increment.first_sequence,
        increment.last_sequence,
        min(first, last),
        max(first, last),
    )
    if increment.end <= increment.start:
        if within.holds(increment.start):
            yield Cut(*within.quarter(increment.start), increment.quantity, *proof)
        return
    at = max(increment.start, within.start)
    end = increment.end if within.end is None else min(increment.end, within.end)
    while at < end:
        edges = within.quarter(at)
        until = min(end, edges[1])
        yield Cut(*edges, share(increment, at, until), *proof)
        at = until


def _rest(one: Cut) -> tuple[int, ...]:
    return (one.flags, one.first_sequence, one.last_sequence, one.arrival_lo, one.arrival_hi)
