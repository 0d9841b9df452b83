"""Health, error pages, and the page that explains every error code."""

import logging

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from config.error_codes import error_code_rows
from config.problems import problem_response

log = logging.getLogger(__name__)


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer with this instance's token, so that the parent process knows its own server."""
    return HttpResponse(settings.INSTANCE or "ok", content_type="text/plain")


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Database and cache answer too."""
    checks = {"database": _works(_ask_database), "cache": _works(_ask_cache)}
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache() -> None:
    cache.get("readyz")


def _works(ask: object) -> bool:
    try:
        ask()  # type: ignore[operator]
    except Exception:
        log.exception("readyz: %s", ask)
        return False
    return True


def error_codes(request: HttpRequest) -> HttpResponse:
    """List every error code with its meaning: the ``type`` of a problem points here."""
    return render(request, "error_codes.html", {"rows": error_code_rows()})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig) and not request.path.startswith("/api/"):
        context = {"status": 413, "code": "body_too_large"}
        return HttpResponse(render_to_string("refused.html", context), status=413)
    return _error(request, 400, "bad_request", "The request cannot be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403, "not_allowed", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404, "not_found", "There is no such thing, or it is not yours to see.")


def broken(request: HttpRequest) -> HttpResponse:
    return _error(
        request, 500, "internal", "This is our mistake. It is logged; try again, or tell us the request id."
    )


def _error(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(request, status, code, detail)
    return HttpResponse(render_to_string(f"{status}.html"), status=status)  # no request: no database needed
