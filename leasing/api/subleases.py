"""Sub-leases over REST: of a lease, to propose and list them; by themselves, with the verbs of each side."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from devices.ownership.models import Notice
from devices.ownership.rules import data_terms
from leasing.actions import sublease_ends, sublease_notices, subleases
from leasing.actions.sublease_moves import SubleaseChanged
from leasing.api.notices import NoticeAcceptIn, NoticeOut
from leasing.api.serializers import RefuseIn
from leasing.filters import SubleaseFilter
from leasing.models import Lease, LeaseUnit, Sublease, SubleaseStep
from leasing.queries import organization_named
from leasing.rules.subleases import Move
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock, versions
from marketplace.shared.declared import Expandable
from marketplace.shared.period import Period

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the sub-lease as you read it, such as "3"; another version: 412.',
)


class SubleaseOut(serializers.ModelSerializer[Sublease]):
    """
    A sub-lease as all its sides see it; there is no price in it.

    ``digest`` is the SHA-256 of ``document`` in canonical JSON; ``asked`` are all who must consent.
    """

    expandable: ClassVar[Expandable] = {"lease": "api-lease", "equipment": "api-equipment"}

    id = serializers.CharField(source="public_id", read_only=True)
    allowed = serializers.ListField(child=serializers.CharField(), read_only=True)
    lease = serializers.CharField(source="lease.public_id", read_only=True)
    equipment = serializers.CharField(source="unit.equipment.public_id", read_only=True)
    equipment_name = serializers.CharField(source="unit.equipment.name", read_only=True)
    under = serializers.CharField(source="under.public_id", default=None, read_only=True, allow_null=True)
    sublessor = serializers.CharField(source="sublessor.public_id", read_only=True)
    sublessor_name = serializers.CharField(source="sublessor.name", read_only=True)
    sublessee = serializers.CharField(source="sublessee.public_id", read_only=True)
    sublessee_name = serializers.CharField(source="sublessee.name", read_only=True)
    agreement = serializers.CharField(
        source="agreement.public_id", default=None, read_only=True, allow_null=True
    )
    document = serializers.DictField(read_only=True)

    class Meta:
        model = Sublease
        fields = (
            "id",
            "status",
            "allowed",
            "lease",
            "equipment",
            "equipment_name",
            "under",
            "depth",
            "sublessor",
            "sublessor_name",
            "sublessee",
            "sublessee_name",
            "asked",
            "consented",
            "starts_at",
            "ends_at",
            "active_from",
            "active_to",
            "place",
            "document",
            "digest",
            "agreement",
            "proposed_at",
            "version",
        )
        read_only_fields = fields


class SubleaseStepOut(serializers.ModelSerializer[SubleaseStep]):
    """One step of a sub-lease's history, with the hashes that chain it."""

    class Meta:
        model = SubleaseStep
        fields = (
            "position",
            "move",
            "status_before",
            "status_after",
            "actor",
            "actor_name",
            "organization",
            "organization_name",
            "roles",
            "occurred_at",
            "recorded_at",
            "reason",
            "facts",
            "previous_hash",
            "hash",
        )
        read_only_fields = fields


class SubleaseIn(serializers.Serializer[Any]):
    """
    A sub-lease to propose; ``sublessee`` is a public id or a credit code.

    ``unit`` is a machine of the lease, if it has several. Without ``data_terms`` the default table holds.
    """

    sublessee = serializers.CharField(max_length=30)
    starts_at = DateTimeField()
    ends_at = DateTimeField()
    place = serializers.CharField(max_length=1000, allow_blank=True)
    unit = serializers.CharField(max_length=30, required=False)
    data_terms = serializers.DictField(required=False)


class SubleaseSeenIn(serializers.Serializer[Any]):
    """What is agreed to: the digest of the sub-lease that was read."""

    digest = serializers.CharField(max_length=64)


class SubleaseActions:
    """Sub-resources of a lease; mixed into its view set."""

    @extend_schema(
        methods=["GET"], tags=["leases"], summary="Who has the machine", responses=SubleaseOut(many=True)
    )
    @extend_schema(
        methods=["POST"],
        tags=["leases"],
        summary="Propose a sub-lease",
        request=SubleaseIn,
        responses={201: SubleaseOut},
    )
    @action(detail=True, methods=["get", "post"], **WHOLE)
    def subleases(self, request: Request, public_id: str) -> Response:
        """List the sub-leases of a lease, or propose one, as its lessee."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method == "POST":
            return _proposed(request, lease, None)
        found = Sublease.objects.filter(lease=lease).with_sides().order_by("pk")
        return Response({"data": SubleaseOut(found, many=True).data})


def verb(summary: str, given: type[Serializer[Any]] | None = None) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the sub-lease."""

    def decorate(method: Any) -> Any:
        described = extend_schema(
            tags=["leases"], summary=summary, request=given, responses=SubleaseOut, parameters=[IF_MATCH]
        )
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="Your sub-leases, on any side"),
    retrieve=extend_schema(tags=["leases"], summary="One sub-lease"),
)
class SubleaseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Sublease]):
    """A sub-lease is seen by both its sides, and by all above."""

    queryset = Sublease.objects.none()
    serializer_class = SubleaseOut
    filterset_class = SubleaseFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        return Sublease.objects.of(acting_organization(self.request)).with_sides()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _answer(self.get_object())

    @verb("Accept a sub-lease", SubleaseSeenIn)
    def accept(self, request: Request, public_id: str) -> Response:
        return self.move(Move.ACCEPT, SubleaseSeenIn)

    @verb("Consent to a sub-lease", SubleaseSeenIn)
    def consent(self, request: Request, public_id: str) -> Response:
        return self.move(Move.CONSENT, SubleaseSeenIn)

    @verb("Refuse a sub-lease", RefuseIn)
    def refuse(self, request: Request, public_id: str) -> Response:
        return self.move(Move.REFUSE, RefuseIn)

    @verb("Withdraw a sub-lease before it begins")
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self.move(Move.WITHDRAW)

    @verb("Hand the machine on")
    def begin(self, request: Request, public_id: str) -> Response:
        return self.move(Move.BEGIN)

    @verb("End a running sub-lease")
    def end(self, request: Request, public_id: str) -> Response:
        return self.move(Move.END)

    @extend_schema(tags=["leases"], summary="Sub-let again", request=SubleaseIn, responses={201: SubleaseOut})
    @action(detail=True, methods=["post"], **WHOLE)
    def subleases(self, request: Request, public_id: str) -> Response:
        """Propose a sub-lease under one's own."""
        found: Sublease = self.get_object()
        return _proposed(request, found.lease, found)

    @extend_schema(tags=["leases"], summary="Who did what, when", responses=SubleaseStepOut(many=True))
    @action(detail=True, **WHOLE)
    def history(self, request: Request, public_id: str) -> Response:
        steps = self.get_object().steps.all()
        return Response({"data": SubleaseStepOut(steps, many=True).data})

    @extend_schema(
        methods=["GET"],
        tags=["leases"],
        summary="What the sub-lessee is told about the data",
        responses=NoticeOut,
    )
    @extend_schema(
        methods=["POST"],
        tags=["leases"],
        summary="Deliver a new data notice before the handover",
        request=None,
        responses={201: NoticeOut},
    )
    @action(detail=True, methods=["get", "post"], url_path="data-notice", **WHOLE)
    def data_notice(self, request: Request, public_id: str) -> Response:
        """Give the newest notice, or make a new one from what the machine reports now."""
        found = self.get_object()
        if request.method == "POST":
            sublease_notices.deliver(sublease=found, **_who(request))
            return Response(NoticeOut(_notice(found)).data, status=status.HTTP_201_CREATED)
        return Response(NoticeOut(_notice(found)).data)

    @extend_schema(
        tags=["leases"], summary="Accept the data notice", request=NoticeAcceptIn, responses=NoticeOut
    )
    @action(detail=True, methods=["post"], url_path="data-notice/accept", filterset_class=None)
    def accept_data_notice(self, request: Request, public_id: str) -> Response:
        """Accept what was read, by its digest; accepting twice changes nothing."""
        found = self.get_object()
        given = NoticeAcceptIn(data=request.data)
        given.is_valid(raise_exception=True)
        digest = given.validated_data["digest"]
        sublease_notices.accept(sublease=found, notice=_notice(found), digest=digest, **_who(request))
        return Response(NoticeOut(_notice(found)).data)

    def move(self, move: Move, shape: type[Serializer[Any]] | None = None) -> Response:
        """Carry out one move; the sub-lease comes first, so that strangers learn nothing."""
        found, given = self.get_object(), {}
        if shape is not None:
            body = shape(data=self.request.data)
            body.is_valid(raise_exception=True)
            given = dict(body.validated_data)
        act = getattr(sublease_ends if move is Move.END else subleases, move)
        expected = _expected(self.request, found)
        return _answer(act(sublease=found, expected=expected, **_who(self.request), **given))


def _who(request: Request) -> dict[str, Any]:
    return {"within": acting_organization(request), "by": request.user, "at": clock.now()}


def _answer(sublease: Sublease, code: int = status.HTTP_200_OK) -> Response:
    now = Sublease.objects.with_sides().get(pk=sublease.pk)
    return Response(SubleaseOut(now).data, status=code, headers={"ETag": f'"{now.version}"'})


def _proposed(request: Request, lease: Lease, under: Sublease | None) -> Response:
    require_scope(request, Scope.LEASES_WRITE)
    given = SubleaseIn(data=request.data)
    sublessor = under.sublessee if under else lease.lessee
    if acting_organization(request) != sublessor:
        raise MissingRight(organization=sublessor.name)
    given.is_valid(raise_exception=True)
    values = given.validated_data
    if values["ends_at"] <= values["starts_at"]:
        raise exceptions.ValidationError({"ends_at": [_("The end must lie after the start.")]})
    made = subleases.propose(
        lease=lease,
        unit=under.unit if under else _unit(lease, values.get("unit")),
        under=under,
        sublessee=_organization(values["sublessee"]),
        period=Period(values["starts_at"], values["ends_at"]),
        place=values["place"],
        data_terms=values.get("data_terms", data_terms.DEFAULT),
        by=request.user,  # type: ignore[arg-type]
        at=clock.now(),
    )
    return _answer(made, status.HTTP_201_CREATED)


def _organization(named: str) -> Organization:
    found = organization_named(named)
    if found is None:
        raise exceptions.ValidationError({"sublessee": [_("There is no such organization.")]})
    return found


def _unit(lease: Lease, named: str | None) -> LeaseUnit:
    units = lease.units.select_related("equipment", "lease").order_by("pk")
    if named is not None:
        return get_object_or_404(units, public_id=named)
    found = units.running().first()
    if found is None:
        raise Http404
    return found


def _notice(sublease: Sublease) -> Notice:
    found = Notice.objects.latest_for(sublease.public_id)
    if found is None:
        raise Http404
    return found


def _expected(request: Request, sublease: Sublease) -> int | None:
    return versions.matched(
        request.headers.get("If-Match"), version=sublease.version, differs=SubleaseChanged
    )
