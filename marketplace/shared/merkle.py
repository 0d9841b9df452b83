"""
Merkle trees of RFC 9162 (SHA-256): roots, inclusion and consistency proofs, and their verification.

One implementation for all logs. A tree is never held as a whole: appending needs its :class:`Frontier` (one
hash per set bit of the size), and proofs read perfect subtrees, named by :class:`Node`, through a function
that may find them stored. ``stored_for`` says which stored nodes answer for one that is not stored.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

EMPTY = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """The perfect subtree over the leaves from ``place`` × 2^``level``, 2^``level`` of them."""

    level: int
    place: int


class Span(NamedTuple):
    """The leaves from ``start`` up to but not including ``end``, as one subtree of a split by RFC 9162."""

    start: int
    end: int


Read = Callable[[Node], bytes]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf with this content."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an interior node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """
    The right edge of a growing tree: enough to append and to know the root.

    ``peaks`` are the hashes of the perfect subtrees of :func:`subtrees` (0 to ``size``), left to right.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if size < 0 or len(peaks) != size.bit_count():
            raise ValueError("a frontier has one hash per set bit of its size")
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add the hash of a leaf; return the subtrees that it completes, itself first."""
        node, total = Node(0, self.size), leaf
        completed = [(node, total)]
        while node.place & 1:
            node, total = Node(node.level + 1, node.place >> 1), node_hash(self.peaks.pop(), total)
            completed.append((node, total))
        self.peaks.append(total)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        return _bagged(self.peaks)


def subtrees(span: Span) -> list[Node]:
    """Return the perfect subtrees that make up a span, left to right; its start fits the largest."""
    found, at, left = [], span.start, span.end - span.start
    while left:
        level = left.bit_length() - 1
        found.append(Node(level, at >> level))
        at, left = at + (1 << level), left - (1 << level)
    return found


def stored_for(node: Node, stride: int) -> list[Node]:
    """Return the nodes from which ``node`` is computed where only each ``stride``-th level is stored."""
    below = node.level % stride
    return [Node(node.level - below, (node.place << below) + step) for step in range(1 << below)]


def combined(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of 2^k equal neighbours."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]


def root(size: int, read: Read) -> bytes:
    """Return the root of a tree of ``size`` leaves."""
    return hashed(Span(0, size), read)


def hashed(span: Span, read: Read) -> bytes:
    """Return the root over a span."""
    return _bagged([read(node) for node in subtrees(span)])


def inclusion_path(index: int, size: int) -> list[Span]:
    """
    Return the spans whose roots prove that leaf ``index`` is in a tree of ``size`` leaves, leaf's side first.

    :raises ValueError: if the tree has no such leaf
    """
    if not 0 <= index < size:
        raise ValueError("the tree has no such leaf")
    path, here = [], Span(0, size)
    while here.end - here.start > 1:
        left, right = _halves(here)
        here, other = (left, right) if index < left.end else (right, left)
        path.append(other)
    return path[::-1]


def consistency_path(first: int, second: int) -> list[Span]:
    """
    Return the spans whose roots prove that a tree of ``second`` leaves continues one of ``first``.

    :raises ValueError: unless 1 <= first <= second
    """
    if not 1 <= first <= second:
        raise ValueError("a tree of at least one leaf continues in one that is not smaller")
    path: list[Span] = []
    here, whole = Span(0, second), True
    while first != here.end:
        left, right = _halves(here)
        if first <= left.end:
            here, other = left, right
        else:
            here, other, whole = right, left, False
        path.append(other)
    return ([] if whole else [here]) + path[::-1]


def needed(path: Iterable[Span]) -> Iterator[Node]:
    """Yield the perfect subtrees that the roots of a path are computed from."""
    for span in path:
        yield from subtrees(span)


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """Return the proof that leaf ``index`` is in the tree of ``size`` leaves, or refuse."""
    return [hashed(span, read) for span in inclusion_path(index, size)]


def consistency_proof(first: int, second: int, read: Read) -> list[bytes]:
    """Return the proof that a tree of ``second`` leaves continues one of ``first``, or refuse."""
    return [hashed(span, read) for span in consistency_path(first, second)]


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a proof shows the hash ``leaf`` at ``index`` under ``root`` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, total = index, size - 1, leaf
    for part in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            total = node_hash(part, total)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            total = node_hash(total, part)
        node, last = node >> 1, last >> 1
    return last == 0 and total == root


def verify_consistency(
    *, first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Tell whether a proof shows that the second tree continues the first (RFC 9162, 2.1.4.2)."""
    if not 1 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = path[0]
    for part in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(part, old), node_hash(part, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, part)
        node, last = node >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _halves(span: Span) -> tuple[Span, Span]:
    """Split at the largest power of two below the number of leaves."""
    middle = span.start + (1 << (span.end - span.start - 1).bit_length() - 1)
    return Span(span.start, middle), Span(middle, span.end)


def _bagged(peaks: Sequence[bytes]) -> bytes:
    """Join the roots of perfect subtrees, the smallest first."""
    if not peaks:
        return EMPTY
    total = peaks[-1]
    for peak in reversed(peaks[:-1]):
        total = node_hash(peak, total)
    return total
