"""Values of constraints as they are compared: moments, durations, numbers, grades, places."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from devices.ownership.rules.odrl.vocabulary import GRADES, Kind

DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,6})W|(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,9})S)?)?)"
)
NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,9})?")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))?")
DISTRICT = re.compile(r"\d{6}")

Comparable = datetime | timedelta | Decimal | int | str


def read(kind: Kind, text: str) -> Comparable | None:
    """Return a value ready to be compared, or nothing if the text is not one of that kind."""
    try:
        if kind is Kind.MOMENT:
            return _moment(text)
        if kind is Kind.DURATION:
            return _duration(text)
        if kind is Kind.NUMBER:
            return Decimal(text) if NUMBER.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None
    if kind is Kind.GRADE:
        return GRADES.index(text) if text in GRADES else None
    return text or None


def _moment(text: str) -> datetime | None:
    """Read RFC 3339; a plain date is its midnight in UTC, a time without a zone is not a moment."""
    if not MOMENT.fullmatch(text):
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _duration(text: str) -> timedelta | None:
    """Read ISO 8601 without years and months, which have no length of their own."""
    found = DURATION.fullmatch(text)
    if found is None or text in {"P", "PT"}:
        return None
    return timedelta(**{name: int(digits) for name, digits in found.groupdict().items() if digits})


def around(place: str) -> Iterator[str]:
    """
    Yield a place and the places around it that its code tells.

    ISO 3166-2 (``CN-SH`` is in ``CN``) and the districts of GB/T 2260 (310115 is in 310100, 310000, ``CN``).
    """
    yield place
    if DISTRICT.fullmatch(place):
        yield from dict.fromkeys(
            code for code in (f"{place[:4]}00", f"{place[:2]}0000", "CN") if code != place
        )
    elif "-" in place:
        yield place.split("-", 1)[0]
