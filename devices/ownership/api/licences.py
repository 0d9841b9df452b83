"""REST: licences of data products, bought, paid and ended."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership import queries
from devices.ownership.actions import licences
from devices.ownership.api.products import ShareOut, given, who
from devices.ownership.filters import DataLicenceFilter
from devices.ownership.models import DataLicence, DataProduct, LicenceStep
from devices.ownership.rules.products import MOST_PRICE, LicenceState
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import Expandable


class LicenceStepOut(serializers.ModelSerializer[LicenceStep]):
    """The payment, or the end of a licence; `until` is when reading ends."""

    within = serializers.CharField(source="within.public_id")

    class Meta:
        model = LicenceStep
        fields = ["kind", "reference", "reason", "until", "within", "at"]
        read_only_fields = fields


class DataLicenceOut(serializers.ModelSerializer[DataLicence]):
    """A licence; `state` is that of the moment, `split` says who gets how many minor units of `price`."""

    expandable: ClassVar[Expandable] = {"product": "api-data-product"}

    id = serializers.CharField(source="public_id")
    state = serializers.SerializerMethodField()
    product = serializers.CharField(source="version.product.public_id")
    number = serializers.IntegerField(source="version.number")
    title = serializers.CharField(source="version.title")
    buyer = serializers.CharField(source="buyer.public_id")
    border_check = serializers.CharField(source="border_check.public_id", default=None, allow_null=True)
    split = ShareOut(many=True)
    readable_from = serializers.DateTimeField(source="readable.start", default=None, allow_null=True)
    readable_to = serializers.DateTimeField(source="readable.end", default=None, allow_null=True)
    steps = LicenceStepOut(many=True)

    class Meta:
        model = DataLicence
        fields = ["id", "state", "product", "number", "title", "buyer", "digest", "destination"]
        fields += ["border_check", "price", "currency", "split", "readable_from", "readable_to", "at"]
        fields += ["steps"]
        read_only_fields = fields

    def get_state(self, one: DataLicence) -> LicenceState:
        return one.state(clock.now())


class DataLicenceIn(serializers.Serializer[Any]):
    """What is bought, by the digest of the version; abroad with a border check of the seller."""

    product = serializers.CharField(max_length=30)
    digest = serializers.CharField(max_length=64)
    destination = serializers.RegexField(r"^[A-Z]{2}$", required=False, default="CN")
    border_check = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)


class LicencePaymentIn(serializers.Serializer[Any]):
    """A payment that the platform has received: its reference, and the amount in minor units."""

    reference = serializers.CharField(max_length=80)
    amount = serializers.IntegerField(min_value=0, max_value=MOST_PRICE)


class LicenceTerminateIn(serializers.Serializer[Any]):
    """Why; seller and platform have to say it."""

    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


@extend_schema_view(
    list=extend_schema(tags=["data products"], summary="Licences that you bought, sold or get a share of"),
    retrieve=extend_schema(tags=["data products"], summary="One licence"),
)
class DataLicenceViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DataLicence]
):
    """Licences in which the acting organization is a side; all of them for the platform."""

    serializer_class = DataLicenceOut
    filterset_class = DataLicenceFilter
    lookup_field = "public_id"
    queryset = DataLicence.objects.none()

    def get_queryset(self) -> Any:
        reads = self.request.method == "GET"
        require_scope(self.request, Scope.TELEMETRY_READ if reads else Scope.DATA_WRITE)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
        return DataLicence.objects.visible_in(organization).told(organization).shown()

    @extend_schema(
        tags=["data products"],
        summary="Buy a licence",
        description="You accept the version, its policy and its price, by its `digest`. Reading opens when "
        "the platform has recorded the payment, for `days` from then on.",
        request=DataLicenceIn,
        responses={201: DataLicenceOut},
    )
    def create(self, request: Request) -> Response:
        acting, asked = who(request), given(request, DataLicenceIn)
        known = DataProduct.objects.visible_in(acting["within"])
        product = get_object_or_404(known, public_id=asked.pop("product"))
        made = licences.buy(product=product, **asked, **acting)
        return Response(self._shown(made.public_id), status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["data products"],
        summary="Record a payment, as the platform",
        request=LicencePaymentIn,
        responses=DataLicenceOut,
    )
    @action(detail=True, methods=["post"])
    def payment(self, request: Request, public_id: str) -> Response:
        return self._done(request, licences.record_payment, LicencePaymentIn)

    @extend_schema(
        tags=["data products"],
        summary="End a licence at once",
        request=LicenceTerminateIn,
        responses=DataLicenceOut,
    )
    @action(detail=True, methods=["post"])
    def terminate(self, request: Request, public_id: str) -> Response:
        return self._done(request, licences.terminate, LicenceTerminateIn)

    @extend_schema(
        tags=["data products"],
        summary="A paid licence as an ODRL agreement",
        responses=OpenApiTypes.OBJECT,
        filters=False,
    )
    @action(detail=True, filterset_class=None)
    def policy(self, request: Request, public_id: str) -> Response:
        """Answer 404 until it is paid."""
        found = queries.agreement_of(self.get_object())
        if found is None:
            raise Http404
        return Response(found)

    def _done(
        self, request: Request, act: Callable[..., LicenceStep], body: type[serializers.Serializer[Any]]
    ) -> Response:
        acting, found = who(request), self.get_object()
        act(licence=found, **given(request, body), **acting)
        return Response(self._shown(found.public_id))

    def _shown(self, public_id: str) -> Any:
        return DataLicenceOut(self.get_queryset().get(public_id=public_id)).data
