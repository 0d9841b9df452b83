"""Inspection results over REST, for the two sides of a lease."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import inspections
from billing.api.reviews import sided_leases
from billing.models import Inspection
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class InspectionOut(serializers.ModelSerializer[Inspection]):
    """How many parts of a local day were rejected; a later result corrects an earlier one."""

    id = serializers.CharField(source="public_id", read_only=True)
    unit = serializers.CharField(source="unit.public_id", read_only=True)
    day = serializers.DateField(source="local_day", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)

    class Meta:
        model = Inspection
        fields = ("id", "unit", "meter", "day", "rejected", "reference", "organization", "at")
        read_only_fields = fields


class InspectionsOut(serializers.Serializer[Any]):
    """The results of a lease, the latest day first."""

    data = InspectionOut(many=True)  # type: ignore[assignment]


class InspectionIn(serializers.Serializer[None]):
    """A result: ``day`` is a local day of the lease's zone."""

    unit = serializers.CharField()
    day = serializers.DateField()
    rejected = serializers.IntegerField(min_value=0, max_value=10**9)
    reference = serializers.CharField(max_length=100)


class LeaseInspections(APIView):
    """Seen and reported by the two sides of the lease alone."""

    @extend_schema(
        tags=["leases"],
        summary="Inspection results of a lease",
        operation_id="leases_inspections",
        responses=InspectionsOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LEASES_READ)
        lease = get_object_or_404(sided_leases(request), public_id=public_id)
        found = Inspection.objects.filter(unit__lease=lease).select_related("unit", "organization")
        return Response({"data": InspectionOut(found, many=True).data})

    @extend_schema(
        tags=["leases"],
        summary="Say how many parts of a day were rejected",
        operation_id="leases_inspection_report",
        request=InspectionIn,
        responses={201: InspectionOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        lease = get_object_or_404(sided_leases(request), public_id=public_id)
        given = InspectionIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        made = inspections.report(
            unit=get_object_or_404(lease.units, public_id=values["unit"]),
            local_day=values["day"],
            rejected=values["rejected"],
            reference=values["reference"],
            within=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(InspectionOut(made).data, status=status.HTTP_201_CREATED)
