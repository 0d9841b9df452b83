"""
The body of a delivery over HTTP: an epoch and its readings, as JSON, in one of two forms.

The row form has a list of ``readings``. The compact form groups them by channel: ``start`` (a time stamp),
``unit`` (``s``, ``ms`` or ``us``; ``ms`` if left out) and ``channels``, for each key three lists of equal
length: ``sequence``, ``at`` (units since ``start``) and ``value``.

The body as a whole is right or wrong; inside it every reading stands for itself, so one bad reading costs
nothing but itself. Numbers are exact: a decimal is never a float.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec

from devices.rules import doubled
from devices.rules.admission import Item, Unreadable
from devices.rules.readings import Refused, microseconds
from marketplace.rules.msgids import gettext_noop

MOST_READINGS = 5000
LABEL_LENGTH = 80
RAW_LENGTH = 2000
UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}  # microseconds
FURTHEST = 10**12  # units since the start
BROKEN = (msgspec.MsgspecError, RecursionError, ValueError)
SHAPE = "a reading is an object with sequence, at, channel and value"
NO_JSON = gettext_noop("The body is not JSON in UTF-8.")
NO_VALUE = "the reading has no value; send null where the source had none"


class Malformed(ValueError):
    """The body is no delivery: where (a JSON pointer), a code, and a text for people."""

    def __init__(self, pointer: str, code: str, text: str) -> None:
        super().__init__(text)
        self.pointer, self.code, self.text = pointer, code, text


class Envelope(NamedTuple):
    """The source's epoch and the items of a delivery; ``places``: where each stands in the compact form."""

    epoch: str
    items: list[Item]
    places: list[tuple[str, int]] | None = None

    def pointer(self, place: int) -> str:
        """Return where an item stands, as a JSON pointer into the body."""
        if self.places is None:
            return f"/readings/{place}"
        key, row = self.places[place]
        escaped = key.replace("~", "~0").replace("/", "~1")
        return f"/channels/{escaped}/value/{row}"


class _Body(msgspec.Struct):
    epoch: Any = None
    readings: list[msgspec.Raw] | None = None
    start: Any = None
    unit: Any = "ms"
    channels: dict[str, msgspec.Raw] | None = None


class _Column(msgspec.Struct):
    sequence: list[Any]
    at: list[Any]
    value: list[Any]


class _Reading(msgspec.Struct):
    sequence: Any = None
    at: Any = None
    channel: Any = None
    value: Any = msgspec.UNSET


def decimal(text: str) -> Decimal | str:
    """Read a decimal; what has too many digits even for that stays text, and admission refuses it."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


_BODY = msgspec.json.Decoder(_Body)
_READING = msgspec.json.Decoder(_Reading, float_hook=decimal)
_COLUMN = msgspec.json.Decoder(_Column, float_hook=decimal)


def read(body: bytes) -> Envelope:
    """
    Read a delivery.

    :raises Malformed: if it is no JSON object with an epoch and a list of readings
    """
    found = _decoded(body)
    _check_size(len(found.readings or ()), "/readings")
    told = _told(body)
    _check_names(told)
    _check_epoch(found.epoch)
    if found.channels is not None:
        return _compact(found, found.channels)
    if not found.readings:
        raise Malformed("/readings", "required", gettext_noop("Send at least one reading."))
    rows = zip(found.readings, dict(told)["readings"], strict=True)
    return Envelope(found.epoch, [_item(bytes(raw), twice=doubled.twice(row)) for raw, row in rows])


def _decoded(body: bytes) -> _Body:
    try:
        return _BODY.decode(body)
    except msgspec.ValidationError:
        text = gettext_noop("Send an object with a list of readings, or with channels in the compact form.")
        raise Malformed("/readings", "wrong_shape", text) from None
    except BROKEN:
        raise Malformed("", "malformed_json", NO_JSON) from None


def _told(body: bytes) -> doubled.Pairs:
    try:
        told: doubled.Pairs = doubled.pairs(body)
    except ValueError:
        raise Malformed("", "malformed_json", NO_JSON) from None
    return told


def _check_names(told: doubled.Pairs) -> None:
    """Refuse a body in which a name stands twice outside of the rows, each of which stands for itself."""
    names = [name for name, _ in told]
    if len(set(names)) < len(names) or doubled.twice([one for name, one in told if name != "readings"]):
        text = gettext_noop("A name stands twice in one object, and nobody knows which value was meant.")
        raise Malformed("", "name_twice", text)


def sound_epoch(epoch: str) -> bool:
    """Say whether a text may name an epoch."""
    return bool(epoch.strip()) and len(epoch) <= LABEL_LENGTH and epoch.isprintable()


def _check_epoch(epoch: object) -> None:
    if not isinstance(epoch, str) or not epoch.strip():
        raise Malformed("/epoch", "required", gettext_noop("Name the epoch of the source's numbers."))
    if not sound_epoch(epoch):
        text = gettext_noop("An epoch has at most 80 characters, all of them printable.")
        raise Malformed("/epoch", "epoch_invalid", text)


def _check_size(count: int, pointer: str) -> None:
    if count > MOST_READINGS:
        text = gettext_noop("A delivery may have 5,000 readings. Send the rest in another.")
        raise Malformed(pointer, "too_many", text)


def _compact(found: _Body, channels: Mapping[str, msgspec.Raw]) -> Envelope:
    """Read the compact form; a channel whose lists do not fit together spoils the whole body."""
    if found.readings is not None:
        text = gettext_noop("Send readings or channels, not both.")
        raise Malformed("/channels", "two_forms", text)
    start, unit = _start(found.start), _unit(found.unit)
    rows: list[tuple[Item, tuple[str, int]]] = []
    for key, raw in channels.items():
        column = _column(key, bytes(raw))
        _check_size(len(rows) + len(column.sequence), "/channels")
        for row, (sequence, at, value) in enumerate(
            zip(column.sequence, column.at, column.value, strict=True)
        ):
            rows.append((_compact_item(key, sequence, at, value, start, unit), (key, row)))
    if not rows:
        raise Malformed("/channels", "required", gettext_noop("Send at least one reading."))
    return Envelope(found.epoch, [item for item, _ in rows], [place for _, place in rows])


def _start(start: object) -> int:
    try:
        return microseconds(start if isinstance(start, str) else "")
    except Refused:
        text = gettext_noop("Say when the times begin: a time stamp such as 2026-03-02T09:14:58.120Z.")
        raise Malformed("/start", "time_invalid", text) from None


def _unit(unit: object) -> int:
    if not isinstance(unit, str) or unit not in UNITS:
        raise Malformed("/unit", "not_a_choice", gettext_noop("The unit of the times is s, ms or us."))
    return UNITS[unit]


def _column(key: str, raw: bytes) -> _Column:
    pointer = "/channels/" + key.replace("~", "~0").replace("/", "~1")
    text = gettext_noop("A channel has three lists of equal length: sequence, at and value.")
    try:
        column = _COLUMN.decode(raw)
    except BROKEN:
        raise Malformed(pointer, "wrong_shape", text) from None
    if not len(column.sequence) == len(column.at) == len(column.value):
        raise Malformed(pointer, "unequal_lists", text)
    return column


def _compact_item(key: str, sequence: Any, at: Any, value: Any, start: int, unit: int) -> Item:
    raw = str([sequence, at, key, value]).encode()
    if type(at) is not int or abs(at) > FURTHEST:
        text = "at is a whole number of units since start"
        return Item(_plain(sequence), None, key, _unreadable("time_invalid", text, raw))
    if isinstance(value, dict | list):
        text = "a value is a text, a number or null"
        return Item(_plain(sequence), start + at * unit, key, _unreadable("value_invalid", text, raw))
    return Item(_plain(sequence), start + at * unit, key, value)


def _item(raw: bytes, *, twice: bool) -> Item:
    """Read one reading; what is no reading, or has a name twice, keeps its place and its text."""
    try:
        found = _READING.decode(raw)
    except BROKEN:
        return Item(None, None, None, _unreadable("item_invalid", SHAPE, raw))
    if twice:
        return Item(None, None, None, _unreadable("name_twice", doubled.SENTENCE, raw))
    told = found.value
    sequence, at, channel = (_plain(part) for part in (found.sequence, found.at, found.channel))
    if told is msgspec.UNSET:
        return Item(sequence, at, channel, _unreadable("value_missing", NO_VALUE, raw))
    if isinstance(told, dict | list):
        text = "a value is a text, a number or null"
        return Item(sequence, at, channel, _unreadable("value_invalid", text, raw))
    if {type(found.sequence), type(found.channel)} & {dict, list} or type(found.at) in (dict, list, int):
        return Item(sequence, at, channel, _unreadable("item_invalid", SHAPE, raw))
    return Item(sequence, at, channel, told)


def _plain(part: Any) -> Any:
    """Leave out what is no scalar, and numbers where a time belongs."""
    return None if isinstance(part, dict | list) else part


def _unreadable(reason: str, text: str, raw: bytes) -> Unreadable:
    return Unreadable(reason, text, raw.decode(errors="replace")[:RAW_LENGTH])
