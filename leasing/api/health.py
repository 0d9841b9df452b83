"""Warnings about the health of machines over REST."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets

from leasing.filters import HealthWarningFilter
from leasing.models import HealthWarning
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope


class HealthWarningOut(serializers.ModelSerializer[HealthWarning]):
    """
    More alarms an hour of run time in the day before ``found_at`` than in the 14 days before that.

    ``seconds`` are of run time; ``event`` is the read in the access log on which it rests.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    device = serializers.CharField(source="device.public_id", read_only=True)
    rate = serializers.DecimalField(source="rates.rate", max_digits=12, decimal_places=2, read_only=True)
    rate_before = serializers.DecimalField(
        source="rates.rate_before", max_digits=12, decimal_places=2, read_only=True
    )

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
        return mine.select_related("equipment", "device")
