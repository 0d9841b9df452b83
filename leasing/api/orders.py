"""The order book over REST, as an MES writes it: one order or many by their own reference."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from leasing.actions import orders
from leasing.actions.orders import OrderChanged
from leasing.filters import ProductionOrderFilter
from leasing.models import ProductionOrder
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock, versions

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the order as you read it, such as "3"; another version is answered with 412.',
)


class ProductionOrderIn(serializers.Serializer[Any]):
    """
    An order by its own reference; numbers may be text, with three decimals at most.

    It is finished before the local midnight that begins ``due_before``; work may begin on ``earliest_start``.
    """

    reference = serializers.CharField(max_length=40)
    part = serializers.CharField(max_length=120)
    material = serializers.CharField(max_length=200, required=False, allow_blank=True)
    quantity = serializers.DecimalField(12, 3)
    due_before = serializers.DateField()
    cycle_seconds = serializers.DecimalField(12, 3)
    setup_seconds = serializers.DecimalField(12, 3, required=False)
    category = serializers.CharField(max_length=20)
    earliest_start = serializers.DateField(required=False, allow_null=True)
    state = serializers.ChoiceField(ProductionOrder.State.choices, required=False)


class ProductionOrdersIn(serializers.Serializer[Any]):
    """Up to 1,000 orders."""

    orders = ProductionOrderIn(many=True)


class ProductionOrderOut(serializers.ModelSerializer[ProductionOrder]):
    """An order of the book; ``machine_seconds`` is how long one machine works on it."""

    id = serializers.CharField(source="public_id", read_only=True)
    category = serializers.CharField(source="category.code", read_only=True)
    machine_seconds = serializers.SerializerMethodField()

    class Meta:
        model = ProductionOrder
        fields = (
            "id",
            "reference",
            "part",
            "material",
            "quantity",
            "due_before",
            "cycle_seconds",
            "setup_seconds",
            "category",
            "earliest_start",
            "state",
            "machine_seconds",
            "version",
            "created_at",
            "changed_at",
        )
        read_only_fields = fields

    def get_machine_seconds(self, order: ProductionOrder) -> str:
        return f"{order.value().seconds:f}"


class OrderErrorOut(serializers.Serializer[Any]):
    """One thing that is wrong with an order."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class OrderResultOut(serializers.Serializer[Any]):
    """What became of one order of many."""

    index = serializers.IntegerField()
    reference = serializers.CharField()
    outcome = serializers.ChoiceField([orders.CREATED, orders.CHANGED, orders.SAME, orders.REFUSED])
    id = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    errors = OrderErrorOut(many=True)  # type: ignore[assignment]


class OrderResultsOut(serializers.Serializer[Any]):
    """What became of each, in the order in which they were sent."""

    data = OrderResultOut(many=True)  # type: ignore[assignment]


@extend_schema_view(
    list=extend_schema(tags=["planning"], summary="Your order book"),
    retrieve=extend_schema(tags=["planning"], summary="One order"),
)
class ProductionOrderViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ProductionOrder]
):
    """The orders of the acting organization; nobody else sees them."""

    queryset = ProductionOrder.objects.none()
    serializer_class = ProductionOrderOut
    filterset_class = ProductionOrderFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.LEASES_READ if reading else Scope.LEASES_WRITE)
        return ProductionOrder.objects.of(acting_organization(self.request)).select_related(
            "category", "organization"
        )

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return _answer(self.get_object())

    @extend_schema(
        tags=["planning"],
        summary="Take an order, or change the one with its reference",
        request=ProductionOrderIn,
        responses={200: ProductionOrderOut, 201: ProductionOrderOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.LEASES_WRITE)
        order, outcome = orders.put(
            organization=acting_organization(request),
            node=request.data,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        created = outcome == orders.CREATED
        return _answer(order, status.HTTP_201_CREATED if created else status.HTTP_200_OK)

    @extend_schema(
        tags=["planning"],
        summary="Change fields of an order",
        request=ProductionOrderIn(partial=True),
        responses=ProductionOrderOut,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Request, public_id: str) -> Response:
        found: ProductionOrder = self.get_object()
        changed = orders.change(
            order=found,
            changes=request.data,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
            expected=_expected(request, found),
        )
        return _answer(changed)

    @extend_schema(
        tags=["planning"],
        summary="Take up to 1,000 orders, each on its own",
        request=ProductionOrdersIn,
        responses=OrderResultsOut,
    )
    @action(detail=False, methods=["post"], filterset_class=None, pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """Say of each order what became of it: one that is wrong keeps no other out."""
        require_scope(request, Scope.LEASES_WRITE)
        nodes = request.data.get("orders") if isinstance(request.data, dict) else None
        if not isinstance(nodes, list):
            raise exceptions.ValidationError({"orders": [_("Send a list of orders.")]})
        results = orders.put_many(
            organization=acting_organization(request),
            nodes=nodes,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response({"data": [_row(n, one) for n, one in enumerate(results)]})


def _row(index: int, result: orders.Result) -> dict[str, Any]:
    order = result.order
    return {
        "index": index,
        "reference": result.reference,
        "outcome": result.outcome,
        "id": order.public_id if order else None,
        "version": order.version if order else None,
        "errors": [
            {"pointer": flaw.pointer, "code": flaw.code, "detail": _(flaw.text).format(**flaw.facts)}
            for flaw in result.flaws
        ],
    }


def _answer(order: ProductionOrder, code: int = status.HTTP_200_OK) -> Response:
    now = ProductionOrder.objects.select_related("category").get(pk=order.pk)
    return Response(ProductionOrderOut(now).data, status=code, headers={"ETag": f'"{now.version}"'})


def _expected(request: Request, order: ProductionOrder) -> int | None:
    return versions.matched(request.headers.get("If-Match"), version=order.version, differs=OrderChanged)
