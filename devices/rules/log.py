"""
The log of deliveries: what exactly is hashed and signed, so that anybody can do it again.

Each text is ASCII with one fact a line, the last line ended too. The first line says what it is, so that a
signature over one kind of text can never pass for another.
"""

import base64
import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime

from marketplace.shared.merkle import Frontier, leaf_hash

STRIDE = 4  # each fourth level of the tree is stored: 1/15 node a leaf, at most 8 nodes for one hash
ORIGIN = "jijian-deliveries-1"


def entry(*, device: str, arrival: int, leaf: bytes) -> bytes:
    """Return the content of a leaf of the log; ``device`` is the public id, ``leaf`` that of the delivery."""
    return f"jijian-entry-1\n{device}\n{arrival}\n{leaf.hex()}\n".encode()


def entry_hash(*, device: str, arrival: int, leaf: bytes) -> bytes:
    """Return the hash of a leaf of the log."""
    return leaf_hash(entry(device=device, arrival=arrival, leaf=leaf))


def head_text(*, size: int, root: bytes, at: datetime) -> bytes:
    """
    Return what the platform signs: its log had ``size`` entries with this root at that time.

    The form is that of a C2SP checkpoint: origin, size, root in base64, and the time as its extension line.
    """
    return f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n{written(at)}\n".encode()


def countersigned_text(*, organization: str, head: bytes) -> bytes:
    """Return what an organization signs: it has seen a head (its text) and holds it to be the log's."""
    return f"jijian-countersignature-1\n{organization}\n{hashlib.sha256(head).hexdigest()}\n".encode()


def day_text(*, device: str, day: date, first: int, last: int, root: bytes) -> bytes:
    """Return what a device signs: these arrivals of a UTC day, under this root, are what it delivered."""
    return f"jijian-day-1\n{device}\n{day.isoformat()}\n{first}\n{last}\n{root.hex()}\n".encode()


def day_root(*, device: str, first: int, leaves: Iterable[bytes]) -> bytes:
    """Return the root over the entries of arrivals ``first`` and following, one leaf each."""
    frontier = Frontier()
    for arrival, leaf in enumerate(leaves, start=first):
        frontier.append(entry_hash(device=device, arrival=arrival, leaf=leaf))
    return frontier.root()


def written(at: datetime) -> str:
    """Write a moment in the one form that is signed: UTC with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
