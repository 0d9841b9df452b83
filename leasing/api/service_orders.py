"""Service orders over REST: what the provider does, what the lessee answers, and further orders."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from leasing.actions import service_openings
from leasing.actions.service_order_moves import ServiceOrderChanged
from leasing.actions.service_orders import ACTS
from leasing.filters import ServiceOrderFilter
from leasing.models import Lease, ServiceOrder, ServiceOrderStep
from leasing.rules.service_orders import LONGEST_CONTACT, Move, moves_for
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock, versions
from marketplace.shared.declared import as_seen

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the service order as you read it, such as "3"; another version: 412.',
)


class ServiceOrderOut(serializers.ModelSerializer[ServiceOrder]):
    """
    A service order. ``lease`` is null for a provider, who learns nothing else of the lease.

    ``quantity`` are hours, or 1. ``accept_by`` is when a report counts as accepted that nobody answered.
    The price is that of the service alone, for an order, an hour or a billing period.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    allowed = serializers.SerializerMethodField()
    lease = serializers.SerializerMethodField()
    service = serializers.CharField(source="service_id", read_only=True)
    description_zh = serializers.CharField(source="agreed.description_zh", read_only=True)
    description_en = serializers.CharField(source="agreed.description_en", read_only=True)
    provider = serializers.CharField(source="provider.public_id", read_only=True)
    provider_name = serializers.CharField(source="provider.name", read_only=True)
    customer_name = serializers.CharField(source="lease.lessee.name", read_only=True)
    machines = serializers.ListField(child=serializers.CharField(), read_only=True)
    place = serializers.CharField(read_only=True)
    proposed_by = serializers.ChoiceField(
        choices=ServiceOrder.Proposer.choices, read_only=True, allow_blank=True
    )
    price_minor = serializers.IntegerField(source="agreed.price.minor", read_only=True)
    currency = serializers.CharField(source="agreed.price.currency", read_only=True)

    class Meta:
        model = ServiceOrder
        fields = (
            "id",
            "status",
            "allowed",
            "lease",
            "service",
            "kind",
            "basis",
            "number",
            "description_zh",
            "description_en",
            "provider",
            "provider_name",
            "customer_name",
            "machines",
            "place",
            "contact",
            "ordered_at",
            "by_lessee",
            "not_before",
            "month_from",
            "month_to",
            "proposed_for",
            "proposed_by",
            "starts_at",
            "report",
            "quantity",
            "done_at",
            "accept_by",
            "accepted_at",
            "price_minor",
            "currency",
            "version",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_allowed(self, order: ServiceOrder) -> list[str]:
        """Return the moves that the reader's side can make now."""
        side = order.side_of(self._reader())
        return [str(move) for move in moves_for(side, order.stand)] if side else []

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_lease(self, order: ServiceOrder) -> str | None:
        """Return the lease to its sides."""
        return order.lease.public_id if order.knows_lease(self._reader()) else None

    def _reader(self) -> Organization:
        return acting_organization(self.context["request"])


class ServiceOrderStepOut(serializers.ModelSerializer[ServiceOrderStep]):
    """One step of a service order's history, with the hashes that chain it."""

    class Meta:
        model = ServiceOrderStep
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


class ServiceOrderIn(serializers.Serializer[Any]):
    """A service of the terms of a lease to order once more: ids of both."""

    lease = serializers.CharField(max_length=30)
    service = serializers.CharField(max_length=30)


class ServiceVisitIn(serializers.Serializer[Any]):
    """When the work is to begin; ``contact`` are a lessee's words on whom to ask for, and where."""

    starts_at = DateTimeField()
    contact = serializers.CharField(max_length=LONGEST_CONTACT, allow_blank=True, default="")


class ServiceVisitAgreedIn(serializers.Serializer[Any]):
    """The day is the one that was proposed; ``contact`` as with a proposal."""

    contact = serializers.CharField(max_length=LONGEST_CONTACT, allow_blank=True, default="")


class ServiceReportIn(serializers.Serializer[Any]):
    """What was done; ``hours`` in quarters, where the price is by the hour."""

    text = serializers.CharField(max_length=5000, allow_blank=True)
    hours = serializers.DecimalField(max_digits=9, decimal_places=2, required=False, allow_null=True)


class ServiceOrderReasonIn(serializers.Serializer[Any]):
    """Why: an objection and a dropped order need it."""

    text = serializers.CharField(max_length=5000, allow_blank=True)


class ServiceNothingIn(serializers.Serializer[Any]):
    """Nothing needs to be said."""


SHAPES: dict[Move, type[Serializer[Any]]] = {
    Move.PROPOSE: ServiceVisitIn,
    Move.AGREE: ServiceVisitAgreedIn,
    Move.FINISH: ServiceReportIn,
    Move.OBJECT: ServiceOrderReasonIn,
    Move.CANCEL: ServiceOrderReasonIn,
}


def verb(summary: str, move: Move) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the order."""

    def decorate(method: Any) -> Any:
        described = extend_schema(
            tags=["leases"],
            summary=summary,
            request=SHAPES.get(move),
            responses=ServiceOrderOut,
            parameters=[IF_MATCH],
        )
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["leases"], summary="Service orders that you do, or of your leases"),
    retrieve=extend_schema(tags=["leases"], summary="One service order"),
)
class ServiceOrderViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ServiceOrder]
):
    """An order is seen by its provider and by both sides of its lease; the lessor only watches."""

    queryset = ServiceOrder.objects.none()
    serializer_class = ServiceOrderOut
    filterset_class = ServiceOrderFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        return ServiceOrder.objects.of(acting_organization(self.request)).with_sides().with_machines()

    @extend_schema(
        tags=["leases"],
        summary="Order a service of the terms once more",
        request=ServiceOrderIn,
        responses={201: ServiceOrderOut},
    )
    def create(self, request: Request) -> Response:
        """Order a service once more as the lessee; what the contract promises is there already."""
        require_scope(request, Scope.LEASES_WRITE)
        given = ServiceOrderIn(data=request.data)
        given.is_valid(raise_exception=True)
        mine = Lease.objects.of(acting_organization(request)).select_related("lessor", "lessee")
        lease = mine.filter(public_id=given.validated_data["lease"]).first()
        if lease is None:
            raise exceptions.NotFound
        made = service_openings.order_again(
            lease=lease,
            service=given.validated_data["service"],
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return self.answer(made, status.HTTP_201_CREATED)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())

    @as_seen(counted=True)
    @verb("Propose when the work begins", Move.PROPOSE)
    def propose(self, request: Request, public_id: str) -> Response:
        return self.move(Move.PROPOSE)

    @as_seen(counted=True)
    @verb("Agree to the proposed day", Move.AGREE)
    def agree(self, request: Request, public_id: str) -> Response:
        return self.move(Move.AGREE)

    @verb("Begin the work", Move.START)
    def start(self, request: Request, public_id: str) -> Response:
        return self.move(Move.START)

    @verb("Report the work as done", Move.FINISH)
    def finish(self, request: Request, public_id: str) -> Response:
        return self.move(Move.FINISH)

    @as_seen(counted=True)
    @verb("Accept the work", Move.ACCEPT)
    def accept(self, request: Request, public_id: str) -> Response:
        return self.move(Move.ACCEPT)

    @verb("Object to the work", Move.OBJECT)
    def object(self, request: Request, public_id: str) -> Response:
        return self.move(Move.OBJECT)

    @verb("Drop the order", Move.CANCEL)
    def cancel(self, request: Request, public_id: str) -> Response:
        return self.move(Move.CANCEL)

    @extend_schema(tags=["leases"], summary="Who did what, when", responses=ServiceOrderStepOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def history(self, request: Request, public_id: str) -> Response:
        steps = self.get_object().steps.all()
        return Response({"data": ServiceOrderStepOut(steps, many=True).data})

    def move(self, move: Move) -> Response:
        """Carry out one move; the order comes first, so that strangers learn nothing."""
        found = self.get_object()
        body = SHAPES.get(move, ServiceNothingIn)(data=self.request.data)
        body.is_valid(raise_exception=True)
        made = ACTS[move](
            order=found,
            within=acting_organization(self.request),
            by=self.request.user,
            at=clock.now(),
            expected=_expected(self.request, found),
            **body.validated_data,
        )
        return self.answer(made)

    def answer(self, order: ServiceOrder, code: int = status.HTTP_200_OK) -> Response:
        """Answer with the order as it is now, and its ETag."""
        now = ServiceOrder.objects.with_sides().with_machines().get(pk=order.pk)
        data = ServiceOrderOut(now, context=self.get_serializer_context()).data
        return Response(data, status=code, headers={"ETag": f'"{now.version}"'})


def _expected(request: Request, order: ServiceOrder) -> int | None:
    return versions.matched(
        request.headers.get("If-Match"), version=order.version, differs=ServiceOrderChanged
    )
