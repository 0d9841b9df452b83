"""Reduce readings to what a decision allows: whole intervals of one grid, never a part of one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Context, Decimal

from devices.ownership.rules.defaults import WHOLE

CARRY = 86_400_000_000  # microseconds: whoever says nothing for longer is not known to be in a state
EXACT = Context(prec=60)
MEAN = Context(prec=18)
Number = int | Decimal
Reducer = Callable[[Iterable[tuple[int, object]], tuple[int, int], int | str], list["Bucket"]]


@dataclass(slots=True)
class Bucket:
    """One interval: how many readings, their extremes, mean and last; microseconds spent in each state."""

    start: int
    end: int
    count: int = 0
    minimum: Number | None = None
    maximum: Number | None = None
    last: Number | None = None
    states: dict[str, int] = field(default_factory=dict)
    total: Number = 0

    @property
    def mean(self) -> Decimal | None:
        """The mean of the numbers, to 18 digits."""
        return None if self.last is None else MEAN.divide(Decimal(self.total), Decimal(self.count))

    def take(self, value: Number) -> None:
        """Add one number."""
        self.count += 1
        self.minimum = value if self.minimum is None else min(self.minimum, value)
        self.maximum = value if self.maximum is None else max(self.maximum, value)
        self.last, self.total = value, EXACT.add(Decimal(self.total), Decimal(value))


def grid(
    start: int, end: int | None, interval: int | str, whole: tuple[int, int | None], now: int
) -> tuple[int, int] | None:
    """
    Return the stretch of whole intervals inside ``start`` to ``end`` that are over, or nothing.

    ``WHOLE`` gives the agreement's whole stretch, if all of it was asked for and it has ended. A figure that
    grows while one looks would tell every reading that comes in.
    """
    if end is None:
        return None
    if isinstance(interval, str):
        asked_for = interval == WHOLE and (start, end) == whole and end <= now
        return (start, end) if asked_for else None
    end = min(end, now)
    first, last = -(-start // interval) * interval, end // interval * interval
    return (first, last) if first < last else None


def numbers(
    points: Iterable[tuple[int, object]], stretch: tuple[int, int], interval: int | str
) -> list[Bucket]:
    """Reduce numeric readings; readings without a value count for nothing."""
    found: dict[int, Bucket] = {}
    for at, value in points:
        if stretch[0] <= at < stretch[1] and isinstance(value, int | Decimal):
            _bucket(found, at, stretch, interval).take(value)
    return [found[start] for start in sorted(found)]


def counts(
    points: Iterable[tuple[int, object]], stretch: tuple[int, int], interval: int | str
) -> list[Bucket]:
    """Reduce texts and conditions to how many there were: what they say is never an aggregate."""
    found: dict[int, Bucket] = {}
    for at, _ in points:
        if stretch[0] <= at < stretch[1]:
            _bucket(found, at, stretch, interval).count += 1
    return [found[start] for start in sorted(found)]


def states(
    points: Iterable[tuple[int, object]], stretch: tuple[int, int], interval: int | str
) -> list[Bucket]:
    """
    Reduce states to the time spent in each; a state lasts to the next reading, by source order.

    Nothing is known before the first reading and after the last one, nor between two that are more than a
    day apart. Give the readings of a day before and after the stretch too, as far as the same rights reach:
    then a figure is the same whatever else was asked for, and two figures cannot be subtracted.
    """
    found: dict[int, Bucket] = {}
    state, since = None, 0
    for at, value in points:
        if isinstance(state, str) and at - since <= CARRY:
            _spend(found, state, (max(since, stretch[0]), min(at, stretch[1])), stretch, interval)
        state, since = value, at
    return [found[start] for start in sorted(found)]


def reducer(kind: str) -> Reducer:
    """Return how readings of a kind of channel are reduced."""
    return {"COUNTER": numbers, "GAUGE": numbers, "STATE": states}.get(kind, counts)


def _spend(
    found: dict[int, Bucket],
    state: str,
    spent: tuple[int, int],
    stretch: tuple[int, int],
    interval: int | str,
) -> None:
    start, end = spent
    while start < end:
        bucket = _bucket(found, start, stretch, interval)
        upto = min(end, bucket.end)
        bucket.states[state] = bucket.states.get(state, 0) + upto - start
        start = upto


def _bucket(found: dict[int, Bucket], at: int, stretch: tuple[int, int], interval: int | str) -> Bucket:
    if isinstance(interval, str):
        return found.setdefault(stretch[0], Bucket(*stretch))
    start = at // interval * interval
    return found.setdefault(start, Bucket(start, start + interval))
