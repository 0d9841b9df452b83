"""REST: between which limits the measured values of a device should stay."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.actions import limits
from devices.api.serializers import ChannelOut, Strict
from devices.models import Device
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class LimitsIn(Strict):
    """Limits in the unit of the channel and where they come from; without any, those before are gone."""

    channel = serializers.CharField(max_length=200)
    warn_low = serializers.DecimalField(max_digits=36, decimal_places=18, required=False, allow_null=True)
    warn_high = serializers.DecimalField(max_digits=36, decimal_places=18, required=False, allow_null=True)
    limits_source = serializers.CharField(max_length=200, required=False, allow_blank=True)


class DeviceLimitsView(APIView):
    """The owner's people write them; they stand in the channel dictionary."""

    @extend_schema(
        tags=["devices"],
        summary="Write the limits of a measured value",
        description="They take the place of those before. Each night the trend of the daily means is looked "
        "at against them.",
        request=LimitsIn,
        responses=ChannelOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.DEVICES_WRITE)
        mine = Device.objects.filter(owner=acting_organization(request)).select_related("owner")
        device = get_object_or_404(mine, public_id=public_id)
        given = LimitsIn(data=request.data)
        given.is_valid(raise_exception=True)
        written = limits.write(
            device=device,
            limits=limits.Limits(**given.validated_data),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(ChannelOut(written).data)
