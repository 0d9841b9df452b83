"""How fast a lessor answers requests."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

FEWEST: Final = 3  # lessees; of fewer nothing is said
WITHIN: Final = timedelta(days=365)


def median(taken: Sequence[tuple[int, timedelta]]) -> timedelta | None:
    """
    Return the time within which half of the requests were answered; pairs of a lessee and the time it waited.

    Nothing if they come of less than ``FEWEST`` lessees.

    >>> hour = timedelta(hours=1)
    >>> median([(1, hour), (2, 9 * hour), (3, 2 * hour)])
    datetime.timedelta(seconds=7200)
    >>> median([(1, hour), (1, hour), (2, hour)]) is None
    True
    """
    if len({lessee for lessee, _waited in taken}) < FEWEST:
        return None
    waited = sorted(waited for _lessee, waited in taken)
    return waited[(len(waited) - 1) // 2]
