"""
MTConnectStreams, the answer of an MTConnect agent to ``current`` and ``sample``, versions 1.3 to 2.7.

Observations stand in groups by component and category; their order is their own sequence number. The data
item's id is the key. Entities and document types are refused, so a small document cannot grow into a large
one.
"""

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from devices.rules.readings import UNAVAILABLE, Refused, microseconds

SIZE = 16 * 1024 * 1024
MOST_TAGS, MOST_ATTRIBUTES = 300_000, 750_000  # real documents of 16 MiB have fewer
ERRORS = 40

_CATEGORIES = frozenset({"Samples", "Events", "Condition"})
_SEQUENCE_DIGITS = 18


class Header(NamedTuple):
    """What the agent says of itself: ``instance`` is the epoch, ``next`` is where to go on reading."""

    instance: str
    first: int
    next: int
    created_at: int


class Item(NamedTuple):
    """One observation with its own sequence."""

    sequence: int
    at: int
    key: str
    text: str


class Stream(NamedTuple):
    """The observations of one device, in sequence order, and what could not be read, with its reason."""

    uuid: str
    name: str
    items: list[Item]
    problems: list[Refused]


class Document(NamedTuple):
    """One answer of an agent."""

    header: Header
    streams: list[Stream]


def read(document: bytes, *, size: int = SIZE) -> Document:
    """
    Read one MTConnectStreams document.

    An observation that cannot be read becomes a problem of its stream; the others are kept.

    :raises Refused: ``document_too_large``, ``document_unreadable``, ``document_unsafe`` (a document type or
        an entity), ``agent_error`` (the agent answered with MTConnectError) or ``not_mtconnect_streams``
    """
    if len(document) > size:
        raise Refused("document_too_large", f"a document may have {size} bytes, this one has {len(document)}")
    if document.count(b"<") > MOST_TAGS or document.count(b"=") > MOST_ATTRIBUTES:
        text = f"a document may have {MOST_TAGS} tags and {MOST_ATTRIBUTES} attributes"
        raise Refused("document_too_large", text)
    root = _parsed(document)
    if _name(root) == "MTConnectError":
        raise Refused("agent_error", _error_text(root))
    header = next((child for child in root if _name(child) == "Header"), None)
    if _name(root) != "MTConnectStreams" or header is None:
        raise Refused(
            "not_mtconnect_streams", f"no MTConnectStreams document with a header: {_name(root)[:60]}"
        )
    streams = [_stream(element) for element in root.iter() if _name(element) == "DeviceStream"]
    return Document(_header(header), streams)


def _parsed(document: bytes) -> Element:
    try:
        root: Element = fromstring(document, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refused("document_unsafe", "document types and entities are not accepted") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refused("document_unreadable", f"not a well-formed XML document: {error}") from error
    return root


def _header(element: Element) -> Header:
    instance = element.get("instanceId", "").strip()
    if not instance or len(instance) > 64:
        raise Refused("not_mtconnect_streams", "the header has no usable instanceId")
    return Header(
        instance,
        _sequence(element.get("firstSequence", "")),
        _sequence(element.get("nextSequence", "")),
        microseconds(element.get("creationTime", "")),
    )


def _stream(element: Element) -> Stream:
    stream = Stream(element.get("uuid", ""), element.get("name", ""), [], [])
    for observation in _observations(element):
        try:
            stream.items.append(_item(observation))
        except Refused as refused:
            stream.problems.append(refused.with_traceback(None))  # which would hold all it was read from
    stream.items.sort()
    return stream


def _observations(device: Element) -> Iterator[Element]:
    for group in device.iter():
        if _name(group) in _CATEGORIES:
            yield from group


def _item(element: Element) -> Item:
    key = element.get("dataItemId", "").strip()
    if not key:
        raise Refused("key_missing", f"the observation {_name(element)[:60]} has no dataItemId")
    text = _condition(element) if "type" in element.attrib and _is_level(element) else _text(element)
    return Item(_sequence(element.get("sequence", "")), microseconds(element.get("timestamp", "")), key, text)


def _is_level(element: Element) -> bool:
    return _name(element) in {"Normal", "Warning", "Fault", "Unavailable"}


def _condition(element: Element) -> str:
    """Write a condition as SHDR does: level, native code, native severity, qualifier, text."""
    level = _name(element).upper()
    if level == UNAVAILABLE:
        return UNAVAILABLE
    told = (element.get(name, "") for name in ("nativeCode", "nativeSeverity", "qualifier"))
    return "|".join((level, *told, _text(element)))


def _text(element: Element) -> str:
    """Read the value; a data set or table becomes ``key=value`` pairs, in the order of the document."""
    entries = [entry for entry in element if _name(entry) == "Entry"]
    if not entries:
        return (element.text or "").strip()
    return " ".join(f"{entry.get('key', '')}={(entry.text or '').strip()}" for entry in entries)


def _sequence(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _SEQUENCE_DIGITS):
        raise Refused("sequence_invalid", f"a sequence is a whole number from 0 on: {text[:60]!r}")
    return int(text)


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _error_text(root: Element) -> str:
    errors = [element for element in root.iter() if element.get("errorCode")]
    told = [f"{error.get('errorCode')}: {(error.text or '').strip()}" for error in errors[:ERRORS]]
    return "; ".join(told)[:2000] or "the agent answered with an error"
