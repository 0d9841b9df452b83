"""REST: how a device gets its first key and the next ones. No answer with a secret is kept anywhere."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.actions import claims, keys
from devices.api.authentication import DeviceKeyAuthentication, IsDevice
from devices.api.serializers import Strict
from devices.api.throttles import ClaimThrottle
from devices.models import Device, DeviceKey
from marketplace.actions.parties import robot
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

SECRET = {"Cache-Control": "no-store"}
CLAIMED = inline_serializer(
    "ClaimedKey",
    {"device": serializers.CharField(), "id": serializers.CharField(), "key": serializers.CharField()},
)
ROTATED = inline_serializer(
    "RotatedKey",
    {
        "id": serializers.CharField(),
        "key": serializers.CharField(help_text="Shown this once"),
        "old_id": serializers.CharField(),
        "old_ends_at": serializers.DateTimeField(help_text="Until then the old key goes on"),
    },
)
OFFERED = inline_serializer(
    "OfferedClaimCode",
    {
        "id": serializers.CharField(),
        "code": serializers.CharField(help_text="Shown this once"),
        "expires_at": serializers.DateTimeField(),
        "claim_url": serializers.CharField(help_text="Where the gateway sends it; what the QR code holds"),
    },
)


class ClaimIn(Strict):
    """A claim code as it stands on the slip; spaces, hyphens and small letters do not matter."""

    code = serializers.CharField(max_length=40)


class ClaimView(APIView):
    """A gateway without a key exchanges a claim code for one."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [ClaimThrottle]

    @extend_schema(
        tags=["telemetry"],
        summary="Exchange a claim code for the device's key",
        description="Needs no key. A code opens once, within 24 hours; whatever is wrong with it is answered "
        "alike: 400 `claim_refused`. Twenty tries a minute and address, then 429.",
        request=ClaimIn,
        responses={201: CLAIMED},
    )
    def post(self, request: Request) -> Response:
        given = ClaimIn(data=request.data)
        given.is_valid(raise_exception=True)
        key, text = claims.claim(code=given.validated_data["code"], by=robot(name="gateway"), at=clock.now())
        told = {"device": key.device.public_id, "id": key.public_id, "key": text}
        return Response(told, status=status.HTTP_201_CREATED, headers=SECRET)


class RotateOwnKeyView(APIView):
    """A device asks for its next key."""

    authentication_classes = [DeviceKeyAuthentication]
    permission_classes = [IsDevice]

    @extend_schema(
        tags=["telemetry"],
        summary="Rotate the key you sign in with",
        description="The old key goes on for 24 hours. If the answer was lost, ask again with the old key: "
        "the key made before is revoked then.",
        request=None,
        responses={201: ROTATED},
    )
    def post(self, request: Request) -> Response:
        return _rotated(request.auth, robot(name="gateway"))  # type: ignore[arg-type]


class RotateKeyView(APIView):
    """An owner rotates a key of a device."""

    @extend_schema(tags=["devices"], summary="Rotate a key", request=None, responses={201: ROTATED})
    def post(self, request: Request, public_id: str, item: str) -> Response:
        found = _owned(request, public_id).keys.select_related("device__owner")
        return _rotated(get_object_or_404(found, public_id=item), request.user)


class ClaimCodesView(APIView):
    """An owner offers a device to its gateway."""

    @extend_schema(
        tags=["devices"],
        summary="Make a claim code",
        description="It opens once within 24 hours; a code made before and not used opens nothing any more.",
        request=None,
        responses={201: OFFERED},
    )
    def post(self, request: Request, public_id: str) -> Response:
        code, text = claims.offer(device=_owned(request, public_id), by=request.user, at=clock.now())  # type: ignore[arg-type]
        url = request.build_absolute_uri(reverse("api-device-claim"))
        told = {
            "id": code.public_id,
            "code": text,
            "expires_at": code.expires_at,
            "claim_url": f"{url}#{text}",
        }
        return Response(told, status=status.HTTP_201_CREATED, headers=SECRET)


def _owned(request: Request, public_id: str) -> Device:
    require_scope(request, Scope.DEVICES_WRITE)
    mine = Device.objects.filter(owner=acting_organization(request)).select_related("owner")
    return get_object_or_404(mine, public_id=public_id)


def _rotated(old: DeviceKey, by: Any) -> Response:
    key, text = keys.rotate(key=old, by=by, at=clock.now())
    old = DeviceKey.objects.get(pk=old.pk)
    told = {"id": key.public_id, "key": text, "old_id": old.public_id, "old_ends_at": old.ends_at}
    return Response(told, status=status.HTTP_201_CREATED, headers=SECRET)
