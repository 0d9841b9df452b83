"""REST: changes of a device's counters."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from devices.actions import meters
from devices.api.life import known
from devices.api.serializers import Moment, Strict, plain
from devices.models import Device, MeterChange
from devices.ownership.queries import meter_changes_seen
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class MeterChangeIn(Strict):
    """The last reading of the old counter, the first of the new; ``corrects`` is a record that was wrong."""

    channel = serializers.CharField(max_length=200)
    at = Moment()
    final = serializers.DecimalField(max_digits=36, decimal_places=18)
    first = serializers.DecimalField(max_digits=36, decimal_places=18)
    reason = serializers.ChoiceField(MeterChange.Reason.choices)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    corrects = serializers.CharField(max_length=30, required=False)


class MeterChangeOut(serializers.ModelSerializer[MeterChange]):
    """A record as it was made; ``corrected_by`` is the one that stands instead."""

    id = serializers.CharField(source="public_id", read_only=True)
    channel = serializers.CharField(source="channel.key", read_only=True)
    final = serializers.SerializerMethodField()
    first = serializers.SerializerMethodField()
    corrects = serializers.CharField(source="corrects.public_id", read_only=True, default=None)
    corrected_by = serializers.CharField(source="correction.public_id", read_only=True, default=None)

    class Meta:
        model = MeterChange
        fields = (
            "id",
            "channel",
            "at",
            "final",
            "first",
            "reason",
            "note",
            "corrects",
            "corrected_by",
            "recorded_by",
            "recorded_at",
        )
        read_only_fields = fields

    def get_final(self, change: MeterChange) -> str:
        return plain(change.final)

    def get_first(self, change: MeterChange) -> str:
        return plain(change.first)


class MeterChangesView(GenericAPIView[MeterChange]):
    """Both sides see them, the owner's people record them, nobody rewrites them."""

    queryset = MeterChange.objects.none()
    serializer_class = MeterChangeOut

    @extend_schema(
        tags=["devices"],
        summary="Changes of a device's counters",
        description="Corrected records stay in the list. A lessee sees those of its own time.",
        responses=MeterChangeOut(many=True),
    )
    def get(self, request: Request, public_id: str) -> Response:
        page = self.paginate_queryset(meter_changes_seen(*known(request, public_id)))
        return self.get_paginated_response(MeterChangeOut(page, many=True).data)

    @extend_schema(
        tags=["devices"],
        summary="Record the change of a counter",
        request=MeterChangeIn,
        responses={201: MeterChangeOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.DEVICES_WRITE)
        mine = Device.objects.filter(owner=acting_organization(request)).select_related("owner")
        device = get_object_or_404(mine, public_id=public_id)
        given = MeterChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(given.validated_data)
        wrong = values.pop("corrects", None)
        corrects = wrong and get_object_or_404(device.meter_changes.all(), public_id=wrong)
        made = meters.record(
            device=device,
            change=meters.Change(**values),
            corrects=corrects,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(MeterChangeOut(made).data, status=status.HTTP_201_CREATED)
