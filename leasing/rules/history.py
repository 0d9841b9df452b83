"""A history whose entries hold the hash of the one before: to change one, all that follow must be changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leasing.rules.canonical import digest

FIRST = ""


@dataclass(frozen=True)
class Link:
    """One entry as it was stored: its facts, and both hashes."""

    facts: Mapping[str, Any]
    previous_hash: str
    hash: str


def link_hash(previous_hash: str, facts: Mapping[str, Any]) -> str:
    """Return the hash of an entry from the hash before it and its own facts."""
    return digest({"previous": previous_hash, "facts": dict(facts)})


def first_broken(links: Iterable[Link]) -> int | None:
    """
    Return the place of the first entry that was changed, added or lost, or nothing if the history holds.

    An entry cut off at the end is not seen here; the lease itself knows its last state and version.
    """
    previous = FIRST
    for place, link in enumerate(links):
        if link.previous_hash != previous or link.hash != link_hash(previous, link.facts):
            return place
        previous = link.hash
    return None
