"""
Documents of a machine: what each is, who reads it, and when its owner is reminded that it ends.

They are read like the papers of a company (:mod:`marketplace.rules.proofs`): a picture written anew, or a PDF
that does nothing.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

MOST = 20  # of one machine
MOST_PAGES = 400
LONGEST_TITLE = 120
FARTHEST_YEARS = 30
REMIND_DAYS = (30, 7, 0)  # before the last day


class Kind(StrEnum):
    """What a document is."""

    MANUAL = "MANUAL"
    CALIBRATION = "CALIBRATION"
    SAFETY = "SAFETY"
    INSPECTION = "INSPECTION"
    SAMPLE = "SAMPLE"
    REFURBISHMENT = "REFURBISHMENT"
    SCRAPPING = "SCRAPPING"
    OTHER = "OTHER"


class Audience(StrEnum):
    """Who reads it, besides its owner and the platform."""

    EVERYBODY = "EVERYBODY"
    SIGNED_IN = "SIGNED_IN"
    LESSEES = "LESSEES"


TEXTS = {
    "title_missing": gettext_noop("Give the document a title."),
    "title_too_long": gettext_noop("A title has at most {most} characters."),
    "over": gettext_noop("This day is over: what no longer holds is not shown. Leave it empty, or renew it."),
    "too_far": gettext_noop("A document holds for {most} years at most."),
    "too_many_pages": gettext_noop("A document has at most {most} pages. Send a part of it."),
    "order": gettext_noop("Name every document of the machine, each once."),
}


def flaws(title: str, valid_until: date | None, on: date) -> list[Flaw]:
    """Return what is wrong with what is said of a document on a local day, each at its field."""
    found = []
    if not title.strip():
        found.append(Flaw("/title", "required", TEXTS["title_missing"]))
    if len(title.strip()) > LONGEST_TITLE:
        found.append(Flaw("/title", "too_long", TEXTS["title_too_long"], {"most": LONGEST_TITLE}))
    if valid_until is not None and valid_until < on:
        found.append(Flaw("/valid_until", "over", TEXTS["over"]))
    if valid_until is not None and valid_until.year > on.year + FARTHEST_YEARS:
        found.append(Flaw("/valid_until", "too_far", TEXTS["too_far"], {"most": FARTHEST_YEARS}))
    return found


def page_flaws(pages: int) -> list[Flaw]:
    """Return what is wrong with how many pages a file has."""
    if pages <= MOST_PAGES:
        return []
    return [Flaw("/file", "too_many_pages", TEXTS["too_many_pages"], {"most": MOST_PAGES})]


def order_flaws(known: Sequence[str], given: Sequence[str]) -> list[Flaw]:
    """Return what is wrong with an order of documents: each has to be named, once."""
    if sorted(known) == sorted(given):
        return []
    return [Flaw("/order", "not_all_once", TEXTS["order"])]


def reminder(valid_until: date, on: date) -> int | None:
    """
    Return which reminder is due on a day: the fewest days before the end that were reached, or nothing.

        >>> reminder(date(2026, 3, 31), date(2026, 3, 25))
        7
    """
    left = (valid_until - on).days
    return min((days for days in REMIND_DAYS if 0 <= left <= days), default=None)
