"""One way of writing a JSON value, so that equal values have equal digests."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """
    Write a JSON value with sorted names and no spaces, in UTF-8.

    :raises TypeError: if the value is not JSON
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Any) -> str:
    """
    Return the SHA-256 of the canonical form, in hex.

        >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
        True
    """
    return hashlib.sha256(canonical(value)).hexdigest()
