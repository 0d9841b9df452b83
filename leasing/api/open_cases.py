"""What is open between an organization and others, and what waits for the platform, over REST."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.models import Lease
from leasing.queries.mediation import Kind, waiting_for_platform
from leasing.queries.open_cases import Waits, open_cases
from marketplace.gateway.fields import DateTimeField
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope

KIND = OpenApiParameter("kind", str, enum=[one.value for one in Kind], description="One kind of case alone.")


class OpenCasesIn(serializers.Serializer[Any]):
    """Which kind of case is listed."""

    kind = serializers.ChoiceField(choices=[one.value for one in Kind], required=False, default="")


class OpenCaseOut(serializers.Serializer[Any]):
    """
    One thing on which you and another company do not agree, or not yet.

    ``id`` is that of the record, damage claim, settlement, ticket or mediated line (``med_``); of a disputed
    line it is its invoice's. ``number`` is that of lease or invoice, ``until`` by when the next is done.
    """

    kind = serializers.ChoiceField(choices=[one.value for one in Kind])
    id = serializers.CharField(source="name")
    number = serializers.CharField()
    lease = serializers.CharField(source="lease.public_id", allow_null=True, default=None)
    machine = serializers.CharField()
    other = serializers.CharField()
    waits = serializers.ChoiceField(choices=[one.value for one in Waits])
    since = DateTimeField()
    until = DateTimeField(allow_null=True)


class WaitingCaseOut(serializers.Serializer[Any]):
    """One thing that waits for the platform between two others, the oldest first."""

    kind = serializers.ChoiceField(choices=[one.value for one in Kind])
    id = serializers.CharField(source="name")
    number = serializers.CharField()
    lease = serializers.CharField(source="lease.public_id", allow_null=True, default=None)
    machine = serializers.CharField()
    lessor = serializers.CharField(source="lessor.name")
    lessee = serializers.CharField(source="lessee.name")
    since = DateTimeField()


class OpenCaseViewSet(viewsets.GenericViewSet[Any]):
    """What the acting organization and others do not agree on."""

    queryset = Lease.objects.none()
    serializer_class = OpenCaseOut
    pagination_class = None

    @extend_schema(
        tags=["leases"],
        summary="What is open between you and others, and whose turn it is",
        parameters=[KIND],
        responses=OpenCaseOut(many=True),
    )
    def list(self, request: Request) -> Response:
        """Return what waits for you first; disputed lines are there for roles that read invoices."""
        kind = _asked(request)
        found = open_cases(acting_organization(request), request.user, kind)  # type: ignore[arg-type]
        return Response({"data": OpenCaseOut(found, many=True).data})


class WaitingCaseViewSet(viewsets.GenericViewSet[Any]):
    """What waits for the platform between two others."""

    queryset = Lease.objects.none()
    serializer_class = WaitingCaseOut
    pagination_class = None

    @extend_schema(
        tags=["leases"],
        summary="What waits for you between two others, as the platform",
        parameters=[KIND],
        responses=WaitingCaseOut(many=True),
    )
    def list(self, request: Request) -> Response:
        """Return returns, damage, settlements, standstills and disputed lines that two could not agree on."""
        kind, organization = _asked(request), acting_organization(request)
        if organization.kind != OrganizationKind.PLATFORM:
            raise Http404
        require(request.user, Permission.LEASE_DECIDE, within=organization)  # type: ignore[arg-type]
        return Response({"data": WaitingCaseOut(waiting_for_platform(kind), many=True).data})


def _asked(request: Request) -> str:
    """Return the kind that is asked for, of a key that reads leases and invoices."""
    require_scope(request, Scope.LEASES_READ)
    require_scope(request, Scope.INVOICES_READ)
    asked = OpenCasesIn(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return str(asked.validated_data["kind"])
