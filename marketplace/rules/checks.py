"""
What a badge may claim: exactly what the platform looked at, when, and until when it stands by it.

The newest check of a kind counts; one that did not pass ends the claim. A listing of several machines claims
of them what holds of each, since the oldest day and until the earliest end.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

LONGEST_SEEN, LONGEST_NOTE = 120, 300


class Kind(StrEnum):
    """What is looked at."""

    CREDIT_CODE = "CREDIT_CODE"
    LICENCE = "LICENCE"
    NAMEPLATE = "NAMEPLATE"
    CALIBRATION = "CALIBRATION"
    ENCUMBRANCE = "ENCUMBRANCE"


OF_COMPANIES = (Kind.CREDIT_CODE, Kind.LICENCE)
OF_MACHINES = (Kind.NAMEPLATE, Kind.CALIBRATION, Kind.ENCUMBRANCE)
# How long the platform stands by a check at most. A search ages as an owner's own does (encumbrances.FRESH).
LASTS = {
    Kind.CREDIT_CODE: timedelta(days=730),
    Kind.LICENCE: timedelta(days=365),
    Kind.NAMEPLATE: timedelta(days=730),
    Kind.CALIBRATION: timedelta(days=1096),
    Kind.ENCUMBRANCE: timedelta(days=30),
}
MATCHED = frozenset({Kind.CREDIT_CODE, Kind.LICENCE, Kind.NAMEPLATE})
TEXTS = {
    "required": gettext_noop("Write down what you read there: a number, or the code."),
    "too_long": gettext_noop("Use at most {most} characters."),
    "in_the_future": gettext_noop("This moment has not come yet."),
    "before_the_check": gettext_noop("It has to hold for some time after the check."),
    "too_far": gettext_noop("A check of this kind holds for at most {days} days."),
    "differs": gettext_noop("What you read differs from what is registered: then it did not pass."),
}
_ASIDE = re.compile(r"[\s!-/:-@\[-`{-~‐-―−·・]+")


@dataclass(frozen=True, slots=True)
class Found:
    """One check."""

    kind: Kind
    passed: bool
    checked_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """A check as it is written down; without ``valid_until`` it holds as long as its kind may."""

    kind: Kind
    passed: bool
    seen: str
    checked_at: datetime
    valid_until: datetime | None = None
    note: str = ""

    @property
    def until(self) -> datetime:
        """Until when it holds."""
        return self.valid_until or self.checked_at + LASTS[self.kind]


def flaws(given: Written, *, registered: str, at: datetime) -> list[Flaw]:
    """Return what is wrong with a check; ``registered`` is the number that what was seen has to be."""
    found = _text_flaws(given)
    if given.checked_at > at:
        return [*found, _flaw("/checked_at", "in_the_future")]
    if given.until <= given.checked_at:
        found.append(_flaw("/valid_until", "before_the_check"))
    elif given.until > given.checked_at + LASTS[given.kind]:
        found.append(_flaw("/valid_until", "too_far", days=str(LASTS[given.kind].days)))
    if (
        given.passed
        and given.kind in MATCHED
        and given.seen.strip()
        and plain(given.seen) != plain(registered)
    ):
        found.append(_flaw("/seen", "differs"))
    return found


def plain(text: str) -> str:
    """
    Return a number without what people write it with: full width, small letters, blanks, strokes.

    >>> plain("ｓｎ－00 17")
    'SN0017'
    """
    return _ASIDE.sub("", unicodedata.normalize("NFKC", text)).upper()


def standing(found: Iterable[Found], at: datetime) -> dict[Kind, Found]:
    """Return what holds at a moment, by its kind; of two of one moment the one that comes first counts."""
    newest: dict[Kind, Found] = {}
    for one in found:
        if one.kind not in newest or one.checked_at > newest[one.kind].checked_at:
            newest[one.kind] = one
    return {
        kind: one for kind, one in newest.items() if one.passed and one.checked_at <= at < one.valid_until
    }


def standing_of_all(machines: Sequence[Sequence[Found]], at: datetime) -> dict[Kind, Found]:
    """Return what holds of every one of several machines: since the oldest check, until the earliest end."""
    each = [standing(found, at) for found in machines]
    shared = {kind for kind in OF_MACHINES if each and all(kind in held for held in each)}
    return {kind: _together(kind, [held[kind] for held in each]) for kind in OF_MACHINES if kind in shared}


def _together(kind: Kind, found: Sequence[Found]) -> Found:
    first = min(one.checked_at for one in found)
    return Found(kind, True, first, min(one.valid_until for one in found))


def _text_flaws(given: Written) -> list[Flaw]:
    found = [] if given.seen.strip() else [_flaw("/seen", "required")]
    if len(given.seen) > LONGEST_SEEN:
        found.append(_flaw("/seen", "too_long", most=str(LONGEST_SEEN)))
    if len(given.note) > LONGEST_NOTE:
        found.append(_flaw("/note", "too_long", most=str(LONGEST_NOTE)))
    return found


def _flaw(pointer: str, code: str, **facts: str) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
