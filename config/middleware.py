"""Small middlewares: request id, sane bodies, Content-Security-Policy, domain errors on pages."""

import logging
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from billing.payments.rules.statements.parsed import MOST_BYTES
from config.problems import problem_response
from config.unavailable import AGAIN_AFTER, unavailable
from leasing.rules.tickets import MOST_PHOTOS
from marketplace.rules.photos import LARGEST_UPLOAD
from marketplace.rules.proofs import LARGEST
from marketplace.shared.channel import Channel, set_channel
from marketplace.shared.errors import DomainError
from marketplace.shared.ids import ulid
from marketplace.shared.request_id import set_request_id

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]
SANE_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
AROUND = 1024 * 1024  # bytes that a form has besides its files
UPLOADS = {
    re.compile(r"^/api/v1/leases/[^/]+/photos/$"): LARGEST_UPLOAD + AROUND,
    re.compile(r"^/api/v1/listings/[^/]+/photos/$"): LARGEST_UPLOAD + AROUND,
    re.compile(r"^/api/v1/equipment/[^/]+/documents/$"): LARGEST + AROUND,
    re.compile(r"^/api/v1/tickets/[^/]+/photos/$"): MOST_PHOTOS * LARGEST_UPLOAD + AROUND,
    re.compile(r"^/api/v1/statement-files/$"): MOST_BYTES + AROUND,
}
PAPERS = {"/join/": 2 * LARGEST + AROUND, "/verification/": 3 * LARGEST + AROUND}
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class RequestId:
    """
    Accept a sane ``X-Request-Id`` or make one; echo it, and carry it to log and audit trail.

    By which interface the request came is carried to the histories as well.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request_id = given if SANE_ID.match(given) else ulid()
        set_request_id(request_id)
        set_channel(Channel.REST if request.path.startswith("/api/") else Channel.WEB)
        request.request_id = request_id  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class Mode:
    """Say with every answer of a test installation's REST API that it is one; the live one says nothing."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.JIJIAN_MODE == "test" and request.path.startswith("/api/"):
            response["Jijian-Mode"] = "test"
        return response


class KnownLength:
    """
    Refuse bodies of the REST API without a length, which the server would read as empty, and oversized ones.

    Telemetry has a limit of its own, and so have photos and files of banks.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/api/"):
            return self.page(request)
        length, most = request.META.get("CONTENT_LENGTH") or "", _most_bytes(request)
        if "Transfer-Encoding" in request.headers and not length:
            detail = _("The body came in pieces without a length. Send it whole, with Content-Length.")
            return problem_response(request, 411, "length_required", detail)
        is_telemetry = request.path.startswith("/api/v1/telemetry")
        if length.isdecimal() and int(length) > most and not is_telemetry:
            detail = _("A body may have {most} bytes. Send the work in smaller parts.").format(most=most)
            return problem_response(request, 413, "body_too_large", detail)
        return self.get_response(request)

    def page(self, request: HttpRequest) -> HttpResponse:
        """Refuse what is more than the papers that a page takes: strangers may send them."""
        length = request.META.get("CONTENT_LENGTH") or ""
        if request.path not in PAPERS or not length.isdecimal() or int(length) <= PAPERS[request.path]:
            return self.get_response(request)
        text = _("The papers are too large. Photograph them smaller, or save the PDF smaller.")
        context = {"status": 413, "code": "body_too_large", "text": text}
        return HttpResponse(render_to_string("refused.html", context), status=413)


def _most_bytes(request: HttpRequest) -> int:
    """Return how long a body may be; uploaded files are read from the stream, not held in memory."""
    is_form = request.headers.get("Content-Type", "").startswith("multipart/form-data")
    fits = [most for address, most in UPLOADS.items() if is_form and address.match(request.path)]
    return fits[0] if fits else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class NoNul:
    """Refuse the character NUL in addresses, JSON bodies and posted pages: PostgreSQL cannot hold it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", "") or self.in_body(request):
            if request.path.startswith("/api/"):
                return problem_response(request, 400, "character_not_allowed", self.detail)
            context = {"status": 400, "code": "character_not_allowed", "text": self.detail}
            return HttpResponse(render_to_string("refused.html", context), status=400)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Handler, args: list[Any], given: dict[str, Any]
    ) -> HttpResponse | None:
        """Look into what a page posted: many views read single texts of it without a form."""
        if request.path.startswith("/api/") or not self.in_form(request):
            return None
        context = {"status": 400, "code": "character_not_allowed", "text": self.detail}
        return render(request, "refused.html", context, status=400)

    @property
    def detail(self) -> str:
        """What the caller is told."""
        return _("The request holds the character NUL, which no field accepts. Take it out.")

    def in_form(self, request: HttpRequest) -> bool:
        """Look into the fields of a form; a body that broke off is the view's to refuse."""
        try:
            return any("\x00" in text for _name, texts in request.POST.lists() for text in texts)
        except UnreadablePostError:
            return False

    def in_body(self, request: HttpRequest) -> bool:
        """Look into JSON bodies; telemetry answers such readings item by item itself."""
        is_json = request.headers.get("Content-Type", "").startswith("application/json")
        return is_json and not request.path.startswith("/api/v1/telemetry") and b"\\u0000" in request.body


class NotKept:
    """
    Let no cache keep what was answered over REST, or to a browser with a session: rights end, copies stay.

    A view that set a policy of its own keeps it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/api/") or settings.SESSION_COOKIE_NAME in request.COOKIES:
            if "Cache-Control" not in response:
                response["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ("Authorization", "Cookie"))
        return response


class ContentSecurityPolicy:
    """One strict policy for every page: nothing inline, nothing from elsewhere."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        return response


class DomainErrors:
    """A domain error that a page did not handle, or a database that is away, becomes a page with advice."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = not request.path.startswith("/api/") and not response.streaming
        if response.status_code == 405 and is_page and not response.content:
            response.content = render_to_string("refused.html", {"status": 405})
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if unavailable(error):
            log.error("the database is not available", exc_info=error)
            page = render_to_string("503.html")  # no request: no database needed
            return HttpResponse(page, status=503, headers={"Retry-After": str(AGAIN_AFTER)})
        if not isinstance(error, DomainError):
            return None
        text = _(error.text).format(**error.facts) if error.text else error.code
        context = {"status": error.status, "code": error.code, "text": text}
        return render(request, "refused.html", context, status=error.status)
