"""
Erase the readings of one class from a stored delivery, and write down first what its groups hash to.

A class is erased by device time, so a delivery over the border between two sides loses only the readings of
one of them. What the other side said in it stays, but nothing proves it any more: the digest is over both,
and the salt has to go, or whoever guesses the erased values could see that the guess is right.
"""

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from devices.rules import blocks, columns, digests, salts
from devices.rules.archives import Kept
from devices.rules.groups import Stored, groups_of
from devices.rules.readings import Refused
from devices.rules.vocabularies import EVIDENCE, ORDINARY, Vocabulary

Time = tuple[int, int]  # half-open, in µs since 1970 UTC
RECORD = b"jijian-erased-1\n"


class Cut(NamedTuple):
    """
    One delivery without the readings of a class: ``readings`` of them went.

    ``groups`` are the names and digests of the class as the leaf hashes them, from before its first erasure.
    """

    kept: Kept
    readings: int
    groups: Mapping[str, bytes]


class Record(NamedTuple):
    """What stays of the erased class of a delivery: the digests of its groups by name."""

    arrival: int
    groups: Mapping[str, bytes]


def class_of(group: str) -> str:
    """Return the class that a group belongs to."""
    return group.upper() if group in (digests.ORDINARY, digests.PRIVATE) else EVIDENCE


def cut(
    stored: Stored,
    kept: Kept,
    *,
    retention: str,
    time: Time,
    channels: Container[int] | None = None,
    vocabulary: Vocabulary,
    words: Mapping[int, str],
    device: str,
    previous: bytes,
) -> Cut | None:
    """
    Take the readings of a class that were said in ``time`` out of a delivery; ``None`` if there are none.

    With ``channels``, by number, only theirs; the life trace goes with the whole class only.

    ``previous`` is the leaf before, ``device`` the public id: what is written down must make the leaf that
    the log holds, or nothing is erased.

    :raises Refused: ``leaf``, if the digests do not make the delivery's leaf; ``block_unreadable``
    """
    start, end = time
    said = blocks.decode(kept.block(retention), words=words)
    left = [
        one
        for one in said
        if not start <= one.at < end or (channels is not None and one.channel not in channels)
    ]
    with_life = retention == EVIDENCE and channels is None
    trace = blocks.decode_trace(kept.life) if with_life else []
    alive = [one for one in trace if not start <= one.at < end]
    if len(left) == len(said) and len(alive) == len(trace):
        return None
    groups = digests_of(stored, vocabulary, words)
    total = digests.leaf(
        device=device, arrival=stored.arrival, previous=previous, groups=digests.joined(groups)
    )
    if total != stored.leaf:
        raise Refused("leaf", f"delivery {stored.arrival} does not make the leaf that the log holds")
    column = blocks.encode(left, states=vocabulary.states, codes=vocabulary.codes)
    life = blocks.encode_trace(alive) if with_life else kept.life
    after = kept._replace(life=life, salt=salts.without(kept.salt, retention))
    mine = {name: total for name, total in groups.items() if class_of(name) == retention}
    return Cut(_with(after, retention, column), len(said) - len(left), mine)


def _with(kept: Kept, retention: str, column: bytes) -> Kept:
    if retention == EVIDENCE:
        return kept._replace(evidence=column)
    return kept._replace(ordinary=column) if retention == ORDINARY else kept._replace(private=column)


def digests_of(stored: Stored, vocabulary: Vocabulary, words: Mapping[int, str]) -> dict[str, bytes]:
    """Return the digests of all groups of a delivery, those that were erased as they were written down."""
    found = {group.name: group.digest for group in groups_of(stored, vocabulary, words) if group.salt}
    return found | dict(stored.erased)


def packed(records: Sequence[Record]) -> bytes:
    """Write records as bytes: of each its arrival, the number of its groups, their names and digests."""
    parts = [columns.varints([len(records)])]
    for record in records:
        parts.append(columns.varints([record.arrival, len(record.groups)]))
        for name, total in sorted(record.groups.items()):
            written = name.encode()
            parts += [columns.varints([len(written)]), written, total]
    return b"".join(parts)


def unpacked(data: bytes) -> list[Record]:
    """Read records back; the inverse of :func:`packed`."""
    source = columns.Source(data)
    found = []
    for _ in range(source.varint()):
        arrival, count = source.varint(), source.varint()
        groups = {source.take(source.varint()).decode(): source.take(32) for _ in range(count)}
        found.append(Record(arrival, groups))
    return found


def entries(device: str, records: Iterable[Record]) -> list[bytes]:
    """
    Return what a certificate is over: a text for each erased group of each delivery, in order.

    Its lines are ``jijian-erased-1``, the device's public id, the arrival number, the group's name, and its
    digest in hexadecimal; the last line is ended too.
    """
    return [
        RECORD + f"{device}\n{record.arrival}\n{name}\n{total.hex()}\n".encode()
        for record in sorted(records, key=lambda one: one.arrival)
        for name, total in sorted(record.groups.items())
    ]


def forgotten(public_id: str) -> str:
    """Return what stands in the place of a digest by which an item was recognised."""
    return hashlib.sha256(f"erased\n{public_id}\n".encode()).hexdigest()
