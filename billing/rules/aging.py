"""How old what is due is: the buckets of the aged receivables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

BUCKETS = ("not_due", "1-30", "31-60", "61-90", "91+")
_EDGES = (0, 30, 60, 90)


class Open(NamedTuple):
    """What is open of one document, in minor units; ``party_id`` tells parties of one name apart."""

    party: str
    currency: str
    due: date
    open_minor: int
    party_id: str = ""


@dataclass(frozen=True)
class Aged:
    """What one party owes in one currency, by age; minor units in the order of ``BUCKETS``."""

    party: str
    currency: str
    amounts: tuple[int, ...]
    party_id: str = ""

    @property
    def total_minor(self) -> int:
        """All that is open."""
        return sum(self.amounts)


def bucket(due: date, as_of: date) -> str:
    """
    Return the bucket of an amount due on ``due``: the day itself is not overdue yet.

    >>> bucket(date(2026, 10, 31), date(2026, 11, 30))
    '1-30'
    """
    late = (as_of - due).days
    return BUCKETS[sum(late > edge for edge in _EDGES)]


def aged(items: Iterable[Open], as_of: date) -> list[Aged]:
    """Add up what is open by party and currency, oldest buckets last; parties in their order of names."""
    table: dict[tuple[str, str, str], list[int]] = {}
    for item in items:
        row = table.setdefault((item.party, item.party_id, item.currency), [0] * len(BUCKETS))
        row[BUCKETS.index(bucket(item.due, as_of))] += item.open_minor
    return [
        Aged(party, currency, tuple(row), party_id)
        for (party, party_id, currency), row in sorted(table.items())
    ]
