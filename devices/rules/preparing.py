"""
Make a delivery's readings ready to be stored: blocks of each class, life trace, digests. Exact, one by one.

:mod:`devices.rules.bulk` does the same for many readings at once and gives the same bytes.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from devices.rules import blocks, digests, life
from devices.rules.ranges import Span
from devices.rules.readings import Reading
from devices.rules.vocabularies import CLASSES, EVIDENCE, ORDINARY, PRIVATE, Vocabulary


class Prepared(NamedTuple):
    """
    One delivery's new readings as they are stored.

    Times are in microseconds since 1970 UTC. ``body`` recognises the same readings when they come again;
    ``groups`` holds the names and digests of all groups as the leaf hashes them.
    """

    first: int
    last: int
    size: int
    earliest: int
    latest: int
    evidence: bytes
    ordinary: bytes
    private: bytes
    life: bytes
    body: bytes
    groups: bytes
    salt: bytes

    @property
    def unbroken(self) -> bool:
        """Say whether the sequences have no hole."""
        return self.last - self.first + 1 == self.size


class _Group(NamedTuple):
    """Columns of values by channel, in order, and the readings in sequence order."""

    columns: dict[int, bytes]
    rows: list[Reading]


def prepare(
    readings: Sequence[Reading],
    vocabulary: Vocabulary,
    *,
    epoch: str,
    salt: bytes,
    covered: Sequence[Span] = (),
) -> Prepared:
    """
    Prepare readings, given in sequence order, of known channels.

    :raises KeyError: if a state word has no code yet
    """
    channels = blocks.by_channel(readings)
    columns = {
        number: blocks.values_of([row.value for row in rows], number in vocabulary.states, vocabulary.codes)
        for number, rows in channels.items()
    }
    classes = {name: _Group({}, []) for name in CLASSES}
    for number, column in columns.items():
        classes[vocabulary.by_number[number].retention].columns[number] = column
    for reading in readings:
        classes[vocabulary.by_number[int(reading.channel)].retention].rows.append(reading)
    stored = {name: blocks.assembled(group.rows, group.columns) for name, group in classes.items()}
    trace = blocks.encode_trace(life.trace(readings, closers=vocabulary.closers, covered=covered))
    salts = {name: digests.class_salt(salt, name) for name in CLASSES}
    groups = {digests.LIFE: digests.group_digest(salts[EVIDENCE], digests.LIFE, trace)}
    for number, column in classes[EVIDENCE].columns.items():
        group = _Group({number: column}, channels[number])
        name = digests.evidence(vocabulary.by_number[number].key)
        content = _content(blocks.assembled(group.rows, group.columns), group, vocabulary)
        groups[name] = digests.group_digest(salts[EVIDENCE], name, content)
    for retention, name in ((ORDINARY, digests.ORDINARY), (PRIVATE, digests.PRIVATE)):
        content = _content(stored[retention], classes[retention], vocabulary)
        groups[name] = digests.group_digest(salts[retention], name, content)
    times = [reading.at for reading in readings]
    return Prepared(
        first=readings[0].sequence,
        last=readings[-1].sequence,
        size=len(readings),
        earliest=min(times),
        latest=max(times),
        evidence=stored[EVIDENCE],
        ordinary=stored[ORDINARY],
        private=stored[PRIVATE],
        life=trace,
        body=body(epoch, stored[EVIDENCE], stored[ORDINARY], stored[PRIVATE]),
        groups=digests.joined(groups),
        salt=salt,
    )


def body(epoch: str, *stored: bytes) -> bytes:
    """Return 16 bytes by which the same readings are recognised when they come again."""
    total = hashlib.sha256(epoch.encode())
    for block in stored:
        total.update(len(block).to_bytes(4, "big") + block)
    return total.digest()[:16]


def _content(block: bytes, group: _Group, vocabulary: Vocabulary) -> bytes:
    spoken = vocabulary.states & group.columns.keys()
    words = {str(row.value) for row in group.rows if row.live and row.channel in spoken} if spoken else ()
    return digests.content(block, vocabulary.named(group.columns), vocabulary.coded(words))
