"""
The chain of a book: each sealed journal's hash stands on the one before it, so that nothing goes unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from leasing.rules.canonical import digest

GENESIS = ""


@dataclass(frozen=True)
class Link:
    """What the chain says of a journal, besides its content's hash."""

    book: str
    public_id: str
    content_hash: str
    effective_date: date
    posted_at: datetime
    actor: str

    def hash(self, *, number: int, prev_hash: str) -> str:
        """Return the hash of the journal as the ``number``-th of its book, SHA-256 in hex."""
        return digest(
            {
                "number": number,
                "prev_hash": prev_hash,
                "book": self.book,
                "journal": self.public_id,
                "content_hash": self.content_hash,
                "effective_date": self.effective_date.isoformat(),
                "posted_at": self.posted_at.astimezone(UTC).isoformat(),
                "actor": self.actor,
            }
        )


@dataclass(frozen=True)
class Sealed:
    """A link as it is stored: where it stands, and what was hashed then."""

    link: Link
    number: int
    prev_hash: str
    hash: str
    recomputed: str


def faults(chain: Iterable[Sealed], *, number: int = 0, prev_hash: str = GENESIS) -> list[str]:
    """
    Return what is wrong with a stretch of a chain behind ``number``: nothing, if all is as it was sealed.

    ``recomputed`` is the content's hash as the rows give it now. The first fault of each journal is named.
    """
    found = []
    for sealed in chain:
        number += 1
        if sealed.number != number:
            found.append(f"{sealed.link.public_id}: number {sealed.number} follows {number - 1}")
            number = sealed.number
        elif sealed.prev_hash != prev_hash:
            found.append(f"{sealed.link.public_id}: does not stand on the journal before it")
        elif sealed.recomputed != sealed.link.content_hash:
            found.append(f"{sealed.link.public_id}: its lines are not those that were posted")
        elif sealed.link.hash(number=number, prev_hash=prev_hash) != sealed.hash:
            found.append(f"{sealed.link.public_id}: is not as it was sealed")
        prev_hash = sealed.hash
    return found
