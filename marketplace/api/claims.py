"""REST: the calendar of an organization's machines."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import calendar
from marketplace.filters import ClaimFilter
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Claim, Equipment
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable
from marketplace.shared.period import Period


class CalendarOut(serializers.ModelSerializer[Claim]):
    """
    One reason why a machine is busy, for a half-open time; no end means that none is planned.

    ``occupied_from`` and ``occupied_to`` add the time that it takes to bring and fetch the machine.
    """

    expandable: ClassVar[Expandable] = {"equipment": "api-equipment"}

    id = serializers.CharField(source="public_id", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    starts_at = DateTimeField(source="core.lower", read_only=True)
    ends_at = DateTimeField(source="core.upper", read_only=True, allow_null=True)
    occupied_from = DateTimeField(source="period.lower", read_only=True)
    occupied_to = DateTimeField(source="period.upper", read_only=True, allow_null=True)

    class Meta:
        model = Claim
        fields = (
            "id",
            "equipment",
            "reason",
            "reference",
            "note",
            "starts_at",
            "ends_at",
            "occupied_from",
            "occupied_to",
            "held_until",
            "active",
            "created_at",
            "released_at",
        )
        read_only_fields = fields


class CalendarTimeIn(serializers.Serializer[Any]):
    """From when until when; without an end the machine stays out of what is offered."""

    starts_at = DateTimeField()
    ends_at = DateTimeField(required=False, allow_null=True, default=None)


class CalendarIn(CalendarTimeIn):
    """Take a machine out of what is offered."""

    equipment = serializers.CharField(max_length=30)
    reason = serializers.ChoiceField(choices=[each.value for each in calendar.OWN])
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class CalendarReleaseIn(serializers.Serializer[Any]):
    """When the machine is free again; without it all of the time is given back."""

    ends_at = DateTimeField(required=False, allow_null=True, default=None)


@extend_schema_view(
    list=extend_schema(tags=["equipment"], summary="The calendar of your machines"),
    retrieve=extend_schema(tags=["equipment"], summary="One entry of the calendar"),
)
class ClaimViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Claim]):
    """Why the acting organization's machines are busy, and when."""

    queryset = Claim.objects.none()
    serializer_class = CalendarOut
    filterset_class = ClaimFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.EQUIPMENT_READ if reading else Scope.EQUIPMENT_WRITE)
        mine = Claim.objects.owned_by(acting_organization(self.request))
        return mine.select_related("equipment__owner").order_by("-pk")

    @extend_schema(
        tags=["equipment"], summary="Block a machine", request=CalendarIn, responses={201: CalendarOut}
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.EQUIPMENT_WRITE)
        given = _read(CalendarIn, request)
        machines = Equipment.objects.filter(owner=acting_organization(request))
        machine = machines.filter(public_id=given["equipment"]).first()
        if machine is None:
            raise exceptions.ValidationError({"equipment": [_("You have no such machine.")]})
        made = calendar.block(
            equipment=machine,
            reason=given["reason"],
            core=_period(given["starts_at"], given["ends_at"]),
            note=given["note"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(CalendarOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["equipment"], summary="Change the time", request=CalendarTimeIn, responses=CalendarOut
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def move(self, request: Request, public_id: str) -> Response:
        claim, given = self.get_object(), _read(CalendarTimeIn, request)
        core = _period(given["starts_at"], given["ends_at"])
        moved = calendar.reschedule(claim=claim, core=core, by=request.user, at=clock.now())  # type: ignore[arg-type]
        return Response(CalendarOut(moved).data)

    @extend_schema(
        tags=["equipment"], summary="Give the machine back", request=CalendarReleaseIn, responses=CalendarOut
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def release(self, request: Request, public_id: str) -> Response:
        claim, given = self.get_object(), _read(CalendarReleaseIn, request)
        lifted = calendar.lift(
            claim=claim,
            ends_at=given["ends_at"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(CalendarOut(lifted).data)


def _read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _period(start: datetime, end: datetime | None) -> Period:
    if end is not None and end <= start:
        raise exceptions.ValidationError({"ends_at": [_("The end must lie after the start.")]})
    return Period(start, end)
