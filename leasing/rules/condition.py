"""
How a machine was when it changed hands, as a document that both sides can sign.

One side writes it, the other confirms it by its digest or objects. It is plain JSON in one way of writing,
so that whoever holds it can compute the digest again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from leasing.rules.checklists import VERSION as CHECKLIST_VERSION
from leasing.rules.checklists import checklist
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import Flaw

VERSION = 1
SILENCE = timedelta(days=3)  # after which the lessor may begin the lease on its own record
LONGEST_TEXT = 500
MOST = 40  # serials, accessories, photos, readings
LARGEST_READING = Decimal(10) ** 12
BACKDATED = timedelta(days=2)  # how long after a hand-over or an inspection its record may be written


class Kind(StrEnum):
    """On what occasion the machine was looked at."""

    HANDOVER = "HANDOVER"
    RETURN = "RETURN"
    INSPECTION = "INSPECTION"


class Result(StrEnum):
    """What was seen at an item."""

    OK = "OK"
    NOTE = "NOTE"
    FAULT = "FAULT"


class Source(StrEnum):
    """Where a reading was read."""

    PANEL = "PANEL"
    CHANNEL = "CHANNEL"


class Acceptance(StrEnum):
    """How the acceptance run went."""

    NOT_RUN = "NOT_RUN"
    PASSED = "PASSED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at one item of the checklist; whatever is not OK needs words."""

    item: str
    result: Result = Result.OK
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One meter as it stood at a moment; ``value`` is what panel or channel said: a number, or a state."""

    meter: str
    value: str
    source: Source
    at: datetime
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo of an item, by its id and the SHA-256 of its bytes."""

    photo: str
    sha256: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """
    All that one side writes down.

    ``clock_offset_ms`` is by how much the clock of the machine's device is ahead, if anybody knows.
    """

    happened_at: datetime
    place: str = ""
    checklist: tuple[Seen, ...] = ()
    serials: tuple[str, ...] = ()
    accessories: Mapping[str, int] = field(default_factory=dict)
    readings: tuple[Reading, ...] = ()
    photos: tuple[Shot, ...] = ()
    clock_offset_ms: int | None = None
    acceptance: Acceptance = Acceptance.NOT_RUN
    trained: bool = False
    data_wiped: bool = False
    note: str = ""


TEXTS = {
    "in_the_future": gettext_noop("This lies in the future."),
    "too_long_ago": gettext_noop("A record is written within {days} days."),
    "unknown_item": gettext_noop("The checklist of this machine has no item “{item}”."),
    "item_missing": gettext_noop("Say how it was: “{item}”."),
    "item_twice": gettext_noop("“{item}” stands here twice."),
    "words_missing": gettext_noop("Say in words what is to be seen."),
    "too_long": gettext_noop("At most {most} characters."),
    "too_many": gettext_noop("At most {most}."),
    "serials_missing": gettext_noop("Read the serial number from the nameplate."),
    "count_invalid": gettext_noop("A count is a whole number from 0 to 9999."),
    "unknown_meter": gettext_noop("This lease counts nothing called “{meter}”."),
    "meter_missing": gettext_noop("Read the counter “{meter}”."),
    "reading_invalid": gettext_noop("A reading is a number from 0 up."),
    "photo_missing": gettext_noop("A photo of “{item}” is needed with this kind of machine."),
}


def flaws(
    given: Condition, *, kind: Kind, family: str, meters: Sequence[str], measured: Sequence[str], at: datetime
) -> list[Flaw]:
    """
    Return everything that is wrong with a condition, each at its field.

    ``meters`` are those that the lease counts; of them ``measured`` are reported by a device of the machine,
    so that nobody has to read them from the panel.
    """
    return [
        *_time_flaws(given.happened_at, kind, at),
        *_item_flaws(given, kind, family),
        *_list_flaws(given),
        *_reading_flaws(given, _to_read(kind, meters, measured), meters),
    ]


def _to_read(kind: Kind, meters: Sequence[str], measured: Sequence[str]) -> list[str]:
    """Return the meters that must be read from the panel; an inspection counts nothing."""
    return [] if kind == Kind.INSPECTION else [one for one in meters if one not in measured]


def document(
    given: Condition,
    *,
    kind: Kind,
    lease: str,
    unit: str,
    equipment: Mapping[str, str],
    side: str,
    family: str,
    version: int,
    confirm_until: datetime | None,
) -> dict[str, Any]:
    """Return the document in its JSON form; times are UTC, numbers are decimal text."""
    return {
        "version": VERSION,
        "checklist_version": CHECKLIST_VERSION,
        "kind": kind.value,
        "number": version,
        "lease": lease,
        "unit": unit,
        "equipment": dict(equipment),
        "family": family,
        "side": side,
        "happened_at": utc(given.happened_at),
        "place": given.place,
        "checklist": [
            {"item": one.item, "result": one.result.value, "text": one.text} for one in given.checklist
        ],
        "serials": list(given.serials),
        "accessories": dict(given.accessories),
        "readings": [_reading(one) for one in given.readings],
        "photos": [{"photo": one.photo, "sha256": one.sha256, "item": one.item} for one in given.photos],
        "clock_offset_ms": given.clock_offset_ms,
        "acceptance": given.acceptance.value,
        "trained": given.trained,
        "data_wiped": given.data_wiped,
        "note": given.note,
        "confirm_until": utc(confirm_until) if confirm_until else None,
    }


def utc(moment: datetime) -> str:
    """Write a moment in UTC."""
    return moment.astimezone(UTC).isoformat()


def _reading(one: Reading) -> dict[str, str]:
    return {
        "meter": one.meter,
        "value": one.value,
        "source": one.source.value,
        "channel": one.channel,
        "at": utc(one.at),
    }


def _time_flaws(happened_at: datetime, kind: Kind, at: datetime) -> list[Flaw]:
    """Return what is wrong with a moment; how early a return may be is said by the end of the use alone."""
    if happened_at > at:
        return [_flaw("/happened_at", "in_the_future")]
    if kind != Kind.RETURN and happened_at < at - BACKDATED:
        return [_flaw("/happened_at", "too_long_ago", days=BACKDATED.days)]
    return []


def _item_flaws(given: Condition, kind: Kind, family: str) -> list[Flaw]:
    wanted = {item.code: item for item in checklist(family)}
    said = [one.item for one in given.checklist]
    shown = {shot.item for shot in given.photos}
    found = [_flaw("/checklist", "unknown_item", item=one) for one in said if one not in wanted]
    found += [_flaw("/checklist", "item_missing", item=code) for code in wanted if code not in said]
    found += [_flaw("/checklist", "item_twice", item=one) for one in set(said) if said.count(one) > 1]
    found += [
        _flaw(f"/checklist/{one.item}", "words_missing")
        for one in given.checklist
        if one.result != Result.OK and not one.text.strip()
    ]
    if kind != Kind.INSPECTION:
        missing = [code for code, item in wanted.items() if item.photo and code not in shown]
        found += [_flaw("/photos", "photo_missing", item=code) for code in missing]
    return found


def _list_flaws(given: Condition) -> list[Flaw]:
    lists: dict[str, Sequence[Any]] = {
        "/serials": given.serials,
        "/accessories": list(given.accessories),
        "/photos": given.photos,
        "/readings": given.readings,
    }
    texts = {
        "/place": given.place,
        "/note": given.note,
        "/serials": max(given.serials, key=len, default=""),
        "/accessories": max(given.accessories, key=len, default=""),
        "/checklist": max((one.text for one in given.checklist), key=len, default=""),
    }
    found = [_flaw(place, "too_many", most=MOST) for place, items in lists.items() if len(items) > MOST]
    found += [
        _flaw(place, "too_long", most=LONGEST_TEXT)
        for place, text in texts.items()
        if len(text) > LONGEST_TEXT
    ]
    if not any(one.strip() for one in given.serials):
        found.append(_flaw("/serials", "serials_missing"))
    if any(not 0 <= count <= 9999 for count in given.accessories.values()):
        found.append(_flaw("/accessories", "count_invalid"))
    return found


def _reading_flaws(given: Condition, wanted: Sequence[str], known: Sequence[str]) -> list[Flaw]:
    said = [one.meter for one in given.readings]
    found = [_flaw("/readings", "unknown_meter", meter=one) for one in said if one not in known]
    found += [_flaw("/readings", "meter_missing", meter=one) for one in wanted if one not in said]
    typed = [one.value for one in given.readings if one.source == Source.PANEL]
    found += [_flaw("/readings", "reading_invalid") for value in typed if not _is_count(value)]
    return found


def _is_count(value: str) -> bool:
    try:
        number = Decimal(value)
    except InvalidOperation:
        return False
    return number.is_finite() and 0 <= number <= LARGEST_READING


def _flaw(pointer: str, code: str, **facts: Any) -> Flaw:
    return Flaw(pointer, code, TEXTS[code], facts)
