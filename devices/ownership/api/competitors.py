"""REST: competitors that the acting organization has declared."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership.actions import competitors
from devices.ownership.models import DeclaredCompetitor
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class DeclaredCompetitorOut(serializers.ModelSerializer[DeclaredCompetitor]):
    """A competitor, and since when it is declared."""

    competitor = serializers.CharField(source="competitor.public_id")
    name = serializers.CharField(source="competitor.name")

    class Meta:
        model = DeclaredCompetitor
        fields = ("competitor", "name", "declared_at")
        read_only_fields = fields


class DeclareIn(serializers.Serializer[Any]):
    """The public id of the other organization."""

    competitor = serializers.CharField(max_length=30)


@extend_schema_view(list=extend_schema(tags=["data rights"], summary="Competitors that you have declared"))
class CompetitorViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[DeclaredCompetitor]):
    """Declared by the acting organization; others do not see them."""

    serializer_class = DeclaredCompetitorOut
    queryset = DeclaredCompetitor.objects.none()

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.TELEMETRY_READ)
        mine = DeclaredCompetitor.objects.filter(organization=acting_organization(self.request))
        return mine.select_related("competitor").order_by("-pk")

    @extend_schema(
        tags=["data rights"],
        summary="Declare a competitor",
        request=DeclareIn,
        responses={201: DeclaredCompetitorOut},
    )
    def create(self, request: Request) -> Response:
        """It counts for leases that begin later, and only ever narrows what the other side may read."""
        require_scope(request, Scope.DATA_WRITE)
        given = DeclareIn(data=request.data)
        given.is_valid(raise_exception=True)
        other = get_object_or_404(Organization, public_id=given.validated_data["competitor"])
        found = competitors.declare(
            organization=acting_organization(request),
            competitor=other,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(DeclaredCompetitorOut(found).data, status=status.HTTP_201_CREATED)
