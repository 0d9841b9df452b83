"""The commission of a lease over REST, for its lessor and the platform: before it is agreed, and after."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.queries.commission import Basis, commission_of
from leasing.models import Lease
from leasing.queries.commission import with_commission
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class LeaseCommissionCostOut(serializers.Serializer[Any]):
    """What a net rent would cost its owner, in minor units: the commission, its VAT, and both."""

    net_minor = serializers.IntegerField()
    commission_minor = serializers.IntegerField()
    vat_minor = serializers.IntegerField()
    gross_minor = serializers.IntegerField()


class LeaseCommissionChangeOut(serializers.Serializer[Any]):
    """From which day another rate would apply if the contract were concluded then."""

    on = serializers.DateField()
    rate = serializers.DecimalField(max_digits=6, decimal_places=5)


class LeaseCommissionOut(serializers.Serializer[Any]):
    """
    The share of the net rent that the platform keeps, and what it would be of 10,000.00.

    Of a finance lease it is of what is billed by use: instalments bear none.

    `basis` says whence it is: `IN_FORCE` is what a contract concluded now would take, `CONTRACT` what it
    took, for the whole lease; `BOOKED` is what its invoices are booked by.
    """

    lease = serializers.CharField()
    basis = serializers.ChoiceField(choices=[one.value for one in Basis])
    rate = serializers.DecimalField(max_digits=6, decimal_places=5)
    vat_rate = serializers.DecimalField(max_digits=6, decimal_places=4)
    cost = LeaseCommissionCostOut()
    changes = LeaseCommissionChangeOut(many=True)


class LeaseCommission(APIView):
    """Seen by the lessor and the platform, not by the lessee."""

    @extend_schema(
        tags=["commission"],
        summary="The commission of a lease: what applies before it is agreed, and what its contract holds",
        operation_id="leases_commission",
        responses=LeaseCommissionOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.INVOICES_READ)
        acting = acting_organization(request)
        visible = Lease.objects.visible_to(request.user).of(acting)  # type: ignore[arg-type]
        rows = with_commission(visible).select_related("lessor")
        lease = get_object_or_404(rows, public_id=public_id)
        if acting.kind != OrganizationKind.PLATFORM and acting.pk != lease.lessor_id:
            raise MissingRight(organization=acting.name)
        require(request.user, Permission.INVOICE_READ, within=acting)  # type: ignore[arg-type]
        found = commission_of(lease, on=clock.today())
        facts = {name: getattr(found, name) for name in ("basis", "rate", "vat_rate", "cost", "changes")}
        return Response(LeaseCommissionOut({"lease": lease.public_id, **facts}).data)
