"""
What the platform announces: to whom, from when until when, and which announcement comes first.

What was published never changes: it is withdrawn, and another one published. Rules are published seven days
or more before they hold (E-Commerce Law, article 34; the number is from memory).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from marketplace.rules.msgids import gettext_noop
from marketplace.rules.readable import is_readable
from marketplace.rules.regions import PROVINCES
from marketplace.shared.errors import Flaw

NOTICE = timedelta(days=7)
TYPING = timedelta(minutes=5)
SOON = timedelta(hours=24)
LONGEST_TITLE = 80
LONGEST_TEXT = 5_000
LONGEST_REASON = 300
YEARS = range(2000, 3000)  # whose moments are moments in every zone
# What an address is made of (RFC 3986): it ends before Chinese punctuation, and never with a full stop.
ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*[A-Za-z0-9\-_~/#$&*+=%]")


class Kind(StrEnum):
    """What an announcement is about."""

    MAINTENANCE = "MAINTENANCE"
    RULES = "RULES"
    GENERAL = "GENERAL"


class Audience(StrEnum):
    """Whom it is for; everybody may read it."""

    EVERYBODY = "EVERYBODY"
    OWNERS = "OWNERS"
    LESSEES = "LESSEES"
    REGION = "REGION"


class State(StrEnum):
    """How it stands."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


# Who owns machines to let, and who uses those of others; an owner is also whoever has a listing.
OWNING = frozenset({"LEAD_ENTERPRISE", "INSTITUTE", "LESSOR", "MAKER"})
LEASING = frozenset({"SME", "LEAD_ENTERPRISE", "INSTITUTE", "MAKER", "SERVICE_PROVIDER"})

TEXTS = {
    "title": gettext_noop("Write a title of 1 to {most} characters in one line."),
    "text": gettext_noop("Write a text of 1 to {most} characters, without signs that nobody sees."),
    "until_before_from": gettext_noop("It must be shown until later than it is shown from."),
    "until_before_force": gettext_noop("Rules are shown until they hold, or longer."),
    "no_region": gettext_noop("Choose a province for this audience, by the two digits of its code."),
    "region_left_over": gettext_noop("Leave the province empty: this audience has none."),
    "no_force": gettext_noop("Say from when the rules hold."),
    "force_left_over": gettext_noop("Leave this empty: only rules have a moment from which they hold."),
    "no_window": gettext_noop("Say when the maintenance begins and ends."),
    "window_left_over": gettext_noop("Leave this empty: only maintenance begins and ends."),
    "window_backwards": gettext_noop("The maintenance must end later than it begins."),
    "year": gettext_noop("Choose a day between the years 2000 and 2999."),
    "over": gettext_noop("This is over already. Choose a later moment."),
    "too_soon": gettext_noop(
        "Rules are published at least {days} days before they hold, and shown as long (E-Commerce Law, "
        "article 34). The earliest moment is {earliest}."
    ),
    "reason": gettext_noop("Write the reason, in at most {most} characters: everybody reads it."),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to announce; periods are half-open."""

    kind: Kind
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    audience: Audience
    shown_from: datetime
    shown_until: datetime
    region: str = ""
    in_force_from: datetime | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom somebody reads: kind and region code of the organization, and whether it lists anything."""

    kind: str
    region_code: str
    lists: bool


class Shown(NamedTuple):
    """What a banner needs of an announcement; it is kept outside the database."""

    public_id: str
    kind: str
    title_zh: str
    title_en: str
    audience: str
    region: str
    published_at: datetime
    shown_from: datetime
    shown_until: datetime
    in_force_from: datetime | None
    begins_at: datetime | None
    ends_at: datetime | None


class Piece(NamedTuple):
    """A piece of a line; with an address it is a link."""

    text: str
    address: str = ""


def flaws(wanted: Wanted) -> list[Flaw]:
    """Return what is wrong with an announcement, each at its field."""
    found = [*_words(wanted), *(_moments(wanted) if not (odd := _years(wanted)) else odd)]
    if wanted.audience is Audience.REGION and wanted.region not in PROVINCES:
        found.append(_flaw("region", "no_region"))
    if wanted.audience is not Audience.REGION and wanted.region:
        found.append(_flaw("region", "region_left_over"))
    return found


def too_late(wanted: Wanted, at: datetime) -> list[Flaw]:
    """
    Return why an announcement without other flaws cannot be published at a moment.

    From when rules may hold is said in the zone of ``at``, with some minutes in which it can be typed.
    """
    found = [_flaw("shown_until", "over")] if wanted.shown_until <= at else []
    if wanted.ends_at is not None and wanted.ends_at <= at:
        found.append(_flaw("ends_at", "over"))
    if wanted.in_force_from is not None and wanted.in_force_from < max(at, wanted.shown_from) + NOTICE:
        earliest = _minute(max(at + TYPING, wanted.shown_from) + NOTICE)
        said = _said(earliest.astimezone(at.tzinfo))
        found.append(_flaw("in_force_from", "too_soon", days=NOTICE.days, earliest=said))
    return found


def reason_flaws(reason: str) -> list[Flaw]:
    """Return what is wrong with the reason of a withdrawal."""
    if 0 < len(reason.strip()) <= LONGEST_REASON and is_readable(reason.strip(), lines=True):
        return []
    return [_flaw("reason", "reason", most=LONGEST_REASON)]


def concerns(audience: str, region: str, reader: Reader | None) -> bool:
    """
    Tell whether an announcement is for somebody; strangers are told what is for everybody.

        >>> concerns("OWNERS", "", Reader("SME", "320594", lists=True))
        True
        >>> concerns("REGION", "33", Reader("SME", "320594", lists=False))
        False
    """
    if audience == Audience.EVERYBODY:
        return True
    if reader is None:
        return False
    if audience == Audience.OWNERS:
        return reader.lists or reader.kind in OWNING
    if audience == Audience.LESSEES:
        return reader.kind in LEASING
    return reader.region_code.startswith(region)


def is_urgent(one: Shown, at: datetime) -> bool:
    """Tell whether it is maintenance that goes on, or begins within a day."""
    return one.begins_at is not None and one.ends_at is not None and one.begins_at - SOON <= at < one.ends_at


def mark(one: Shown, at: datetime) -> str:
    """Return by what is remembered that somebody put it away: what becomes urgent is shown once more."""
    return f"{one.public_id}!" if is_urgent(one, at) else one.public_id


def first(
    known: Iterable[Shown], *, reader: Reader | None, away: Iterable[str], at: datetime
) -> Shown | None:
    """
    Return the announcement that somebody is shown at a moment, who has put others ``away``, or nothing.

    Urgent maintenance comes first, then rules that do not hold yet, then maintenance, then the rest; of two
    alike what happens sooner, else the newer one.
    """
    put_away = frozenset(away)
    mine = [
        one
        for one in known
        if one.shown_from <= at < one.shown_until
        and not (one.ends_at is not None and one.ends_at <= at)
        and mark(one, at) not in put_away
        and concerns(one.audience, one.region, reader)
    ]
    return min(mine, key=lambda one: _place(one, at), default=None)


def paragraphs(text: str) -> list[list[list[Piece]]]:
    """
    Return a text as paragraphs of lines of pieces: a blank line parts paragraphs, addresses become links.

    Nothing but ``http`` and ``https`` is an address, whatever stands around it.

        >>> paragraphs("见 https://a.cn/x。")
        [[[Piece(text='见 ', address=''), Piece(text='https://a.cn/x', address='https://a.cn/x'), \
Piece(text='。', address='')]]]
        >>> paragraphs("javascript:alert(1)")[0][0][0].address
        ''
    """
    parts = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return [[_pieces(line) for line in part.split("\n")] for part in parts]


def _pieces(line: str) -> list[Piece]:
    found, end = [], 0
    for match in ADDRESS.finditer(line):
        found += [Piece(line[end : match.start()]), Piece(match[0], match[0])]
        end = match.end()
    return [one for one in [*found, Piece(line[end:])] if one.text]


def _place(one: Shown, at: datetime) -> tuple[int, int]:
    """Return the rank of an announcement and its place there: whole seconds from now, or since it came."""
    if is_urgent(one, at):
        assert one.begins_at is not None
        return 0, _seconds(one.begins_at - at)
    if one.in_force_from is not None and one.in_force_from > at:
        return 1, _seconds(one.in_force_from - at)
    if one.begins_at is not None:
        return 2, _seconds(one.begins_at - at)
    return 3, _seconds(at - one.published_at)


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)


def _words(wanted: Wanted) -> list[Flaw]:
    found = []
    for name in ("title_zh", "title_en"):
        title = getattr(wanted, name)
        if not 0 < len(title.strip()) <= LONGEST_TITLE or not is_readable(title):
            found.append(_flaw(name, "title", most=LONGEST_TITLE))
    for name in ("text_zh", "text_en"):
        text = getattr(wanted, name)
        if not 0 < len(text.strip()) <= LONGEST_TEXT or not is_readable(text, lines=True):
            found.append(_flaw(name, "text", most=LONGEST_TEXT))
    return found


def _moments(wanted: Wanted) -> list[Flaw]:
    """Return what is wrong with the moments, of which some kinds have some and the others have not."""
    found = []
    if wanted.shown_until <= wanted.shown_from:
        found.append(_flaw("shown_until", "until_before_from"))
    if wanted.kind is Kind.RULES and wanted.in_force_from is None:
        found.append(_flaw("in_force_from", "no_force"))
    elif wanted.in_force_from is not None and wanted.shown_until < wanted.in_force_from:
        found.append(_flaw("shown_until", "until_before_force"))
    if wanted.kind is not Kind.RULES and wanted.in_force_from is not None:
        found.append(_flaw("in_force_from", "force_left_over"))
    window = {"begins_at": wanted.begins_at, "ends_at": wanted.ends_at}
    if wanted.kind is not Kind.MAINTENANCE:
        return found + [_flaw(name, "window_left_over") for name, one in window.items() if one is not None]
    missing = [_flaw(name, "no_window") for name, one in window.items() if one is None]
    if wanted.begins_at and wanted.ends_at and wanted.ends_at <= wanted.begins_at:
        missing.append(_flaw("ends_at", "window_backwards"))
    return found + missing


def _years(wanted: Wanted) -> list[Flaw]:
    names = ("shown_from", "shown_until", "in_force_from", "begins_at", "ends_at")
    return [_flaw(name, "year") for name in names if (one := getattr(wanted, name)) and one.year not in YEARS]


def _flaw(name: str, code: str, **facts: object) -> Flaw:
    return Flaw(f"/{name}", code, TEXTS[code], facts)


def _minute(moment: datetime) -> datetime:
    """Round up to a whole minute: forms take no seconds."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}"
