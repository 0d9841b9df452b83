"""Slot bookings over REST: to book, to list, and the verbs of each side."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from leasing.actions import slots
from leasing.actions.slot_acts import ACTS
from leasing.actions.slot_moves import SlotChanged
from leasing.api.serializers import CancelIn, RefuseIn
from leasing.filters import SlotBookingFilter
from leasing.models import SlotBooking, SlotStep
from leasing.rules.slots import Move
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Listing
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.acting import visible_listings
from marketplace.shared import clock, versions
from marketplace.shared.declared import Expandable, as_seen

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the booking as you read it, such as "3"; another version: 412.',
)


class SlotBookingOut(serializers.ModelSerializer[SlotBooking]):
    """
    A booking as both sides see it; amounts are net in minor units.

    ``digest`` is the SHA-256 of ``document`` in canonical JSON. What is owed: ``amount_minor`` when it is
    DONE, ``fee_minor`` in any other state.
    """

    expandable: ClassVar[Expandable] = {"listing": "api-listing", "equipment": "api-equipment"}

    id = serializers.CharField(source="public_id", read_only=True)
    allowed = serializers.ListField(child=serializers.CharField(), read_only=True)
    listing = serializers.CharField(source="listing.public_id", read_only=True)
    equipment = serializers.CharField(source="equipment.public_id", read_only=True)
    equipment_name = serializers.CharField(source="equipment.name", read_only=True)
    lessor = serializers.CharField(source="lessor.public_id", read_only=True)
    lessor_name = serializers.CharField(source="lessor.name", read_only=True)
    lessee = serializers.CharField(source="lessee.public_id", read_only=True)
    lessee_name = serializers.CharField(source="lessee.name", read_only=True)
    schedule = serializers.IntegerField(source="schedule.version", read_only=True)
    cancel_until = DateTimeField(read_only=True)
    hand_in_until = DateTimeField(read_only=True, allow_null=True)
    document = serializers.DictField(read_only=True)

    class Meta:
        model = SlotBooking
        fields = (
            "id",
            "status",
            "allowed",
            "listing",
            "equipment",
            "equipment_name",
            "lessor",
            "lessor_name",
            "lessee",
            "lessee_name",
            "starts_at",
            "ends_at",
            "slots",
            "price_minor",
            "amount_minor",
            "fee_minor",
            "currency",
            "schedule",
            "answer_until",
            "cancel_until",
            "hand_in_until",
            "handed_in_at",
            "done_at",
            "note",
            "document",
            "digest",
            "booked_at",
            "version",
        )
        read_only_fields = fields


class SlotStepOut(serializers.ModelSerializer[SlotStep]):
    """One step of a booking's history, with the hashes that chain it."""

    class Meta:
        model = SlotStep
        fields = (
            "position",
            "move",
            "status_before",
            "status_after",
            "actor",
            "actor_name",
            "organization",
            "organization_name",
            "roles",
            "occurred_at",
            "recorded_at",
            "reason",
            "facts",
            "previous_hash",
            "hash",
        )
        read_only_fields = fields


class SlotBookingIn(serializers.Serializer[Any]):
    """A run of slots to book; ``schedule`` is the version whose price and rules were read."""

    listing = serializers.CharField(max_length=30)
    starts_at = DateTimeField()
    slots = serializers.IntegerField(default=1)
    note = serializers.CharField(max_length=1000, allow_blank=True, default="")
    schedule = serializers.IntegerField(min_value=1, required=False)


def verb(summary: str, given: type[Serializer[Any]] | None = None, **named: Any) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the booking."""

    def decorate(method: Any) -> Any:
        described = extend_schema(
            tags=["slots"], summary=summary, request=given, responses=SlotBookingOut, parameters=[IF_MATCH]
        )
        return described(action(detail=True, methods=["post"], filterset_class=None, **named)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["slots"], summary="Your slot bookings, on either side"),
    retrieve=extend_schema(tags=["slots"], summary="One slot booking"),
)
class SlotBookingViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SlotBooking]
):
    """A booking is seen by its two sides."""

    queryset = SlotBooking.objects.none()
    serializer_class = SlotBookingOut
    filterset_class = SlotBookingFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        return SlotBooking.objects.of(acting_organization(self.request)).with_sides()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _answer(self.get_object())

    @extend_schema(
        tags=["slots"], summary="Book a slot", request=SlotBookingIn, responses={201: SlotBookingOut}
    )
    def create(self, request: Request) -> Response:
        """Book the first machine that is free; a taken slot is answered with the next free one."""
        require_scope(request, Scope.LEASES_WRITE)
        given = SlotBookingIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        made = slots.book(
            listing=_listing(request, values["listing"]),
            lessee=acting_organization(request),
            starts_at=values["starts_at"],
            slots=values["slots"],
            note=values["note"],
            seen=values.get("schedule"),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return _answer(made, status.HTTP_201_CREATED)

    @as_seen(counted=True)
    @verb("Confirm a booking, as the lessor")
    def confirm(self, request: Request, public_id: str) -> Response:
        return self.move(Move.CONFIRM)

    @verb("Refuse a booking, as the lessor", RefuseIn)
    def refuse(self, request: Request, public_id: str) -> Response:
        return self.move(Move.REFUSE, RefuseIn)

    @verb("Cancel before it begins", CancelIn)
    def cancel(self, request: Request, public_id: str) -> Response:
        return self.move(Move.CANCEL, CancelIn)

    @verb("Record that the sample is there", url_path="hand-in")
    def hand_in(self, request: Request, public_id: str) -> Response:
        return self.move(Move.HAND_IN)

    @verb("Record that the work is done")
    def done(self, request: Request, public_id: str) -> Response:
        return self.move(Move.DONE)

    @verb("Record that nobody came", url_path="no-show")
    def no_show(self, request: Request, public_id: str) -> Response:
        return self.move(Move.NO_SHOW)

    @verb("Waive what is owed, as the lessor", RefuseIn)
    def waive(self, request: Request, public_id: str) -> Response:
        return self.move(Move.WAIVE, RefuseIn)

    @extend_schema(tags=["slots"], summary="Who did what, when", responses=SlotStepOut(many=True))
    @action(detail=True, **WHOLE)
    def history(self, request: Request, public_id: str) -> Response:
        steps = self.get_object().steps.all()
        return Response({"data": SlotStepOut(steps, many=True).data})

    def move(self, move: Move, shape: type[Serializer[Any]] | None = None) -> Response:
        """Carry out one move; the booking comes first, so that strangers learn nothing."""
        found, given = self.get_object(), {}
        if shape is not None:
            body = shape(data=self.request.data)
            body.is_valid(raise_exception=True)
            given = dict(body.validated_data)
        who = {"within": acting_organization(self.request), "by": self.request.user, "at": clock.now()}
        return _answer(ACTS[move](booking=found, expected=_expected(self.request, found), **who, **given))


def _answer(booking: SlotBooking, code: int = status.HTTP_200_OK) -> Response:
    now = SlotBooking.objects.with_sides().get(pk=booking.pk)
    return Response(SlotBookingOut(now).data, status=code, headers={"ETag": f'"{now.version}"'})


def _listing(request: Request, public_id: str) -> Listing:
    found = visible_listings(request).filter(public_id=public_id).first()
    if found is None:
        raise exceptions.ValidationError({"listing": [_("There is no such listing.")]})
    return found


def _expected(request: Request, booking: SlotBooking) -> int | None:
    return versions.matched(request.headers.get("If-Match"), version=booking.version, differs=SlotChanged)
