"""An objected return before the platform over REST: asked for, taken back, decided."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import referrals
from leasing.api.handovers import RECORD, RecordOut
from leasing.models import ConditionRecord, Lease
from leasing.rules.referrals import LONGEST_TEXT, MOST_EVIDENCE
from marketplace.queries import acting_organization
from marketplace.shared import clock


class ReferralWithdrawIn(serializers.Serializer[Any]):
    """Words, if you like."""

    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, default="", allow_blank=True)


class ReferralIn(serializers.Serializer[Any]):
    """What the platform should know; ``evidence`` are ids of photos or records of the lease."""

    text = serializers.CharField(max_length=LONGEST_TEXT)
    evidence = serializers.ListField(
        child=serializers.CharField(max_length=30), required=False, default=list, max_length=MOST_EVIDENCE
    )


class ReferralDecideIn(ReferralIn):
    """Whether the record stands as it was written, the reasons, and what shows it."""

    stands = serializers.BooleanField()


def verb(summary: str, name: str, given: type[serializers.Serializer[Any]]) -> Any:
    """Make a method a POST on a record of the lease."""

    def decorate(method: Any) -> Any:
        described = extend_schema(
            tags=["leases"], summary=summary, request=given, responses=RecordOut, parameters=[RECORD]
        )
        path = f"records/(?P<item>[^/.]+)/{name}"
        return described(action(detail=True, methods=["post"], url_path=path, filterset_class=None)(method))

    return decorate


class ReferralActions:
    """The platform's word on an objected return, as a sub-resource of its record."""

    @verb("Ask the platform to decide about an objected return", "refer", ReferralIn)
    def refer_record(self, request: Request, public_id: str, item: str) -> Response:
        """Ask as either side, once; until it is decided nobody writes another record in its place."""
        return self._put(referrals.refer, item, ReferralIn)

    @verb("Take the question to the platform back", "withdraw", ReferralWithdrawIn)
    def withdraw_record(self, request: Request, public_id: str, item: str) -> Response:
        return self._put(referrals.withdraw, item, ReferralWithdrawIn)

    @verb("Decide about an objected return for the platform, with reasons", "decide", ReferralDecideIn)
    def decide_record(self, request: Request, public_id: str, item: str) -> Response:
        """A return that stands is as good as confirmed; in the place of one that falls either side writes."""
        return self._put(referrals.decide, item, ReferralDecideIn)

    def _put(self, act: Any, item: str, shape: type[serializers.Serializer[Any]]) -> Response:
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        request: Request = self.request  # type: ignore[attr-defined]
        known = ConditionRecord.objects.filter(lease=lease).with_answers()
        found = get_object_or_404(known, public_id=item)
        given = self.given(shape)  # type: ignore[attr-defined]
        who = {"by": request.user, "within": acting_organization(request), "at": clock.now()}
        act(record=found, **given, **who)
        return Response(RecordOut(known.get(pk=found.pk)).data)
