"""What a key reaches, so that one which makes others gives no more than it has; and what it is called."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.networks import covers
from marketplace.rules.readable import is_readable
from marketplace.shared.errors import Flaw

OVERLAP_HOURS, LONGEST_OVERLAP = 24, 168
LONGEST_NAME, LONGEST_NOTE = 80, 400
WARN_DAYS = (2, 14)
NO_NAME = gettext_noop("Give the key a name of 1 to {most} characters.")
NOTE_TOO_LONG = gettext_noop("A note has at most {most} characters.")
LONGEST_LIFE = timedelta(days=3660)
NO_END = gettext_noop("A key ends within the next ten years, or never.")
NO_HOURS = gettext_noop("The old secret lives on for 0 to {most} hours.")
MORE_SCOPES = gettext_noop("The calling key does not have: {scopes}.")
LIVES_LONGER = gettext_noop("The calling key ends earlier.")
FROM_ELSEWHERE = gettext_noop("The calling key may not come from all of these networks.")


class Reach(NamedTuple):
    """What a key opens: its scopes, until when (``None`` for ever), and from where (none: everywhere)."""

    scopes: frozenset[str]
    ends: datetime | None
    networks: tuple[str, ...]

    def exceeds(self, other: "Reach") -> list[Flaw]:
        """Return in what this reaches further than another one, at the fields of a new key."""
        return list(self._further(other))

    def _further(self, other: "Reach") -> Iterator[Flaw]:
        more = sorted(self.scopes - other.scopes)
        if more:
            yield Flaw("/scopes", "more_scopes", MORE_SCOPES, {"scopes": ", ".join(more)})
        if other.ends is not None and (self.ends is None or self.ends > other.ends):
            yield Flaw("/expires_at", "lives_longer", LIVES_LONGER)
        if not covers(other.networks, self.networks):
            yield Flaw("/networks", "from_elsewhere", FROM_ELSEWHERE)


def end_flaws(ends: datetime | None, at: datetime) -> list[Flaw]:
    """Return what is wrong with the end of a new key."""
    is_fine = ends is None or at < ends <= at + LONGEST_LIFE
    return [] if is_fine else [Flaw("/expires_at", "no_end", NO_END)]


def flaws_of(*, name: str, note: str) -> list[Flaw]:
    """Return what is wrong with the words of a key."""
    found = []
    if not name.strip() or len(name) > LONGEST_NAME or not is_readable(name):
        found.append(Flaw("/name", "no_name", NO_NAME, {"most": LONGEST_NAME}))
    if len(note) > LONGEST_NOTE or not is_readable(note, lines=True):
        found.append(Flaw("/note", "too_long", NOTE_TOO_LONG, {"most": LONGEST_NOTE}))
    return found


def warning(made_at: datetime, ends: datetime, at: datetime) -> int | None:
    """
    Return of how many days before its end one should be warned by now, if at all.

    A key that lives no longer than such a span is not warned of it: whoever made it knows.
    """
    spans = [days for days in WARN_DAYS if ends - at <= timedelta(days=days) < ends - made_at]
    return min(spans, default=None)
