"""
Take a stored delivery apart into its groups: what each holds, its own salt, and its digest.

The blocks of single channels are written again from the readings of their class: blocks have one form only.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from devices.rules import blocks, digests, salts
from devices.rules.readings import Reading
from devices.rules.vocabularies import EVIDENCE, ORDINARY, PRIVATE, Vocabulary


class Stored(NamedTuple):
    """
    One delivery as it is stored: four columns, its salt and its leaf.

    ``received`` is in µs since 1970 UTC, ``epoch`` the number of the source's numbering. ``erased`` are the
    digests, by name, of the groups of classes that were erased.
    """

    arrival: int
    received: int
    epoch: int
    evidence: bytes
    ordinary: bytes
    private: bytes
    life: bytes
    salt: bytes
    leaf: bytes
    erased: Mapping[str, bytes] = MappingProxyType({})


class Group(NamedTuple):
    """What is hashed of one group of a delivery, and the 16 bytes that blind this group and no other."""

    name: str
    block: bytes
    channels: Sequence[tuple[int, str]]
    words: Sequence[tuple[int, str]]
    salt: bytes

    @property
    def digest(self) -> bytes:
        """The digest of the group, as the delivery's leaf hashes it."""
        return digests.salted(self.salt, digests.hashed_of(*self[:4]))


def groups_of(stored: Stored, vocabulary: Vocabulary, words: Mapping[int, str]) -> list[Group]:
    """
    Return all groups of a delivery; ``words`` gives each dictionary code its state.

    Of a class that was erased in part, what is left stands as groups without a salt: nothing proves it.

    :raises Refused: ``block_unreadable``, if the delivery is damaged
    """
    return [*_evidence(stored, vocabulary, words), *_classes(stored, vocabulary, words)]


def _evidence(stored: Stored, vocabulary: Vocabulary, words: Mapping[int, str]) -> Iterator[Group]:
    yield Group(digests.LIFE, stored.life, (), (), _salt(stored, EVIDENCE, digests.LIFE))
    rows = blocks.by_channel(blocks.decode(stored.evidence, words=words))
    for number, found in rows.items():
        block = blocks.encode(found, states=vocabulary.states, codes=vocabulary.codes)
        name = digests.evidence(vocabulary.by_number[number].key)
        yield _group(name, block, {number: found}, vocabulary, _salt(stored, EVIDENCE, name))


def _classes(stored: Stored, vocabulary: Vocabulary, words: Mapping[int, str]) -> Iterator[Group]:
    kept = (
        (ORDINARY, digests.ORDINARY, stored.ordinary),
        (PRIVATE, digests.PRIVATE, stored.private),
    )
    for retention, name, block in kept:
        rows = blocks.by_channel(blocks.decode(block, words=words))
        yield _group(name, block, rows, vocabulary, _salt(stored, retention, name))


def _salt(stored: Stored, retention: str, name: str) -> bytes:
    if retention in salts.erased(stored.salt):
        return b""
    return digests.group_salt(salts.of_class(stored.salt, retention), name)


def _group(
    name: str, block: bytes, rows: Mapping[int, Sequence[Reading]], vocabulary: Vocabulary, salt: bytes
) -> Group:
    spoken = {
        str(reading.value)
        for number, found in rows.items()
        if number in vocabulary.states
        for reading in found
        if reading.live
    }
    return Group(name, block, vocabulary.named(rows), vocabulary.coded(spoken), salt)
