"""Who calls the REST API: a program with a key, or a signed-in browser."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from config.callers import key_of


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer jj_<identifier>.<secret>``; the key acts as its maker within its scopes."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith("bearer "):
            return None
        if header[7:].strip().startswith("jjd_"):  # a device's key: the telemetry door checks it itself
            return None
        key = key_of(request._request)
        if key is None:
            raise exceptions.AuthenticationFailed(_("This API key is unknown, revoked or expired."))
        key.user.through_key = True
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The signed-in browser, with CSRF check."""
