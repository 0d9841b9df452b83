"""
Archives: the deliveries of a closed hour in one row, without losing one byte of what was digested.

The readings of one class of all deliveries become one block, in sequence order, with a column that says which
delivery each came in, and are compressed. Blocks have one form only, so every delivery's own block comes back
exactly as it was when its readings are written again; :func:`unfold` does that, and whoever folds compares.

The facts of the deliveries (arrival, time of receipt, life trace, salt) stand in a column of their own.
"""

import zlib
from collections.abc import Container, Mapping, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from devices.rules import blocks, columns
from devices.rules.life import Life
from devices.rules.readings import Reading, Refused
from devices.rules.vocabularies import CLASSES

VERSION = 1
LEVEL = 6
SALT = 16
BROKEN = (EOFError, ValueError, LookupError, MemoryError)
LARGEST = 64 * 1024 * 1024  # bytes, unpacked


class Kept(NamedTuple):
    """One delivery as it is stored hot: ``received`` in µs since 1970 UTC, its four columns, its salt."""

    arrival: int
    received: int
    evidence: bytes
    ordinary: bytes
    private: bytes
    life: bytes
    salt: bytes

    def block(self, retention: str) -> bytes:
        """Return the block of one class."""
        return {"EVIDENCE": self.evidence, "ORDINARY": self.ordinary, "PRIVATE": self.private}[retention]


class Archive(NamedTuple):
    """The columns of one archive row: a packed block a class, and the facts of its deliveries."""

    evidence: bytes
    ordinary: bytes
    private: bytes
    facts: bytes

    def column(self, retention: str) -> bytes:
        """Return the packed block of one class."""
        return {"EVIDENCE": self.evidence, "ORDINARY": self.ordinary, "PRIVATE": self.private}[retention]


class Facts(NamedTuple):
    """What is known of the deliveries of an archive beside their readings, one entry a delivery."""

    arrivals: list[int]
    received: list[int]
    traces: list[list[Life]]
    salts: list[bytes]


def fold(deliveries: Sequence[Kept], *, words: Mapping[int, str], states: Container[int]) -> Archive:
    """
    Fold the deliveries of one epoch, given in order of arrival, into an archive.

    ``words`` gives each dictionary code its state, ``states`` are the channels whose values are codes.

    :raises Refused: ``block_unreadable``, if a delivery is damaged
    """
    packed = {name: _packed(deliveries, name, words, states) for name in CLASSES}
    return Archive(packed["EVIDENCE"], packed["ORDINARY"], packed["PRIVATE"], _facts(deliveries))


def readings(
    column: bytes, *, words: Mapping[int, str], channels: Container[int] | None = None
) -> list[tuple[Reading, int]]:
    """
    Return the readings of one packed class in sequence order, each with the place of its delivery.

    With ``channels``, only those, stepping over the values of all others.

    :raises Refused: ``block_unreadable``
    """
    source, block = _unpacked(column)
    found = blocks.decode(block, words=words)
    try:
        pairs = list(zip(found, columns.read_walk(source, source.varint()), strict=True))
    except BROKEN as error:
        raise _unreadable(error) from error
    return pairs if channels is None else [pair for pair in pairs if int(pair[0].channel) in channels]


def facts(column: bytes) -> Facts:
    """
    Return what is known of the deliveries.

    :raises Refused: ``block_unreadable``
    """
    source, trace = _unpacked(column)
    try:
        count = source.varint()
        arrivals = columns.read_walk(source, count)
        received = columns.read_walk(source, count)
        lengths = source.column(count)
        salts = [source.take(SALT) for _ in range(count)]
    except BROKEN as error:
        raise _unreadable(error) from error
    entries = blocks.decode_trace(trace)
    if sum(lengths) != len(entries):
        raise _unreadable(ValueError("another number of traces"))
    following = iter(entries)
    return Facts(arrivals, received, [list(islice(following, length)) for length in lengths], salts)


def unfold(archive: Archive, *, words: Mapping[int, str], states: Container[int]) -> list[Kept]:
    """
    Return the deliveries as they were, byte for byte.

    :raises Refused: ``block_unreadable``
    """
    known = facts(archive.facts)
    codes = {word: code for code, word in words.items()}
    split = {name: _split(archive.column(name), len(known.arrivals), words) for name in CLASSES}
    written = {
        name: [blocks.encode(rows, states=states, codes=codes) for rows in split[name]] for name in CLASSES
    }
    return [
        Kept(
            arrival,
            known.received[place],
            written["EVIDENCE"][place],
            written["ORDINARY"][place],
            written["PRIVATE"][place],
            blocks.encode_trace(known.traces[place]),
            known.salts[place],
        )
        for place, arrival in enumerate(known.arrivals)
    ]


def _packed(
    deliveries: Sequence[Kept], retention: str, words: Mapping[int, str], states: Container[int]
) -> bytes:
    rows = sorted(
        (reading, place)
        for place, kept in enumerate(deliveries)
        for reading in blocks.decode(kept.block(retention), words=words)
    )
    codes = {word: code for code, word in words.items()}
    block = blocks.encode([reading for reading, _ in rows], states=states, codes=codes)
    places = [place for _, place in rows]
    return _pack(columns.varints([len(places)]) + columns.walk(places), block)


def _facts(deliveries: Sequence[Kept]) -> bytes:
    traces = [blocks.decode_trace(kept.life) for kept in deliveries]
    lengths = [len(trace) for trace in traces]
    head = b"".join(
        (
            columns.varints([len(deliveries)]),
            columns.walk([kept.arrival for kept in deliveries]),
            columns.walk([kept.received for kept in deliveries]),
            columns.column(lengths),
            *(kept.salt for kept in deliveries),
        )
    )
    return _pack(head, blocks.encode_trace([entry for trace in traces for entry in trace]))


def _split(column: bytes, count: int, words: Mapping[int, str]) -> list[list[Reading]]:
    found: list[list[Reading]] = [[] for _ in range(count)]
    for reading, place in readings(column, words=words):
        found[place].append(reading)
    return found


def _pack(head: bytes, block: bytes) -> bytes:
    return bytes((VERSION,)) + zlib.compress(columns.varints([len(head)]) + head + block, LEVEL)


def _unpacked(column: bytes) -> tuple[columns.Source, bytes]:
    try:
        if column[0] != VERSION:
            raise ValueError(f"format version {column[0]}")
        unpacking = zlib.decompressobj()
        whole = columns.Source(unpacking.decompress(column[1:], LARGEST))
        if not unpacking.eof:
            raise ValueError("cut off, or too large")
        head = whole.take(whole.varint())
    except (*BROKEN, zlib.error) as error:
        raise _unreadable(error) from error
    return columns.Source(head), whole.data[whole.at :]


def _unreadable(error: Exception) -> Refused:
    return Refused("block_unreadable", f"not an archive of version {VERSION}: {error}")


def hours(received: Sequence[int], *, length: int, before: int) -> list[tuple[int, int]]:
    """
    List the runs of deliveries that can be folded, as half-open ranges of places.

    ``received`` are times of receipt in order of arrival, ``length`` of an hour and ``before`` in the same
    unit: a run lies in one hour, and its hour ended at ``before`` or earlier.
    """
    edges = [0] + [
        place + 1 for place, (one, other) in enumerate(pairwise(received)) if one // length != other // length
    ]
    runs = zip(edges, [*edges[1:], len(received)], strict=True)
    return [
        (start, end)
        for start, end in runs
        if end > start and (received[start] // length + 1) * length <= before
    ]
