"""
How fast a device may deliver: a bucket that holds a burst of readings and fills at a steady rate.

The bucket is one moment, *paid until*: each reading moves it on by the time in which the rate makes room for
one, beginning at now at the earliest. It may lie ahead of now by a full bucket, never more. All is counted in
whole microseconds; the statement that stores (``devices_take``) does the same sums.
"""

from typing import NamedTuple

SECOND = 1_000_000  # µs


class Pace(NamedTuple):
    """``rate`` readings a second for ever, ``burst`` at once after a pause."""

    rate: int
    burst: int

    @property
    def most(self) -> int:
        """The time in which an empty bucket fills, in µs."""
        return self.burst * SECOND // self.rate

    def cost(self, readings: int) -> int:
        """Return the time that pays for some readings, in µs."""
        return readings * SECOND // self.rate

    def pay(self, paid_until: int | None, readings: int, *, at: int) -> int | None:
        """Return until when it is paid with these readings (µs since 1970), ``None`` if they are too many."""
        paid = max(at if paid_until is None else paid_until, at) + self.cost(readings)
        return paid if paid <= at + self.most else None

    def left(self, paid_until: int | None, *, at: int) -> int:
        """Return how many readings the bucket holds now."""
        owed = max(0, (at if paid_until is None else paid_until) - at)
        return max(0, self.most - owed) * self.rate // SECOND

    def full_in(self, paid_until: int | None, *, at: int) -> int:
        """Return in how many whole seconds the bucket is full, if nothing is taken."""
        return _seconds(0 if paid_until is None else paid_until - at)

    def room_in(self, paid_until: int | None, readings: int, *, at: int) -> int:
        """Return in how many whole seconds some readings may come."""
        ahead = max(at if paid_until is None else paid_until, at) - at
        return _seconds(ahead + self.cost(readings) - self.most)


def _seconds(microseconds: int) -> int:
    return max(0, -(-microseconds // SECOND))
