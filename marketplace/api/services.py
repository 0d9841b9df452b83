"""REST: services of listings, offered by owners and agreed to by who does them."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import services
from marketplace.filters import ServiceFilter
from marketplace.models import Listing, ListingService
from marketplace.models.apikeys import Scope
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization, organization_named, require_scope
from marketplace.rules.services import TAX_CATEGORIES
from marketplace.shared import clock
from marketplace.shared.declared import Expandable

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}


class ServiceOut(serializers.ModelSerializer[ListingService]):
    """
    A service of a listing; ``price_minor`` is for one ``basis``, before tax.

    ``digest`` is the SHA-256 of what it says in canonical JSON: by it the provider agrees.
    """

    expandable: ClassVar[Expandable] = {"listing": "api-listing"}

    id = serializers.CharField(source="public_id", read_only=True)
    listing = serializers.CharField(source="listing.public_id", read_only=True)
    listing_title = serializers.CharField(source="listing.title", read_only=True)
    provider = serializers.CharField(source="provider.public_id", read_only=True)

    class Meta:
        model = ListingService
        fields = (
            "id",
            "listing",
            "listing_title",
            "provider",
            "provider_name",
            "kind",
            "basis",
            "price_minor",
            "currency",
            "tax_category",
            "lead_hours",
            "required",
            "description_zh",
            "description_en",
            "digest",
            "status",
            "offered_at",
            "agreed_at",
            "over_at",
            "reason",
        )
        read_only_fields = fields


class ServiceIn(serializers.Serializer[Any]):
    """A service to offer; ``provider`` is a public id or a credit code, left out if you do it yourself."""

    provider = serializers.CharField(max_length=30, required=False)
    kind = serializers.ChoiceField(choices=ListingService.Kind.choices)
    basis = serializers.ChoiceField(choices=ListingService.Basis.choices)
    price_minor = serializers.IntegerField()
    tax_category = serializers.ChoiceField(choices=TAX_CATEGORIES, required=False)
    lead_hours = serializers.IntegerField(required=False, default=0)
    required = serializers.BooleanField(required=False, default=False)  # type: ignore[assignment]
    description_zh = serializers.CharField(max_length=1000)
    description_en = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class ServiceAgreeIn(serializers.Serializer[Any]):
    """What is agreed to: the digest of the service that was read."""

    digest = serializers.CharField(max_length=64)


class ServiceReasonIn(serializers.Serializer[Any]):
    """Why, for the other side to read."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class ListingServiceActions:
    """Sub-resource of a listing; mixed into its view set."""

    @extend_schema(
        methods=["GET"], tags=["listings"], summary="What else comes with it", responses=ServiceOut(many=True)
    )
    @extend_schema(
        methods=["POST"],
        tags=["listings"],
        summary="Offer a service, as the owner",
        request=ServiceIn,
        responses={201: ServiceOut},
    )
    @action(detail=True, methods=["get", "post"], **WHOLE)
    def services(self, request: Request, public_id: str) -> Response:
        """List what is offered, or offer one more; the owner sees invitations and what is over as well."""
        if request.method == "POST":
            return self.offer_service(request)
        listing: Listing = self.get_object()  # type: ignore[attr-defined]
        found = ListingService.objects.filter(listing=listing).with_sides()
        if not request.user.is_authenticated or acting_organization(request) != listing.owner:
            found = found.agreed()
        return Response({"data": ServiceOut(found, many=True).data})

    def offer_service(self, request: Request) -> Response:
        """Invite the provider that is named."""
        listing: Listing = self.mine(request)  # type: ignore[attr-defined]
        if acting_organization(request) != listing.owner:
            raise MissingRight(organization=listing.owner.name)
        given = ServiceIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        named = values.pop("provider", None)
        provider = organization_named(named) if named else listing.owner
        if provider is None:
            raise exceptions.ValidationError({"provider": [_("There is no such organization.")]})
        made = services.offer(
            listing=listing,
            provider=provider,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **values,
        )
        return Response(ServiceOut(made).data, status=status.HTTP_201_CREATED)


def verb(summary: str, given: type[serializers.Serializer[Any]]) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the service."""

    def decorate(method: Any) -> Any:
        described = extend_schema(tags=["listings"], summary=summary, request=given, responses=ServiceOut)
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["listings"], summary="Services that you offer or do"),
    retrieve=extend_schema(tags=["listings"], summary="One service"),
)
class ServiceViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ListingService]
):
    """A service is seen here by the owner of its listing and by its provider."""

    queryset = ListingService.objects.none()
    serializer_class = ServiceOut
    filterset_class = ServiceFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LISTINGS_READ if reading else Scope.LISTINGS_WRITE)
        return ListingService.objects.of(acting_organization(self.request)).with_sides().order_by("-pk")

    @verb("Agree to do a service", ServiceAgreeIn)
    def agree(self, request: Request, public_id: str) -> Response:
        return self.answer(services.agree, ServiceAgreeIn)

    @verb("Decline an invitation", ServiceReasonIn)
    def decline(self, request: Request, public_id: str) -> Response:
        return self.answer(services.decline, ServiceReasonIn)

    @verb("Take a service off the listing", ServiceReasonIn)
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self.answer(services.withdraw, ServiceReasonIn)

    def answer(
        self, act: Callable[..., ListingService], shape: type[serializers.Serializer[Any]]
    ) -> Response:
        """Carry out one step; the service comes first, so that strangers learn nothing."""
        found = self.get_object()
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"within": acting_organization(self.request), "by": self.request.user}
        return Response(ServiceOut(act(service=found, at=clock.now(), **who, **given.validated_data)).data)
