"""A platform with its book, people of its finance team, an owner, and a lease to name."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from billing.actions import books
from billing.models import Book, Journal
from billing.rules.journals import Dims, Entry, Line
from marketplace.actions import parties
from marketplace.models import Organization, User
from marketplace.models.parties import Role
from tests.billing.world import member
from tests.factories import marketplace as factory

NOON = datetime(2026, 11, 1, 4, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 4, tzinfo=UTC)
DAY = date(2026, 11, 1)


@dataclass
class Office:
    """The platform's book and who works with it."""

    platform: Organization
    book: Book
    chief: User
    second: User
    clerk: User
    owner: Organization
    clock: User

    @property
    def whose(self) -> Dims:
        """The owner as party."""
        return Dims(party=self.owner.public_id)


def office() -> Office:
    """Return a platform, whose book is open, and an owner."""
    platform = factory.platform()
    book = books.platform_book(at=NOON)
    assert book is not None
    return Office(
        platform,
        book,
        member(platform),
        member(platform),
        member(platform, Role.FINANCE),
        factory.organization("Owner"),
        parties.robot(name="clock"),
    )


def entry(key: str = "k1", minor: int = 100, on: date = DAY, **given: Any) -> Entry:
    """Return a fee that was received, in minor units."""
    lines = given.pop("lines", (Line("1002.01", minor, "CNY"), Line("6001.02", -minor, "CNY")))
    return Entry("P", "ADJUSTMENT", key, on, lines, **given)


def payable(office: Office, minor: int, key: str) -> Entry:
    """Return an entry that adds to what is payable to the owner; with a negative amount one that takes."""
    return payable_to(office.owner, minor, key)


def payable_to(owner: Organization, minor: int, key: str) -> Entry:
    """Return an entry that adds to what is payable to somebody."""
    whose = Dims(party=owner.public_id)
    return entry(key, lines=(Line("1002.02", minor, "CNY"), Line("2241.01", -minor, "CNY", whose)))


def nothing_posted() -> bool:
    """Tell whether no journal stands in any book."""
    return not Journal.objects.exists()
