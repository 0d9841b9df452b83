"""
Digests of deliveries: what is hashed, in which form, so that anybody can do it again.

A group is one evidence channel, the life trace, the ordinary class, or the private class of one delivery. Its
digest is SHA-256 of the delivery's salt and the group's canonical readings. The leaf of the delivery chains
device, arrival number, previous leaf and the digests of its groups in order of their names.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from devices.rules.life import Life
from devices.rules.readings import Reading

LIFE = "life"
ORDINARY = "ordinary"
PRIVATE = "private"


def canonical(readings: Iterable[Reading], keys: Mapping[int, str]) -> bytes:
    """
    Write readings in the one form that is hashed: a JSON array a line, in sequence order.

    Numbers are written at minimal scale as text, so that 36.000 and 36 are one.
    """
    return "\n".join(
        json.dumps(
            [reading.sequence, reading.at, keys[int(reading.channel)], _written(reading.value)],
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for reading in readings
    ).encode()


def canonical_life(trace: Iterable[Life]) -> bytes:
    """Write a life trace in the one form that is hashed."""
    return "\n".join(f"[{entry.sequence},{entry.at},{int(entry.quiet)}]" for entry in trace).encode()


def group_digest(salt: bytes, content: bytes) -> bytes:
    """Return the digest of one group."""
    return hashlib.sha256(salt + content).digest()


def leaf(*, device: str, arrival: int, previous: bytes, groups: Mapping[str, bytes]) -> bytes:
    """Return the leaf of a delivery; ``device`` is the public id, ``groups`` the digest by group name."""
    total = hashlib.sha256(f"jijian-delivery-1\n{device}\n{arrival}\n".encode() + previous)
    for name in sorted(groups):
        total.update(name.encode() + b"\0" + groups[name])
    return total.digest()


def _written(value: object) -> str | None:
    return None if value is None else str(value)
