"""
The way of a common telemetry post through WSGI: past everything that pages need and devices do not.

Sessions, languages, forms and the rest of the middleware cost as much as storing the readings. So a post to
the telemetry door is first offered to the view's own quick answer; whatever that leaves, goes through Django
as every other request, with its body unread.
"""

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError, connection

from devices.api.telemetry import LOOKED_AT, at_once
from marketplace.shared.ids import ulid

ADDRESS = "/api/v1/telemetry"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
log = logging.getLogger(__name__)


class Door:
    """A WSGI application in front of another: it answers what it can at once, and hands on all else."""

    def __init__(self, behind: Application) -> None:
        self.behind = behind

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != ADDRESS or environ["REQUEST_METHOD"] != "POST":
            return self.behind(environ, start_response)
        request = WSGIRequest(environ)
        answer = self._answer(request)
        if answer is None:
            if hasattr(request, "_body"):
                environ["wsgi.input"] = io.BytesIO(request.body)
            environ[LOOKED_AT] = True
            return self.behind(environ, start_response)
        body: bytes = answer.content
        headers = [
            *answer.items(),
            ("Content-Length", str(len(body))),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", ulid()),
        ]
        start_response(f"{answer.status_code} {answer.reason_phrase}", headers)
        return [body]

    def _answer(self, request: WSGIRequest) -> Any:
        """Ask for the quick answer; a database that fails is for Django to report."""
        connection.close_if_unusable_or_obsolete()
        try:
            return at_once(request)
        except DatabaseError:
            log.warning("the quick answer failed; the request goes the long way", exc_info=True)
            connection.close()
            return None
