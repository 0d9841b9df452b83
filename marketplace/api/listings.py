"""REST: listings of owners, the public catalogue, and the price calculator."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.actions import listings as listing_actions
from marketplace.api.chains import ListingAudienceActions
from marketplace.api.checks import ListingCheckActions
from marketplace.api.comparing import ComparingActions
from marketplace.api.content_cases import ReportActions
from marketplace.api.equipment_documents import ListingDocumentActions
from marketplace.api.listing_photos import ListingPhotoActions
from marketplace.api.serializers import ListingIn, ListingOut, ListingTerms, QuoteIn, QuoteOut
from marketplace.api.services import ListingServiceActions
from marketplace.api.slots import SlotActions
from marketplace.filters import ListingFilter
from marketplace.models import Equipment, Listing
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope, taxes_of
from marketplace.queries.acting import visible_listings
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.quotes import Quote, quote
from marketplace.shared import clock, versions
from marketplace.shared.declared import as_seen

DAYS_OF_A_PERIOD = 30
MOST_NAMED = 20  # meters that a body names wrongly, each at its place


@extend_schema_view(
    list=extend_schema(tags=["listings"], summary="Published listings, and all of your own"),
    retrieve=extend_schema(tags=["listings"], summary="One listing"),
)
class ListingViewSet(
    ComparingActions,
    ListingAudienceActions,
    ListingServiceActions,
    ListingPhotoActions,
    ListingCheckActions,
    ListingDocumentActions,
    ReportActions,
    SlotActions,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Listing],
):
    """Reading is public; writing is for the owner."""

    permission_classes = [AllowAny]
    queryset = Listing.objects.none()
    serializer_class = ListingOut
    filterset_class = ListingFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if self.request.user.is_authenticated:
            require_scope(self.request, Scope.LISTINGS_READ)
        visible = visible_listings(self.request)
        return visible.annotate(machine_count=Count("units")).select_related(
            "owner", "category", "site", "chain"
        )

    def answer(self, listing: Listing, code: int = status.HTTP_200_OK) -> Response:
        """Answer with the listing as it is now, and the tag of its version."""
        now = self.get_queryset().get(pk=listing.pk)
        return Response(ListingOut(now).data, status=code, headers={"ETag": f'"{now.version}"'})

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found = self.get_object()
        return Response(self.get_serializer(found).data, headers={"ETag": f'"{found.version}"'})

    @extend_schema(
        tags=["listings"], summary="Draft a listing", request=ListingIn, responses={201: ListingOut}
    )
    def create(self, request: Request) -> Response:
        self.writers_only(request)
        given = ListingIn(data=request.data)
        given.is_valid(raise_exception=True)
        owner = acting_organization(request)
        values = dict(given.validated_data)
        ids = values.pop("equipment")
        machines = Equipment.objects.filter(owner=owner, public_id__in=ids)
        listing = listing_actions.create(
            owner=owner,
            equipment=list(machines),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            **values,
        )
        return self.answer(listing, status.HTTP_201_CREATED)

    @as_seen(counted=True)
    @extend_schema(tags=["listings"], summary="Change a listing", request=ListingTerms, responses=ListingOut)
    def partial_update(self, request: Request, public_id: str) -> Response:
        listing = self.mine(request)
        given = ListingTerms(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        listing_actions.edit(
            listing=listing,
            changes=given.validated_data,
            expected=versions.matched(
                request.headers.get("If-Match"),
                version=listing.version,
                differs=listing_actions.ListingChanged,
            ),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return self.answer(listing)

    @extend_schema(tags=["listings"], summary="Publish", request=None, responses=ListingOut)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, public_id: str) -> Response:
        return self.move(request, listing_actions.publish)

    @extend_schema(tags=["listings"], summary="Pause", request=None, responses=ListingOut)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, public_id: str) -> Response:
        return self.move(request, listing_actions.pause)

    @extend_schema(tags=["listings"], summary="Retire for good", request=None, responses=ListingOut)
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, public_id: str) -> Response:
        return self.move(request, listing_actions.retire)

    @extend_schema(tags=["listings"], summary="What my usage would cost", request=QuoteIn, responses=QuoteOut)
    @action(detail=True, methods=["post"])
    def price(self, request: Request, public_id: str) -> Response:
        listing = self.get_object()
        given = QuoteIn(data=request.data)
        given.is_valid(raise_exception=True)
        plan = PricePlan.parse(listing.price_plan, agreed=True)
        _refuse_unbilled(given.validated_data["usage"], plan)
        share = Fraction(given.validated_data["days"], DAYS_OF_A_PERIOD)
        priced = quote(
            plan,
            given.validated_data["usage"],
            share_of_period=share,
            on=clock.today(),
            taxes=taxes_of(listing.owner, clock.today()),
        )
        return Response(quote_document(priced))

    def mine(self, request: Request) -> Listing:
        """Return the listing if the caller may see it and is signed in with the right to write."""
        self.writers_only(request)
        found: Listing = self.get_object()
        return found

    def move(self, request: Request, act: Any) -> Response:
        """Carry out one move of the state table."""
        return self.answer(act(listing=self.mine(request), by=request.user, at=clock.now()))

    def writers_only(self, request: Request) -> None:
        """Writing needs somebody: a signed-in person, or a key with the scope."""
        if not request.user.is_authenticated:
            self.permission_denied(request)
        require_scope(request, Scope.LISTINGS_WRITE)


def quote_document(priced: Quote) -> dict[str, Any]:
    """Return a quote as the REST answer."""
    lines = [
        {
            "component": taxed.line.component,
            "kind": taxed.line.kind,
            "seller": taxed.line.seller,
            "quantity": None if taxed.line.quantity is None else f"{taxed.line.quantity:f}",
            "unit": taxed.line.unit or "",
            "net_minor": taxed.line.net.minor,
            "tax_rate": f"{taxed.rate.rate:f}",
            "tax_minor": taxed.tax.minor,
            "steps": taxed.line.dump()["steps"],
        }
        for taxed in priced.lines
    ]
    return {
        "currency": priced.currency,
        "lines": lines,
        "net_minor": priced.net.minor,
        "tax_minor": priced.tax.minor,
        "gross_minor": priced.gross.minor,
    }


def _refuse_unbilled(usage: Iterable[str], plan: PricePlan) -> None:
    """Name each meter that an offer does not bill: passed over, it would seem to cost nothing."""
    billed = sorted(plan.meters())
    told = _("This offer does not bill “{meter}”. It bills: {meters}.")
    unknown = [meter for meter in usage if meter not in billed][:MOST_NAMED]
    flaws = {meter: [told.format(meter=meter, meters=", ".join(billed))] for meter in unknown}
    if flaws:
        raise serializers.ValidationError({"usage": flaws})
