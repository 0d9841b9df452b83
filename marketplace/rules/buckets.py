"""
How many requests a caller may send: a bucket of tokens that fills at a steady rate.

The bucket is one moment, *paid until*, in whole microseconds since 1970: each request moves it on by the
time in which the rate makes room for one, beginning at now at the earliest. It lies ahead of now by a full
bucket at the most. Redis does the same sums (``marketplace.gateway.buckets``); a test compares both.
"""

from typing import NamedTuple

SECOND = 1_000_000  # µs
WINDOW = 60  # s
MOST_A_MINUTE = 100_000


class Taken(NamedTuple):
    """Whether a token was taken, and until when the bucket is paid, in µs since 1970."""

    allowed: bool
    paid_until: int


class Bucket(NamedTuple):
    """``quota`` requests within ``window`` seconds, all of them at once after a pause."""

    quota: int
    window: int = WINDOW

    @property
    def cost(self) -> int:
        """The time that pays for one request, in µs."""
        return self.window * SECOND // self.quota

    @property
    def most(self) -> int:
        """The time in which an empty bucket fills, in µs."""
        return self.quota * self.cost

    def take(self, paid_until: int, *, at: int, tokens: int = 1) -> Taken:
        """
        Take a token, if there is one; ``tokens=-1`` gives one back, and never makes more than a full bucket.

            >>> Bucket(2, 60).take(0, at=1_000)
            Taken(allowed=True, paid_until=30001000)
        """
        held = min(max(paid_until, at), at + self.most)
        paid = max(held + tokens * self.cost, at)
        return Taken(True, paid) if paid <= at + self.most else Taken(False, held)

    def left(self, paid_until: int, *, at: int) -> int:
        """Return how many requests may come now."""
        return max(0, at + self.most - max(paid_until, at)) // self.cost

    def full_in(self, paid_until: int, *, at: int) -> int:
        """Return in how many whole seconds the bucket is full, if nothing is taken."""
        return _seconds(paid_until - at)

    def room_in(self, paid_until: int, *, at: int) -> int:
        """Return in how many whole seconds the next request may come."""
        return _seconds(max(paid_until, at) + self.cost - at - self.most)


def _seconds(microseconds: int) -> int:
    return max(0, -(-microseconds // SECOND))
