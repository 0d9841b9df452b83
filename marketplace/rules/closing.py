"""How an organization is closed: until when it can be taken back, and what is kept by law for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.rules.msgids import gettext_noop

GRACE: Final = timedelta(days=14)
NOBODY: Final = (
    "已注销用户"  # the name of a person whose data were erased; it stands in lists of both languages
)


class State(StrEnum):
    """Where a closing stands."""

    ASKED = "ASKED"
    TAKEN_BACK = "TAKEN_BACK"
    DONE = "DONE"


@dataclass(frozen=True)
class Obstacle:
    """Why an organization cannot be closed: what there is of a kind, and the page where it is ended."""

    code: str
    text: str
    count: int
    link: str


@dataclass(frozen=True)
class Kept:
    """What is kept after the closing, by which rule, for how many years at least."""

    what: str
    why: str
    years: int


KEPT: Final = (
    Kept(
        gettext_noop("Who the organization is: name, credit code, the papers of its verification"),
        gettext_noop(
            "Measures for the Supervision of Online Trading, article 31: three years after it has left"
        ),
        3,
    ),
    Kept(
        gettext_noop("Listings, leases, bookings, messages and everything agreed"),
        gettext_noop("E-Commerce Law, article 31: three years after the business was completed"),
        3,
    ),
    Kept(
        gettext_noop("Invoices, payments and the books, with the evidence by which they were counted"),
        gettext_noop("Measures for the Administration of Accounting Archives: vouchers and books, 30 years"),
        30,
    ),
    Kept(
        gettext_noop("The log of who did and read what, with names"),
        gettext_noop("Network Data Security Regulation, article 12: three years"),
        3,
    ),
)
ERASED: Final = (
    gettext_noop("names, e-mail addresses and passwords of members who belong to no other organization"),
    gettext_noop("their sessions, second factors, recovery codes, notifications and saved searches"),
    gettext_noop("open invitations and requests to be invited"),
    gettext_noop("phone number and bank account of the organization"),
    gettext_noop("API keys and webhooks: they end at once, their records stay"),
)


def due(asked_at: datetime) -> datetime:
    """Return when a closing takes effect."""
    return asked_at + GRACE


def kept_until(left_on: date) -> Iterator[tuple[Kept, date]]:
    """
    Yield what is kept and until which day at least, for an organization that leaves on a day.

    >>> [day.isoformat() for _, day in kept_until(date(2028, 2, 29))]
    ['2031-03-01', '2031-03-01', '2058-03-01', '2031-03-01']
    """
    for one in KEPT:
        try:
            yield one, left_on.replace(year=left_on.year + one.years)
        except ValueError:
            yield one, left_on.replace(year=left_on.year + one.years, month=3, day=1)


def is_meant(name: str, typed: str) -> bool:
    """
    Tell whether somebody typed the name of the organization; blanks at the ends do not matter.

    >>> is_meant("海州精工", " 海州精工 ")
    True
    """
    return bool(name.strip()) and name.strip() == typed.strip()
