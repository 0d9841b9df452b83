"""
Secrets that have to be read again: sealed with AES-256-GCM under a key made of a setting.

A seal is bound to what it is about: moved to another row it does not open.
"""

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


def seal(key: str, secret: bytes, *, about: str) -> bytes:
    """Return a secret sealed for what it is ``about``; each time another text."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, secret, about.encode())


def opened(key: str, sealed: bytes, *, about: str) -> bytes | None:
    """Return the secret; nothing, if it was sealed with another key, for something else, or is damaged."""
    try:
        return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about.encode())
    except (InvalidTag, ValueError):
        return None


def _cipher(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"jijian sealing\0" + key.encode()).digest())
