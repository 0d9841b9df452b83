"""REST: what the platform looked at of a listing, and its decisions about nameplates that are alike."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import checks, nameplates
from marketplace.filters import NameplateCaseFilter
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Equipment, Listing, NameplateCase
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.queries import acting_organization, require_scope
from marketplace.queries.checks import claims_of
from marketplace.rules.checks import LONGEST_NOTE, LONGEST_SEEN, Kind, Written
from marketplace.rules.nameplates import DECISIONS, LONGEST_REASON, State
from marketplace.shared import clock

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}


class ListingCheckOut(serializers.Serializer[Any]):
    """What was looked at, when, and until when the platform stands by it; of several machines the weakest."""

    kind = serializers.ChoiceField(choices=[(one.value, one.value) for one in Kind])
    checked_at = DateTimeField()
    valid_until = DateTimeField()


class ListingCheckIn(serializers.Serializer[Any]):
    """
    A check of a machine of the listing, or of its owner where ``equipment`` is left out. ``seen`` is what
    stands there: the serial number, the credit code, the number of the paper.
    """

    kind = serializers.ChoiceField(choices=[(one.value, one.value) for one in Kind])
    equipment = serializers.CharField(max_length=30, required=False, allow_blank=True, default="")
    passed = serializers.BooleanField()
    seen = serializers.CharField(max_length=LONGEST_SEEN)
    checked_at = DateTimeField(required=False)
    valid_until = DateTimeField(required=False, allow_null=True, default=None)
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class NameplateCaseOut(serializers.ModelSerializer[NameplateCase]):
    """Two machines with one nameplate; ``second`` is null if its registration was refused."""

    id = serializers.CharField(source="public_id", read_only=True)
    first = serializers.CharField(source="first.public_id", read_only=True)
    first_owner = serializers.CharField(source="first.owner.public_id", read_only=True)
    second = serializers.CharField(source="second.public_id", read_only=True, allow_null=True, default=None)
    claimant = serializers.CharField(source="claimant.public_id", read_only=True)

    class Meta:
        model = NameplateCase
        fields = (
            "id",
            "state",
            "maker_name",
            "serial_number",
            "first",
            "first_owner",
            "second",
            "claimant",
            "opened_at",
            "decided_at",
            "reason",
            "reopened_at",
            "reopened_why",
        )
        read_only_fields = fields


class NameplateDecisionIn(serializers.Serializer[Any]):
    """Which of the two is wrong, or that they are different machines; both owners read the reason."""

    state = serializers.ChoiceField(choices=[(one.value, one.value) for one in DECISIONS])
    reason = serializers.CharField(max_length=LONGEST_REASON)


class NameplateReopenIn(serializers.Serializer[Any]):
    """Why the case is opened again; both owners read it."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class ListingCheckActions:
    """Sub-resource of a listing; mixed into its view set."""

    @extend_schema(
        methods=["GET"],
        tags=["listings"],
        summary="What the platform checked",
        responses=ListingCheckOut(many=True),
    )
    @extend_schema(
        methods=["POST"],
        tags=["listings"],
        summary="Write down a check, for the platform",
        request=ListingCheckIn,
        responses={201: ListingCheckOut(many=True)},
    )
    @action(detail=True, methods=["get", "post"], url_path="checks", **WHOLE)
    def platform_checks(self, request: Request, public_id: str) -> Response:
        """List what holds now, or write down what the platform looked at."""
        listing: Listing
        if request.method == "GET":
            listing = self.get_object()  # type: ignore[attr-defined]
            return self._standing(listing)
        self.writers_only(request)  # type: ignore[attr-defined]
        platform = acting_organization(request)
        checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
        listing = get_object_or_404(Listing.objects.select_related("owner"), public_id=public_id)
        sent = ListingCheckIn(data=request.data)
        sent.is_valid(raise_exception=True)
        self._record(request, listing, dict(sent.validated_data))
        return self._standing(listing, status.HTTP_201_CREATED)

    def _record(self, request: Request, listing: Listing, sent: dict[str, Any]) -> None:
        at, machine = clock.now(), sent.pop("equipment")
        given = Written(**({"checked_at": at} | sent | {"kind": Kind(sent["kind"])}))
        who: dict[str, Any] = {"given": given, "within": acting_organization(request), "by": request.user}
        if machine:
            mine = Equipment.objects.filter(listing_unit__listing=listing)
            checks.of_equipment(equipment=get_object_or_404(mine, public_id=machine), at=at, **who)
        else:
            checks.of_organization(organization=listing.owner, at=at, **who)

    def _standing(self, listing: Listing, code: int = status.HTTP_200_OK) -> Response:
        found = claims_of(listing, clock.now())
        return Response({"data": ListingCheckOut(found, many=True).data}, status=code)


@extend_schema_view(
    list=extend_schema(tags=["listings"], summary="Nameplates that two companies name, for the platform"),
)
class NameplateCaseViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[NameplateCase]):
    """The platform finds out whose a nameplate is; others see none."""

    queryset = NameplateCase.objects.none()
    serializer_class = NameplateCaseOut
    filterset_class = NameplateCaseFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LISTINGS_READ if reading else Scope.LISTINGS_WRITE)
        if acting_organization(self.request).kind != OrganizationKind.PLATFORM:
            return NameplateCase.objects.none()
        found = NameplateCase.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return found.select_related("first__owner", "second", "claimant")

    @extend_schema(
        tags=["listings"],
        summary="Open a decided case again, for the platform",
        request=NameplateReopenIn,
        responses=NameplateCaseOut,
    )
    @action(detail=True, methods=["post"], **WHOLE)
    def reopen(self, request: Request, public_id: str) -> Response:
        """Open a case again; the later machine is held until it is decided anew."""
        case: NameplateCase = self.get_object()
        platform = acting_organization(request)
        checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
        sent = NameplateReopenIn(data=request.data)
        sent.is_valid(raise_exception=True)
        who: dict[str, Any] = {"within": platform, "by": request.user, "at": clock.now()}
        nameplates.reopen(case=case, reason=sent.validated_data["reason"], **who)
        return Response(NameplateCaseOut(self.get_queryset().get(pk=case.pk)).data)

    @extend_schema(
        tags=["listings"],
        summary="Decide whose a nameplate is, for the platform",
        request=NameplateDecisionIn,
        responses=NameplateCaseOut,
    )
    @action(detail=True, methods=["post"], **WHOLE)
    def decide(self, request: Request, public_id: str) -> Response:
        """Decide a case; a machine that is wrong leaves the catalogue and stays out."""
        case: NameplateCase = self.get_object()
        platform = acting_organization(request)
        checks.require_platform(by=request.user, within=platform)  # type: ignore[arg-type]
        sent = NameplateDecisionIn(data=request.data)
        sent.is_valid(raise_exception=True)
        state, reason = State(sent.validated_data["state"]), sent.validated_data["reason"]
        who: dict[str, Any] = {"within": platform, "by": request.user, "at": clock.now()}
        nameplates.decide(case=case, state=state, reason=reason, **who)
        return Response(NameplateCaseOut(self.get_queryset().get(pk=case.pk)).data)
