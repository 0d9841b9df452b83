"""Devices sign in with their own keys, which open nothing but the telemetry door."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request
from rest_framework.views import APIView

from devices.actions import devices
from devices.models import DeviceKey
from marketplace.models import ApiKey
from marketplace.shared import clock


class DeviceKeyAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer jjd_<identifier>.<secret>``; ``request.auth`` is the key."""

    def authenticate(self, request: Request) -> tuple[Any, DeviceKey] | None:
        header = request.headers.get("Authorization", "")
        if not header.lower().startswith("bearer jjd_"):
            return None
        key = devices.find_key(secret=header[7:].strip(), at=clock.now())
        if key is None:
            raise exceptions.AuthenticationFailed(_("This device key is unknown or revoked."))
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class IsDevice(permissions.BasePermission):
    """Only a device key comes in."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, DeviceKey):
            raise exceptions.NotAuthenticated(_("Send the device's key: Authorization: Bearer jjd_…"))
        return True


class IsKey(permissions.BasePermission):
    """Only programs come in: by a device's key, or by one of an organization."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, DeviceKey | ApiKey):
            raise exceptions.NotAuthenticated(_("Send a key: Authorization: Bearer jjd_… or jj_…"))
        return True


class DeviceKeyScheme(OpenApiAuthenticationExtension):
    """How the key is described in OpenAPI."""

    target_class = DeviceKeyAuthentication
    name = "deviceKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A device key, jjd_…"}
