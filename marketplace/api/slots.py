"""REST: how a listing is let by the slot, and which slots are free."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import slots as schedules
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Listing, SlotSchedule
from marketplace.permissions import Permission, require
from marketplace.queries import free_slots_of
from marketplace.rules.slots import hand_in_until
from marketplace.shared import clock

MOST_DAYS = 14
WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
DATES = [
    OpenApiParameter("date", date, description="A local day of the listing; today without it."),
    OpenApiParameter("days", int, description=f"How many days from then on, {MOST_DAYS} at most."),
    OpenApiParameter("slots", int, description="How many slots in one run, 1 without it."),
]


class SlotScheduleOut(serializers.Serializer[Any]):
    """
    The schedule in force; ``document`` is described in docs/slots.md.

    ``is_offered`` is false when the owner lets it by the slot no more.
    """

    version = serializers.IntegerField()
    is_offered = serializers.BooleanField()
    document = serializers.DictField()
    made_at = DateTimeField()


class SlotScheduleIn(serializers.Serializer[Any]):
    """A schedule to be kept; with ``seen`` only if that is still the version in force (0: none)."""

    document = serializers.DictField()
    seen = serializers.IntegerField(min_value=0, required=False)


class FreeSlotOut(serializers.Serializer[Any]):
    """
    One run of slots that can be booked now; ``machines`` counts those that are free.

    The price is net in minor units.
    """

    starts_at = DateTimeField()
    ends_at = DateTimeField()
    slots = serializers.IntegerField()
    machines = serializers.IntegerField()
    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()
    hand_in_until = DateTimeField(allow_null=True)


class SlotActions:
    """Sub-resources of a listing; mixed into its view set."""

    @extend_schema(
        tags=["listings"],
        summary="Free slots of a listing",
        parameters=DATES,
        responses=FreeSlotOut(many=True),
    )
    @action(detail=True, methods=["get"], filter_backends=[], **WHOLE)
    def slots(self, request: Request, public_id: str) -> Response:
        """Return what can be booked from a local day on; empty if the listing is not let by the slot."""
        listing: Listing = self.get_object()  # type: ignore[attr-defined]
        now = clock.now()
        today = now.astimezone(ZoneInfo(listing.zone)).date()
        first, days = day_asked(request, today), number_asked(request, "days", MOST_DAYS)
        slots = number_asked(request, "slots", 96)
        agreed = SlotSchedule.objects.offered(listing)
        if agreed is None or listing.status != Listing.Status.PUBLISHED:
            return Response({"data": []})
        found = free_slots_of(listing, agreed.schedule, first, days, now, slots)
        rows = [
            {
                "starts_at": one.core.start,
                "ends_at": one.core.end,
                "slots": slots,
                "machines": len(one.machines),
                "amount_minor": agreed.schedule.price_minor * slots,
                "currency": listing.currency,
                "hand_in_until": hand_in_until(agreed.schedule, one.core.start),
            }
            for day in found.values()
            for one in day
        ]
        return Response({"data": FreeSlotOut(rows, many=True).data})

    @extend_schema(
        methods=["GET"], tags=["listings"], summary="How it is let by the slot", responses=SlotScheduleOut
    )
    @extend_schema(
        methods=["POST"],
        tags=["listings"],
        summary="Let it by the slot",
        request=SlotScheduleIn,
        responses={201: SlotScheduleOut},
    )
    @extend_schema(
        methods=["DELETE"],
        tags=["listings"],
        summary="Let it by the slot no more",
        responses={200: SlotScheduleOut},
    )
    @action(detail=True, methods=["get", "post", "delete"], url_path="slot-schedule", **WHOLE)
    def slot_schedule(self, request: Request, public_id: str) -> Response:
        """Give the schedule in force, set another one, or take it back; what is booked stays."""
        if request.method == "GET":
            newest = SlotSchedule.objects.newest(self.get_object())  # type: ignore[attr-defined]
            if newest is None:
                raise Http404
            return Response(SlotScheduleOut(newest).data)
        listing: Listing = self.mine(request)  # type: ignore[attr-defined]
        require(request.user, Permission.LISTING_EDIT, within=listing.owner)  # type: ignore[arg-type]
        who: dict[str, Any] = {"listing": listing, "by": request.user, "at": clock.now()}
        if request.method == "DELETE":
            return Response(SlotScheduleOut(schedules.withdraw(**who)).data)
        given = SlotScheduleIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        made = schedules.set_schedule(document=values["document"], expected=values.get("seen"), **who)
        return Response(SlotScheduleOut(made).data, status=status.HTTP_201_CREATED)


def day_asked(request: Request, usual: date) -> date:
    """Return the day asked for, from yesterday on and not too far ahead."""
    text = request.query_params.get("date")
    if text is None:
        return usual
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not usual - timedelta(days=1) <= day <= usual + timedelta(days=400):
        raise exceptions.ValidationError({"date": [_("Write a day from today on as 2026-10-01.")]})
    return day


def number_asked(request: Request, name: str, most: int, *, usual: int = 1) -> int:
    """Return a whole number from 1 to ``most``."""
    text = request.query_params.get(name, str(min(usual, most)))
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= most):
        raise exceptions.ValidationError(
            {name: [_("Write a whole number from 1 to {most}.").format(most=most)]}
        )
    return int(text)
