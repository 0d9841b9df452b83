"""REST: how an organization is taxed."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.actions import vat_statements
from marketplace.models import VatStatement
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope, taxpayer_named
from marketplace.rules.vat_statements import read
from marketplace.shared import clock

WHOSE = "organization"


class VatStatementOut(serializers.ModelSerializer[VatStatement]):
    """How an organization is taxed from a local day on, until a later day that is stated; newest first."""

    id = serializers.CharField(source="public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)
    made_for = serializers.CharField(source="made_for.public_id", read_only=True)

    class Meta:
        model = VatStatement
        fields = (
            "id",
            "organization",
            "status",
            "rounding",
            "valid_from",
            "source",
            "made_for",
            "recorded_by_name",
            "recorded_at",
        )
        read_only_fields = fields


class VatStatementIn(serializers.Serializer[Any]):
    """
    A statement to be kept for good. ``source`` names the paper that says so. ``organization`` and
    ``rounding`` are for the platform, which may correct what others state.
    """

    organization = serializers.CharField(max_length=30, required=False)
    status = serializers.ChoiceField(choices=VatStatement.Standing.choices)
    valid_from = serializers.DateField()
    source = serializers.CharField(max_length=400)  # type: ignore[assignment]
    rounding = serializers.ChoiceField(choices=VatStatement.Rounded.choices, required=False)


class VatStatementsView(APIView):
    """How one organization is taxed: the caller's own, or, for the platform, any."""

    @extend_schema(
        tags=["invoices"],
        summary="How an organization is taxed",
        parameters=[OpenApiParameter(WHOSE, OpenApiTypes.STR, description="whose; for the platform")],
        responses=VatStatementOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List what was stated, the latest day first, for those who read invoices of the acting one."""
        require_scope(request, Scope.INVOICES_READ)
        acting = acting_organization(request)
        require(request.user, Permission.INVOICE_READ, within=acting)  # type: ignore[arg-type]
        whose = taxpayer_named(acting=acting, public_id=request.query_params.get(WHOSE))
        found = VatStatement.objects.filter(organization=whose).newest_first()
        shown = found.select_related("organization", "made_for")
        return Response({"data": VatStatementOut(shown, many=True).data})

    @extend_schema(
        tags=["invoices"],
        summary="State how an organization is taxed",
        request=VatStatementIn,
        responses={201: VatStatementOut},
    )
    def post(self, request: Request) -> Response:
        """Append a statement; it holds for what is drafted from now on."""
        require_scope(request, Scope.INVOICES_WRITE)
        acting = acting_organization(request)
        sent = VatStatementIn(data=request.data)
        sent.is_valid(raise_exception=True)
        given = sent.validated_data
        made = vat_statements.state(
            organization=taxpayer_named(acting=acting, public_id=given.get(WHOSE)),
            given=read(given),
            within=acting,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(VatStatementOut(made).data, status=status.HTTP_201_CREATED)
