"""
Digests of deliveries: what is hashed, in which form, so that anybody can do it again.

A group is one evidence channel, the life trace, the ordinary class, or the private class of one delivery. Its
content is the group's readings as one block (``devices.rules.blocks``), followed by what the numbers in that
block stand for: its channels and its state words. Its digest is SHA-256 of the group's salt and that
content. The leaf of the delivery chains device, arrival number, previous leaf and the digests of its groups
in order of their names.

Every group has a salt of its own, derived from that of its class, which is derived from the delivery's. So
the salt of one group can be handed out, and that of one class destroyed, and neither tells another.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

LIFE = "life"
ORDINARY = "ordinary"
PRIVATE = "private"
LEAF = "jijian-delivery-2"


def evidence(key: str) -> str:
    """Return the name of the group of one evidence channel."""
    return f"evidence:{key}"


def content(block: bytes, channels: Iterable[tuple[int, str]], words: Iterable[tuple[int, str]]) -> bytes:
    """
    Return what is hashed of a group: its block, and as JSON the (number, key) and (code, word) pairs in it.

    Both lists are in order of the numbers and hold what stands in the block, nothing else.
    """
    return len(block).to_bytes(4, "big") + block + _meaning(tuple(channels), tuple(words))


@lru_cache(maxsize=16_384)
def _meaning(channels: tuple[tuple[int, str], ...], words: tuple[tuple[int, str], ...]) -> bytes:
    return json.dumps([channels, words], ensure_ascii=False, separators=(",", ":")).encode()


def class_salt(salt: bytes, retention: str) -> bytes:
    """Return the 16 bytes from which the salts of a class come; the life trace belongs to the evidence."""
    return hashlib.sha256(salt + retention.encode()).digest()[:16]


def group_digest(class_salt: bytes, name: str, content: bytes) -> bytes:
    """Return the digest of one group."""
    return salted(group_salt(class_salt, name), content)


def salted(group_salt: bytes, content: bytes) -> bytes:
    """Return the digest of one group from the 16 bytes that blind it and no other."""
    return hashlib.sha256(group_salt + content).digest()


def hashed_of(
    name: str, block: bytes, channels: Iterable[tuple[int, str]], words: Iterable[tuple[int, str]]
) -> bytes:
    """Return what is hashed of the group ``name``; the life trace is its block alone."""
    return block if name == LIFE else content(block, channels, words)


def group_salt(class_salt: bytes, name: str) -> bytes:
    """Return the 16 bytes that blind one group."""
    return hashlib.sha256(class_salt + name.encode()).digest()[:16]


def joined(groups: Mapping[str, bytes]) -> bytes:
    """Return the names and digests of all groups, in order of the names, as the leaf hashes them."""
    return b"".join(name.encode() + b"\0" + groups[name] for name in sorted(groups))


def leaf(*, device: str, arrival: int, previous: bytes, groups: bytes) -> bytes:
    """
    Return the leaf of a delivery; ``device`` is the public id, ``groups`` as :func:`joined` writes them.

    The database function ``devices_take`` (migration 0008) computes the same.
    """
    return hashlib.sha256(f"{LEAF}\n{device}\n{arrival}\n".encode() + previous + groups).digest()
