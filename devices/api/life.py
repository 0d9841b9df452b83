"""REST: whether a device is heard, when it was not, and how far its clock is off."""

from datetime import timedelta

from django.http import Http404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.api.log import reader
from devices.models import Device, Silence
from devices.ownership.queries import life_of, may_know, silences_of
from devices.rules import clocks, silence
from devices.rules.readings import moment
from marketplace.models import Organization
from marketplace.shared import clock
from marketplace.shared.period import Period

JUMP = inline_serializer(
    "ClockJump",
    {
        "arrival": serializers.IntegerField(),
        "received_at": serializers.DateTimeField(),
        "by_seconds": serializers.IntegerField(help_text="Above 0: the clock went back by so much"),
    },
    many=True,
)
LIFE = inline_serializer(
    "DeviceLife",
    {
        "presence": serializers.ChoiceField(
            [one.value for one in silence.Presence],
            allow_null=True,
            help_text="null, as all but the limit, for a lessee whose lease is over",
        ),
        "last_received_at": serializers.DateTimeField(allow_null=True),
        "silence_limit_seconds": serializers.IntegerField(),
        "clock_offset_seconds": serializers.IntegerField(
            allow_null=True, help_text="Received less device time, median; below 0 the clock is ahead"
        ),
        "clock_jumps": JUMP,
    },
)


class SilenceOut(serializers.ModelSerializer[Silence]):
    """A silence of a leased device; ``ended_at`` is null while it lasts."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Silence
        fields = ("id", "since", "noticed_at", "ended_at")
        read_only_fields = fields


class DeviceLifeView(APIView):
    """How a device is now."""

    @extend_schema(tags=["devices"], summary="Whether a device is heard, and its clock", responses=LIFE)
    def get(self, request: Request, public_id: str) -> Response:
        device, organization = known(request, public_id)
        life = life_of(device, organization, clock.now())
        jumps = [
            {"arrival": one.arrival, "received_at": moment(one.at), "by_seconds": clocks.seconds(one.by)}
            for one in life.jumps
        ]
        return Response(
            {
                "presence": life.presence,
                "last_received_at": life.heard,
                "silence_limit_seconds": int(silence.limit(device.silence_limit_seconds).total_seconds()),
                "clock_offset_seconds": life.offset,
                "clock_jumps": jumps,
            }
        )


class SilencesView(GenericAPIView[Silence]):
    """When the device was silent during leases."""

    queryset = Silence.objects.none()
    serializer_class = SilenceOut

    @extend_schema(
        tags=["devices"],
        summary="Silences of a device during leases",
        description="Its owner sees all of them, a lessee those of its own time.",
        responses=SilenceOut(many=True),
    )
    def get(self, request: Request, public_id: str) -> Response:
        page = self.paginate_queryset(silences_of(*known(request, public_id)))
        return self.get_paginated_response(SilenceOut(page, many=True).data)


def known(request: Request, public_id: str) -> tuple[Device, Organization]:
    """Return a device in which the acting organization has or had a part, and that organization; or 404."""
    organization, at = reader(request), clock.now()
    found = Device.objects.select_related("owner", "head").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    lifetime = Period(found.commissioned_at, max(at, found.commissioned_at + timedelta(days=1)))
    if organization != found.owner and not may_know(organization, found, lifetime):
        raise Http404
    return found, organization
