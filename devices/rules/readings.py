"""
What a machine said: one reading, and the exact forms of its time and value.

Nothing here is rounded. A time is an integer of microseconds since 1970 UTC, further digits cut off. A number
is an ``int``, or a ``Decimal`` where it has decimals, so ``36.000000`` and ``36`` are one value. ``None``
says that the source had no value (UNAVAILABLE), which is never the same as zero.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact
from functools import lru_cache
from typing import NamedTuple, TypeGuard

Number = int | Decimal
Value = int | Decimal | str | None
Channel = int | str

UNAVAILABLE = "UNAVAILABLE"
LARGEST = 10**18  # magnitudes stay below: 18 digits before the point, and a signed 64-bit integer holds them
DIGITS = 18
DECIMALS = 18
TEXT_LENGTH = 8192

WIDE = Context(prec=60)  # sums of what a block can store stay exact
_EXACT = Context(prec=60, traps=[Inexact])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt][0-2]\d:[0-5]\d):(\d\d)(?:\.(\d{1,20}))?([Zz]|[+-][0-2]\d:[0-5]\d)?", re.ASCII
)
_NUMBER = re.compile(r"[+-]?(?:\d{1,64}(?:\.\d{0,64})?|\.\d{1,64})(?:[Ee][+-]?\d{1,3})?", re.ASCII)
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})


def is_number(value: Value) -> TypeGuard[Number]:
    """Tell whether a value is a number, not a text and not UNAVAILABLE."""
    return value is not None and not isinstance(value, str)


class Refused(ValueError):
    """A reading, line or document was not taken; ``reason`` is for programs, the text for people."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Reading(NamedTuple):
    """One value of one channel at one moment; ``sequence`` is the source's own number and the only order."""

    sequence: int
    at: int
    channel: Channel
    value: Value

    @property
    def live(self) -> bool:
        """Say whether this proves that the machine was there: anything but UNAVAILABLE does."""
        return self.value is not None


class Observation(NamedTuple):
    """What a line or document says before the channel dictionary gives it a number and a kind."""

    at: int
    key: str
    text: str


class Problem(NamedTuple):
    """Something that could not be read, where it stood, and why."""

    line: int
    reason: str
    text: str


def microseconds(text: str) -> int:
    """
    Read an ISO 8601 time stamp as microseconds since 1970 UTC; digits beyond microseconds are cut off.

        >>> microseconds("2026-03-02T17:14:58.1204567+08:00") == microseconds("2026-03-02T09:14:58.120456Z")
        True

    :raises Refused: ``time_invalid``, or ``time_without_zone`` if it does not say which clock it means
    """
    match = _STAMP.fullmatch(text)
    if match is None or match[1][11:13] == "24":  # the midnight of some Pythons
        raise Refused("time_invalid", f"not a time stamp such as 2026-03-02T09:14:58.120Z: {text[:60]!r}")
    minute, second, fraction, zone = match.groups()
    if zone is None:
        raise Refused("time_without_zone", f"the time stamp has no zone; add Z or an offset: {text[:60]!r}")
    seconds = int(second)
    if seconds > 59:
        raise Refused("time_invalid", f"a minute has 60 seconds, 00 to 59: {text[:60]!r}")
    whole = _minute(minute, zone) + seconds * 1_000_000
    return whole + int(fraction[:6].ljust(6, "0")) if fraction else whole


def instant(moment: datetime) -> int:
    """Return an aware moment as microseconds since 1970 UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Return microseconds since 1970 UTC as an aware moment in UTC."""
    return _EPOCH + timedelta(microseconds=at)


@lru_cache(maxsize=4096)
def _minute(minute: str, zone: str) -> int:
    """Read the minute of a stamp; logs hold many stamps of the same minute, so the answer is kept."""
    try:
        at = datetime.fromisoformat(f"{minute.upper()}:00{zone.upper().replace('Z', '+00:00')}")
    except ValueError as error:
        raise Refused("time_invalid", f"no such date, time or zone: {minute}{zone}") from error
    return (at - _EPOCH) // timedelta(microseconds=1)


def number(text: str) -> Number:
    """
    Read an exact number at its minimal scale.

        >>> number("36.000000"), number("-0.50"), number("1e3")
        (36, Decimal('-0.5'), 1000)

    :raises Refused: ``number_not_finite``, ``number_invalid``, ``number_too_large`` or ``number_too_precise``
    """
    if text.isdigit() and text.isascii() and len(text) <= DIGITS:
        return int(text)
    if _NUMBER.fullmatch(text) is None:
        reason = "number_not_finite" if text.strip("+-").lower() in _NOT_FINITE else "number_invalid"
        raise Refused(reason, f"not a decimal number: {text[:60]!r}")
    return exact(Decimal(text))


def exact(value: Number) -> Number:
    """
    Bring a number to its minimal scale and hold it to what a block can store.

    :raises Refused: ``number_not_finite``, ``number_too_large`` or ``number_too_precise``
    """
    if isinstance(value, int):
        if abs(value) >= LARGEST:
            raise Refused("number_too_large", f"more than {DIGITS} digits before the decimal point")
        return value
    if not value.is_finite():
        raise Refused("number_not_finite", f"not a finite number: {value}")
    if value and value.adjusted() >= DIGITS:
        raise Refused("number_too_large", f"more than {DIGITS} digits before the decimal point")
    if value and value.adjusted() < -DECIMALS:
        raise Refused("number_too_precise", f"more than {DECIMALS} decimals")
    return _minimal(value)


def _minimal(value: Decimal) -> Number:
    if value == value.to_integral_value():
        return int(value)
    try:
        shortest = _EXACT.normalize(value)
    except Inexact:
        raise Refused("number_too_precise", f"more than {DIGITS} digits or {DECIMALS} decimals") from None
    _, digits, exponent = shortest.as_tuple()
    if len(digits) > DIGITS or -int(exponent) > DECIMALS:
        raise Refused("number_too_precise", f"more than {DIGITS} digits or {DECIMALS} decimals")
    return shortest


def value_of(text: str, *, numeric: bool) -> Value:
    """
    Give a text its value: ``None`` for UNAVAILABLE, an exact number for a numeric channel, else the text.

    :raises Refused: as :func:`number`; ``text_too_long``; ``character_not_allowed`` for a NUL
    """
    if text == UNAVAILABLE:
        return None
    if numeric:
        return number(text)
    if len(text) > TEXT_LENGTH:
        raise Refused("text_too_long", f"a text may have {TEXT_LENGTH} characters, this one has {len(text)}")
    if "\x00" in text:
        raise Refused("character_not_allowed", "a text may not hold the character NUL")
    return text
