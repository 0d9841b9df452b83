"""REST: records of a leased machine, seen by both sides and written by the lessee."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import batch_records, records
from leasing.api.equipment_records import (
    EquipmentRecordIn,
    EquipmentRecordOut,
    record_made,
    records_answer,
)
from leasing.models import Lease
from marketplace.models import ApiKey, EquipmentRecord
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
UNIT = OpenApiParameter("unit", str, description="Which machine, if the lease has several.")


class LeaseEquipmentRecordIn(EquipmentRecordIn):
    """A batch, cleaning or sterilisation of a leased machine; ``unit`` names it where there are several."""

    unit = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")


class BatchRecordActions:
    """Sub-resource of a lease; mixed into its view set."""

    @extend_schema(
        methods=["GET"],
        tags=["leases"],
        summary="What was done to a leased machine",
        parameters=[UNIT],
        responses=EquipmentRecordOut(many=True),
    )
    @extend_schema(
        methods=["POST"],
        tags=["leases"],
        summary="Write down a batch or a cleaning, as the lessee",
        request=LeaseEquipmentRecordIn,
        responses={201: EquipmentRecordOut},
    )
    @action(detail=True, methods=["get", "post"], url_path="equipment-records", **WHOLE)
    def equipment_records(self, request: Request, public_id: str) -> Response:
        """List the records of a machine, or append one; a lessee sees no batches of others."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method == "POST":
            return self.add_record(request, lease)
        unit = records.unit_of(lease=lease, named=request.query_params.get("unit", ""))
        if acting_organization(request) != lease.lessor:
            return records_answer(batch_records.open_to_lessee(unit=unit, at=clock.now()))
        return records_answer(EquipmentRecord.objects.filter(equipment=unit.equipment_id))

    def add_record(self, request: Request, lease: Lease) -> Response:
        """Append a record of the lessee; a key acts for its own side alone."""
        if isinstance(request.auth, ApiKey) and request.auth.organization != lease.lessee:
            raise MissingRight(organization=lease.lessee.name)
        given = LeaseEquipmentRecordIn(data=request.data)
        values = given.written()
        unit = records.unit_of(lease=lease, named=given.validated_data["unit"])
        return record_made(
            batch_records.add(unit=unit, by=request.user, at=clock.now(), **values)  # type: ignore[arg-type]
        )
