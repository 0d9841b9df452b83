"""Ed25519 (RFC 8032) as all rooms use it: raw keys of 32 bytes, signatures of 64, written in base64."""

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_BYTES = 32
SIGNATURE_BYTES = 64


def public_key(seed: bytes) -> bytes:
    """Return the public key of a private one (``ValueError`` unless it has 32 bytes)."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """Return the name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def sign(seed: bytes, text: bytes) -> bytes:
    """Return the signature over a text."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(text)


def verify(public: bytes, text: bytes, signature: bytes) -> bool:
    """Tell whether the owner of a public key signed exactly this text; damaged keys verify nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def written(raw: bytes) -> str:
    """Write a key or a signature in base64."""
    return base64.b64encode(raw).decode()


def read(text: str, size: int) -> bytes | None:
    """Return the ``size`` bytes that a text in base64 stands for, or nothing if it does not."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == size else None
