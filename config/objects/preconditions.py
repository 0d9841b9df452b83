"""``If-Match`` on writes that change, or agree to, money or a contract as seen (RFC 9110, RFC 6585)."""

import copy
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from psycopg.errors import LockNotAvailable

from config.callers import key_of
from config.objects import tags
from config.problems import problem_response
from config.unavailable import AGAIN_AFTER
from marketplace.queries import acting_organization
from marketplace.shared.declared import Seen
from marketplace.shared.errors import DomainError

LONGEST_WAIT = "5s"  # for another write of the same


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


class WriteUnderWay(DomainError):
    """Another write of the same that was seen has not ended yet: nothing was done, send it again."""

    status = 503
    code = "write_under_way"
    text = gettext_noop("Another write of the same is under way. Send the request again in a few seconds.")


def checked(
    request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any], seen: Seen
) -> HttpResponse | None:
    """
    Answer a write that needs ``If-Match``; nothing, if the view shall compare versions itself.

    Without the header a caller is asked for it only if it may read the thing: others learn nothing new.
    """
    address, has_id = _address(request, view, kwargs, seen)
    header = request.headers.get("If-Match", "").strip()
    says = header not in ("", "*")
    if says and seen.counted:
        return None
    read = _read(request, address)
    if read.status_code == 404:  # there is nothing that it could have seen: the view knows why not
        return None
    if read.status_code != 200:  # strangers hold nobody up
        return read
    if not says:
        return _refused(request, PreconditionRequired, address)
    try:
        with _one_at_a_time(address if has_id else f"{address} {_whose(request)}"):
            if tags.state(_tag_of(_read(request, address))) not in tags.states(header):
                return _refused(request, PreconditionFailed, address)
            answer: HttpResponse = view(request, *args, **kwargs)
            return answer
    except WriteUnderWay as error:
        busy = problem_response(request, error.status, error.code, _(error.text))
        busy["Retry-After"] = str(AGAIN_AFTER)
        return busy


def _address(request: HttpRequest, view: Any, kwargs: dict[str, Any], seen: Seen) -> tuple[str, bool]:
    """Return where it is read, and whether that names it; else it is each organization's own."""
    name = seen.at or f"{view.initkwargs['basename']}-detail"
    for known in (kwargs, dict(list(kwargs.items())[:1]), {}):
        try:
            return reverse(name, kwargs=known), bool(known)
        except NoReverseMatch:
            continue
    raise NoReverseMatch(name)


def _whose(request: HttpRequest) -> int:
    """Return for which organization the caller acts."""
    key = key_of(request)
    return key.organization_id if key is not None else acting_organization(request).pk


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
def _one_at_a_time(what: str) -> Iterator[None]:
    """
    Let one write at a time compare what it saw, and act: of two that saw the same the second is refused.

    The lock is one of a transaction on a connection of its own: actions have transactions of theirs, and a
    pooler may give each of them another session.

    :raises WriteUnderWay: if another one holds it for ``LONGEST_WAIT``
    """
    key = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8], signed=True)
    beside = connection.copy()
    try:
        beside.set_autocommit(False)
        with beside.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
            try:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
            except OperationalError as error:
                if isinstance(error.__cause__, LockNotAvailable):
                    raise WriteUnderWay from error
                raise
        yield
    finally:
        if beside.connection is not None:
            beside.rollback()  # nothing was written there: it ends the lock
        beside.close()
