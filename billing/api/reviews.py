"""Review items over REST, for the two sides of a lease."""

from typing import Any, ClassVar

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import reviews
from billing.models import ReviewDecision, ReviewItem
from billing.models.reviews import ReviewItemQuerySet
from billing.rules.reviews import Verdict
from leasing.models import Lease
from leasing.models.leases import LeaseQuerySet
from marketplace.models import ApiKey, Organization
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock


class ReviewDecisionOut(serializers.ModelSerializer[ReviewDecision]):
    """What one side said, and why; the last word of a side counts."""

    class Meta:
        model = ReviewDecision
        fields = ("side", "verdict", "reason", "at")
        read_only_fields = fields


class ReviewItemOut(serializers.ModelSerializer[ReviewItem]):
    """
    A quantity that is held; run time in seconds.

    It counts or is dropped when both sides say the same; from ``deadline`` on what is not agreed is dropped
    (``by_rule``). Late readings that change it withdraw it.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    device = serializers.CharField(source="device.public_id", read_only=True)
    unit = serializers.CharField(source="unit.public_id", read_only=True)
    day = serializers.DateField(source="local_day", read_only=True)
    decisions = ReviewDecisionOut(many=True, read_only=True)

    class Meta:
        model = ReviewItem
        fields = (
            "id",
            "device",
            "unit",
            "meter",
            "day",
            "reason",
            "quantity",
            "starts_at",
            "ends_at",
            "opened_at",
            "deadline",
            "outcome",
            "decided_at",
            "by_rule",
            "decisions",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {"quantity": {"normalize_output": True}}


class ReviewsOut(serializers.Serializer[Any]):
    """The review items of a lease, the latest day first."""

    data = ReviewItemOut(many=True)  # type: ignore[assignment]


class DecideIn(serializers.Serializer[None]):
    """What your side says, and why."""

    verdict = serializers.ChoiceField(choices=list(Verdict))
    reason = serializers.CharField(max_length=reviews.LONGEST_REASON)


class LeaseReviews(APIView):
    """Seen by the two sides of the lease alone."""

    @extend_schema(
        tags=["leases"],
        summary="Held quantities of a lease",
        operation_id="leases_reviews",
        responses=ReviewsOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.LEASES_READ)
        get_object_or_404(sided_leases(request), public_id=public_id)
        return Response({"data": ReviewItemOut(_items(request, public_id), many=True).data})


class ReviewDecide(APIView):
    """Either side of the lease."""

    @extend_schema(
        tags=["leases"],
        summary="Say whether a held quantity counts",
        operation_id="leases_review_decide",
        request=DecideIn,
        responses=ReviewItemOut,
    )
    def post(self, request: Request, public_id: str, item: str) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        found = get_object_or_404(_items(request, public_id), public_id=item)
        given = DecideIn(data=request.data)
        given.is_valid(raise_exception=True)
        decided = reviews.decide(
            item=found,
            within=acting_organization(request),
            verdict=Verdict(given.validated_data["verdict"]),
            reason=given.validated_data["reason"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(ReviewItemOut(decided).data)


def _items(request: Request, public_id: str) -> ReviewItemQuerySet:
    lease = sided_leases(request).filter(public_id=public_id)
    found = ReviewItem.objects.filter(unit__lease__in=lease)
    return found.select_related("device", "unit__lease").prefetch_related("decisions")


def sided_leases(request: Request) -> LeaseQuerySet:
    """Return the leases of which the caller is a side; the platform is none."""
    mine = Organization.objects.of(request.user)  # type: ignore[arg-type]
    if isinstance(request.auth, ApiKey):
        mine = Organization.objects.filter(pk=request.auth.organization.pk)
    return Lease.objects.filter(Q(lessor__in=mine) | Q(lessee__in=mine))
