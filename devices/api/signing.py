"""REST: keys of organizations and devices, and the days that devices sign."""

from datetime import date
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_date
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices import queries
from devices.actions import countersigning, day_signatures
from devices.api import shapes
from devices.api.authentication import DeviceKeyAuthentication, IsDevice
from devices.api.log import reader
from devices.models import Device, DeviceSigningKey, SigningKey
from devices.models.signatures import utc_day
from devices.ownership.queries import may_know
from devices.rules.log import day_text
from marketplace.actions.parties import robot
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

DAY: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "device": serializers.CharField(),
    "day": serializers.DateField(),
    "first": serializers.IntegerField(),
    "last": serializers.IntegerField(),
    "root": serializers.CharField(),
    "text": serializers.CharField(help_text="What a device signs, byte for byte"),
}
DAY_TO_SIGN = inline_serializer("DayToSign", DAY)
SIGNED_DAY = inline_serializer("SignedDay", DAY | {"signatures": shapes.DaySignatureOut(many=True)})
ON = OpenApiParameter("day", date, OpenApiParameter.PATH, description="A day of UTC")


@extend_schema_view(
    list=extend_schema(tags=["evidence"], summary="Your signing keys"),
    retrieve=extend_schema(tags=["evidence"], summary="One signing key"),
)
class SigningKeyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SigningKey]
):
    """Public keys with which the acting organization countersigns."""

    queryset = SigningKey.objects.none()
    serializer_class = shapes.SigningKeyOut
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        wanted = Scope.DEVICES_READ if self.request.method == "GET" else Scope.DEVICES_WRITE
        require_scope(self.request, wanted)
        mine = SigningKey.objects.filter(organization=acting_organization(self.request))
        return mine.select_related("organization")

    @extend_schema(
        tags=["evidence"],
        summary="Register a signing key",
        request=shapes.SigningKeyIn,
        responses={201: shapes.SigningKeyOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.DEVICES_WRITE)
        given = shapes.SigningKeyIn(data=request.data)
        given.is_valid(raise_exception=True)
        key = countersigning.register_key(
            organization=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given.validated_data,
        )
        return Response(shapes.SigningKeyOut(key).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["evidence"], summary="Revoke a signing key", request=None, responses=shapes.SigningKeyOut
    )
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, public_id: str) -> Response:
        key = countersigning.revoke_key(key=self.get_object(), by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(shapes.SigningKeyOut(key).data)


class DeviceSigningKeysView(GenericAPIView[DeviceSigningKey]):
    """Keys with which a device of yours signs its days."""

    queryset = DeviceSigningKey.objects.none()
    serializer_class = shapes.DeviceSigningKeyOut

    @extend_schema(
        tags=["evidence"],
        summary="Signing keys of a device",
        responses=shapes.DeviceSigningKeyOut(many=True),
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.DEVICES_READ)
        page = self.paginate_queryset(_owned(request, public_id).signing_keys.all())
        return self.get_paginated_response(shapes.DeviceSigningKeyOut(page, many=True).data)

    @extend_schema(
        tags=["evidence"],
        summary="Register a signing key of a device",
        request=shapes.PublicKeyIn,
        responses={201: shapes.DeviceSigningKeyOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.DEVICES_WRITE)
        device = _owned(request, public_id)
        given = shapes.PublicKeyIn(data=request.data)
        given.is_valid(raise_exception=True)
        key = day_signatures.register_key(
            device=device,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given.validated_data,
        )
        return Response(shapes.DeviceSigningKeyOut(key).data, status=status.HTTP_201_CREATED)


class DeviceSigningKeyRevokeView(APIView):
    """Take no more signatures by a key of a device."""

    @extend_schema(
        tags=["evidence"],
        summary="Revoke a signing key of a device",
        request=None,
        responses=shapes.DeviceSigningKeyOut,
    )
    def post(self, request: Request, public_id: str, item: str) -> Response:
        require_scope(request, Scope.DEVICES_WRITE)
        keys = _owned(request, public_id).signing_keys.select_related("device__owner")
        key = get_object_or_404(keys, public_id=item)
        found = day_signatures.revoke_key(key=key, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(shapes.DeviceSigningKeyOut(found).data)


class DeviceDayView(APIView):
    """What a device delivered in a day, as one hash, and who signed it."""

    @extend_schema(
        tags=["evidence"],
        summary="A device's day and its signatures",
        parameters=[ON],
        responses={200: SIGNED_DAY} | shapes.NOT_NOW,
    )
    def get(self, request: Request, public_id: str, day: str) -> Response:
        organization = reader(request)
        device = Device.objects.select_related("owner").filter(public_id=public_id).first()
        when = _day(day)
        found = queries.day_of(device, when) if device else None
        if device is None or not may_know(organization, device, found.said if found else utc_day(when)):
            raise Http404
        signed = device.day_signatures.filter(day=when).select_related("key", "device").order_by("pk")
        return Response(
            _described(device, when, found) | {"signatures": shapes.DaySignatureOut(signed, many=True).data}
        )


class TelemetryDayView(APIView):
    """A device signs what it delivered in a day, if its owner has registered a key for it."""

    authentication_classes = [DeviceKeyAuthentication]
    permission_classes = [IsDevice]

    @extend_schema(
        tags=["telemetry"],
        summary="The day to sign",
        parameters=[ON],
        responses={200: DAY_TO_SIGN} | shapes.NOT_NOW,
    )
    def get(self, request: Request, day: str) -> Response:
        device, when = request.auth.device, _day(day)  # type: ignore[union-attr]
        return Response(_described(device, when, queries.day_of(device, when)))

    @extend_schema(
        tags=["telemetry"],
        summary="Sign a day",
        description="Sign `text` of the day with the device's own Ed25519 key.",
        parameters=[ON],
        request=shapes.SignatureIn,
        responses={201: shapes.DaySignatureOut},
    )
    def post(self, request: Request, day: str) -> Response:
        given = shapes.SignatureIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = day_signatures.sign(
            device=request.auth.device,  # type: ignore[union-attr]
            day=_day(day),
            signature=given.validated_data["signature"],
            by=robot(name="gateway"),
            at=clock.now(),
        )
        return Response(shapes.DaySignatureOut(found).data, status=status.HTTP_201_CREATED)


def _owned(request: Request, public_id: str) -> Device:
    mine = Device.objects.filter(owner=acting_organization(request)).select_related("owner")
    return get_object_or_404(mine, public_id=public_id)


def _day(text: str) -> date:
    """Return a day of the past or today; others are not there."""
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or found > clock.now().date():
        raise Http404
    return found


def _described(device: Device, day: date, found: queries.DayOfArrivals | None) -> dict[str, Any]:
    day_signatures.check_over(day=day, at=clock.now())
    if found is None:
        raise day_signatures.NothingArrived(device=device.name, day=day.isoformat())
    text = day_text(device=device.public_id, day=day, first=found.first, last=found.last, root=found.root)
    return {
        "device": device.public_id,
        "day": day,
        "first": found.first,
        "last": found.last,
        "root": found.root.hex(),
        "text": text.decode(),
    }
