"""
CloudEvents 1.0 in JSON: a batch, or one event, as readings.

=============  ==========================================================================================
the reading's  comes from
=============  ==========================================================================================
epoch          ``source``: one source is one life of one numbering; a restarted numbering needs another
sequence       the extension ``sequence``: decimal digits, leading zeros allowed, or a whole number
time           ``time``, which must be there and must name its zone
channel        ``subject``, or where there is none ``type``
value          ``data``: a number, a text, ``null`` (no value), or an object whose only member is ``value``
=============  ==========================================================================================

The body as a whole is right or wrong; inside it every event stands for itself. ``source`` and ``id`` name an
event: the second of a batch with the names of the first and another sequence is refused.
"""

from typing import Any, NamedTuple

import msgspec

from devices.rules import doubled
from devices.rules.admission import LARGEST_SEQUENCE, Item, Unreadable
from devices.rules.envelopes import BROKEN, LABEL_LENGTH, MOST_READINGS, RAW_LENGTH, Malformed
from devices.rules.readings import Number, Refused, number
from marketplace.rules.msgids import gettext_noop

NAME_LENGTH = 512
_SEQUENCE_DIGITS = 32


class Event(NamedTuple):
    """One event: what names it, the epoch, and the reading; without an epoch the item is unreadable."""

    id: str
    source: str
    item: Item


class _Event(msgspec.Struct):
    specversion: Any = None
    id: Any = None
    source: Any = None
    type: Any = None
    subject: Any = None
    time: Any = None
    sequence: Any = None
    datacontenttype: Any = None
    data_base64: Any = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def _exact(text: str) -> Number | str:
    """Read a decimal exactly; what cannot be stored stays text, and admission refuses it."""
    try:
        return number(text)
    except Refused:
        return text


_BATCH = msgspec.json.Decoder(list[msgspec.Raw])
_ONE = msgspec.json.Decoder(_Event)
_VALUE = msgspec.json.Decoder(Any, float_hook=_exact)


def read(body: bytes, *, batch: bool = True) -> list[Event]:
    """
    Read the events of a body; ``batch`` says that it is a list of events, else it is one event.

    :raises Malformed: if it is no JSON, no list where one belongs, empty, or has more than 5,000 events
    """
    try:
        found = _BATCH.decode(body) if batch else [_checked(body)]
    except msgspec.ValidationError:
        text = gettext_noop("Send a list of events, or one event as application/cloudevents+json.")
        raise Malformed("", "wrong_shape", text) from None
    except BROKEN:
        text = gettext_noop("The body is not JSON in UTF-8.")
        raise Malformed("", "malformed_json", text) from None
    if not found:
        raise Malformed("", "required", gettext_noop("Send at least one event."))
    if len(found) > MOST_READINGS:
        text = gettext_noop("A batch may have 5,000 events. Send the rest in another.")
        raise Malformed("", "too_many", text)
    raws = [bytes(raw) for raw in found]
    return _named_once([_event(raw) for raw in raws], raws)


def _checked(body: bytes) -> bytes:
    msgspec.json.decode(body)
    return body


def _named_once(events: list[Event], raws: list[bytes]) -> list[Event]:
    """Refuse an event whose source and id an earlier one of the batch has with another sequence."""
    seen: dict[tuple[str, str], Any] = {}
    for place, event in enumerate(events):
        if not (event.id and event.source):
            continue
        first = seen.setdefault((event.source, event.id), event.item.sequence)
        if first != event.item.sequence:
            text = "another event of this batch has the same source and id with another sequence"
            refused = Unreadable("id_reused", text, _raw(raws[place]))
            events[place] = event._replace(item=event.item._replace(value=refused))
    return events


def _event(raw: bytes) -> Event:
    """Read one event; what is none keeps its place and its text."""
    try:
        told, twice = _ONE.decode(raw), doubled.twice(doubled.pairs(raw))
    except BROKEN:
        text = "an event is an object with specversion, id, source, type, time, sequence and data"
        return Event("", "", Item(None, None, None, Unreadable("event_invalid", text, _raw(raw))))
    if twice:
        return Event("", "", Item(None, None, None, Unreadable("name_twice", doubled.SENTENCE, _raw(raw))))
    name, source = (text if _is_name(text) else "" for text in (told.id, told.source))
    source = source if len(source) <= LABEL_LENGTH else ""
    sequence, channel, value = None, None, None
    try:
        sequence = _sequence(told.sequence)
        channel = _channel(told)
        _check(told, name, source)
        value = _value(told)
    except Refused as refused:
        value = Unreadable(refused.reason, str(refused), _raw(raw))
    time = told.time if isinstance(told.time, str) else None
    return Event(name, source, Item(sequence, time, channel, value))


def _check(told: _Event, name: str, source: str) -> None:
    if told.specversion != "1.0":
        raise Refused("event_invalid", "the specversion of an event is 1.0")
    if not name:
        raise Refused("id_missing", f"an event has an id, a printable text of 1 to {NAME_LENGTH} characters")
    if not source:
        raise Refused(
            "source_missing", f"an event has a source, a printable text of 1 to {LABEL_LENGTH} characters"
        )
    if not _is_name(told.type):
        raise Refused("event_invalid", f"an event has a type of 1 to {NAME_LENGTH} characters")


def _sequence(told: Any) -> int:
    if told is None:
        raise Refused(
            "sequence_missing",
            "the event has no sequence; send the source's own rising whole number as the extension sequence",
        )
    if type(told) is int and 0 <= told <= LARGEST_SEQUENCE:
        return told
    if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) <= _SEQUENCE_DIGITS:
        found = int(told)
        if found <= LARGEST_SEQUENCE:
            return found
    raise Refused("sequence_invalid", f"a sequence is a whole number from 0 to {LARGEST_SEQUENCE}")


def _channel(told: _Event) -> Any:
    return told.subject if told.subject is not None else told.type


def _value(told: _Event) -> Any:
    if told.data_base64 is not None:
        raise Refused("data_binary", "binary data is not accepted; send data as JSON")
    if told.datacontenttype is not None and not _is_text_or_json(told.datacontenttype):
        raise Refused("data_not_json", "the datacontenttype of an event is application/json or text/plain")
    if told.data is msgspec.UNSET:
        raise Refused("value_missing", "the event has no data; send null where the source had no value")
    try:
        found = _VALUE.decode(told.data)
    except BROKEN:
        raise Refused("value_invalid", "the data of the event cannot be read") from None
    if isinstance(found, dict) and list(found) == ["value"]:
        found = found["value"]
    if isinstance(found, dict | list | bool):
        raise Refused("value_invalid", "data is a number, a text, null, or an object with value alone")
    return found


def _is_text_or_json(told: Any) -> bool:
    kind = told.partition(";")[0].strip().lower() if isinstance(told, str) else ""
    return kind in ("application/json", "text/json", "text/plain") or kind.endswith("+json")


def _is_name(told: Any) -> bool:
    return isinstance(told, str) and 0 < len(told) <= NAME_LENGTH and told.isprintable()


def _raw(raw: bytes) -> str:
    return raw.decode(errors="replace")[:RAW_LENGTH]
