"""Warnings about the health of machines over REST."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from leasing.filters import HealthWarningFilter
from leasing.models import HealthWarning
from leasing.rules.trend import plain
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared.declared import Expandable


class Figure(serializers.DecimalField):
    """A figure as it was kept, without the zeros that only its column adds."""

    def __init__(self, **given: Any) -> None:
        super().__init__(max_digits=None, decimal_places=None, allow_null=True, **given)

    def to_representation(self, value: Any) -> str:
        return plain(value)


class HealthWarningOut(serializers.ModelSerializer[HealthWarning]):
    """
    ``ALARM_RATE``: more alarms an hour of run time in the day before ``found_at`` than in the 14 days before.
    ``TREND``: daily means of a channel that are beyond its limit, or will be in ``days_left`` days.

    ``seconds`` are of run time; ``mean``, ``limit`` and ``slope`` (a day) are in the unit of the channel.
    What belongs to the other kind is null. ``event`` is the read in the access log on which it rests.
    """

    expandable: ClassVar[Expandable] = {"equipment": "api-equipment", "device": "api-device"}

    id = serializers.CharField(source="public_id", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    device = serializers.CharField(source="device.public_id", read_only=True)
    rate = serializers.DecimalField(
        source="rates.rate", max_digits=12, decimal_places=2, read_only=True, allow_null=True
    )
    rate_before = serializers.DecimalField(
        source="rates.rate_before", max_digits=12, decimal_places=2, read_only=True, allow_null=True
    )

    channel = serializers.CharField(source="channel.key", read_only=True, allow_null=True)
    unit = serializers.CharField(source="channel.unit", read_only=True, allow_null=True)
    mean = Figure(read_only=True)
    slope = Figure(read_only=True)
    limit = Figure(read_only=True)

    class Meta:
        model = HealthWarning
        fields = (
            "id",
            "equipment",
            "device",
            "kind",
            "day",
            "alarms",
            "seconds",
            "rate",
            "alarms_before",
            "seconds_before",
            "rate_before",
            "channel",
            "unit",
            "mean",
            "slope",
            "edge",
            "limit",
            "source",
            "is_beyond",
            "days_left",
            "days_seen",
            "event",
            "found_at",
        )
        read_only_fields = fields


@extend_schema_view(list=extend_schema(tags=["leases"], summary="Warnings about the health of your machines"))
class HealthWarningViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[HealthWarning]):
    """What was found about machines of the acting organization; nobody else is told."""

    queryset = HealthWarning.objects.none()
    serializer_class = HealthWarningOut
    filterset_class = HealthWarningFilter

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.EQUIPMENT_READ)
        mine = HealthWarning.objects.filter(equipment__owner=acting_organization(self.request))
        return mine.select_related("equipment", "device", "channel")
