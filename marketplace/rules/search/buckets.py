"""
Numbers as tokens: a coarse step says about how large a value is, so that an index can leave most aside.

Steps are those of the series 1, 2, 5; what lies in the last step of a range is compared exactly afterwards.
"""

from bisect import bisect_right
from decimal import Decimal

EDGES = tuple(Decimal(first).scaleb(power) for power in range(-9, 15) for first in (1, 2, 5))


def step_of(value: Decimal) -> int:
    """Return the step of a value: 0 for what lies below the first edge, rising with the value."""
    return bisect_right(EDGES, value)


def steps(low: Decimal | None, high: Decimal | None) -> range:
    """Return the steps in which values from ``low`` to ``high``, both included, can lie."""
    first = 0 if low is None else step_of(low)
    last = len(EDGES) if high is None else step_of(high)
    return range(first, last + 1)
