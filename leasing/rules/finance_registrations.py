"""
The registration of a finance lease in the unified system for movables (动产融资统一登记公示系统).

Registering is the lessor's own business and never examined; it makes nothing valid. But ownership of the
lessor that is not registered cannot be held against a third party in good faith (Civil Code, article 745).
What is kept here is a history: registered, amended, extended, cancelled, each by its number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

REMINDER = timedelta(days=30)
LONGEST_YEARS = 30
NUMBER = re.compile(r"[0-9A-Za-z-]{6,40}", re.ASCII)
TEXTS = {
    "not_registered": gettext_noop(
        "Nothing is registered that this could change. Record the registration first."
    ),
    "registered_already": gettext_noop("This is registered under {number}. Amend, extend or cancel that."),
    "not_a_number_of_registration": gettext_noop(
        "Write the number as it stands on the certificate: 6 to 40 letters, digits and dashes."
    ),
    "in_the_future": gettext_noop("What is recorded has happened: choose today or a day before."),
    "before_the_last": gettext_noop("The entry before is of {last}. This one cannot be older."),
    "expiry_needed": gettext_noop("Say until when it is registered."),
    "expiry_not_after": gettext_noop("A registration ends after {after}."),
    "expiry_too_far": gettext_noop("A registration lasts {years} years at most."),
    "no_expiry": gettext_noop("What is cancelled has no end: leave this empty."),
}
WARNINGS = {
    "NONE": gettext_noop(
        "This finance lease is not registered. It is valid all the same, but a third party in good faith "
        "need not respect the lessor's ownership of the machine (Civil Code, Article 745)."
    ),
    "EXPIRED": gettext_noop(
        "The registration of this finance lease ended on {expires_on}. Since then a third party in good "
        "faith need not respect the lessor's ownership of the machine (Civil Code, Article 745)."
    ),
    "CANCELLED": gettext_noop(
        "The registration of this finance lease was cancelled on {on}. Since then a third party in good "
        "faith need not respect the lessor's ownership of the machine (Civil Code, Article 745)."
    ),
    "SOON": gettext_noop("The registration of this finance lease ends on {expires_on}. Extend it before."),
}


class Kind(StrEnum):
    """What was entered in the system."""

    REGISTER = "REGISTER"
    AMEND = "AMEND"
    EXTEND = "EXTEND"
    CANCEL = "CANCEL"


class State(StrEnum):
    """How a finance lease stands in the system on a day; SOON is registered still, for 30 days or less."""

    NONE = "NONE"
    REGISTERED = "REGISTERED"
    SOON = "SOON"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Entry:
    """One entry: its kind and number, the day it was made, and the last day on which it holds."""

    kind: Kind
    number: str
    on: date
    expires_on: date | None


def state(entries: Sequence[Entry], day: date) -> State:
    """Return how it stands on a day, by the entries in their order."""
    if not entries:
        return State.NONE
    last = entries[-1]
    if last.kind is Kind.CANCEL or last.expires_on is None:
        return State.CANCELLED
    if last.expires_on < day:
        return State.EXPIRED
    return State.SOON if last.expires_on - day <= REMINDER else State.REGISTERED


def warning(entries: Sequence[Entry], day: date) -> tuple[str, dict[str, str]] | None:
    """Return what the sides are warned of, as a msgid and its facts; nothing while it is registered."""
    found = state(entries, day)
    if found is State.REGISTERED:
        return None
    last = entries[-1] if entries else None
    facts = {"expires_on": str(last.expires_on), "on": str(last.on)} if last else {}
    return WARNINGS[found], facts


def flaws(entry: Entry, *, before: Sequence[Entry], today: date) -> list[Flaw]:
    """Return what is wrong with the next entry, each fault at its field."""
    last = before[-1] if before else None
    stands = last is not None and _stands(last, entry.on)
    found = []
    if entry.kind is Kind.REGISTER and stands:
        found.append(_flaw("/kind", "registered_already", number=before[-1].number))
    if entry.kind is not Kind.REGISTER and not stands:
        found.append(_flaw("/kind", "not_registered"))
    if not NUMBER.fullmatch(entry.number):
        found.append(_flaw("/number", "not_a_number_of_registration"))
    if entry.on > today:
        found.append(_flaw("/on", "in_the_future"))
    elif last is not None and entry.on < last.on:
        found.append(_flaw("/on", "before_the_last", last=last.on.isoformat()))
    return found + _expiry_flaws(entry, last if stands else None)


def _stands(last: Entry, day: date) -> bool:
    """Tell whether a registration holds on a day: what was cancelled or has expired is made anew."""
    return last.expires_on is not None and day <= last.expires_on


def _expiry_flaws(entry: Entry, last: Entry | None) -> list[Flaw]:
    if entry.kind is Kind.CANCEL:
        return [_flaw("/expires_on", "no_expiry")] if entry.expires_on else []
    if entry.expires_on is None:
        return [_flaw("/expires_on", "expiry_needed")]
    before = last.expires_on if last is not None and entry.kind is Kind.EXTEND else None
    after = before or entry.on
    if entry.expires_on <= after:
        return [_flaw("/expires_on", "expiry_not_after", after=after.isoformat())]
    if entry.expires_on.year - entry.on.year > LONGEST_YEARS:
        return [_flaw("/expires_on", "expiry_too_far", years=LONGEST_YEARS)]
    return []


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
