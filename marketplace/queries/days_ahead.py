"""From when machines of listings are free for some days in a row."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from marketplace.models import Listing
from marketplace.queries import free_days
from marketplace.rules.free_days import first_run

HORIZON = 366  # days that are looked through


def next_free(listings: Sequence[Listing], first: date, lengths: Mapping[int, int]) -> dict[int, date | None]:
    """
    Return, per listing, the first day from which one of its machines could be claimed for so many days.

    It is asked of the days that the strips show (:func:`marketplace.queries.free_days`), within a year from
    ``first``; nothing where none is. Claims that could move are left where they are. Two queries.
    """
    days = free_days(listings, first, HORIZON)
    found = {pk: first_run(machines.values(), lengths[pk]) for pk, machines in days.items()}
    return {pk: None if start is None else first + timedelta(days=start) for pk, start in found.items()}
