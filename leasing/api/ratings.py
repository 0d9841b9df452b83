"""REST: what the two sides of a settled lease say of each other, and what a lessor is known for."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from leasing.actions import ratings
from leasing.filters import RatingFilter
from leasing.models import Lease, Rating, RatingRound
from leasing.models.ratings import RatingQuerySet
from leasing.queries.ratings import record_of, told_of
from leasing.rules.ratings import BEST, LONGEST_REASON, LONGEST_TEXT, WORST
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Listing
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.acting import visible_listings
from marketplace.shared import clock
from marketplace.shared.declared import Expandable

FIGURES = ("leases", "stars", "ratings", "on_time_percent", "cancelled_percent")
WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}


class RatingScores(serializers.Serializer[Any]):
    """One to five for each: as agreed, the machine, punctuality, contact."""

    as_agreed = serializers.IntegerField(min_value=WORST, max_value=BEST)
    machine = serializers.IntegerField(min_value=WORST, max_value=BEST)
    punctual = serializers.IntegerField(min_value=WORST, max_value=BEST)
    contact = serializers.IntegerField(min_value=WORST, max_value=BEST)


class RatingIn(serializers.Serializer[Any]):
    """A rating; without names, numbers and addresses of people."""

    scores = RatingScores()
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class RatingAnswerIn(serializers.Serializer[Any]):
    """The one answer."""

    text = serializers.CharField(max_length=LONGEST_TEXT)


class RatingReasonIn(serializers.Serializer[Any]):
    """Why it is hidden, or shown again; both sides are told."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class RatingOut(serializers.ModelSerializer[Rating]):
    """
    What one side wrote. Of a rating that the platform has hidden others see neither words nor scores but why
    it was hidden; its author and the platform see it whole.
    """

    expandable: ClassVar[Expandable] = {"lease": "api-lease"}

    id = serializers.CharField(source="public_id", read_only=True)
    lease = serializers.CharField(source="round.lease.public_id", read_only=True)
    scores = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()
    answer = serializers.SerializerMethodField()
    hidden = serializers.BooleanField(read_only=True)
    hidden_why = serializers.SerializerMethodField()
    published_at = DateTimeField(source="round.published_at", read_only=True, allow_null=True)

    class Meta:
        model = Rating
        fields = (
            "id",
            "lease",
            "side",
            "scores",
            "text",
            "answer",
            "hidden",
            "hidden_why",
            "made_at",
            "published_at",
        )
        read_only_fields = fields

    def get_scores(self, one: Rating) -> dict[str, int] | None:
        return one.scores if self._is_open(one) else None

    def get_text(self, one: Rating) -> str:
        return one.text if self._is_open(one) else ""

    def get_answer(self, one: Rating) -> str:
        found = getattr(one, "answer", None)
        return found.text if found is not None and self._is_open(one) else ""

    def get_hidden_why(self, one: Rating) -> str:
        return str(one.hidden_why) if one.hidden else ""  # type: ignore[attr-defined]

    def _is_open(self, one: Rating) -> bool:
        reader = self.context["reader"]
        mine = reader.pk == one.rated_by_id or reader.kind == OrganizationKind.PLATFORM
        return mine or not one.hidden  # type: ignore[attr-defined]


class LeaseRatingsOut(serializers.Serializer[Any]):
    """Until when a lease is rated, when both became readable, and what you may read of them now."""

    closes_at = DateTimeField(allow_null=True)
    published_at = DateTimeField(allow_null=True)
    data = RatingOut(many=True)  # type: ignore[assignment]


class OwnerRecordOut(serializers.Serializer[Any]):
    """What a lessor is known for. A figure that would rest on fewer than three is null."""

    leases = serializers.IntegerField(allow_null=True)
    stars = serializers.DecimalField(2, 1, allow_null=True)
    ratings = serializers.IntegerField()
    on_time_percent = serializers.IntegerField(allow_null=True)
    cancelled_percent = serializers.IntegerField(allow_null=True)
    told = serializers.ListField(child=serializers.DictField())


class RatingActions:
    """Sub-resource of a lease; mixed into its view set."""

    @extend_schema(methods=["GET"], tags=["leases"], summary="Its ratings", responses=LeaseRatingsOut)
    @extend_schema(
        methods=["POST"],
        tags=["leases"],
        summary="Rate the other side",
        request=RatingIn,
        responses={201: LeaseRatingsOut},
    )
    @action(detail=True, methods=["get", "post"], **WHOLE)
    def ratings(self, request: Request, public_id: str) -> Response:
        """Read what you may read now, or rate the other side; both are published with the second."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        within, code = acting_organization(request), int(status.HTTP_200_OK)
        if request.method == "POST":
            sent = RatingIn(data=request.data)
            sent.is_valid(raise_exception=True)
            given = {"scores": dict(sent.validated_data["scores"]), "text": sent.validated_data["text"]}
            ratings.rate(lease=lease, within=within, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
            code = status.HTTP_201_CREATED
        found = RatingRound.objects.filter(lease=lease).first()
        shown = Rating.objects.listed().filter(round__lease=lease).open_to(within).order_by("pk")
        answer = {
            "closes_at": found.closes_at if found else None,
            "published_at": found.published_at if found else None,
            "data": shown,
        }
        return Response(LeaseRatingsOut(answer, context={"reader": within}).data, status=code)


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="Published ratings of your leases"),
    retrieve=extend_schema(tags=["leases"], summary="One published rating"),
)
class RatingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Rating]):
    """What was published of leases that one may see."""

    queryset = Rating.objects.none()
    serializer_class = RatingOut
    filterset_class = RatingFilter
    lookup_field = "public_id"

    def get_queryset(self) -> RatingQuerySet:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        mine = Lease.objects.of(acting_organization(self.request))
        return Rating.objects.listed().published().filter(round__lease__in=mine)

    def get_serializer_context(self) -> dict[str, Any]:
        known: dict[str, Any] = dict(super().get_serializer_context())
        if self.request is not None and self.request.user.is_authenticated:
            known["reader"] = acting_organization(self.request)
        return known

    @extend_schema(tags=["leases"], summary="Answer a rating", request=RatingAnswerIn, responses=RatingOut)
    @action(detail=True, methods=["post"], **WHOLE)
    def answer(self, request: Request, public_id: str) -> Response:
        """Answer what was said of you, once."""
        found: Rating = self.get_object()
        sent = RatingAnswerIn(data=request.data)
        sent.is_valid(raise_exception=True)
        ratings.answer(rating=found, text=sent.validated_data["text"], **self._who())
        return self._now(public_id)

    @extend_schema(
        tags=["leases"],
        summary="Hide a rating, for the platform",
        request=RatingReasonIn,
        responses=RatingOut,
    )
    @action(detail=True, methods=["post"], **WHOLE)
    def hide(self, request: Request, public_id: str) -> Response:
        return self._moderate(public_id, hidden=True)

    @extend_schema(
        tags=["leases"],
        summary="Show it again, for the platform",
        request=RatingReasonIn,
        responses=RatingOut,
    )
    @action(detail=True, methods=["post"], **WHOLE)
    def show(self, request: Request, public_id: str) -> Response:
        return self._moderate(public_id, hidden=False)

    def _moderate(self, public_id: str, *, hidden: bool) -> Response:
        found: Rating = self.get_object()
        sent = RatingReasonIn(data=self.request.data)
        sent.is_valid(raise_exception=True)
        reason = sent.validated_data["reason"]
        ratings.moderate(rating=found, hidden=hidden, reason=reason, **self._who())
        return self._now(public_id)

    def _who(self) -> dict[str, Any]:
        within = acting_organization(self.request)
        return {"within": within, "by": self.request.user, "at": clock.now()}

    def _now(self, public_id: str) -> Response:
        found = self.get_queryset().get(public_id=public_id)
        return Response(RatingOut(found, context=self.get_serializer_context()).data)


class OwnerRecordView(APIView):
    """What the owner of a listing is known for, to whoever may see the listing."""

    permission_classes = [AllowAny]

    @extend_schema(tags=["listings"], summary="What its owner is known for", responses=OwnerRecordOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Count leases, ratings, punctual hand-overs and leases that fell through."""
        if request.user.is_authenticated:
            require_scope(request, Scope.LISTINGS_READ)
        visible: QuerySet[Listing] = visible_listings(request).select_related("owner")
        owner = get_object_or_404(visible, public_id=public_id).owner
        known = record_of(owner)
        answer = {name: getattr(known, name) for name in FIGURES}
        told = [
            {"month": f"{one.round.published_at:%Y-%m}", "scores": one.scores, "text": one.text}
            | {"answer": one.answer.text if hasattr(one, "answer") else ""}
            for one in told_of(owner, known)
        ]
        return Response(OwnerRecordOut(answer | {"told": told}).data)
