"""Who calls the REST API, asked once a request: by the limits, by the log and by the door itself."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from config.unavailable import unavailable
from marketplace.actions import api_keys
from marketplace.actions.api_keys import KeyFromElsewhere
from marketplace.models import ApiKey
from marketplace.rules.buckets import Bucket
from marketplace.shared import clock
from marketplace.web.addresses import address_of, network_of


@dataclass(frozen=True)
class Caller:
    """Whose bucket a request is taken from, and the key that it came with, if there was one."""

    name: str
    bucket: Bucket
    key: ApiKey | None = None


def key_of(request: HttpRequest) -> ApiKey | None:
    """
    Return the usable key that came with a request, if one did; looked up once.

    :raises KeyFromElsewhere: if it may not come from the caller's address
    """
    if not hasattr(request, "_api_key"):
        request._api_key = _found(request)  # type: ignore[attr-defined]
    found: ApiKey | KeyFromElsewhere | None = request._api_key  # type: ignore[attr-defined]
    if isinstance(found, KeyFromElsewhere):
        raise found
    return found


def caller_of(request: HttpRequest) -> Caller:
    """
    Return whose bucket a request counts for: a key's, a session's, or that of the address it comes from.

    A wrong key counts for the address, and so does one from where it may not come: whoever found a key does
    not use up what its owner may ask. With the database away all are strangers.
    """
    try:
        key = key_of(request)
        if key is not None:
            most = key.organization.requests_a_minute or settings.REST_REQUESTS_A_MINUTE
            return Caller(f"key:{key.public_id}", Bucket(most), key)
        session = _session_of(request)
    except KeyFromElsewhere as error:
        return _stranger(request, error.facts["key"])
    except Exception as error:
        if not unavailable(error):
            raise
        return _stranger(request)
    if session:
        return Caller(f"session:{session}", Bucket(settings.REST_REQUESTS_A_MINUTE))
    return _stranger(request)


def _stranger(request: HttpRequest, key: ApiKey | None = None) -> Caller:
    return Caller(f"address:{network_of(request)}", Bucket(settings.REST_REQUESTS_A_MINUTE_UNKNOWN), key)


def _found(request: HttpRequest) -> ApiKey | KeyFromElsewhere | None:
    header = request.headers.get("Authorization", "")
    text = header[7:].strip()
    if not header.lower().startswith("bearer ") or text.startswith("jjd_"):
        return None
    try:
        return api_keys.find(secret=text, at=clock.now(), address=address_of(request))
    except KeyFromElsewhere as error:
        return error


def _session_of(request: HttpRequest) -> str:
    """Return a name for the session of a signed-in browser: Redis does not learn its key."""
    if "Authorization" in request.headers or not hasattr(request, "user"):  # refused before that was asked
        return ""
    if not request.user.is_authenticated:
        return ""
    return hashlib.sha256((request.session.session_key or "").encode()).hexdigest()[:32]
