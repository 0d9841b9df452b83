"""The usage of a lease over REST."""

from datetime import date
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.api.serializers import UsageDayOut, UsageOut
from billing.models import WindowSet
from billing.queries import completeness, known_use
from devices.models import Device
from devices.rules.readings import moment
from leasing.models import Lease
from marketplace.models import ApiKey
from marketplace.models.apikeys import Scope
from marketplace.queries import require_scope
from marketplace.rules.count_rules import METERS
from marketplace.shared import clock

DAY = {"type": date, "description": "A local day of the lease's zone, included."}


class UsageIn(serializers.Serializer[None]):
    """What usage to show."""

    meter = serializers.ChoiceField(choices=METERS, required=False)
    to = serializers.DateField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        return super().get_fields() | {"from": serializers.DateField(required=False)}


class LeaseUsage(APIView):
    """Seen by both sides of the lease and the platform."""

    @extend_schema(
        tags=["leases"],
        summary="Usage of a lease by local day and quarter-hour",
        operation_id="leases_usage",
        parameters=[
            OpenApiParameter("meter", str, enum=list(METERS)),
            OpenApiParameter("from", **DAY),  # type: ignore[arg-type]
            OpenApiParameter("to", **DAY),  # type: ignore[arg-type]
        ],
        responses=UsageOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LEASES_READ)
        visible = Lease.objects.visible_to(request.user)  # type: ignore[arg-type]
        if isinstance(request.auth, ApiKey):
            visible = visible.of(request.auth.organization)
        lease = get_object_or_404(visible, public_id=public_id)
        asked = UsageIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        sets = WindowSet.objects.filter(unit__lease=lease).newest()
        names = {"meter": "meter", "from": "local_day__gte", "to": "local_day__lte"}
        sets = sets.filter(**{names[name]: value for name, value in given.items()})
        found = sets.select_related("unit__lease", "device").prefetch_related("windows")
        context = {"about": completeness(lease, clock.now())}
        shown = UsageDayOut(found.order_by("meter", "local_day", "unit"), many=True, context=context)
        head = {"lease": lease.public_id, "zone": lease.agreed.zone.key, "known": _known(lease)}
        return Response(head | {"data": shown.data})


def _known(lease: Lease) -> list[dict[str, Any]]:
    known = known_use(lease)
    units = dict(lease.units.values_list("pk", "public_id"))
    devices = Device.objects.in_bulk({device for _, device in known})
    return [
        {
            "unit": units[unit],
            "device": devices[device].public_id,
            "heard_to": moment(found.heard),
            "watermark": moment(found.watermark),
        }
        for (unit, device), found in sorted(known.items())
    ]
