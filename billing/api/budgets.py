"""Budgets over REST: what one side wants to be told of its leases, how it stands, and what came about."""

from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from billing.actions import budgets
from billing.filters import BudgetFilter
from billing.models import Budget, BudgetCrossing
from billing.queries import shown_figures
from billing.rules.budgets import (
    MOST_AMOUNT,
    MOST_IDLE_DAYS,
    MOST_PERCENT,
    MOST_PERCENTS,
    PERCENTS,
    Unrated,
    Wanted,
)
from leasing.models import Lease
from leasing.rules.leases import Side
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock, versions
from marketplace.shared.declared import Expandable, as_seen

TAG = ["budgets"]
SHOWN = 100  # crossings of a budget, the newest
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The ETag of the budget as you read it, such as "3"; another version: 412.',
)


class BudgetCrossingOut(serializers.ModelSerializer[BudgetCrossing]):
    """A threshold that was reached, with net cost and forecast as they stood, in minor units."""

    class Meta:
        model = BudgetCrossing
        fields = (
            "kind",
            "since",
            "percent",
            "limit_minor",
            "meter",
            "limit",
            "quantity",
            "days",
            "span_start",
            "span_end",
            "net_minor",
            "forecast_minor",
            "made_at",
        )
        read_only_fields = fields


class BudgetStandingOut(serializers.Serializer[Any]):
    """How it stands: net cost so far, and what the span comes to if its days go on as those so far."""

    span_start = serializers.DateTimeField(source="span.start")
    span_end = serializers.DateTimeField(source="span.end")
    net_minor = serializers.IntegerField()
    forecast_minor = serializers.IntegerField(allow_null=True)
    usage = serializers.DictField(child=serializers.CharField())


class UnratedLeaseOut(serializers.Serializer[Any]):
    """A lease whose cost cannot be computed now."""

    lease = serializers.CharField()
    number = serializers.CharField()
    code = serializers.CharField()


class BudgetOut(serializers.ModelSerializer[Budget]):
    """
    A budget; amounts are net in minor units, of a billing period of ``lease`` or of a calendar month.

    ``net_minor`` and ``forecast_minor`` are from ``checked_at``, when the clock looked last. The cost of
    ``unrated`` leases could not be computed then, and is missing in them.
    """

    expandable: ClassVar[Expandable] = {"lease": "api-lease"}

    id = serializers.CharField(source="public_id", read_only=True)
    lease = serializers.CharField(source="lease.public_id", read_only=True, allow_null=True, default=None)
    lease_number = serializers.CharField(source="lease.number", read_only=True, allow_null=True, default=None)
    quantities = serializers.DictField(child=serializers.CharField(), read_only=True)
    unrated = serializers.SerializerMethodField()

    class Meta:
        model = Budget
        fields = (
            "id",
            "side",
            "lease",
            "lease_number",
            "currency",
            "amount_minor",
            "percents",
            "quantities",
            "at_cap",
            "idle_days",
            "version",
            "span_start",
            "span_end",
            "net_minor",
            "forecast_minor",
            "checked_at",
            "unrated",
            "made_at",
            "changed_at",
        )
        read_only_fields = fields

    @extend_schema_field(UnratedLeaseOut(many=True))
    def get_unrated(self, budget: Budget) -> list[dict[str, str]]:
        """Return the leases whose cost could not be computed, each with the code of what refuses it."""
        return [Unrated(*one)._asdict() for one in budget.unrated]


class BudgetDetailOut(BudgetOut):
    """
    A budget and how it stands, of all leases of a side at ``checked_at``, of one lease now; with what came
    about, the newest first.
    """

    standing = BudgetStandingOut(read_only=True, allow_null=True)
    crossings = BudgetCrossingOut(many=True, read_only=True)

    class Meta(BudgetOut.Meta):
        fields = (*BudgetOut.Meta.fields, "standing", "crossings")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class BudgetWantedIn(serializers.Serializer[Any]):
    """Of what you want to be told; what is left out is not watched."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=MOST_AMOUNT, allow_null=True, default=None)
    percents = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_PERCENT),
        min_length=1,
        max_length=MOST_PERCENTS,
        default=list(PERCENTS),
    )
    quantities = serializers.DictField(
        child=serializers.DecimalField(max_digits=18, decimal_places=6), default=dict
    )
    at_cap = serializers.BooleanField(default=False)
    idle_days = serializers.IntegerField(min_value=1, max_value=MOST_IDLE_DAYS, allow_null=True, default=None)

    @staticmethod
    def wanted(values: dict[str, Any]) -> Wanted:
        """Return it as the action takes it."""
        given = {name: values[name] for name in ("amount_minor", "at_cap", "idle_days")}
        quantities: dict[str, Decimal] = {
            meter: one.normalize() for meter, one in values["quantities"].items()
        }
        return Wanted(percents=tuple(values["percents"]), quantities=quantities, **given)


class BudgetIn(BudgetWantedIn):
    """A budget of ``lease``, or without one of all leases in which you are on ``side``."""

    lease = serializers.CharField(max_length=30, required=False, allow_null=True, default=None)
    side = serializers.ChoiceField(choices=Budget.Of.choices, default=Side.LESSEE.value)


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Your budgets, as they stood when the clock looked last"),
    retrieve=extend_schema(
        tags=TAG, summary="One budget, how it stands, with what came about", responses=BudgetDetailOut
    ),
)
class BudgetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Budget]):
    """A budget is seen by those of its organization who read invoices, and by nobody on the other side."""

    queryset = Budget.objects.none()
    serializer_class = BudgetOut
    filterset_class = BudgetFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.INVOICES_READ if reading else Scope.INVOICES_WRITE)
        within, by = acting_organization(self.request), self.request.user
        return Budget.objects.readable_in(within, by).active().with_lease().order_by("-pk")  # type: ignore[arg-type]

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found = self.get_object()
        figures = shown_figures(found, clock.now())
        more = {
            "standing": None if figures is None else BudgetStandingOut(figures).data,
            "crossings": BudgetCrossingOut(found.crossings.order_by("-pk")[:SHOWN], many=True).data,
        }
        return Response(BudgetOut(found).data | more, headers=_tag(found))

    @extend_schema(tags=TAG, summary="Set a budget", request=BudgetIn, responses={201: BudgetOut})
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        within = acting_organization(request)
        given = BudgetIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        made = budgets.set_up(
            organization=within,
            lease=None if values["lease"] is None else _lease(request, values["lease"]),
            side=Side(values["side"]),
            wanted=BudgetWantedIn.wanted(values),
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(BudgetOut(made).data, status=status.HTTP_201_CREATED, headers=_tag(made))

    @as_seen(counted=True)
    @extend_schema(
        tags=TAG,
        summary="Take other wishes for a budget: all of them",
        request=BudgetWantedIn,
        responses=BudgetOut,
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        given = BudgetWantedIn(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = BudgetWantedIn.wanted(given.validated_data)
        changed = budgets.change(budget=found, wanted=wanted, **self._who(found))
        return Response(BudgetOut(changed).data, headers=_tag(changed))

    @as_seen(counted=True)
    @extend_schema(tags=TAG, summary="Delete a budget", responses={204: None}, parameters=[IF_MATCH])
    def destroy(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        budgets.end(budget=found, **self._who(found))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _who(self, found: Budget) -> dict[str, Any]:
        seen = self.request.headers.get("If-Match")
        return {
            "within": acting_organization(self.request),
            "by": self.request.user,
            "at": clock.now(),
            "expected": versions.matched(seen, version=found.version, differs=budgets.BudgetChanged),
        }


def _tag(budget: Budget) -> dict[str, str]:
    return {"ETag": f'"{budget.version}"'}


def _lease(request: Request, public_id: str) -> Lease:
    within = acting_organization(request)
    mine = Lease.objects.visible_to(request.user).of(within)  # type: ignore[arg-type]
    found = mine.select_related("lessor", "lessee").filter(public_id=public_id).first()
    if found is None:
        raise exceptions.ValidationError({"lease": [_("There is no such lease.")]})
    return found
