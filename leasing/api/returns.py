"""The way back over REST: the record of a return."""

from dataclasses import replace
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.api.handovers import ConditionIn, condition_of
from leasing.api.serializers import LeaseOut
from leasing.rules.leases import Move
from leasing.rules.returns import DataWipe, Wipe


class DataWipeIn(serializers.Serializer[Any]):
    """Whether the lessee's programs are out of the machine; if it is not wiped, why."""

    state = serializers.ChoiceField(choices=[one.value for one in Wipe])
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ReturnIn(ConditionIn):
    """How a machine came back, and whether its memory was wiped."""

    data_wipe = DataWipeIn()


class ReturnActions:
    """The way back of a lease's machines, as sub-resources of it."""

    @extend_schema(
        tags=["leases"], summary="Take a machine back, with its record", request=ReturnIn, responses=LeaseOut
    )
    @action(detail=True, methods=["post"], url_path="return", filterset_class=None)
    def take_back(self, request: Request, public_id: str) -> Response:
        """Write down how a machine came back; what differs from the hand-over is named in the record."""
        values = self.given(ReturnIn)  # type: ignore[attr-defined]
        unit, said = values.pop("unit"), values.pop("data_wipe")
        wipe = DataWipe(Wipe(said["state"]), said["reason"])
        given = replace(condition_of(values), data_wiped=wipe.state == Wipe.WIPED)
        return self.move(Move.RETURN, unit=unit, given=given, wipe=wipe)  # type: ignore[attr-defined]
