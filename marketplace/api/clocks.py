"""REST: the clock of a test installation. The live one has none of this."""

from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_noop
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.actions import clocks
from marketplace.actions.clocks import ClockMoveInvalid
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.clocks import stored
from marketplace.rules.clocks import FARTHEST
from marketplace.shared import clock
from marketplace.shared.errors import Flaw

TAG = ["test mode"]
MOST_HOURS = FARTHEST.days * 24


class OnlyInTestMode:
    """Part of a view that a live installation does not have: 404, before anybody is asked who it is."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not clock.is_test():
            raise Http404
        super().initial(request, *args, **kwargs)  # type: ignore[misc]


class ClockOut(serializers.Serializer[Any]):
    """What time it is: there, and on the machine; `ahead_seconds` is the difference."""

    now = serializers.DateTimeField()
    machine_now = serializers.DateTimeField()
    ahead_seconds = serializers.IntegerField()
    most_ahead_seconds = serializers.IntegerField()


class ClockMoveIn(serializers.Serializer[Any]):
    """Either `to`, or `days` and `hours`."""

    to = serializers.DateTimeField(required=False)
    days = serializers.IntegerField(required=False, min_value=0, max_value=FARTHEST.days)
    hours = serializers.IntegerField(required=False, min_value=0, max_value=MOST_HOURS)


class ClockView(OnlyInTestMode, APIView):
    """What is due by a later time is found by the same tasks as ever, within seconds of the move."""

    def get_permissions(self) -> Any:
        """Its time is no secret of a test installation: what stands beside it goes by it."""
        return [] if self.request.method in ("GET", "HEAD", "OPTIONS") else super().get_permissions()

    @extend_schema(
        tags=TAG, summary="What time it is in this test installation (404 in live mode)", responses=ClockOut
    )
    def get(self, request: Request) -> Response:
        return Response(ClockOut(_shown()).data)

    @extend_schema(
        tags=TAG,
        summary="Set the clock of this test installation ahead (404 in live mode)",
        request=ClockMoveIn,
        responses=ClockOut,
    )
    def post(self, request: Request) -> Response:
        """Leases end, bills are issued, reminders go out as if the time had passed. It never goes back."""
        require_scope(request, Scope.KEYS_WRITE)
        given = ClockMoveIn(data=request.data)
        given.is_valid(raise_exception=True)
        move(request, **given.validated_data)
        return Response(ClockOut(_shown()).data)


def move(request: Any, *, to: Any = None, days: int | None = None, hours: int | None = None) -> None:
    """
    Set the clock for who asks: to a time, or by days and hours.

    :raises ClockMoveInvalid: if it is neither, or both
    """
    by_span = days is not None or hours is not None
    if (to is not None) == by_span:
        flaw = Flaw("/to", "one_of_two", gettext_noop("Name a time, or days and hours, not both."))
        raise ClockMoveInvalid(flaws=[flaw])
    who: Any = {"within": acting_organization(request), "by": request.user, "at": clock.machine_now()}
    if to is not None:
        clocks.move_to(to=to, **who)
    else:
        clocks.move_by(span=timedelta(days=days or 0, hours=hours or 0), **who)


def _shown() -> dict[str, Any]:
    real, ahead = clock.machine_now(), stored()
    return {
        "now": real + ahead,
        "machine_now": real,
        "ahead_seconds": int(ahead.total_seconds()),
        "most_ahead_seconds": int(FARTHEST.total_seconds()),
    }
