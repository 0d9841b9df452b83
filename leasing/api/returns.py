"""The way back over REST: return, inspection, repair, ready again."""

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.api.handovers import ConditionIn, condition_of
from leasing.api.serializers import LeaseOut
from leasing.rules.inspections import LARGEST_ESTIMATE, WHOLE, Finding, FindingKind
from leasing.rules.leases import Move
from leasing.rules.returns import DataWipe, Wipe
from marketplace.gateway.fields import DateTimeField
from marketplace.queries import acting_organization


class DataWipeIn(serializers.Serializer[Any]):
    """Whether the lessee's programs are out of the machine; if it is not wiped, why."""

    state = serializers.ChoiceField(choices=[one.value for one in Wipe])
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ReturnIn(ConditionIn):
    """How a machine came back, and whether its memory was wiped."""

    data_wipe = DataWipeIn()


class FindingIn(serializers.Serializer[Any]):
    """What was found at an item of the checklist; ``estimate_minor`` in minor units, before tax."""

    item = serializers.CharField(max_length=40)
    kind = serializers.ChoiceField(choices=[one.value for one in FindingKind])
    text = serializers.CharField(max_length=500)
    estimate_minor = serializers.IntegerField(min_value=0, max_value=LARGEST_ESTIMATE, default=0)
    lessee_percent = serializers.IntegerField(min_value=0, max_value=WHOLE, default=0)


class InspectIn(ConditionIn):
    """How a machine is after its return, and what was found; the lessee answers until ``reply_until``."""

    findings = FindingIn(many=True, required=False, default=list)
    reply_until = DateTimeField(required=False)
    data_wiped = serializers.BooleanField(default=False)


class RepairIn(serializers.Serializer[Any]):
    """What is repaired; with ``until`` the calendar is taken for it."""

    unit = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)
    work = serializers.CharField(max_length=500)
    until = DateTimeField(required=False)


class ReadyIn(serializers.Serializer[Any]):
    """The machine that is ready; ``wiped`` says that its memory was wiped since it came back."""

    unit = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)
    wiped = serializers.BooleanField(default=False)


class ReturnActions:
    """The way back of a lease's machines, as sub-resources of it."""

    @extend_schema(
        tags=["leases"],
        summary="Take or give a machine back, with its record",
        request=ReturnIn,
        responses=LeaseOut,
    )
    @action(detail=True, methods=["post"], url_path="return", filterset_class=None)
    def take_back(self, request: Request, public_id: str) -> Response:
        """Write down, as either side, how a machine came back; what differs from the hand-over is named."""
        values = self.given(ReturnIn)  # type: ignore[attr-defined]
        unit, said = values.pop("unit"), values.pop("data_wipe")
        wipe = DataWipe(Wipe(said["state"]), said["reason"])
        given = replace(condition_of(values), data_wiped=wipe.state == Wipe.WIPED)
        within = acting_organization(request)
        return self.move(Move.RETURN, unit=unit, given=given, wipe=wipe, within=within)  # type: ignore[attr-defined]

    @extend_schema(
        tags=["leases"], summary="Inspect a machine that came back", request=InspectIn, responses=LeaseOut
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def inspect(self, request: Request, public_id: str) -> Response:
        """Write down what was found; without findings the machine is ready at once."""
        values = self.given(InspectIn)  # type: ignore[attr-defined]
        said = {"unit": values.pop("unit"), "reply_until": values.pop("reply_until", None)}
        wiped = values.pop("data_wiped")
        findings = [Finding(kind=FindingKind(one.pop("kind")), **one) for one in values.pop("findings")]
        given = replace(condition_of(values), data_wiped=wiped)
        return self.move(Move.INSPECT, given=given, findings=findings, **said)  # type: ignore[attr-defined]

    @extend_schema(tags=["leases"], summary="Begin a repair", request=RepairIn, responses=LeaseOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def repair(self, request: Request, public_id: str) -> Response:
        """Say what is repaired and until when; the step in the history says which claim it meets, if one."""
        return self.move(Move.REPAIR, **self.given(RepairIn))  # type: ignore[attr-defined]

    @extend_schema(tags=["leases"], summary="Make a machine ready", request=ReadyIn, responses=LeaseOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def ready(self, request: Request, public_id: str) -> Response:
        """Give what is left of its time back; from now on it can be leased."""
        return self.move(Move.READY, **self.given(ReadyIn))  # type: ignore[attr-defined]
