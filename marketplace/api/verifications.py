"""REST: verifications, the platform's queue or one's own; and how smart an organization says that it is."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.actions import maturity, verifications
from marketplace.filters import VerificationFilter
from marketplace.models import MaturityDeclaration, Site, Verification, VerificationPaper, VerificationStep
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, allowed, require
from marketplace.queries import acting_organization, require_scope
from marketplace.rules.verifications import DECISIONS, LONGEST_REASON
from marketplace.shared import clock


class VerificationPaperOut(serializers.ModelSerializer[VerificationPaper]):
    """A paper of a case; its bytes are at the page of the case."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = VerificationPaper
        fields = ("id", "kind", "name", "media_type", "sha256", "added_by_name", "added_at")
        read_only_fields = fields


class VerificationStepOut(serializers.ModelSerializer[VerificationStep]):
    """One step of a case."""

    class Meta:
        model = VerificationStep
        fields = ("verb", "reason", "at")
        read_only_fields = fields


class VerificationOut(serializers.ModelSerializer[Verification]):
    """A check of who an organization is; `given` is what it typed."""

    id = serializers.CharField(source="public_id")
    organization = serializers.CharField(source="organization.public_id")
    organization_name = serializers.CharField(source="organization.name")
    given = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = Verification
        fields = (
            "id",
            "organization",
            "organization_name",
            "state",
            "reason",
            "given",
            "submitted_at",
            "decided_at",
        )
        read_only_fields = fields


class VerificationWholeOut(VerificationOut):
    """A check with its papers and steps."""

    papers = VerificationPaperOut(many=True, source="known_papers")
    steps = VerificationStepOut(many=True)

    class Meta(VerificationOut.Meta):
        fields = (*VerificationOut.Meta.fields, "papers", "steps")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class DecisionIn(serializers.Serializer[Any]):
    """What the platform decides; `reason` is needed to ask or refuse, and the organization reads it."""

    step = serializers.ChoiceField(choices=[one.value for one in DECISIONS])
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_REASON)


@extend_schema_view(
    list=extend_schema(tags=["parties"], summary="Verifications: the platform's queue, or your own"),
    retrieve=extend_schema(tags=["parties"], summary="One verification", responses=VerificationWholeOut),
)
class VerificationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Verification]
):
    """The longest waiting first; administrators read those of their organization, checkers all."""

    serializer_class = VerificationOut
    filterset_class = VerificationFilter
    queryset = Verification.objects.none()
    lookup_field = "public_id"
    lookup_value_regex = "ver_[0-9A-Z]+"
    page_ordering = "id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.VERIFICATIONS_READ if reading else Scope.VERIFICATIONS_WRITE)
        acting, user = acting_organization(self.request), self.request.user
        found = Verification.objects.select_related("organization")
        if acting.kind == OrganizationKind.PLATFORM:
            may = allowed(user, Permission.VERIFICATION_DECIDE, within=acting)  # type: ignore[arg-type]
            return found if may else found.none()
        may = allowed(user, Permission.MEMBER_EDIT, within=acting)  # type: ignore[arg-type]
        return found.filter(organization=acting) if may else found.none()

    def retrieve(self, request: Request, public_id: str) -> Response:
        """One verification with its papers and steps."""
        return Response(VerificationWholeOut(self.get_object()).data)

    @extend_schema(
        tags=["parties"],
        summary="Decide a verification, as the platform",
        request=DecisionIn,
        responses=VerificationOut,
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def decide(self, request: Request, public_id: str) -> Response:
        """Approve, ask for more, or refuse."""
        case, acting = self.get_object(), acting_organization(request)
        if acting.kind != OrganizationKind.PLATFORM:
            raise MissingRight(organization=acting.name)
        given = DecisionIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = verifications.decide(
            case=case,
            within=acting,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            on=clock.today(),
            **given.validated_data,
        )
        return Response(VerificationOut(made).data)


class MaturityOut(serializers.ModelSerializer[MaturityDeclaration]):
    """The tier of a site, or the level of the organization (GB/T 39116), from a day on."""

    id = serializers.CharField(source="public_id")
    site = serializers.CharField(source="site.public_id", default=None)

    class Meta:
        model = MaturityDeclaration
        fields = ("id", "site", "tier", "level", "source", "valid_from", "is_verified", "recorded_at")
        read_only_fields = fields


class MaturityIn(serializers.Serializer[Any]):
    """A `tier` with its `site` (a code, or its Chinese name), or a `level` from 1 to 5."""

    site = serializers.CharField(max_length=30, required=False)
    tier = serializers.CharField(max_length=12, required=False)
    level = serializers.IntegerField(required=False)
    source = serializers.CharField(max_length=400)  # type: ignore[assignment]
    valid_from = serializers.DateField()


class MaturityView(APIView):
    """How smart the acting organization and its sites are."""

    @extend_schema(
        tags=["parties"], summary="How smart your organization is", responses=MaturityOut(many=True)
    )
    def get(self, request: Request) -> Response:
        """List what was declared, the latest day first."""
        require_scope(request, Scope.MEMBERS_READ)
        found = MaturityDeclaration.objects.filter(organization=acting_organization(request)).newest_first()
        return Response({"data": MaturityOut(found.select_related("site"), many=True).data})

    @extend_schema(
        tags=["parties"],
        summary="Declare how smart your organization is",
        request=MaturityIn,
        responses={201: MaturityOut},
    )
    def post(self, request: Request) -> Response:
        """Append a word about the organization or a site of its own."""
        require_scope(request, Scope.MEMBERS_WRITE)
        acting = acting_organization(request)
        require(request.user, Permission.MEMBER_EDIT, within=acting)  # type: ignore[arg-type]
        sent = MaturityIn(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        named = given.pop("site", None)
        sites = Site.objects.filter(organization=acting)
        made = maturity.declare(
            organization=acting,
            site=get_object_or_404(sites, public_id=named) if named else None,
            given=given,
            within=acting,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            today=clock.today(),
        )
        return Response(MaturityOut(made).data, status=status.HTTP_201_CREATED)
