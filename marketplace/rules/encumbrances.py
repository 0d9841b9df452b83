"""
Whether somebody else holds a right in a machine: what a search of the unified register of movables said.

Source: the register of the PBOC Credit Reference Centre (动产融资统一登记公示系统) holds finance leases,
mortgages of equipment and retentions of title since 2021; Civil Code, Articles 403, 641 and 745.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

OLDEST = timedelta(days=365)  # an older search is not worth writing down
FRESH = timedelta(days=30)  # after which the owner is told to search again
LONGEST = {"query_number": 60, "registration_number": 60, "holder": 120, "consent": 120}
TEXTS = {
    "required": gettext_noop("This must be said."),
    "in_the_future": gettext_noop("This lies in the future."),
    "too_old": gettext_noop("A search is at most a year old. Search again."),
    "too_long": gettext_noop("At most {most} characters."),
    "only_if_encumbered": gettext_noop("A search that found nothing has no such field."),
}


class Result(StrEnum):
    """What the register said."""

    CLEAR = "CLEAR"
    ENCUMBERED = "ENCUMBERED"


class Standing(StrEnum):
    """How a machine stands, by its newest search."""

    NOT_SEARCHED = "NOT_SEARCHED"
    CLEAR = "CLEAR"
    CONSENTED = "CONSENTED"
    ENCUMBERED = "ENCUMBERED"


@dataclass(frozen=True, slots=True)
class Search:
    """
    One search of the register. ``query_number`` is that of the search's own proof.

    If something was found: its registration, who holds the right, and ``consent``, the date or number of the
    paper by which the holder agrees that the machine is leased out, if it does.
    """

    searched_at: datetime
    query_number: str
    result: Result
    registration_number: str = ""
    holder: str = ""
    consent: str = ""

    @property
    def standing(self) -> Standing:
        """How a machine stands of which this is the newest search."""
        if self.result is Result.CLEAR:
            return Standing.CLEAR
        return Standing.CONSENTED if self.consent else Standing.ENCUMBERED


def standing_of_all(newest: Iterable[Search | None]) -> Standing:
    """Return how several machines stand together: as the worst of them."""
    order = (Standing.ENCUMBERED, Standing.NOT_SEARCHED, Standing.CONSENTED, Standing.CLEAR)
    found = [one.standing if one else Standing.NOT_SEARCHED for one in newest]
    return min(found, key=order.index, default=Standing.NOT_SEARCHED)


def is_fresh(search: Search, at: datetime) -> bool:
    """Tell whether a search is young enough to rely on at a moment."""
    return at - search.searched_at <= FRESH


def flaws(given: Search, *, at: datetime) -> list[Flaw]:
    """Return everything that is wrong with what is written down at a moment, each at its field."""
    return list(_flaws(given, at))


def _flaws(given: Search, at: datetime) -> Iterator[Flaw]:
    if given.searched_at > at:
        yield _flaw("searched_at", "in_the_future")
    if given.searched_at < at - OLDEST:
        yield _flaw("searched_at", "too_old")
    found = given.result is Result.ENCUMBERED
    for name in ("query_number", *(("registration_number", "holder") if found else ())):
        if not getattr(given, name).strip():
            yield _flaw(name, "required")
    for name in () if found else ("registration_number", "holder", "consent"):
        if getattr(given, name):
            yield _flaw(name, "only_if_encumbered")
    for name, most in LONGEST.items():
        if len(getattr(given, name)) > most:
            yield _flaw(name, "too_long", most=most)


def _flaw(field: str, code: str, **facts: Any) -> Flaw:
    return Flaw(f"/{field}", code, TEXTS[code], facts)
