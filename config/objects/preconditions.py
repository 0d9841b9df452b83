"""``If-Match`` on writes that change, or agree to, money or a contract as seen (RFC 9110, RFC 6585)."""

import copy
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from config.objects import tags
from config.problems import problem_response
from marketplace.shared.declared import Seen
from marketplace.shared.errors import DomainError


class PreconditionRequired(DomainError):
    """The operation changes, or agrees to, something as it was seen: say what you saw, by ``If-Match``."""

    status = 428
    code = "precondition_required"
    text = gettext_noop(
        "Say what you saw: send If-Match with the ETag that GET {address} answers. “*” does not say it."
    )


class PreconditionFailed(DomainError):
    """What was seen is not what is there any more: read it again, and decide anew."""

    status = 412
    code = "precondition_failed"
    text = gettext_noop(
        "It was changed meanwhile. GET {address} again, then send If-Match with its new ETag."
    )


def checked(
    request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any], seen: Seen
) -> HttpResponse | None:
    """
    Answer a write that needs ``If-Match``; nothing, if the view shall compare versions itself.

    Without the header a caller is asked for it only if it may read the thing: others learn nothing new.
    """
    address = _address(request, view, kwargs, seen)
    header = request.headers.get("If-Match", "").strip()
    says = header not in ("", "*")
    if says and seen.counted:
        return None
    with _one_at_a_time(address):
        read = _read(request, address)
        if read.status_code == 404:  # there is nothing that it could have seen: the view knows why not
            unseen: HttpResponse = view(request, *args, **kwargs)
            return unseen
        if read.status_code != 200:
            return read
        if not says:
            return _refused(request, PreconditionRequired, address)
        if tags.state(_tag_of(read)) not in tags.states(header):
            return _refused(request, PreconditionFailed, address)
        answer: HttpResponse = view(request, *args, **kwargs)
        return answer


def _address(request: HttpRequest, view: Any, kwargs: dict[str, Any], seen: Seen) -> str:
    name = seen.at or f"{view.initkwargs['basename']}-detail"
    for known in (kwargs, dict(list(kwargs.items())[:1]), {}):
        try:
            return reverse(name, kwargs=known)
        except NoReverseMatch:
            continue
    raise NoReverseMatch(name)


def _read(request: HttpRequest, address: str) -> Any:
    """Read what the caller should have read, as this caller."""
    again = copy.copy(request)
    again.method, again.GET = "GET", QueryDict()
    again.META = request.META | {"REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    match = resolve(address)
    return match.func(again, *match.args, **match.kwargs)


def _tag_of(read: Any) -> str:
    plain = tags.digest(read.data)
    return tags.tag(version=tags.state(read.get("ETag", "")) or None, plain=plain, shown=plain)


def _refused(request: HttpRequest, error: type[DomainError], address: str) -> HttpResponse:
    detail = _(error.text).format(address=address)
    return problem_response(request, error.status, error.code, detail, read=address)


@contextmanager
def _one_at_a_time(address: str) -> Iterator[None]:
    """
    Let one write at a time compare what it saw, and act: of two that saw the same the second is refused.

    A lock of the session, because actions have transactions of their own; the first that a request takes.
    """
    key = int.from_bytes(hashlib.sha256(address.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
