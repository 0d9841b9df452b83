"""
What a delivery may speak of: a device's channels by key, and the codes of its state words.

A vocabulary is a value. It says which revision of the device's dictionary it was read from, and is of use as
long as the device's head has the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from devices.rules.admission import Entry

EVIDENCE, ORDINARY, PRIVATE = "EVIDENCE", "ORDINARY", "PRIVATE"
CLASSES = (EVIDENCE, ORDINARY, PRIVATE)


@dataclass(frozen=True)
class Vocabulary:
    """
    ``entries`` by channel key, ``codes`` by state word; ``commissioned`` is µs since 1970 UTC.

    ``erased`` are by channel key the half-open times of which nothing is taken any more.
    """

    device: int
    public_id: str
    revision: int
    commissioned: int
    entries: Mapping[str, Entry]
    codes: Mapping[str, int]
    erased: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    by_number: Mapping[int, Entry] = field(init=False)
    states: frozenset[int] = field(init=False)
    closers: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        entries = self.entries.values()
        object.__setattr__(self, "by_number", {entry.number: entry for entry in entries})
        object.__setattr__(self, "states", frozenset(entry.number for entry in entries if entry.state))
        evidence = frozenset(entry.number for entry in entries if entry.retention == EVIDENCE)
        object.__setattr__(self, "closers", evidence)

    @property
    def open_from(self) -> int:
        """From when on no reading needs a look at what was erased or before commissioning."""
        return max([self.commissioned, *(end for times in self.erased.values() for _, end in times)])

    def named(self, numbers: Iterable[int]) -> list[tuple[int, str]]:
        """Return the channels of some numbers with their keys, in order."""
        return [(number, self.by_number[number].key) for number in sorted(numbers)]

    def coded(self, words: Iterable[str]) -> list[tuple[int, str]]:
        """
        Return some state words with their codes, in order of the codes.

        :raises KeyError: if a word has no code yet
        """
        return sorted((self.codes[word], word) for word in words)
