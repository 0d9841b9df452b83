"""What is asked, and what is known of the world then."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

Value = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what with which asset; ``context`` gives left operands of the request their value."""

    assignee: str
    action: str
    target: str
    context: Mapping[str, Value] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


class Event(NamedTuple):
    """When something began and ended; ``ended`` is nothing while it lasts, ``began`` while it is to come."""

    began: datetime | None
    ended: datetime | None


class Performance(NamedTuple):
    """What a monitor says of a duty: whether it is fulfilled, and whether it can be no more."""

    fulfilled: bool
    violated: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """
    The facts of the moment. ``member_of`` pairs a member with a collection or a wider term (transitive);
    ``zone`` is that in which days of the week are told.
    """

    now: datetime | None = None
    member_of: frozenset[tuple[str, str]] = frozenset()
    duties: Mapping[str, Performance] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    zone: tzinfo = UTC

    def belongs(self, member: str, collection: str) -> bool:
        """Tell whether a member is a collection itself, or in it through any number of others."""
        return collection in self.wider(member)

    def wider(self, member: str) -> set[str]:
        """Return a member and everything that it is in."""
        found, fresh = {member}, {member}
        while fresh:
            fresh = {outer for inner, outer in self.member_of if inner in fresh} - found
            found |= fresh
        return found
