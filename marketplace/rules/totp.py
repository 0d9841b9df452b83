"""
Codes of an authenticator: RFC 6238 with SHA-1, six digits, steps of thirty seconds, as every app knows them.

The code of the step before and of the one after are taken, too, since clocks differ; none is taken twice.
"""

import base64
import hmac
import struct
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
DRIFT = 1  # steps
SECRET_BYTES = 20


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Return the code of a step (RFC 4226 §5.3: dynamic truncation)."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    start = digest[-1] & 0xF
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(seconds: int) -> int:
    """Return the step in which a moment lies, given in whole seconds of Unix time."""
    return seconds // STEP_S


def matched(secret: bytes, text: str, *, seconds: int, last_step: int) -> int | None:
    """Return the step whose code ``text`` is, of those later than ``last_step``; nothing if it is none."""
    code, now = "".join(text.split()), step_of(seconds)
    if len(code) != DIGITS or not code.isascii():
        return None
    near = range(max(0, now - DRIFT, last_step + 1), now + DRIFT + 1)
    return next((step for step in near if hmac.compare_digest(code_at(secret, step), code)), None)


def base32(secret: bytes) -> str:
    """Return a secret as people type it into an app."""
    return base64.b32encode(secret).decode()


def address(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the ``otpauth`` address that the picture for an app holds."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?secret={base32(secret)}&issuer={quote(issuer)}&digits={DIGITS}&period={STEP_S}"
