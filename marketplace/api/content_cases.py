"""REST: reports of offers, and what the platform hides."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import checks, content_cases
from marketplace.actions.content_cases import Thing
from marketplace.filters import ContentCaseFilter
from marketplace.models import ContentCase, EquipmentDocument, Listing, ListingPhoto
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.equipment_documents import documents_of
from marketplace.rules.content_cases import DECISIONS, LONGEST_REASON, LONGEST_TEXT, Ground, Step
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
ITEM: dict[str, Any] = {"max_length": 30, "required": False, "allow_blank": True, "default": ""}


class ContentCaseOut(serializers.ModelSerializer[ContentCase]):
    """
    Something of a listing that was reported or hidden; ``item`` is the picture or document, empty for the
    offer itself. Who reported it is told to nobody.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    listing = serializers.CharField(source="listing.public_id", read_only=True)

    class Meta:
        model = ContentCase
        fields = (
            "id",
            "listing",
            "about",
            "item",
            "named",
            "ground",
            "state",
            "opened_at",
            "moved_at",
            "reason",
            "answer",
        )
        read_only_fields = fields


class ReportIn(serializers.Serializer[Any]):
    """What is wrong with the offer, or with the picture or document ``item``."""

    item = serializers.CharField(**ITEM)
    ground = serializers.ChoiceField(choices=ContentCase.Ground.choices)
    text = serializers.CharField(max_length=LONGEST_TEXT)


class HidingIn(serializers.Serializer[Any]):
    """What is hidden, and why; the owner reads it."""

    item = serializers.CharField(**ITEM)
    reason = serializers.CharField(max_length=LONGEST_REASON)


class ContentDecisionIn(serializers.Serializer[Any]):
    """What the platform does, and why; the owner reads it."""

    step = serializers.ChoiceField(choices=[(one.value, one.value) for one in DECISIONS])
    reason = serializers.CharField(max_length=LONGEST_REASON)


class ContentAnswerIn(serializers.Serializer[Any]):
    """What the owner says to it."""

    answer = serializers.CharField(max_length=LONGEST_TEXT)


class ReportActions:
    """Sub-resources of a listing; mixed into its view set."""

    @extend_schema(tags=["listings"], summary="Report it", request=ReportIn, responses={201: ContentCaseOut})
    @action(detail=True, methods=["post"], **WHOLE)
    def report(self, request: Request, public_id: str) -> Response:
        """Report an offer, a picture or a document that you see; the platform looks at it."""
        listing: Listing = self.mine(request)  # type: ignore[attr-defined]
        sent = ReportIn(data=request.data)
        sent.is_valid(raise_exception=True)
        thing = _seen(request, listing, sent.validated_data["item"])
        who: dict[str, Any] = {"within": acting_organization(request), "by": request.user}
        given = {"ground": Ground(sent.validated_data["ground"]), "text": sent.validated_data["text"]}
        made = content_cases.report(thing=thing, at=clock.now(), **given, **who)
        return Response(ContentCaseOut(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["listings"],
        summary="Hide it, for the platform",
        request=HidingIn,
        responses={201: ContentCaseOut},
    )
    @action(detail=True, methods=["post"], **WHOLE)
    def hide(self, request: Request, public_id: str) -> Response:
        """Hide an offer, a picture or a document; its owner is told why, and may answer."""
        self.writers_only(request)  # type: ignore[attr-defined]
        platform = acting_organization(request)
        checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
        listing = get_object_or_404(Listing.objects.select_related("owner"), public_id=public_id)
        sent = HidingIn(data=request.data)
        sent.is_valid(raise_exception=True)
        thing = _any(listing, sent.validated_data["item"])
        who: dict[str, Any] = {"within": platform, "by": request.user, "at": clock.now()}
        made = content_cases.hide(thing=thing, reason=sent.validated_data["reason"], **who)
        return Response(ContentCaseOut(made).data, status=status.HTTP_201_CREATED)


@extend_schema_view(
    list=extend_schema(tags=["listings"], summary="What was hidden of your offers; the platform reads all"),
    retrieve=extend_schema(tags=["listings"], summary="One of these cases"),
)
class ContentCaseViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ContentCase]
):
    """The platform decides, the owner answers."""

    queryset = ContentCase.objects.none()
    serializer_class = ContentCaseOut
    filterset_class = ContentCaseFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LISTINGS_READ if reading else Scope.LISTINGS_WRITE)
        found = ContentCase.objects.open_to(acting_organization(self.request))
        return found.select_related("listing__owner", "reporter")

    @extend_schema(
        tags=["listings"],
        summary="Decide, for the platform",
        request=ContentDecisionIn,
        responses=ContentCaseOut,
    )
    @action(detail=True, methods=["post"], **WHOLE)
    def decide(self, request: Request, public_id: str) -> Response:
        """Hide it, find nothing wrong, leave it hidden, or show it again."""
        case: ContentCase = self.get_object()
        platform = acting_organization(request)
        checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
        sent = ContentDecisionIn(data=request.data)
        sent.is_valid(raise_exception=True)
        step, reason = Step(sent.validated_data["step"]), sent.validated_data["reason"]
        who: dict[str, Any] = {"within": platform, "by": request.user, "at": clock.now()}
        made = content_cases.decide(case=case, step=step, reason=reason, **who)
        return Response(ContentCaseOut(made).data)

    @extend_schema(
        tags=["listings"], summary="Answer as the owner", request=ContentAnswerIn, responses=ContentCaseOut
    )
    @action(detail=True, methods=["post"], **WHOLE)
    def answer(self, request: Request, public_id: str) -> Response:
        """Answer why it was hidden; the platform looks again."""
        case: ContentCase = self.get_object()
        require(request.user, Permission.LISTING_EDIT, within=case.listing.owner)  # type: ignore[arg-type]
        sent = ContentAnswerIn(data=request.data)
        sent.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        made = content_cases.answer(case=case, text=sent.validated_data["answer"], **who)
        return Response(ContentCaseOut(made).data)


def _seen(request: Request, listing: Listing, item: str) -> Thing:
    """Return what the caller means, if it sees it."""
    if not item:
        return Thing(listing)
    photo = ListingPhoto.objects.known().shown().filter(listing=listing, public_id=item).first()
    if photo is not None:
        return Thing(listing, photo=photo)
    machines = list(listing.units.values_list("equipment", flat=True))
    for document in documents_of(request, machines, clock.today()):
        if document.public_id == item:
            return Thing(listing, document=document)
    raise Http404


def _any(listing: Listing, item: str) -> Thing:
    if not item:
        return Thing(listing)
    photo = ListingPhoto.objects.known().filter(listing=listing, public_id=item).first()
    if photo is not None:
        return Thing(listing, photo=photo)
    mine = EquipmentDocument.objects.known().filter(equipment__listing_unit__listing=listing)
    return Thing(listing, document=get_object_or_404(mine, public_id=item))
