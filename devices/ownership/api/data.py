"""REST: agreements and the log of reads."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view, inline_serializer
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership import queries
from devices.ownership.api.amendments import AmendmentActions
from devices.ownership.api.persons import PersonOut
from devices.ownership.models import AccessEvent, Agreement, AgreementVersion
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared.declared import Expandable


class AgreementVersionOut(serializers.ModelSerializer[AgreementVersion]):
    """Terms of an agreement from a moment on, and who accepted them by which digest."""

    terms = serializers.DictField()
    accepted = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = AgreementVersion
        fields = ["number", "terms", "digest", "valid_from", "covers_earlier", "accepted"]


class AgreementOut(serializers.ModelSerializer[Agreement]):
    """An agreement as both sides see it; ``above`` are those that sub-let the machine, if it is sub-let."""

    expandable: ClassVar[Expandable] = {"equipment": "api-equipment"}

    id = serializers.CharField(source="public_id")
    equipment = serializers.CharField(source="equipment.public_id")
    owner = serializers.CharField(source="owner.public_id")
    lessee = serializers.CharField(source="lessee.public_id")
    starts_at = serializers.DateTimeField(source="period.lower")
    ends_at = serializers.DateTimeField(source="period.upper", allow_null=True)
    versions = AgreementVersionOut(many=True)

    class Meta:
        model = Agreement
        fields = ["id", "equipment", "owner", "lessee", "starts_at", "ends_at", "reference"]
        fields += ["billing_channels", "version", "opened_at", "closed_at"]
        fields += ["suspended_at", "ordered_at", "order", "above", "versions"]


class AccessEventOut(serializers.ModelSerializer[AccessEvent]):
    """One line of the log; decisions about others' data are left out."""

    id = serializers.CharField(source="public_id")
    person = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField()

    class Meta:
        model = AccessEvent
        fields = [
            "id",
            "at",
            "person",
            "organization",
            "organization_name",
            "device",
            "channels",
            "asked_from",
        ]
        fields += ["asked_to", "purpose", "outcome", "decisions", "reference"]

    @extend_schema_field(PersonOut(allow_null=True))
    def get_person(self, event: AccessEvent) -> dict[str, Any] | None:
        return PersonOut.shown(queries.person_shown(event, acting_organization(self.context["request"])))

    def get_decisions(self, event: AccessEvent) -> list[dict[str, Any]]:
        return queries.decisions_shown(event, acting_organization(self.context["request"]))


POLICY = inline_serializer(
    "DataAgreementPolicy",
    {
        "@context": serializers.CharField(),
        "@type": serializers.CharField(),
        "uid": serializers.CharField(),
        "profile": serializers.CharField(),
        "conflict": serializers.CharField(),
        "assigner": serializers.CharField(),
        "permission": serializers.ListField(child=serializers.DictField()),
        "prohibition": serializers.ListField(child=serializers.DictField()),
    },
)


def _organization(request: Any) -> Any:
    require_scope(request, Scope.TELEMETRY_READ)
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)
    return organization


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="Your data agreements"),
    retrieve=extend_schema(tags=["data rights"], summary="One data agreement"),
)
class AgreementViewSet(
    AmendmentActions, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Agreement]
):
    """Agreements of the acting organization."""

    serializer_class = AgreementOut
    lookup_field = "public_id"
    queryset = Agreement.objects.none()

    def get_queryset(self) -> Any:
        held = Agreement.objects.of(_organization(self.request)).with_terms()
        return held.select_related("equipment", "owner", "lessee").prefetch_related("versions")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().retrieve(request, *args, **kwargs)
        return Response(answer.data, headers={"ETag": f'"{answer.data["version"]}"'})

    @extend_schema(
        tags=["data rights"],
        summary="An agreement's rights as an ODRL policy (JSON-LD)",
        responses=POLICY,
    )
    @action(detail=True)
    def policy(self, request: Request, public_id: str) -> Response:
        """Write what the agreement permits and prohibits, to each party and category, in ODRL 2.2."""
        return Response(queries.policy_of(self.get_object()))


@extend_schema_view(list=extend_schema(tags=["data rights"], summary="Every read that concerns you"))
class AccessEventViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[AccessEvent]):
    """The log of reads, denials included."""

    serializer_class = AccessEventOut
    queryset = AccessEvent.objects.none()

    def get_queryset(self) -> Any:
        return queries.events_visible_in(_organization(self.request))
