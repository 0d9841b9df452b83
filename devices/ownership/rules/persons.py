"""
Names in the log of reads: how long one must be kept, who sees it until then, and what proves it afterwards.

A person may ask that its name goes (Personal Information Protection Law, Article 47). While the law still
demands the log (Network Data Regulation, Article 12: three years), that article allows nothing but to store
the name and protect it: it is hidden, and only the platform's auditor can look it up, for a written reason.
Then the name, the person's id and the secret go, and what is left is a pseudonym.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.rules.msgids import gettext_noop

ZONE = ZoneInfo("Asia/Shanghai")  # in which the law counts years
LEAST_YEARS = 3  # Network Data Regulation, Article 12


class State(StrEnum):
    """What is left of a person in the log."""

    NAMED = "NAMED"
    MASKED = "MASKED"
    ERASED = "ERASED"


WORDS = {
    State.NAMED: gettext_noop("named"),
    State.MASKED: gettext_noop("Name withheld"),
    State.ERASED: gettext_noop("Erased person"),
}


def state(*, asked: bool, erased: bool) -> State:
    """Return what is left of a person."""
    if erased:
        return State.ERASED
    return State.MASKED if asked else State.NAMED


def year_of(at: datetime) -> int:
    """Return the year, in China, whose pseudonym a person has at a moment."""
    return at.astimezone(ZONE).year


def kept_until(year: int, keep_years: int) -> datetime:
    """Return the moment from which names of a year's reads may go: ``keep_years`` after its last read."""
    return datetime(year + 1 + keep_years, 1, 1, tzinfo=ZONE)


def content(user: str, name: str) -> dict[str, Any]:
    """Return what the person's commitment in an entry of the log is over."""
    return {"user": user, "user_name": name}


def salt(secret: bytes, event: str, veil: bytes = b"") -> bytes:
    """
    Return the salt of the person's commitment in one event (32 bytes): without the secret nobody can tell it.

    ``veil`` is for events from before persons had secrets: their salt was another, and is what is left when
    the veil is taken off.
    """
    own = hashlib.sha256(secret + event.encode()).digest()
    return bytes(left ^ right for left, right in zip(own, veil, strict=True)) if veil else own
