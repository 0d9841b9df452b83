"""Whether awards are taxed, over REST: said by the lessor's finance, read by who reads invoices."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import award_taxes
from billing.api.reviews import sided_leases
from billing.models import AwardTax
from billing.permissions import bill_reader
from leasing.rules.damage import LONGEST_TEXT
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class AwardTaxOut(serializers.ModelSerializer[AwardTax]):
    """What was said of the tax of an award; the last word of a source counts."""

    class Meta:
        model = AwardTax
        fields = ("source", "is_taxed", "reason", "made_by_name", "made_at")
        read_only_fields = fields


class AwardTaxesOut(serializers.Serializer[Any]):
    """What was said in a lease, in order; awards of which nothing was said are taxed as the rent is."""

    data = AwardTaxOut(many=True)  # type: ignore[assignment]


class AwardTaxIn(serializers.Serializer[None]):
    """The id of a damage claim, or the hash of the step of a loss; part of the price (taxed) or not; why."""

    source = serializers.CharField(max_length=80)  # type: ignore[assignment]
    is_taxed = serializers.BooleanField()
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class LeaseAwardTaxes(APIView):
    """Seen by the two sides of the lease alone, and said by the lessor."""

    @extend_schema(
        tags=["invoices"],
        summary="Whether awards of a lease are taxed",
        operation_id="leases_award_taxes",
        responses=AwardTaxesOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.INVOICES_READ)
        lease = get_object_or_404(sided_leases(request).with_parties(), public_id=public_id)
        bill_reader(lease, request.user, acting_organization(request))  # type: ignore[arg-type]
        return Response({"data": AwardTaxOut(AwardTax.objects.filter(lease=lease), many=True).data})

    @extend_schema(
        tags=["invoices"],
        summary="Say whether an award is part of the price, and taxed",
        operation_id="leases_award_tax",
        request=AwardTaxIn,
        responses={201: AwardTaxOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        lease = get_object_or_404(sided_leases(request).select_related("lessor"), public_id=public_id)
        given = AwardTaxIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = award_taxes.say(
            lease=lease,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **given.validated_data,
        )
        return Response(AwardTaxOut(made).data, status=status.HTTP_201_CREATED)
