"""Who calls the REST API: a program with a key, or a signed-in browser."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from config.callers import key_of
from marketplace.rules.key_texts import LIVE, parts


class KeyOfOtherMode(exceptions.AuthenticationFailed):
    """A test key came to the live installation, or the other way round."""

    default_code = "key_of_other_mode"

    def __init__(self, mode: str) -> None:
        where = settings.LIVE_URL if mode == LIVE else settings.TEST_URL
        if mode == LIVE:
            said = _("This is a live key, and this is the test installation.")
        else:
            said = _("This is a test key, and this is the live installation.")
        there = _("Use it at {address}.").format(address=where)
        super().__init__(f"{said} {there}" if where else said)


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """``Bearer jj_live_<identifier>.<secret>``; the key acts as its maker within its scopes."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith("bearer "):
            return None
        if header[7:].strip().startswith("jjd_"):  # a device's key: the telemetry door checks it itself
            return None
        mode = parts(header[7:].strip()).mode
        if mode != settings.JIJIAN_MODE and header[7:].strip().startswith("jj_"):
            raise KeyOfOtherMode(mode)
        key = key_of(request._request)
        if key is None:
            raise exceptions.AuthenticationFailed(_("This API key is unknown, revoked or expired."))
        key.user.through_key = True
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The signed-in browser, with CSRF check."""
