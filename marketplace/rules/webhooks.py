"""
How a message to an endpoint is signed, and when one that failed is sent again.

Standard Webhooks 1.0.0: ``webhook-signature`` is ``v1,`` and base64 of HMAC-SHA256 over
``id.timestamp.body``, one for each secret that holds, separated by spaces.
A secret is ``whsec_`` and base64 of 24 to 64 bytes.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction

PREFIX = "whsec_"
SECRET_BYTES = 32
# How long after a failed try the next one is; after the tenth try none. About three days in all.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = Fraction(1, 5)  # a pause is up to so much longer, so that many do not come back at once
OVERLAP = timedelta(hours=24)  # how long a secret that was replaced still signs
GIVE_UP = timedelta(days=5)  # an endpoint that failed all that time is switched off
KEPT = timedelta(days=30)  # events, deliveries and what was answered
GONE = 410
SENT_BACK = 500  # characters of an answer that are kept


def pause(tries: int, chance: Fraction) -> timedelta | None:
    """
    Return how long to wait after the ``tries``-th failed try, or nothing if that was the last.

    ``chance`` from 0 to 1 makes it longer by at most a fifth.

    :raises ValueError: if nothing was tried, or ``chance`` is outside of its bounds
    """
    if tries < 1 or not 0 <= chance <= 1:
        raise ValueError(f"{tries} tries, chance {chance}")
    if tries > len(PAUSES):
        return None
    whole = PAUSES[tries - 1]
    return whole + timedelta(microseconds=int(whole // timedelta(microseconds=1) * JITTER * chance))


def is_taken(status: int | None) -> bool:
    """Tell whether an answer says that the message was taken: 2xx, nothing else."""
    return status is not None and 200 <= status < 300


def secret_of(raw: bytes) -> str:
    """Write a secret as people copy it."""
    return PREFIX + base64.b64encode(raw).decode()


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """Return one signature over a message, with its version; ``timestamp`` in Unix seconds."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: Iterable[str], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return what a receiver checks a message by; ``timestamp`` in Unix seconds."""
    signed = " ".join(signature(secret, id, timestamp, body) for secret in secrets)
    return {"webhook-id": id, "webhook-timestamp": str(timestamp), "webhook-signature": signed}
