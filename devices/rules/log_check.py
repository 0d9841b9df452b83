"""
Check the log of deliveries from what is stored: pure walks that yield what differs, in words for an operator.

What is compared: the deliveries of each device with its head, its entries and each other; the entries with
the roots of the signed heads and the stored nodes; signatures with keys. What a delivery's leaf is made of is
not looked at here: whoever may read the contents recomputes it from the bundle.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from devices.rules.log import STRIDE, entry_hash
from marketplace.shared.merkle import Frontier, Node


class Difference(NamedTuple):
    """One thing that is not as it must be; ``code`` is explained in ``docs/evidence.md``."""

    code: str
    text: str


class Entry(NamedTuple):
    """One entry of the log; ``device`` is the public id."""

    position: int
    device: str
    arrival: int
    leaf: bytes


class Stored(NamedTuple):
    """
    The leaf of one arrival of a device.

    Of an archived delivery it is the log's: ``found`` says whether the log holds it where the archive says,
    ``paged`` whether only there.
    """

    arrival: int
    leaf: bytes | None
    found: bool = True
    paged: bool = False


class Walk:
    """Walk over the entries in order of position; after each, ``root`` is that of the log so far."""

    def __init__(self) -> None:
        self._edge = Frontier()
        self._next = 0
        self.reached: dict[str, int] = {}
        self.nodes: dict[Node, bytes] = {}

    @property
    def size(self) -> int:
        """How many entries there were."""
        return self._edge.size

    def root(self) -> bytes:
        """Return the root over all entries so far."""
        return self._edge.root()

    def feed(self, entry: Entry) -> Iterator[Difference]:
        """Add an entry; the nodes that must be stored are added to ``nodes``."""
        if entry.position != self._next:
            text = f"after position {self._next - 1} of the log comes {entry.position}"
            yield Difference("log_hole", text)
        self._next = entry.position + 1
        wanted = self.reached.get(entry.device, 0) + 1
        if entry.arrival != wanted:
            text = f"position {entry.position} of the log holds delivery {entry.arrival} of {entry.device}"
            yield Difference("log_order", f"{text}; delivery {wanted} should come first")
        self.reached[entry.device] = entry.arrival
        completed = self._edge.append(entry_hash(device=entry.device, arrival=entry.arrival, leaf=entry.leaf))
        self.nodes |= {node: total for node, total in completed if node.level and node.level % STRIDE == 0}


def heads_differ(sizes: Iterable[int]) -> Iterator[Difference]:
    """Say of which heads the root is not that of the entries: one line for neighbours, however many."""
    wrong = list(sizes)
    if len(wrong) == 1:
        yield Difference("head_root", f"the head of {wrong[0]} entries has another root than the entries")
    elif wrong:
        text = f"{len(wrong)} heads, of {wrong[0]} to {wrong[-1]} entries, have other roots than the entries"
        yield Difference("head_root", text)


def nodes_differ(computed: Mapping[Node, bytes], stored: Mapping[Node, bytes]) -> Iterator[Difference]:
    """Say which stored hashes are not those of the entries: proofs made from them would not hold."""
    for node, total in computed.items():
        if stored.get(node) != total:
            how = "differs from the entries" if node in stored else "is missing"
            yield Difference("node", f"the stored hash {node.level}/{node.place} {how}")


def chain(
    device: str, *, arrivals: int, last: bytes, blocks: Iterable[Stored], entries: Iterable[Stored]
) -> Iterator[Difference]:
    """
    Compare the stored deliveries of a device, in order of arrival, with its head and with the log.

    ``arrivals`` and ``last`` are the head's count and leaf.
    """
    log = iter(entries)
    sealed = next(log, None)
    expected, leaf = 1, None
    for arrival, leaf, found, paged in blocks:
        yield from _order(device, expected, arrival)
        if not found:
            text = f"the log does not hold delivery {arrival} of {device} where its archive says"
            yield Difference("archive", text)
        expected = arrival + 1
        while sealed is not None and sealed.arrival < arrival:
            yield _not_stored(device, sealed.arrival)
            sealed = next(log, None)
        if sealed is not None and sealed.arrival == arrival:
            if found and not paged and sealed.leaf != leaf:
                yield Difference("leaf", f"delivery {arrival} of {device} has another leaf than in the log")
            sealed = next(log, None)
    while sealed is not None:
        yield _not_stored(device, sealed.arrival)
        sealed = next(log, None)
    if expected - 1 != arrivals:
        text = f"{device} has counted {arrivals} deliveries, the last one stored is {expected - 1}"
        yield Difference("head_count", text)
    elif (leaf or b"") != last:
        yield Difference("head_leaf", f"the last delivery of {device} has another leaf than its head")


def _order(device: str, expected: int, arrival: int) -> Iterator[Difference]:
    if arrival > expected:
        which = str(expected) if arrival == expected + 1 else f"{expected} to {arrival - 1}"
        yield Difference("delivery_missing", f"delivery {which} of {device} is not stored")
    elif arrival < expected:
        yield Difference("delivery_twice", f"delivery {arrival} of {device} is stored twice")


def _not_stored(device: str, arrival: int) -> Difference:
    return Difference("log_alone", f"the log holds delivery {arrival} of {device}, which is not stored")
