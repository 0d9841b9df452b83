"""REST: when machines of an owner stand idle, and at what times to list them."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.ownership.actions import idling
from devices.ownership.actions.idling import Found, Why
from devices.ownership.queries.idle import behind, little_used
from devices.rules import idle
from devices.rules.idle import Advice, figure
from marketplace.models import Equipment, Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.slot_schedules import DAYS, hours_text
from marketplace.shared import clock

AT_ONCE = 5  # machines of one answer: each is read through the door


class IdleWeekOut(serializers.Serializer[Any]):
    """Hours of a local week that are known, and of these idle ones."""

    monday = serializers.DateField()
    known_hours = serializers.IntegerField(source="known")
    idle_hours = serializers.IntegerField(source="idle")


class IdleSuggestionOut(serializers.Serializer[Any]):
    """
    When a machine stood idle in the last eight whole weeks outside of leases. ``missing`` says why nothing
    can be said; else ``hours`` are the times by weekday that are idle as a rule, ``longest_hours`` the
    longest in a row. ``events`` are the reads in the log.
    """

    equipment = serializers.CharField()
    missing = serializers.ChoiceField(choices=[(one.value, one.value) for one in Why], allow_null=True)
    idle_share = serializers.CharField(allow_null=True)
    weeks = IdleWeekOut(many=True)
    longest_hours = serializers.IntegerField(allow_null=True)
    longest_from_hour_of_week = serializers.IntegerField(allow_null=True)
    advice = serializers.ListField(
        child=serializers.ChoiceField(choices=[(one.value, one.value) for one in Advice])
    )
    hours = serializers.DictField(child=serializers.CharField())
    events = serializers.ListField(child=serializers.CharField())


class IdleSuggestionView(APIView):
    """When one of your machines stands idle."""

    @extend_schema(
        tags=["equipment"], summary="When it stands idle, and what to list", responses=IdleSuggestionOut
    )
    def get(self, request: Request, public_id: str) -> Response:
        """Read what the machine told outside of leases, through the read door, and suggest."""
        require_scope(request, Scope.TELEMETRY_READ)
        owner = acting_organization(request)
        mine = Equipment.objects.filter(owner=owner).select_related("owner")
        machine = get_object_or_404(mine, public_id=public_id)
        who: dict[str, Any] = {"by": request.user, "within": owner, "at": clock.now()}
        return Response(document(machine, idling.read(equipment=machine, **who)))


class IdleSuggestionsView(APIView):
    """The same for machines that are unlisted or little used."""

    @extend_schema(
        tags=["equipment"],
        summary="Machines that stand idle",
        parameters=[OpenApiParameter("after", str, description="The id of the last machine that you have.")],
        responses=IdleSuggestionOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Suggest for five machines at a time, by name; read on after the last one."""
        require_scope(request, Scope.TELEMETRY_READ)
        owner, at = acting_organization(request), clock.now()
        require(request.user, Permission.TELEMETRY_READ, within=owner)  # type: ignore[arg-type]
        found = little_used(owner, idle.span(at.astimezone(idling.zone()).date(), idling.zone()))
        if after := request.query_params.get("after", ""):
            found = behind(found, _last(owner, after))
        who: dict[str, Any] = {"by": request.user, "within": owner, "at": at}
        machines = list(found[: AT_ONCE + 1])
        rows = [document(one, idling.read(equipment=one, **who)) for one in machines[:AT_ONCE]]
        return Response({"data": rows, "has_more": len(machines) > AT_ONCE})


def _last(owner: Organization, public_id: str) -> Equipment:
    """Return the machine after which is read on: one of the owner's, idle or not."""
    machine = Equipment.objects.filter(owner=owner, public_id=public_id).first()
    if machine is None:
        raise serializers.ValidationError({"after": [_("None of your machines has this id.")]})
    return machine


def document(machine: Equipment, found: Found) -> dict[str, Any]:
    """Return what was found as the REST answer."""
    advice = found.suggestion
    longest = advice.longest if advice else None
    hours = advice.hours if advice else {}
    return {
        "equipment": machine.public_id,
        "missing": found.why,
        "idle_share": None if advice is None else f"{figure(advice.share):.3f}",
        "weeks": IdleWeekOut(advice.weeks if advice else (), many=True).data,
        "longest_hours": longest.hours if longest else None,
        "longest_from_hour_of_week": longest.first if longest else None,
        "advice": list(advice.advice) if advice else [],
        "hours": {DAYS[day]: hours_text(times) for day, times in hours.items()},
        "events": list(found.events),
    }
