"""
Middlewares of the REST API: how many requests each caller may send, and what was asked with a key.

``RequestLimit`` stands where it is known who calls, ``Requests`` in front of all: it puts the limit into
every answer, also of what was refused on the way, and notes the request. Telemetry has a limit of its own,
by device, and is not noted.

The limit is kept by Redis. With Redis away requests are let through, and nothing is said of a limit: to
refuse everybody would make a cache the one thing on which all programs of all organizations depend, and what
it protects is a server that still answers. Each process says once that it is so.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config.callers import Caller, caller_of
from config.problems import problem_response
from marketplace.actions.request_limits import TooManyRequests
from marketplace.gateway import buckets
from marketplace.rules.buckets import SECOND, Taken
from marketplace.rules.networks import UNKNOWN
from marketplace.shared import clock
from marketplace.shared.request_id import current_request_id
from marketplace.web.addresses import address_of

Handler = Callable[[HttpRequest], HttpResponse]
HEADERS = ("RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@dataclass(frozen=True)
class Count:
    """A token that was asked for: by whom, when (µs since 1970), and what Redis said."""

    caller: Caller
    at: int
    taken: Taken | None

    def headers(self) -> dict[str, str]:
        """Return what every answer says: the draft's fields, and those that GitHub made known."""
        told = self.told()
        if told is None:
            return {}
        limit, left, full_in = told
        window = self.caller.bucket.window
        values = (
            f'"default";q={limit};w={window}',
            f'"default";r={left};t={full_in}',
            str(limit),
            str(left),
            str(self.at // SECOND + full_in),
        )
        return dict(zip(HEADERS, values, strict=True))

    def told(self) -> tuple[int, int, int] | None:
        """Return the limit, what is left, and in how many seconds all is there again; ``None``: not known."""
        if self.taken is None:
            return None
        bucket, paid = self.caller.bucket, self.taken.paid_until
        return bucket.quota, bucket.left(paid, at=self.at), bucket.full_in(paid, at=self.at)


class Requests:
    """Put the limit into every answer of the REST API, and note what was asked with a key."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not counted(request):
            return self.get_response(request)
        began = time.monotonic()
        response = self.get_response(request)
        count = _count(request)
        if response.status_code == 304 and count.taken is not None:  # nothing was sent: it costs nothing
            count = _take(count.caller, tokens=-1)
        for name, value in count.headers().items():
            response[name] = value
        if count.caller.key is not None and settings.REST_LOG:
            buckets.note(line=_line(request, response, count, time.monotonic() - began))
        return response


class RequestLimit:
    """Refuse what is too much with 429 before any view, and before an Idempotency-Key keeps an answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not counted(request):
            return self.get_response(request)
        count = _count(request)
        if count.taken is None or count.taken.allowed:
            return self.get_response(request)
        bucket = count.caller.bucket
        wait = max(1, bucket.room_in(count.taken.paid_until, at=count.at))
        facts = {"quota": bucket.quota, "window": bucket.window, "retry_after": wait}
        told = _(TooManyRequests.text).format(**facts)
        response = problem_response(request, TooManyRequests.status, TooManyRequests.code, told)
        response["Retry-After"] = str(wait)
        return response


def counted(request: HttpRequest) -> bool:
    """Tell whether the limit counts a request: telemetry has its own."""
    return request.path.startswith("/api/v1/") and not request.path.startswith("/api/v1/telemetry")


def _count(request: HttpRequest) -> Count:
    """Take one token for a request, once: what was refused on the way counts as well."""
    if not hasattr(request, "rate"):
        request.rate = _take(caller_of(request))  # type: ignore[attr-defined]
    found: Count = request.rate  # type: ignore[attr-defined]
    return found


def _take(caller: Caller, tokens: int = 1) -> Count:
    at = int(clock.machine_now().timestamp() * SECOND)  # a moved clock would fill the buckets
    return Count(caller, at, buckets.take(name=caller.name, bucket=caller.bucket, at=at, tokens=tokens))


def _line(request: HttpRequest, response: HttpResponse, count: Count, seconds: float) -> str:
    """Return a request as it is noted; of its address the path alone, for secrets stand behind the ``?``."""
    address = address_of(request)
    assert count.caller.key is not None
    said = {
        "key": count.caller.key.public_id,
        "at": clock.now().isoformat(),
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "code": _code(response),
        "request_id": current_request_id(),
        "address": None if address == UNKNOWN else address,
        "duration_ms": int(seconds * 1000),
    }
    return json.dumps(said)


def _code(response: HttpResponse) -> str:
    if not response.get("Content-Type", "").startswith("application/problem+json"):
        return ""
    return str(json.loads(response.content)["code"])
