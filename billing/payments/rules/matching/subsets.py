"""Which of a few amounts add up to a sum: exactly, in whole minor units, and whether only in one way."""

from collections import defaultdict
from collections.abc import Sequence


def subsets(amounts: Sequence[int], total: int, *, most: int, enough: int = 2) -> list[tuple[int, ...]]:
    """
    Return places of positive amounts that add up to ``total``, at most ``most`` of them; at least two.

    It stops when ``enough`` ways are found, so one way tells that there is no other. Two halves are summed
    apart and meet: 2^(n/2) sums instead of 2^n.

    >>> subsets([1200, 1200, 500], 2400, most=6)
    [(0, 1)]
    """
    if sum(amounts) < total:
        return []
    if sum(amounts) == total:  # all of them are positive, so no part is as much
        return [tuple(range(len(amounts)))] if 2 <= len(amounts) <= most else []
    middle = len(amounts) // 2
    left = _sums(amounts[:middle], 0, total, most)
    by_sum: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for reached, places in left:
        by_sum[reached].append(places)
    found: list[tuple[int, ...]] = []
    for reached, places in _sums(amounts[middle:], middle, total, most):
        for others in by_sum.get(total - reached, ()):
            if 2 <= len(others) + len(places) <= most:
                found.append((*others, *places))
                if len(found) == enough:
                    return found
    return found


def _sums(amounts: Sequence[int], first: int, total: int, most: int) -> list[tuple[int, tuple[int, ...]]]:
    """Return all sums up to ``total`` of some of the amounts, with their places counted from ``first``."""
    made: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for place, amount in enumerate(amounts, start=first):
        made += [
            (reached + amount, (*places, place))
            for reached, places in made
            if reached + amount <= total and len(places) < most
        ]
    return made
