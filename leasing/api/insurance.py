"""REST: insurance policies of a machine for its owner, and of a lease for both of its sides."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leasing.actions import insurance, records
from leasing.models import InsurancePolicy, Lease
from leasing.rules.insurance import MOST, Holder, Kind, Policy
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Equipment
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}


class InsurancePolicyOut(serializers.ModelSerializer[InsurancePolicy]):
    """
    One record of a policy; ``sum_minor`` in minor units, ``ends_at`` the first moment after it.

    ``in_force`` is false when a newer record has taken its place; that one names it in ``replaces``.
    ``lease`` is empty for a policy of the owner beside all leases.
    """

    expandable: ClassVar[Expandable] = {"equipment": "api-equipment", "lease": "api-lease"}

    id = serializers.CharField(source="public_id", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    lease = serializers.CharField(source="lease.public_id", read_only=True, allow_null=True, default=None)
    organization = serializers.CharField(source="organization.public_id", read_only=True)
    replaces = serializers.CharField(
        source="replaces.public_id", read_only=True, allow_null=True, default=None
    )
    in_force = serializers.SerializerMethodField()

    class Meta:
        model = InsurancePolicy
        fields = (
            "id",
            "equipment",
            "lease",
            "kind",
            "insurer",
            "number",
            "sum_minor",
            "currency",
            "starts_at",
            "ends_at",
            "holder",
            "catalogue_item",
            "catalogue_year",
            "document_sha256",
            "note",
            "cancelled_at",
            "replaces",
            "in_force",
            "organization",
            "recorded_by_name",
            "recorded_at",
        )
        read_only_fields = fields

    def get_in_force(self, policy: InsurancePolicy) -> bool:
        return getattr(policy, "replaced_by", None) is None


class InsurancePolicyIn(serializers.Serializer[Any]):
    """
    A policy to be kept for good; ``replaces`` is the id of one of yours that it corrects or cancels.

    ``cancelled_at``, with the reason in ``note``, is the first moment that a cancelled one covers no more.
    ``catalogue_item`` and ``catalogue_year`` are those of the Ministry's catalogue, for ``FIRST_SET`` alone.
    """

    kind = serializers.ChoiceField(choices=InsurancePolicy.What.choices)
    insurer = serializers.CharField(max_length=200)
    number = serializers.CharField(max_length=200)
    sum_minor = serializers.IntegerField(max_value=MOST)
    currency = serializers.CharField(max_length=3, required=False, default="CNY")
    starts_at = DateTimeField()
    ends_at = DateTimeField()
    holder = serializers.ChoiceField(
        choices=InsurancePolicy.HeldBy.choices, required=False, default=Holder.OWNER.value
    )
    catalogue_item = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    catalogue_year = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=9999
    )
    document_sha256 = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    cancelled_at = DateTimeField(required=False, allow_null=True, default=None)
    replaces = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")

    def written(self) -> dict[str, Any]:
        """Return what was sent as the actions take it."""
        self.is_valid(raise_exception=True)
        values = {name: value for name, value in self.validated_data.items() if name in Policy.__slots__}
        values |= {"kind": Kind(values["kind"]), "holder": Holder(values["holder"])}
        return {"given": Policy(**values), "replaces": self.validated_data["replaces"]}


class LeaseInsurancePolicyIn(InsurancePolicyIn):
    """A policy on a leased machine; ``unit`` names the machine where there are several."""

    unit = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")


def _answer(found: Any) -> Response:
    return Response({"data": InsurancePolicyOut(found.listed(), many=True).data})


def _made(policy: InsurancePolicy) -> Response:
    return Response(InsurancePolicyOut(policy).data, status=status.HTTP_201_CREATED)


class InsurancePoliciesView(APIView):
    """The policies of one of your machines."""

    @extend_schema(
        tags=["equipment"],
        summary="Insurance policies of a machine",
        responses=InsurancePolicyOut(many=True),
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List all records of policies of a machine, the one that ends last first."""
        require_scope(request, Scope.EQUIPMENT_READ)
        return _answer(InsurancePolicy.objects.filter(equipment=_mine(request, public_id)))

    @extend_schema(
        tags=["equipment"],
        summary="Write an insurance policy of a machine down",
        request=InsurancePolicyIn,
        responses={201: InsurancePolicyOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Append a record for good; what was wrong, or is cancelled, gets another one in its place."""
        require_scope(request, Scope.EQUIPMENT_WRITE)
        machine = _mine(request, public_id)
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        return _made(
            insurance.add(equipment=machine, **who, **InsurancePolicyIn(data=request.data).written())
        )


class InsuranceActions:
    """Sub-resource of a lease; mixed into its view set."""

    @extend_schema(
        methods=["GET"],
        tags=["leases"],
        summary="Insurance policies in force for a lease",
        responses=InsurancePolicyOut(many=True),
    )
    @extend_schema(
        methods=["POST"],
        tags=["leases"],
        summary="Write an insurance policy of a leased machine down",
        request=LeaseInsurancePolicyIn,
        responses={201: InsurancePolicyOut},
    )
    @action(detail=True, methods=["get", "post"], url_path="insurance-policies", **WHOLE)
    def insurance_policies(self, request: Request, public_id: str) -> Response:
        """List what covers the machines of the lease in its time, or append one as your side of it."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method != "POST":
            return _answer(InsurancePolicy.objects.of_lease(lease))
        sent = LeaseInsurancePolicyIn(data=request.data)
        given = sent.written()
        unit = records.unit_of(lease=lease, named=sent.validated_data["unit"])
        unit.lease = lease
        who: dict[str, Any] = {"by": request.user, "within": acting_organization(request)}
        return _made(insurance.add_to_lease(unit=unit, at=clock.now(), **who, **given))


def _mine(request: Request, public_id: str) -> Equipment:
    """Return a machine of the acting organization."""
    mine = Equipment.objects.filter(owner=acting_organization(request)).select_related("owner")
    return get_object_or_404(mine, public_id=public_id)
