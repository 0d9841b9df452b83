"""
The body of a delivery over HTTP: an epoch and its readings, as JSON.

The body as a whole is right or wrong; inside it every reading stands for itself, so one bad reading costs
nothing but itself. Numbers are exact: a decimal is never a float.
"""

from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec

from devices.rules.admission import Item, Unreadable
from marketplace.rules.msgids import gettext_noop

MOST_READINGS = 5000
LABEL_LENGTH = 80
RAW_LENGTH = 2000
BROKEN = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
SHAPE = "a reading is an object with sequence, at, channel and value"
NO_VALUE = "the reading has no value; send null where the source had none"


class Malformed(ValueError):
    """The body is no delivery: where (a JSON pointer), a code, and a text for people."""

    def __init__(self, pointer: str, code: str, text: str) -> None:
        super().__init__(text)
        self.pointer, self.code, self.text = pointer, code, text


class Envelope(NamedTuple):
    """The source's epoch and the items of a delivery, in order."""

    epoch: str
    items: list[Item]


class _Body(msgspec.Struct):
    epoch: Any = None
    readings: list[msgspec.Raw] | None = None


class _Reading(msgspec.Struct):
    sequence: Any = None
    at: Any = None
    channel: Any = None
    value: Any = msgspec.UNSET


def _number(text: str) -> Decimal | str:
    """Read a decimal; what has too many digits even for that stays text, and admission refuses it."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


_BODY = msgspec.json.Decoder(_Body)
_READING = msgspec.json.Decoder(_Reading, float_hook=_number)


def read(body: bytes) -> Envelope:
    """
    Read a delivery.

    :raises Malformed: if it is no JSON object with an epoch and a list of readings
    """
    try:
        found = _BODY.decode(body)
    except msgspec.ValidationError:
        text = gettext_noop("Send an object with a list of readings.")
        raise Malformed("/readings", "wrong_shape", text) from None
    except BROKEN:
        text = gettext_noop("The body is not JSON in UTF-8.")
        raise Malformed("", "malformed_json", text) from None
    _check_epoch(found.epoch)
    if not found.readings:
        raise Malformed("/readings", "required", gettext_noop("Send at least one reading."))
    if len(found.readings) > MOST_READINGS:
        text = gettext_noop("A delivery may have 5,000 readings. Send the rest in another.")
        raise Malformed("/readings", "too_many", text)
    return Envelope(found.epoch, [_item(bytes(raw)) for raw in found.readings])


def _check_epoch(epoch: object) -> None:
    if not isinstance(epoch, str) or not epoch.strip():
        raise Malformed("/epoch", "required", gettext_noop("Name the epoch of the source's numbers."))
    if len(epoch) > LABEL_LENGTH or not epoch.isprintable():
        text = gettext_noop("An epoch has at most 80 characters, all of them printable.")
        raise Malformed("/epoch", "epoch_invalid", text)


def _item(raw: bytes) -> Item:
    """Read one reading; what is no reading keeps its place and its text."""
    try:
        found = _READING.decode(raw)
    except BROKEN:
        return Item(None, None, None, _unreadable("item_invalid", SHAPE, raw))
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
