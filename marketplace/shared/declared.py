"""
What REST operations declare about themselves; the edge reads it (``config/objects``), and describes it.

A view or a serializer says it with a decorator or an attribute, and no view repeats how it is done.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

Operation = TypeVar("Operation", bound=Callable[..., Any])
SEEN, ENDING, EXPANDABLE = "seen", "ending", "expandable"


@dataclass(frozen=True)
class Part:
    """
    What an object can be shown with, though it usually is not.

    ``rows`` returns the parts of objects by their public ids, each with ``whole`` as the id of its object.
    """

    shape: type[Any]
    rows: Callable[[Sequence[str]], Any]


# What of a serializer can be expanded: a field that holds an id, or ids, and the base name of the view that
# shows such objects to the caller; or the name of a part.
Expandable = Mapping[str, str | Part]


@dataclass(frozen=True)
class Seen:
    """
    A write that says by ``If-Match`` what its caller saw.

    ``at`` names the address that shows it; without it that of the object itself. Where ``counted``, the
    action compares versions under its own lock; elsewhere the edge compares what would be shown, one write
    at a time.
    """

    at: str | None = None
    counted: bool = False


@dataclass(frozen=True)
class Ending:
    """An operation that is deprecated since a day, gone on another, and what to use instead."""

    since: date
    gone: date | None = None
    instead: str = ""


def as_seen(at: str | None = None, *, counted: bool = False) -> Callable[[Operation], Operation]:
    """Make an operation ask for ``If-Match``: it changes, or agrees to, money or a contract as seen."""

    def declare(operation: Operation) -> Operation:
        setattr(operation, SEEN, Seen(at, counted))
        return operation

    return declare


def deprecated(
    since: date, *, gone: date | None = None, instead: str = ""
) -> Callable[[Operation], Operation]:
    """
    Say that an operation, or all of a view, is deprecated since a day.

    :raises ValueError: if it is gone before it is deprecated
    """
    if gone is not None and gone <= since:
        raise ValueError("gone before it is deprecated")

    def declare(operation: Operation) -> Operation:
        setattr(operation, ENDING, Ending(since, gone, instead))
        return operation

    return declare
