"""REST: may these data leave the country?"""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership.actions import borders
from devices.ownership.models import BorderCheck, DataAsset
from devices.ownership.rules.borders import Exemption
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

MOST_PERSONS = 2_000_000_000
ANSWERED_BESIDE = ("assets", "destination", "recipient", "persons", "sensitive_persons")


class BorderCheckIn(serializers.Serializer[Any]):
    """What is sent to whom, and what is known of it; a field that is left out is not known."""

    assets = serializers.ListField(child=serializers.CharField(max_length=30), max_length=200)
    destination = serializers.RegexField(r"^[A-Z]{2}$")
    recipient = serializers.CharField(max_length=200)
    persons = serializers.IntegerField(min_value=0, max_value=MOST_PERSONS, required=False)
    sensitive_persons = serializers.IntegerField(min_value=0, max_value=MOST_PERSONS, required=False)
    personal = serializers.BooleanField(required=False)
    for_foreign_authority = serializers.BooleanField(required=False)
    authority_approved = serializers.BooleanField(required=False)
    eu_data_for_third_country = serializers.BooleanField(required=False)
    critical_operator = serializers.BooleanField(required=False)
    exemption = serializers.ChoiceField([one.value for one in Exemption], required=False)
    assessed_until = serializers.DateField(required=False)
    contract_until = serializers.DateField(required=False)


class BorderCheckOut(serializers.ModelSerializer[BorderCheck]):
    """The answer: what may be done, the step that gave it, its articles, and what must be known for more."""

    id = serializers.CharField(source="public_id")
    assets: Any = serializers.SlugRelatedField("public_id", many=True, read_only=True)

    class Meta:
        model = BorderCheck
        fields = ["id", "assets", "destination", "recipient", "grade", "persons", "sensitive_persons"]
        fields += ["answer", "may_go", "step", "articles", "missing", "at"]


@extend_schema_view(
    list=extend_schema(tags=["data rights"], summary="Checks of transfers abroad"),
)
class BorderCheckViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[BorderCheck]):
    """Checks that the acting organization made."""

    serializer_class = BorderCheckOut
    queryset = BorderCheck.objects.none()

    def get_queryset(self) -> Any:
        require_scope(self.request, Scope.TELEMETRY_READ)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
        return BorderCheck.objects.filter(organization=organization).prefetch_related("assets")

    @extend_schema(
        tags=["data rights"],
        summary="Ask whether data may leave the country",
        description="The steps of the cross-border check in their fixed order; persons are counted since 1 "
        "January, earlier checks that let data go included. A fact that is not known holds, and is named.",
        request=BorderCheckIn,
        responses={201: BorderCheckOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.DEVICES_WRITE)
        organization, at = acting_organization(request), clock.now()
        given = BorderCheckIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        wanted = set(values.pop("assets"))
        known = DataAsset.objects.known_to(organization, at=at).filter(public_id__in=wanted)
        assets = list(known)
        if {one.public_id for one in assets} != wanted:
            raise serializers.ValidationError({"assets": ["One of them is none that you know of."]})
        named = {name: values.pop(name) for name in ANSWERED_BESIDE if name in values}
        made = borders.check(
            assets=assets,
            by=request.user,  # type: ignore[arg-type]
            within=organization,
            at=at,
            facts=values,
            **named,
        )
        return Response(BorderCheckOut(made).data, status=status.HTTP_201_CREATED)
