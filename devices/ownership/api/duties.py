"""REST: duties about data, what suspends them, and the certificates of what was erased."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiTypes, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from devices.models import Channel
from devices.ownership.actions import duties, holds
from devices.ownership.filters import DutyFilter
from devices.ownership.models import Agreement, Certificate, Duty, Hold, erasures_of, records_of
from devices.ownership.permissions import require_platform, terms
from devices.ownership.rules.duties import ERASABLE, State, state
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock, signing
from marketplace.shared.declared import Expandable

CLASSES = serializers.ListField(
    child=serializers.ChoiceField(Channel.Retention.choices), allow_empty=False, max_length=3
)


class DutyOut(serializers.ModelSerializer[Duty]):
    """A duty as both sides see it; ``state`` is computed, ``percent`` says how far erasing is."""

    expandable: ClassVar[Expandable] = {"agreement": "api-data-agreement"}

    id = serializers.CharField(source="public_id")
    agreement = serializers.CharField(source="agreement.public_id")
    lease = serializers.CharField(source="agreement.reference")
    starts_at = serializers.DateTimeField(source="period.lower")
    ends_at = serializers.DateTimeField(source="period.upper")
    state = serializers.SerializerMethodField()
    suspended_because = serializers.CharField(source="held_for", allow_null=True)
    percent = serializers.SerializerMethodField()
    exported_at = serializers.DateTimeField(
        allow_null=True, help_text="When the lessee last took a copy along; null: nothing was exported yet"
    )
    certificate = serializers.CharField(source="certificate.public_id", default=None, allow_null=True)

    class Meta:
        model = Duty
        fields = ["id", "agreement", "lease", "kind", "retentions", "channels", "starts_at", "ends_at"]
        fields += ["source", "due_at", "state", "suspended_because", "percent", "exported_at", "certificate"]
        fields += ["incurred_at"]
        fields += ["asked_by", "asked_at", "postponed_at", "fulfilled_at", "evidence", "waived_at"]
        fields += ["waived_by", "waived_because"]
        read_only_fields = fields

    def get_state(self, duty: Duty) -> State:
        return state(duty.facts, at=clock.now(), grace=terms().grace)

    def get_percent(self, duty: Duty) -> int | None:
        found = self.context.get("percents", {})
        return found.get(duty.public_id) if duty.kind == Duty.Kind.ERASE else None


class ErasureIn(serializers.Serializer[Any]):
    """Which classes go now; or all that says something of persons."""

    retentions = serializers.ListField(
        child=serializers.ChoiceField(ERASABLE), required=False, max_length=2, allow_empty=False
    )
    operator_data = serializers.BooleanField(
        default=False, help_text="Operator data alone, as PIPL Article 47 asks for; then without `retentions`"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("retentions")) is attrs["operator_data"]:
            raise serializers.ValidationError({"retentions": ["Name classes, or operator_data alone."]})
        return attrs


class WaiveIn(serializers.Serializer[Any]):
    """Why it need not be done."""

    because = serializers.CharField(max_length=300)


class HoldIn(serializers.Serializer[Any]):
    """What is kept, and why."""

    agreement = serializers.CharField(max_length=30)
    retentions = CLASSES
    reason = serializers.CharField(max_length=300)


class HoldOut(serializers.ModelSerializer[Hold]):
    """Erasing is suspended."""

    expandable: ClassVar[Expandable] = {"agreement": "api-data-agreement"}

    id = serializers.CharField(source="public_id")
    agreement = serializers.CharField(source="agreement.public_id")

    class Meta:
        model = Hold
        fields = ["id", "agreement", "retentions", "reason", "placed_at", "lifted_at"]
        read_only_fields = fields


class CertificateOut(serializers.ModelSerializer[Certificate]):
    """The signed statement; ``text`` is what the signature is over, byte for byte."""

    id = serializers.CharField(source="public_id")
    duty = serializers.CharField(source="duty.public_id")
    agreement = serializers.CharField(source="duty.agreement.public_id")
    root = serializers.SerializerMethodField()  # type: ignore[assignment]
    key_id = serializers.CharField(read_only=True)
    public_key = serializers.SerializerMethodField()
    signature = serializers.SerializerMethodField()

    class Meta:
        model = Certificate
        fields = ["id", "duty", "agreement", "issued_at", "size", "root", "text", "key_id", "public_key"]
        fields += ["signature"]
        read_only_fields = fields

    def get_root(self, one: Certificate) -> str:
        return bytes(one.root).hex()

    def get_public_key(self, one: Certificate) -> str:
        return signing.written(bytes(one.key.public_key))

    def get_signature(self, one: Certificate) -> str:
        return signing.written(bytes(one.signature))


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="Duties about your data: kept until, erased when"),
    retrieve=extend_schema(tags=["data rights"], summary="One duty"),
)
class DutyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Duty]):
    """Duties of the acting organization's agreements; the platform sees what is overdue."""

    serializer_class = DutyOut
    filterset_class = DutyFilter
    lookup_field = "public_id"
    queryset = Duty.objects.none()

    def get_queryset(self) -> Any:
        return Duty.objects.visible_in(_reader(self.request)).shown()

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        found = args[0] if args else []
        shown = found if isinstance(found, list) else [found]
        kwargs["context"] = {"percents": Duty.objects.percents(shown)}
        return DutyOut(*args, **kwargs)

    @extend_schema(tags=["data rights"], summary="Put erasing off once", request=None, responses=DutyOut)
    @action(detail=True, methods=["post"])
    def postpone(self, request: Request, public_id: str) -> Response:
        """As the lessee, to export first."""
        within = _writer(request)
        duties.postpone(duty=self.get_object(), by=request.user, within=within, at=clock.now())  # type: ignore[arg-type]
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        tags=["data rights"], summary="Let data stay after all", request=WaiveIn, responses=DutyOut
    )
    @action(detail=True, methods=["post"])
    def waive(self, request: Request, public_id: str) -> Response:
        """As the lessee whose data would go."""
        within, duty = _writer(request), self.get_object()
        require(request.user, Permission.DATA_ERASE, within=within)  # type: ignore[arg-type]
        given = WaiveIn(data=request.data)
        given.is_valid(raise_exception=True)
        because = given.validated_data["because"]
        duties.waive(duty=duty, because=because, by=request.user, within=within, at=clock.now())  # type: ignore[arg-type]
        return Response(self.get_serializer(self.get_object()).data)


class ErasuresView(APIView):
    """A lessee has data erased before their time."""

    @extend_schema(
        tags=["data rights"],
        summary="Have your data erased now",
        description="What was said until now, or until the agreement's end. It is due at once, and goes "
        "within minutes. Only categories that the lessee has the right to erase; evidence of bills stays.",
        request=ErasureIn,
        responses={202: DutyOut(many=True)},
        filters=False,
    )
    def post(self, request: Request, public_id: str) -> Response:
        within = _writer(request)
        agreement = get_object_or_404(Agreement.objects.of(within), public_id=public_id)
        require(request.user, Permission.DATA_ERASE, within=within)  # type: ignore[arg-type]
        given = ErasureIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "within": within, "at": clock.now()}
        if given.validated_data["operator_data"]:
            asked = duties.ask_personal(agreement=agreement, **who)
        else:
            asked = duties.ask(agreement=agreement, retentions=given.validated_data["retentions"], **who)
        found = list(Duty.objects.filter(pk__in=[one.pk for one in asked]).shown())
        return Response(DutyOut(found, many=True).data, status=status.HTTP_202_ACCEPTED)


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="What suspends erasing"),
)
class HoldViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Hold]):
    """Holds on agreements of the acting organization; all of them for the platform."""

    serializer_class = HoldOut
    lookup_field = "public_id"
    queryset = Hold.objects.none()

    def get_queryset(self) -> Any:
        return Hold.objects.visible_in(_reader(self.request)).select_related("agreement")

    @extend_schema(
        tags=["data rights"],
        summary="Suspend erasing, as the platform",
        request=HoldIn,
        responses={201: HoldOut},
    )
    def create(self, request: Request) -> Response:
        within = _writer(request)
        require_platform(request.user, within=within)  # type: ignore[arg-type]
        given = HoldIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        agreement = get_object_or_404(Agreement, public_id=values.pop("agreement"))
        hold = holds.place(
            agreement=agreement,
            by=request.user,  # type: ignore[arg-type]
            within=within,
            at=clock.now(),
            **values,
        )
        return Response(HoldOut(hold).data, status=status.HTTP_201_CREATED)

    @extend_schema(tags=["data rights"], summary="Let erasing go on", request=None, responses=HoldOut)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, public_id: str) -> Response:
        """As the platform."""
        within, hold = _writer(request), self.get_object()
        found = holds.lift(hold=hold, by=request.user, within=within, at=clock.now())  # type: ignore[arg-type]
        return Response(HoldOut(found).data)


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="Certificates of what was erased"),
    retrieve=extend_schema(tags=["data rights"], summary="One certificate, with what is signed"),
)
class CertificateViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Certificate]
):
    """Certificates for both sides of an agreement."""

    serializer_class = CertificateOut
    lookup_field = "public_id"
    queryset = Certificate.objects.none()

    def get_queryset(self) -> "QuerySet[Certificate]":
        mine = Certificate.objects.visible_in(_reader(self.request))
        return mine.select_related("duty__agreement", "key")

    @extend_schema(
        tags=["data rights"],
        summary="The records over which a certificate's root is",
        description="Plain text, five lines a record; the tree is that of RFC 9162 over them.",
        responses={(200, "text/plain"): OpenApiTypes.STR},
        filters=False,
    )
    @action(detail=True)
    def records(self, request: Request, public_id: str) -> StreamingHttpResponse:
        found = records_of(list(erasures_of(self.get_object().duty)))
        return StreamingHttpResponse(_streamed(found), content_type="text/plain; charset=utf-8")


def _streamed(records: Iterator[bytes]) -> Iterator[bytes]:
    part: list[bytes] = []
    for record in records:
        part.append(record)
        if len(part) == 1000:
            yield b"".join(part)
            part.clear()
    yield b"".join(part)


def _reader(request: Any) -> Organization:
    require_scope(request, Scope.TELEMETRY_READ)
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)
    return organization


def _writer(request: Any) -> Organization:
    require_scope(request, Scope.LEASES_WRITE)
    require_scope(request, Scope.TELEMETRY_READ)
    return acting_organization(request)
