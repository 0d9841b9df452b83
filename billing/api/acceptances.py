"""Meter tests over REST, for the two sides of a lease."""

from decimal import Decimal
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import acceptances
from billing.actions.acceptances import MeterTest
from billing.api.reviews import sided_leases
from billing.models import Acceptance
from billing.rules.acceptance import LONGEST_NOTE
from marketplace.gateway.fields import DateTimeField
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

PLAIN: dict[str, Any] = {"normalize_output": True}


class AcceptanceOut(serializers.ModelSerializer[Acceptance]):
    """
    What was counted by hand (``expected``) and by the meter (``counted``) in [from, to); time in seconds.

    The last test of a meter stands. ``held`` is what the meter saw and would not bill.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    unit = serializers.CharField(source="unit.public_id", read_only=True)
    device = serializers.CharField(source="device.public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)
    to = DateTimeField(source="ends_at", read_only=True)

    class Meta:
        model = Acceptance
        fields = (
            "id",
            "unit",
            "device",
            "meter",
            "to",
            "expected",
            "tolerance",
            "counted",
            "held",
            "passed",
            "arrival",
            "rule_version",
            "note",
            "organization",
            "at",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = dict.fromkeys(("expected", "tolerance", "counted", "held"), PLAIN)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        return super().get_fields() | {"from": DateTimeField(source="starts_at", read_only=True)}


class AcceptancesOut(serializers.Serializer[Any]):
    """The meter tests of a lease, the latest first."""

    data = AcceptanceOut(many=True)  # type: ignore[assignment]


class AcceptanceIn(serializers.Serializer[None]):
    """A known use of a machine; quantities in the unit of the meter, time in seconds."""

    unit = serializers.CharField()
    meter = serializers.CharField(max_length=12)
    to = DateTimeField()
    expected = serializers.DecimalField(max_digits=21, decimal_places=6, min_value=Decimal(0))
    tolerance = serializers.DecimalField(
        max_digits=21, decimal_places=6, min_value=Decimal(0), default=Decimal(0)
    )
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, default="", allow_blank=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        return super().get_fields() | {"from": DateTimeField()}


class LeaseAcceptances(APIView):
    """Seen and recorded by the two sides of the lease alone."""

    @extend_schema(
        tags=["leases"],
        summary="Meter tests of a lease",
        operation_id="leases_meter_tests",
        responses=AcceptancesOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LEASES_READ)
        lease = get_object_or_404(sided_leases(request), public_id=public_id)
        found = Acceptance.objects.filter(unit__lease=lease).select_related("unit", "device", "organization")
        return Response({"data": AcceptanceOut(found, many=True).data})

    @extend_schema(
        tags=["leases"],
        summary="Compare what was counted by hand with what the meter counts",
        operation_id="leases_meter_test",
        request=AcceptanceIn,
        responses={201: AcceptanceOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        lease = get_object_or_404(sided_leases(request), public_id=public_id)
        given = AcceptanceIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        named = ("meter", "expected", "tolerance", "note")
        test = MeterTest(start=values["from"], end=values["to"], **{name: values[name] for name in named})
        made = acceptances.record(
            unit=get_object_or_404(lease.units, public_id=values["unit"]),
            test=test,
            within=acting_organization(request),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(AcceptanceOut(made).data, status=status.HTTP_201_CREATED)
