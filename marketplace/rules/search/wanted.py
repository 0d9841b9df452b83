"""A question with its filters, order and place in the list, and how that place is written in an address."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from marketplace.rules.search.cells import Point
from marketplace.rules.search.questions import Term
from marketplace.shared.period import Period

CURSOR = re.compile(r"([gtknp])(-?[0-9]{1,12}(?:\.[0-9]{1,6})?)_([0-9]{1,5})_([0-9]{1,18})", re.ASCII)


class Order(StrEnum):
    """By what a list is put in order."""

    FIT = "fit"
    NEAR = "distance"
    PRICE = "price"


@dataclass(frozen=True)
class Wanted:
    """
    What is looked for; ``km`` from ``near``, free for all of ``free``, new or changed after ``since``.

    ``chains`` are the keys of those whose offers the reader may see, too; of none it is what anybody may.
    What is open to ``joined`` alone, of these, is looked through whatever its age. ``known`` is the key of a
    saved search: what it has found before is left out.
    """

    terms: tuple[Term, ...] = ()
    near: Point | None = None
    km: float | None = None
    free: Period | None = None
    order: Order = Order.FIT
    meter: str | None = None
    since: datetime | None = None
    chains: tuple[int, ...] = ()
    joined: tuple[int, ...] = ()
    known: int | None = None


@dataclass(frozen=True)
class Place:
    """
    The last entry of a page: how it was found (a letter), by what it stood there, its rank and its listing.

    A list is read on in the way in which it began, whatever became of the counts meanwhile.
    """

    way: str
    by: float
    rank: int
    listing: int

    def __str__(self) -> str:
        by = f"{self.by:.6f}".rstrip("0").rstrip(".")
        return f"{self.way}{by}_{self.rank}_{self.listing}"


def place_of(text: str) -> Place | None:
    """Return the place that an address says, or nothing if it says none."""
    match = CURSOR.fullmatch(text)
    return Place(match[1], float(match[2]), int(match[3]), int(match[4])) if match else None
