"""REST: up to four listings side by side, and when a listing is free."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.serializers import ListingOut
from marketplace.api.slots import WHOLE, day_asked, number_asked
from marketplace.filters.search import SearchForm
from marketplace.models import Listing
from marketplace.queries import availability
from marketplace.queries.comparing import compare
from marketplace.queries.days_ahead import HORIZON, next_free
from marketplace.rules.comparing import MOST, chosen
from marketplace.shared import clock

MOST_DAYS = 92
CARRIED = ("near", "free_from", "free_to", "meter", "quantity", "days")
PARAMETERS = [
    OpenApiParameter("ids", str, required=True, description=f"Ids of at most {MOST} listings, with commas."),
    OpenApiParameter("near", str, description="`latitude,longitude`, or a city in which machines stand."),
    OpenApiParameter("free_from", str, description="A day; with `free_to`: is one free for all of it."),
    OpenApiParameter("free_to", str),
    OpenApiParameter("meter", str, enum=["hours", "parts"], description="What your usage is counted in."),
    OpenApiParameter("quantity", str, description="How many hours or parts you would use."),
    OpenApiParameter("days", int, description="In how many days; 30 if left out."),
]
DATES = [
    OpenApiParameter("date", date, description="A local day of the listing; today without it."),
    OpenApiParameter("days", int, description=f"How many days from then on, 1 to {MOST_DAYS}."),
    OpenApiParameter("run", int, description=f"For how many days in a row, 1 to {HORIZON}."),
]


class ComparedOut(serializers.Serializer[Any]):
    """
    One listing; `is_free` on all of your days, `free_from` the next day from which it is free for `run` days.

    `estimate_minor` is what your usage would cost, with tax; nothing where it is not paid by that.
    """

    listing = ListingOut()
    distance_km = serializers.FloatField(source="result.km", allow_null=True)
    estimate_minor = serializers.IntegerField(source="result.estimate.minor", allow_null=True, default=None)
    is_free = serializers.BooleanField(allow_null=True)
    free_from = serializers.DateField(allow_null=True)
    run = serializers.IntegerField()
    services = serializers.SerializerMethodField()

    def get_services(self, one: Any) -> list[str]:
        return [each.public_id for each in one.services]


class SpecRowOut(serializers.Serializer[Any]):
    """What each listing says of one field, in their order and in one unit; null where it says nothing."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    values = serializers.ListField(child=serializers.JSONField(allow_null=True))
    differs = serializers.BooleanField()


class ComparisonOut(serializers.Serializer[Any]):
    """A comparison; `missing` are ids of nothing that is on offer."""

    data = ComparedOut(many=True, source="columns")  # type: ignore[assignment]
    specs = SpecRowOut(many=True)
    missing = serializers.ListField(child=serializers.CharField())


class FreeDayOut(serializers.Serializer[Any]):
    """How many machines of the listing can be claimed for the whole of a day, with its buffers."""

    day = serializers.DateField()
    free = serializers.IntegerField()


class AvailabilityOut(serializers.Serializer[Any]):
    """
    Days one by one; `next_free` is the first day from which one machine is free for `run` days in a row.

    It is looked for within a year from `date`, and is null where there is none.
    """

    machines = serializers.IntegerField()
    data = FreeDayOut(many=True)  # type: ignore[assignment]
    run = serializers.IntegerField()
    next_free = serializers.DateField(allow_null=True)


class ComparingActions:
    """Comparison and free days; mixed into the view set of listings."""

    @extend_schema(
        tags=["listings"],
        summary="Compare listings",
        parameters=PARAMETERS,
        responses=ComparisonOut,
        filters=False,
    )
    @action(detail=False, methods=["get"], filter_backends=[], **WHOLE)
    def compare(self, request: Request) -> Response:
        """Answer in the order of the ids; what is not on offer, for whatever reason, is missing."""
        refuse_unknown(request, {"ids", *CARRIED})
        ids, more = chosen(request.query_params.getlist("ids"))
        if more:
            raise exceptions.ValidationError(
                {"ids": [_("Name 1 to {most} listings, with commas between them.").format(most=MOST)]}
            )
        form = SearchForm({name: request.query_params.get(name, "") for name in CARRIED})
        if not form.is_valid():
            raise exceptions.ValidationError(
                {name: [str(text) for text in texts] for name, texts in form.errors.items()}
            )
        among = self.get_queryset()  # type: ignore[attr-defined]
        on = clock.today()
        found = compare(ids, among, wanted=form.wanted(), usage=form.usage(), on=on)
        return Response(ComparisonOut(found).data)

    @extend_schema(
        tags=["listings"],
        summary="When a listing is free",
        parameters=DATES,
        responses=AvailabilityOut,
        filters=False,
    )
    @action(detail=True, methods=["get"], filter_backends=[], **WHOLE)
    def availability(self, request: Request, public_id: str) -> Response:
        """Answer what the listing's page shows, day by day."""
        refuse_unknown(request, {"date", "days", "run"})
        listing: Listing = self.get_object()  # type: ignore[attr-defined]
        first = day_asked(request, clock.now().astimezone(ZoneInfo(listing.zone)).date())
        days = number_asked(request, "days", MOST_DAYS, usual=31)
        run = number_asked(request, "run", HORIZON, usual=listing.minimum_days)
        free = availability([listing], first, days)[listing.pk]
        body = {
            "machines": listing.machine_count,  # type: ignore[attr-defined]
            "data": [
                {"day": date.fromordinal(first.toordinal() + n), "free": count}
                for n, count in enumerate(free)
            ],
            "run": run,
            "next_free": next_free([listing], first, {listing.pk: run})[listing.pk],
        }
        return Response(AvailabilityOut(body).data)


def refuse_unknown(request: Request, known: set[str]) -> None:
    """Refuse parameters that nobody reads: passed over, they would look as if they were met."""
    if unknown := sorted(set(request.query_params) - known - {"format"}):
        told = _("Unknown parameter. Known are: {names}.").format(names=", ".join(sorted(known)))
        raise exceptions.ValidationError({name: [told] for name in unknown})
