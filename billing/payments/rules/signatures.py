"""
Whether a message was signed by who holds the secret, and just now.

Stripe's scheme: ``t=<seconds>,v1=<hex HMAC-SHA256 of "{t}.{body}">``, several ``v1`` while a secret is
changed. Its own library takes any time to come; here a message may be 300 s old and no more than 300 s ahead.
"""

import hashlib
import hmac
import re

TOLERANCE = 300
LONGEST_HEADER = 4_096
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)


def fault(body: bytes, header: str, secret: str, now: int) -> str:
    """Return why a message is refused, empty if it is not; ``now`` and the header's time are Unix seconds."""
    if not secret:
        return "no secret is set"
    parts = [part.partition("=") for part in header[:LONGEST_HEADER].split(",")]
    times = [value for name, _, value in parts if name.strip() == "t"]
    if len(times) != 1 or not _SECONDS.fullmatch(times[0]):
        return "it names no time"
    wanted = signature(body, secret, int(times[0]))
    given = [value.strip() for name, _, value in parts if name.strip() == "v1"]
    if not any(hmac.compare_digest(wanted.encode(), each.encode()) for each in given):
        return "its signature does not fit"
    if not -TOLERANCE <= now - int(times[0]) <= TOLERANCE:
        return "its time is not now"
    return ""


def signature(body: bytes, secret: str, at: int) -> str:
    """Return the signature of a body at a second."""
    return hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
