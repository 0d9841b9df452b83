"""Public ids: a typed prefix and a ULID, sortable by time, safe in URLs, never guessable in sequence."""

import secrets
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [one + other for one in ALPHABET for other in ALPHABET]


def ulid() -> str:
    """Return 26 characters: 48 bits of milliseconds, 80 random bits, in Crockford's base 32."""
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def new_id(prefix: str) -> str:
    """Return a new public id such as ``lea_01J9…`` (prefix of three letters, underscore, ULID)."""
    return f"{prefix}_{ulid()}"
