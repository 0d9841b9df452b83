"""What lies over a lease: machines that are late, claims at risk, and what could take their place."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import substitutes
from leasing.api.serializers import LeaseOut
from leasing.models import AtRisk, Overdue
from leasing.queries.overdue import risks_of
from leasing.queries.substitutes import substitutes_for
from marketplace.models import ApiKey
from marketplace.shared import clock


class OverdueOut(serializers.ModelSerializer[Overdue]):
    """A machine that was to be given back at ``since``."""

    id = serializers.CharField(source="public_id")
    unit = serializers.CharField(source="unit.public_id")
    machine = serializers.CharField(source="unit.equipment.name")

    class Meta:
        model = Overdue
        fields = ("id", "unit", "machine", "since", "until")


class SubstituteOut(serializers.Serializer[Any]):
    """
    A listing with room for the whole time. ``own`` is the lease's own listing: take it with ``substitute``;
    any other one is asked for with a request. ``difference_minor`` is what it costs more in all, tax
    included, with the expected usage, in the currency of the lease; nothing where prices cannot be compared.
    """

    listing = serializers.CharField(source="listing.public_id")
    title = serializers.CharField(source="listing.title")
    own = serializers.BooleanField()
    distance_km = serializers.IntegerField(allow_null=True)
    difference_minor = serializers.IntegerField(source="difference.minor", allow_null=True, default=None)


class AtRiskOut(serializers.ModelSerializer[AtRisk]):
    """
    A claim of the lease whose machine may not come, and what could take its place.

    ``cause`` is why it was put at risk, ``why`` says in words what keeps the machine now.
    """

    id = serializers.CharField(source="public_id")
    claim = serializers.CharField(source="claim.public_id")
    machine = serializers.CharField(source="claim.equipment.name")
    why = serializers.CharField(read_only=True)
    substitutes = serializers.SerializerMethodField()

    class Meta:
        model = AtRisk
        fields = ("id", "cause", "why", "claim", "machine", "since", "substitutes")

    @extend_schema(responses=SubstituteOut(many=True))
    def get_substitutes(self, risk: AtRisk) -> Any:
        found = substitutes_for(self.context["lease"], risk.claim)
        return SubstituteOut(found, many=True).data


class RisksOut(serializers.Serializer[Any]):
    """What lies over the states of a lease."""

    overdue = OverdueOut(many=True)
    at_risk = AtRiskOut(many=True)


class RiskActions:
    """The overlays of a lease, as sub-resources of it."""

    get_object: Any
    answer: Any

    @extend_schema(
        tags=["leases"], summary="Machines that are late, time at risk, substitutes", responses=RisksOut
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def risks(self, request: Request, public_id: str) -> Response:
        lease = self.get_object()
        late = Overdue.objects.open().filter(unit__lease=lease).select_related("unit__equipment")
        shown = {"overdue": late.order_by("pk"), "at_risk": risks_of(lease)}
        return Response(RisksOut(shown, context={"lease": lease}).data)

    @extend_schema(
        tags=["leases"], summary="Take another machine of the same listing", request=None, responses=LeaseOut
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=r"risks/(?P<item>atr_[0-9A-Z]+)/substitute",
        filterset_class=None,
    )
    def substitute(self, request: Request, public_id: str, item: str) -> Response:
        lease = self.get_object()
        risk = get_object_or_404(AtRisk.objects.for_lease(lease), public_id=item)
        key = request.auth
        lease = substitutes.take(
            risk=risk,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            within=key.organization if isinstance(key, ApiKey) else None,
        )
        return self.answer(lease)
