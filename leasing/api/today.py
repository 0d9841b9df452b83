"""What waits for an organization today, over REST: the groups of the page."""

from typing import Any, ClassVar

from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.models import Lease
from leasing.queries.day import Entry, day_of
from leasing.rules.day import Group, Lack
from leasing.rules.leases import Side
from marketplace.gateway.fields import DateTimeField
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable


class DayItemOut(serializers.Serializer[Entry]):
    """
    One thing that waits. ``subject`` is the id of what it is about: a lease, a record (`rec_`), a ticket
    (`tkt_`), a deposit (`dps_`), an overdue machine (`ovd_`), a change (`anx_`) or a maintenance (`mtk_`);
    ``missing`` is what a hand-over lacks.
    """

    expandable: ClassVar[Expandable] = {"lease": "api-lease"}

    lease = serializers.CharField(source="lease.public_id")
    number = serializers.CharField(source="lease.number")
    subject = serializers.CharField(source="subject.public_id")
    when = DateTimeField(allow_null=True)
    missing = serializers.ListField(
        source="lacks", child=serializers.ChoiceField(choices=[one.value for one in Lack])
    )


class DayGroupOut(serializers.Serializer[Any]):
    """
    What waits of one kind on one side: ``count`` in all, of which the first 20 are ``items``, in order of
    time.
    """

    side = serializers.ChoiceField(choices=[Side.LESSOR.value, Side.LESSEE.value])
    group = serializers.ChoiceField(choices=[one.value for one in Group])
    count = serializers.IntegerField()
    items = DayItemOut(many=True)


class DayOut(serializers.Serializer[Any]):
    """The day of an organization; groups that hold nothing are left out."""

    groups = DayGroupOut(many=True)


class TodayViewSet(viewsets.GenericViewSet[Lease]):
    """The day of the acting organization."""

    queryset = Lease.objects.none()
    serializer_class = DayOut
    pagination_class = None

    @extend_schema(
        tags=["leases"], summary="What waits for you today", responses=forced_singular_serializer(DayOut)
    )
    def list(self, request: Request) -> Response:
        """Return what is to be decided, handed over, taken back, confirmed, released, and what is late."""
        require_scope(request, Scope.LEASES_READ)
        day = day_of(acting_organization(request), clock.now())
        groups = [
            {"side": side.value, "group": group.value, "count": found[0].total, "items": found}
            for (side, group), found in day.items()
        ]
        return Response(DayOut({"groups": groups}).data)
