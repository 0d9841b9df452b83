"""Translate every refusal of the REST API into a problem document."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from config.problems import problem_body
from config.unavailable import AGAIN_AFTER, unavailable
from marketplace.shared.errors import DomainError

log = logging.getLogger(__name__)


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Translate an exception of a view into a problem document; ``None`` for a bug."""
    request = context["request"]
    if isinstance(error, DomainError):
        answer = _domain(error, request)
    elif isinstance(error, Http404):
        answer = _plain(request, 404, "not_found", _("There is no such thing, or it is not yours to see."))
    elif isinstance(error, PermissionDenied):
        answer = _plain(request, 403, "not_allowed", _("You may not do this."))
    elif isinstance(error, exceptions.APIException):
        answer = _api(error, request)
    elif unavailable(error):
        log.error("the database is not available", exc_info=error)
        text = _("The database cannot be reached at the moment. Send the request again in a few seconds.")
        answer = _plain(request, 503, "database_unavailable", text)
        answer["Retry-After"] = str(AGAIN_AFTER)
    else:
        return None
    set_rollback()
    return answer


def _plain(request: Request, status: int, code: str, detail: str, errors: Any = (), **more: Any) -> Response:
    body = problem_body(request._request, status, code, detail, errors, **more)
    return Response(body, status=status, content_type="application/problem+json")


def _domain(error: DomainError, request: Request) -> Response:
    detail = _(error.text).format(**error.facts) if error.text else error.code
    errors = [
        {"pointer": flaw.pointer, "code": flaw.code, "detail": _(flaw.text).format(**flaw.facts)}
        for flaw in error.flaws
    ]
    more = {"allowed": error.facts["allowed"]} if "allowed" in error.facts else {}
    answer = _plain(request, error.status, error.code, detail, errors, **more)
    if "retry_after" in error.facts:
        answer["Retry-After"] = str(error.facts["retry_after"])
    return answer


def _api(error: exceptions.APIException, request: Request) -> Response:
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flaws(error.detail, ""))
        detail = _("Some fields need mending: see errors.")
        return _plain(request, 400, "invalid", detail, errors)
    answer = _plain(request, error.status_code, str(error.default_code), str(error.detail))
    if getattr(error, "wait", None):
        answer["Retry-After"] = str(int(error.wait) + 1)  # type: ignore[attr-defined]
    if getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    return answer


def _flaws(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            key = "" if name == "non_field_errors" else f"/{name}"
            yield from _flaws(inner, pointer + key)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from _flaws(inner, f"{pointer}/{index}" if nested else pointer)
    else:
        yield {
            "pointer": pointer or "/",
            "code": getattr(detail, "code", None) or "invalid",
            "detail": str(detail),
        }
