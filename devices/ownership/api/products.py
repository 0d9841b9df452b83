"""REST: data products, offered, consented to, published and withdrawn."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    extend_schema,
    extend_schema_field,
    extend_schema_view,
    inline_serializer,
)
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from devices.ownership import queries
from devices.ownership.actions import products
from devices.ownership.actions.offering import LONGEST, Wanted
from devices.ownership.api.grants import Moment
from devices.ownership.filters import DataProductFilter
from devices.ownership.models import DataProduct, ProductStep, ProductVersion
from devices.ownership.rules.products import (
    INTERVALS,
    MOST_ASSETS,
    MOST_DAYS,
    MOST_LICENCES,
    MOST_PRICE,
    PURPOSES,
    Share,
    State,
)
from devices.ownership.rules.products import Role as ShareRole
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.money import PLACES
from marketplace.shared.period import Period

DIGEST = serializers.CharField(max_length=64, help_text="The `digest` of the version that you saw")


class ShareIO(serializers.Serializer[Any]):
    """What part of the price an organization gets, in basis points (10,000 are the whole), and why."""

    organization = serializers.CharField(max_length=30)
    role = serializers.ChoiceField([one.value for one in ShareRole])
    points = serializers.IntegerField(min_value=0, max_value=10_000)


class ShareOut(ShareIO):
    """A share, and how many minor units of the price it is."""

    minor = serializers.IntegerField(min_value=0, max_value=MOST_PRICE)


class ProductStepOut(serializers.ModelSerializer[ProductStep]):
    """A consent, the publication or the withdrawal."""

    organization = serializers.CharField(source="organization.public_id")

    class Meta:
        model = ProductStep
        fields = ["kind", "organization", "reason", "at"]
        read_only_fields = fields


class ProductVersionOut(serializers.ModelSerializer[ProductVersion]):
    """
    One version. `digest` is SHA-256 over `text`; `price` is in minor units; `shares` add up to it.

    `parties` have to consent. `content` is SHA-256 over what it holds (see Data products in the docs).
    """

    state = serializers.SerializerMethodField()
    starts_at = serializers.DateTimeField(source="period.lower")
    ends_at = serializers.DateTimeField(source="period.upper")
    shares = ShareOut(source="amounts", many=True)
    steps = ProductStepOut(many=True)
    assets = serializers.ListField(child=serializers.CharField())
    policy = serializers.ListField(source="policy_said", child=serializers.CharField())

    class Meta:
        model = ProductVersion
        fields = ["number", "state", "title", "about", "source", "basis", "assets", "categories"]
        fields += ["starts_at", "ends_at", "interval", "grade", "purposes", "days", "most_licences"]
        fields += ["recipients", "abroad", "price", "currency", "shares", "parties", "policy", "content"]
        fields += ["digest", "text", "at", "steps"]
        read_only_fields = fields

    def get_state(self, one: ProductVersion) -> State:
        return one.product.state_of(one)


class DataProductOut(serializers.ModelSerializer[DataProduct]):
    """A product; `on_sale` is the number of the version that can be bought, if there is one."""

    id = serializers.CharField(source="public_id")
    seller = serializers.CharField(source="seller.public_id")
    seller_name = serializers.CharField(source="seller.name")
    on_sale = serializers.IntegerField(allow_null=True)
    versions = serializers.SerializerMethodField()

    class Meta:
        model = DataProduct
        fields = ["id", "seller", "seller_name", "on_sale", "made_at", "versions"]
        read_only_fields = fields

    @extend_schema_field(ProductVersionOut(many=True))
    def get_versions(self, one: DataProduct) -> Any:
        return ProductVersionOut(one.shown_to(self.context["organization"]), many=True).data


class DataProductIn(serializers.Serializer[Any]):
    """What a version is to say; the period is when the data were generated, `price` is in minor units."""

    title = serializers.CharField(max_length=LONGEST["title"])
    about = serializers.CharField(max_length=LONGEST["about"], required=False, default="", allow_blank=True)
    source: Any = serializers.CharField(max_length=LONGEST["source"])
    basis = serializers.CharField(max_length=LONGEST["basis"])
    assets = serializers.ListField(
        child=serializers.CharField(max_length=30), min_length=1, max_length=MOST_ASSETS
    )
    starts_at = Moment()
    ends_at = Moment()
    interval = serializers.ChoiceField(INTERVALS)
    purposes = serializers.ListField(child=serializers.ChoiceField(PURPOSES), min_length=1, max_length=10)
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    most_licences = serializers.IntegerField(min_value=1, max_value=MOST_LICENCES)
    recipients = serializers.ListField(
        child=serializers.ChoiceField(OrganizationKind.choices), required=False, default=list, max_length=10
    )
    abroad = serializers.BooleanField(required=False, default=False)
    price = serializers.IntegerField(min_value=1, max_value=MOST_PRICE)
    currency = serializers.ChoiceField(sorted(PLACES), required=False, default="CNY")
    shares = ShareIO(many=True, allow_empty=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.pop("starts_at"), attrs.pop("ends_at")
        if end <= start:
            raise serializers.ValidationError({"ends_at": [_("The end must lie after the start.")]})
        shares = [Share(**one) for one in attrs.pop("shares")]
        return {"wanted": Wanted(period=Period(start, end), shares=shares, **attrs)}


class ProductSeenIn(serializers.Serializer[Any]):
    """What you act on."""

    digest = DIGEST


class ProductWithdrawIn(serializers.Serializer[Any]):
    """Which version, and why."""

    digest = DIGEST
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)


def _step(summary: str, body: Any) -> Callable[..., Any]:
    return extend_schema(tags=["data products"], summary=summary, request=body, responses=DataProductOut)


@extend_schema_view(
    list=extend_schema(tags=["data products"], summary="Data products on sale, and those that concern you"),
    retrieve=extend_schema(tags=["data products"], summary="One data product with its versions"),
)
class DataProductViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DataProduct]
):
    """What is on sale, and what the acting organization sells, has a part in or bought."""

    serializer_class = DataProductOut
    filterset_class = DataProductFilter
    lookup_field = "public_id"
    queryset = DataProduct.objects.none()

    def get_queryset(self) -> Any:
        reads = self.request.method == "GET"
        require_scope(self.request, Scope.TELEMETRY_READ if reads else Scope.DATA_WRITE)
        organization = acting_organization(self.request)
        require(self.request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
        return DataProduct.objects.visible_in(organization).with_versions().order_by("-pk")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return context
        return context | {"organization": acting_organization(self.request)}

    @extend_schema(
        tags=["data products"],
        summary="Offer a data product",
        description="Of data of your own time, or over which a certificate in force lets you operate. "
        "Everybody in `parties` consents by `digest` before you can publish it.",
        request=DataProductIn,
        responses={201: DataProductOut},
    )
    def create(self, request: Request) -> Response:
        made = products.offer(**given(request, DataProductIn), **who(request))
        return Response(self._shown(made.product.public_id), status=status.HTTP_201_CREATED)

    @extend_schema(
        tags=["data products"],
        summary="Offer a new version",
        request=DataProductIn,
        responses={201: DataProductOut},
    )
    @action(detail=True, methods=["post"])
    def versions(self, request: Request, public_id: str) -> Response:
        """Write a further version; the one on sale stays until the new one is published."""
        acting, found = who(request), self.get_object()
        products.offer(product=found, **given(request, DataProductIn), **acting)
        return Response(self._shown(public_id), status=status.HTTP_201_CREATED)

    @_step("Consent to a version", ProductSeenIn)
    @action(detail=True, methods=["post"])
    def consent(self, request: Request, public_id: str) -> Response:
        return self._done(request, products.consent, ProductSeenIn)

    @_step("Put a version on sale", ProductSeenIn)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, public_id: str) -> Response:
        return self._done(request, products.publish, ProductSeenIn)

    @_step("Withdraw a version, or a consent to it", ProductWithdrawIn)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self._done(request, products.withdraw, ProductWithdrawIn)

    @extend_schema(
        tags=["data products"],
        summary="What a withdrawal would mean for what was sold",
        description="For the newest version that you may see: licences that run on, until when, and those "
        "unpaid, which lapse.",
        responses=inline_serializer(
            "ProductWithdrawalEffect",
            {
                "number": serializers.IntegerField(),
                "running": serializers.IntegerField(),
                "until": serializers.DateTimeField(allow_null=True),
                "lapse": serializers.IntegerField(),
            },
        ),
        filters=False,
    )
    @action(detail=True, filterset_class=None)
    def effect(self, request: Request, public_id: str) -> Response:
        """Say what a withdrawal means; told to the sides of a product alone."""
        found = self._sides_version()
        effect = queries.effect_of_product_withdrawal(found, clock.now())
        told = {"running": effect.running, "until": effect.until, "lapse": effect.lapse}
        return Response({"number": found.number, **told})

    @extend_schema(
        tags=["data products"],
        summary="Its policy as an ODRL offer",
        description="Of the version on sale, or of the newest that you may see.",
        responses=OpenApiTypes.OBJECT,
        filters=False,
    )
    @action(detail=True, filterset_class=None)
    def policy(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        shown = found.shown_to(acting_organization(request))
        on_sale = [one for one in shown if found.state_of(one) is State.ON_SALE]
        return Response(queries.offer_of((on_sale or shown)[-1]))

    def _sides_version(self) -> ProductVersion:
        """Return the newest version in which the acting organization is a side."""
        organization, found = acting_organization(self.request), self.get_object()
        mine = [one for one in found.chain if found.is_side(one, organization)]
        if not mine:
            raise products.NotAParty(organization=organization.name)
        return mine[-1]

    def _done(
        self, request: Request, act: Callable[..., ProductStep], body: type[serializers.Serializer[Any]]
    ) -> Response:
        acting, found = who(request), self.get_object()
        act(product=found, **given(request, body), **acting)
        return Response(self._shown(found.public_id))

    def _shown(self, public_id: str) -> Any:
        found = self.get_queryset().get(public_id=public_id)
        return DataProductOut(found, context=self.get_serializer_context()).data


def given(request: Request, body: type[serializers.Serializer[Any]]) -> dict[str, Any]:
    """Return what was sent, read by a serializer."""
    read = body(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


def who(request: Request) -> dict[str, Any]:
    """Return who acts for whom and when, for writes on products and licences."""
    require_scope(request, Scope.DATA_WRITE)
    within = acting_organization(request)
    require(request.user, Permission.DATA_GRANT, within=within)  # type: ignore[arg-type]
    return {"by": request.user, "within": within, "at": clock.now()}
