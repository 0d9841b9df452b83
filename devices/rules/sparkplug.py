"""
Sparkplug B payloads: topics, and metrics with their values as exact text.

Only what readings need is decoded. A float becomes the shortest decimal that means the same float.
"""

import struct
from typing import NamedTuple

from devices.rules import protobuf
from devices.rules.readings import Refused

MOST_METRICS = 32_768
SIZE = 4 * 1024 * 1024
NAMESPACE = "spBv1.0"

FIRST_VALUE, LAST_FIELD = 10, 19  # the fields of a metric of which one holds the value

_SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
_STALE, _BAD = 500, 0


class Topic(NamedTuple):
    """Who says what: group, kind (NBIRTH, DDATA …), edge node, and the device behind it or nothing."""

    group: str
    kind: str
    node: str
    device: str


class Metric(NamedTuple):
    """One metric; times in milliseconds since 1970 UTC. ``value`` is ``None`` where there is none."""

    name: str
    alias: int | None
    at: int | None
    historical: bool
    value: str | None
    problem: Refused | None


class Payload(NamedTuple):
    """One message; ``seq`` is 0 to 255."""

    at: int | None
    seq: int | None
    metrics: list[Metric]


def topic(text: str) -> Topic | None:
    """Read a topic; ``None`` if it is none of an edge node."""
    parts = text.split("/")
    if parts[0] != NAMESPACE or len(parts) not in (4, 5) or not all(parts):
        return None
    if (len(parts) == 5) != parts[2].startswith("D"):
        return None
    return Topic(parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "")


def read(message: bytes) -> Payload:
    """
    Read a payload.

    A metric whose value cannot be read keeps its place, with the problem.

    :raises Refused: ``payload_too_large``, or ``payload_invalid``
    """
    if len(message) > SIZE:
        raise Refused("payload_too_large", f"a payload may have {SIZE} bytes, this one has {len(message)}")
    at = seq = None
    metrics: list[Metric] = []
    budget = protobuf.Budget()
    for number, _, value in protobuf.fields(memoryview(message), budget):
        if number == 1:
            at = protobuf.whole(value)
        elif number == 3:
            seq = protobuf.whole(value)
        elif number == 2:
            if len(metrics) >= MOST_METRICS:
                raise Refused("payload_too_large", f"a payload may have {MOST_METRICS} metrics")
            metrics.append(_metric(_message(value), budget))
    if seq is not None and seq > 255:
        raise Refused("payload_invalid", "a seq is 0 to 255")
    return Payload(at, seq, metrics)


def rebirth(at: int) -> bytes:
    """Return the payload of the command that asks a node for its births, at ``at`` milliseconds."""
    name = b"Node Control/Rebirth"
    metric = b"\x0a" + bytes([len(name)]) + name + b"\x20\x0b\x70\x01"
    return b"\x08" + _written(at) + b"\x12" + bytes([len(metric)]) + metric


def _written(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise Refused("payload_invalid", "a number stands where a message belongs")
    return value


def _metric(message: memoryview, budget: protobuf.Budget) -> Metric:
    told = _told(message, budget)
    alias, at = (protobuf.whole(told[key]) if key in told else None for key in (2, 3))
    found: str | None = None
    problem: Refused | None = None
    try:
        found = None if told.get(7) or _without_quality(told.get(9), budget) else _value(told)
    except Refused as refused:
        if refused.reason == "payload_too_large":
            raise
        problem = refused
    name = protobuf.text(told[1]) if 1 in told else ""
    return Metric(name, alias, at, bool(told.get(5)), found, problem)


def _told(message: memoryview, budget: protobuf.Budget) -> dict[int, int | memoryview]:
    """Return the fields of a metric; of several values the last one counts."""
    told: dict[int, int | memoryview] = {}
    for number, _, value in protobuf.fields(message, budget):
        if number > LAST_FIELD:
            continue
        if number >= FIRST_VALUE:
            told = {key: old for key, old in told.items() if key < FIRST_VALUE}
        told[number] = value
    return told


def _value(told: dict[int, int | memoryview]) -> str:
    """Read the one value; which of the fields it stands in follows from the type, or tells it."""
    kind = protobuf.whole(told.get(4, 0))
    number = next((key for key in told if key >= FIRST_VALUE), None)
    if number is None:
        raise Refused("value_missing", "the metric has no value")
    value = told[number]
    if number in (10, 11):
        return str(_integer(protobuf.whole(value), kind))
    if number == 12:
        return _float(protobuf.whole(value))
    if number == 13:
        return repr(struct.unpack("<d", protobuf.whole(value).to_bytes(8, "little"))[0])
    if number == 14:
        return "true" if protobuf.whole(value) else "false"
    if number == 15:
        return protobuf.text(value)
    raise Refused("value_invalid", "bytes, data sets and templates are no readings")


def _integer(value: int, kind: int) -> int:
    """Give a signed type its sign: the wire has its two's complement in 32 or 64 bits."""
    bits = _SIGNED.get(kind)
    if bits is None:
        return value
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _float(bits: int) -> str:
    if bits > 0xFFFF_FFFF:
        raise Refused("payload_invalid", "a float has 32 bits")
    raw = bits.to_bytes(4, "little")
    (found,) = struct.unpack("<f", raw)
    for digits in range(1, 9):
        text = f"{found:.{digits}g}"
        try:
            if struct.pack("<f", float(text)) == raw:
                return text
        except OverflowError:
            continue
    return f"{found:.9g}"


def _without_quality(properties: int | memoryview | None, budget: protobuf.Budget) -> bool:
    """Say whether the property ``Quality`` declares the value stale or bad."""
    if properties is None:
        return False
    keys, values = [], []
    for number, _, value in protobuf.fields(_message(properties), budget):
        if number == 1:
            keys.append(protobuf.text(value))
        elif number == 2:
            values.append(_message(value))
    for key, message in zip(keys, values, strict=False):
        if key == "Quality":
            told = {number: value for number, _, value in protobuf.fields(message, budget)}
            return told.get(3, told.get(4)) in (_STALE, _BAD)
    return False
