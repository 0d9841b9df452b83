"""
Archives: the deliveries of a closed hour in one row, without losing one byte of what was digested.

The readings of one class of all deliveries become one block, in sequence order, behind a column that says
which delivery each came in. Blocks have one form only, so every delivery's own block comes back exactly as it
was when its readings are written again; :func:`unfold` does that, and whoever folds compares.

The facts of the deliveries (what is known of each beside its readings) stand in a column of their own.
Nothing is compressed here: the database does that, and so can read what it holds (decision 8).
"""

from collections.abc import Callable, Container, Mapping, Sequence
from itertools import pairwise
from math import gcd
from typing import NamedTuple, TypeVar

from devices.rules import blocks, columns, salts
from devices.rules.life import Life
from devices.rules.readings import Reading, Refused
from devices.rules.vocabularies import CLASSES

VERSION = 1
AFTER_ERASURE = 2  # facts whose salts have lengths of their own (``devices.rules.salts``)
SALT = salts.ROOT
UNITS = blocks.UNITS

T = TypeVar("T")


class About(NamedTuple):
    """
    What is known of a delivery beside its contents: ``size`` is how many readings it has.

    ``received``, ``at_lo`` and ``at_hi`` (least and greatest device time) are in µs since 1970 UTC;
    ``position`` is its place in the log.
    """

    arrival: int
    received: int
    sequence_lo: int
    sequence_hi: int
    size: int
    at_lo: int
    at_hi: int
    position: int


class Kept(NamedTuple):
    """One delivery as it is stored hot: what is known of it, its four columns, its salt."""

    about: About
    evidence: bytes
    ordinary: bytes
    private: bytes
    life: bytes
    salt: bytes

    def block(self, retention: str) -> bytes:
        """Return the block of one class."""
        return {"EVIDENCE": self.evidence, "ORDINARY": self.ordinary, "PRIVATE": self.private}[retention]


class Archive(NamedTuple):
    """The columns of one archive row: a block a class, and the facts of its deliveries."""

    evidence: bytes
    ordinary: bytes
    private: bytes
    facts: bytes

    def column(self, retention: str) -> bytes:
        """Return the block of one class."""
        return {"EVIDENCE": self.evidence, "ORDINARY": self.ordinary, "PRIVATE": self.private}[retention]


class Fact(NamedTuple):
    """One delivery of an archive: what is known of it, its life trace and its salt."""

    about: About
    trace: list[Life]
    salt: bytes


def fold(deliveries: Sequence[Kept], *, words: Mapping[int, str], states: Container[int]) -> Archive:
    """
    Fold consecutive deliveries of one epoch, given in order of arrival, into an archive.

    ``words`` gives each dictionary code its state, ``states`` are the channels whose values are codes.

    :raises Refused: ``block_unreadable``, if a delivery is damaged, or holds other than is known of it
    """
    rows: dict[str, list[tuple[int, int, Reading]]] = {name: [] for name in CLASSES}
    for place, kept in enumerate(deliveries):
        said = {name: blocks.decode(kept.block(name), words=words) for name in CLASSES}
        _check(kept, [reading for part in said.values() for reading in part])
        for name, part in said.items():
            rows[name] += [(reading.sequence, place, reading) for reading in part]
    codes = {word: code for code, word in words.items()}
    written = {name: _written(sorted(part), states, codes) for name, part in rows.items()}
    return Archive(written["EVIDENCE"], written["ORDINARY"], written["PRIVATE"], _facts(deliveries))


def readings(
    column: bytes, *, words: Mapping[int, str], channels: Container[int] | None = None
) -> list[tuple[Reading, int]]:
    """
    Return the readings of one class in sequence order, each with the place of its delivery.

    With ``channels``, only those, stepping over the values of all others.

    :raises Refused: ``block_unreadable``
    """
    places, block = _opened(column, lambda source: columns.read_walk(source, source.varint()))
    return blocks.decode_beside(block, places, words=words, channels=channels)


def facts(column: bytes, *, first: int) -> list[Fact]:
    """
    Return what is known of the deliveries, the first of which has the arrival number ``first``.

    :raises Refused: ``block_unreadable``
    """
    (abouts, lengths, kept), block = _facts_of(column, first)
    trace = blocks.decode_trace(block)
    edges = [0, *columns.summed(lengths)]
    if edges[-1] != len(trace):
        raise _unreadable(f"{len(trace)} entries of life, {edges[-1]} wanted")
    traces = [trace[start:end] for start, end in pairwise(edges)]
    return [Fact(*parts) for parts in zip(abouts, traces, kept, strict=True)]


def abouts(column: bytes, *, first: int) -> list[About]:
    """
    Return what is known of the deliveries without their traces; ``first`` as for :func:`facts`.

    :raises Refused: ``block_unreadable``
    """
    return _facts_of(column, first)[0][0]


def unfold(archive: Archive, *, first: int, words: Mapping[int, str], states: Container[int]) -> list[Kept]:
    """
    Return the deliveries as they were, byte for byte.

    :raises Refused: ``block_unreadable``
    """
    known = facts(archive.facts, first=first)
    codes = {word: code for code, word in words.items()}
    written = {
        name: [
            blocks.encode(rows, states=states, codes=codes)
            for rows in _split(archive.column(name), len(known), words)
        ]
        for name in CLASSES
    }
    return [
        Kept(about, evidence, ordinary, private, blocks.encode_trace(trace), salt)
        for (about, trace, salt), evidence, ordinary, private in zip(
            known, written["EVIDENCE"], written["ORDINARY"], written["PRIVATE"], strict=True
        )
    ]


class Waiting(NamedTuple):
    """A stored delivery that may be folded; ``received`` in µs since 1970 UTC, ``size`` readings."""

    arrival: int
    received: int
    epoch: int
    size: int


def runs(
    waiting: Sequence[Waiting], *, length: int, before: int, readings: int, deliveries: int
) -> list[tuple[int, int]]:
    """
    List the runs of deliveries that can be folded into one archive each, as first and last arrival.

    A run is without a hole, of one epoch, received in one hour of ``length`` µs that was over at ``before``,
    and holds at most so many ``readings`` and ``deliveries`` (one delivery may be larger by itself).
    """
    found: list[list[Waiting]] = []
    size = 0
    for one in waiting:
        if (one.received // length + 1) * length > before:
            continue
        fits = found and len(found[-1]) < deliveries and size + one.size <= readings
        if fits and _continues(found[-1][-1], one, length):
            found[-1].append(one)
            size += one.size
        else:
            found.append([one])
            size = one.size
    return [(run[0].arrival, run[-1].arrival) for run in found]


def _continues(one: Waiting, other: Waiting, length: int) -> bool:
    return (one.arrival + 1, one.epoch, one.received // length) == (
        other.arrival,
        other.epoch,
        other.received // length,
    )


def _check(kept: Kept, readings: Sequence[Reading]) -> None:
    about, sequences, times = kept.about, [one.sequence for one in readings], [one.at for one in readings]
    if salts.erased(kept.salt):
        _check_rest(about, readings)
        return
    if not readings or len(readings) != about.size:
        raise _unreadable(f"delivery {about.arrival} has {len(readings)} readings, not {about.size}")
    edges = (min(sequences), max(sequences), min(times), max(times))
    if edges != (about.sequence_lo, about.sequence_hi, about.at_lo, about.at_hi):
        raise _unreadable(f"delivery {about.arrival} has other numbers or times than are known of it")


def _check_rest(about: About, readings: Sequence[Reading]) -> None:
    """What is left after an erasure lies within what is known of the delivery."""
    inside = all(
        about.sequence_lo <= one.sequence <= about.sequence_hi and about.at_lo <= one.at <= about.at_hi
        for one in readings
    )
    if not inside or len(readings) > about.size:
        raise _unreadable(f"delivery {about.arrival} has other numbers or times than are known of it")


def _written(
    rows: Sequence[tuple[int, int, Reading]], states: Container[int], codes: Mapping[str, int]
) -> bytes:
    """Write the readings of one class, given with their numbers and the places of their deliveries."""
    block = blocks.encode([reading for *_, reading in rows], states=states, codes=codes)
    places = [place for _, place, _ in rows]
    return bytes((VERSION,)) + columns.varints([len(places)]) + columns.walk(places) + block


def _facts(deliveries: Sequence[Kept]) -> bytes:
    known = [kept.about for kept in deliveries]
    traces = [blocks.decode_trace(kept.life) for kept in deliveries]
    unit = _unit([time for one in known for time in (one.at_lo, one.at_hi)])
    lengths = [len(kept.salt) for kept in deliveries]
    plain = set(lengths) <= {SALT}
    return b"".join(
        (
            bytes((VERSION if plain else AFTER_ERASURE,)),
            columns.varints([len(known)]),
            columns.walk([one.received for one in known]),
            columns.walk([one.sequence_lo for one in known]),
            columns.column([one.sequence_hi - one.sequence_lo for one in known]),
            columns.column([one.size for one in known]),
            bytes((unit,)),
            columns.walk([one.at_lo // UNITS[unit] for one in known]),
            columns.column([(one.at_hi - one.at_lo) // UNITS[unit] for one in known]),
            columns.walk([one.position for one in known]),
            columns.column([len(trace) for trace in traces]),
            b"" if plain else columns.column(lengths),
            *(kept.salt for kept in deliveries),
            blocks.encode_trace([entry for trace in traces for entry in trace]),
        )
    )


def _facts_of(column: bytes, first: int) -> tuple[tuple[list[About], list[int], list[bytes]], bytes]:
    again = column[:1] == bytes((AFTER_ERASURE,))
    version = AFTER_ERASURE if again else VERSION
    return _opened(column, lambda source: _read_facts(source, first, again), version)


def _read_facts(
    source: columns.Source, first: int, erased: bool
) -> tuple[list[About], list[int], list[bytes]]:
    count = source.varint()
    received = columns.read_walk(source, count)
    lows = columns.read_walk(source, count)
    widths, counts = source.column(count), source.column(count)
    unit = UNITS[source.take(1)[0]]
    times, spans = columns.read_walk(source, count), source.column(count)
    positions, lengths = columns.read_walk(source, count), source.column(count)
    kept = [source.take(length) for length in (source.column(count) if erased else [SALT] * count)]
    if not all(kept):
        raise ValueError("a delivery without salt")
    found = [
        About(
            first + place,
            received[place],
            low,
            low + widths[place],
            counts[place],
            times[place] * unit,
            (times[place] + spans[place]) * unit,
            positions[place],
        )
        for place, low in enumerate(lows)
    ]
    return found, list(lengths), kept


def _unit(times: Sequence[int]) -> int:
    common = gcd(*times)
    return next(index for index, length in enumerate(UNITS) if common % length == 0)


def _split(column: bytes, count: int, words: Mapping[int, str]) -> list[list[Reading]]:
    found: list[list[Reading]] = [[] for _ in range(count)]
    for reading, place in readings(column, words=words):
        if not 0 <= place < count:
            raise _unreadable(f"no delivery {place}")
        found[place].append(reading)
    return found


def _opened(column: bytes, read: Callable[[columns.Source], T], known: int = VERSION) -> tuple[T, bytes]:
    """Read what stands before the block of a column; return it and the block."""
    source = columns.Source(column)
    try:
        version = source.take(1)[0]
        if version != known:
            raise ValueError(f"format version {version}")
        return read(source), source.data[source.at :]
    except (EOFError, ValueError, LookupError, MemoryError) as error:
        raise _unreadable(str(error)) from error


def _unreadable(why: str) -> Refused:
    return Refused("block_unreadable", f"not an archive of version {VERSION}: {why}")
