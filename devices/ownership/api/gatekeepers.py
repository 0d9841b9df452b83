"""REST: the platform's list of gatekeepers, to whom nothing is shared."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership import queries
from devices.ownership.actions import gatekeepers
from devices.ownership.models import GatekeeperEntry
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class GatekeeperOut(serializers.ModelSerializer[GatekeeperEntry]):
    """An entry of the list; the newest of an organization holds."""

    id = serializers.CharField(source="public_id")
    organization = serializers.CharField(source="organization.public_id")
    name = serializers.CharField(source="organization.name")

    class Meta:
        model = GatekeeperEntry
        fields = ("id", "organization", "name", "designated", "on", "source", "at", "by_name")
        read_only_fields = fields


class GatekeeperIn(serializers.Serializer[Any]):
    """Who is designated, or no longer; since which day, and where the decision stands."""

    organization = serializers.CharField(max_length=30)
    designated = serializers.BooleanField()
    on = serializers.DateField()
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="The list of gatekeepers with its history")
)
class GatekeeperViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[GatekeeperEntry]):
    """Every entry, newest first; everybody may read it, the platform alone writes."""

    serializer_class = GatekeeperOut
    queryset = GatekeeperEntry.objects.none()

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.TELEMETRY_READ)
        return queries.gatekeepers()

    @extend_schema(
        tags=["data rights"],
        summary="Designate a gatekeeper, or strike one off, as the platform",
        request=GatekeeperIn,
        responses={201: GatekeeperOut},
    )
    def create(self, request: Request) -> Response:
        """What is being shared with it ends at once."""
        require_scope(request, Scope.DATA_WRITE)
        within = acting_organization(request)
        require(request.user, Permission.DATA_GRANT, within=within)  # type: ignore[arg-type]
        given = GatekeeperIn(data=request.data)
        given.is_valid(raise_exception=True)
        facts = dict(given.validated_data)
        organization = get_object_or_404(Organization, public_id=facts.pop("organization"))
        entry = gatekeepers.record(
            organization=organization,
            **facts,
            within=within,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(GatekeeperOut(entry).data, status=status.HTTP_201_CREATED)
