"""Settlement over REST: the statement, its answer, and the orders by which the deposit moves."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from leasing.actions import deposits, settlements
from leasing.models import Deposit, DepositOrder, Lease, Settlement
from leasing.rules.deposits import Kind as Movement
from leasing.rules.settlements import SENTENCES, Kind
from marketplace.permissions import MissingRight
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.declared import as_seen

WHOLE: dict[str, Any] = {"filterset_class": None, "pagination_class": None}
MOST = 10**15
STATEMENT = "settlements/(?P<item>stl_[0-9A-Z]{26})"
ORDER = "deposit-orders/(?P<item>dpo_[0-9A-Z]{26})"
PATH = OpenApiParameter("item", str, OpenApiParameter.PATH, description="The id of the statement or order.")


class SettlementOut(serializers.ModelSerializer[Settlement]):
    """
    A statement; ``digest`` is the SHA-256 of ``document`` in canonical JSON, ``lines`` say it in words.

    ``balance_minor`` is what the lessee pays beside the invoices, before tax.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    document = serializers.DictField(read_only=True)
    lines = serializers.SerializerMethodField()

    class Meta:
        model = Settlement
        fields = (
            "id",
            "number",
            "side",
            "state",
            "document",
            "digest",
            "lines",
            "currency",
            "set_off_minor",
            "balance_minor",
            "text",
            "made_by_name",
            "made_at",
            "answer_by",
            "referred_at",
            "referred_text",
            "decided_at",
        )
        read_only_fields = fields

    def get_lines(self, one: Settlement) -> list[str]:
        return [_(SENTENCES[Kind(line["kind"])]).format(**line["facts"]) for line in one.document["lines"]]


class SettlementIn(serializers.Serializer[Any]):
    """``settled_at`` settles lines, by their ``source``, at less than they say, in minor units."""

    settled_at = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=MOST), required=False, default=dict
    )
    text = serializers.CharField(max_length=1000, default="", allow_blank=True)


class SettlementAgreeIn(serializers.Serializer[Any]):
    """The digest of the statement that was read."""

    digest = serializers.CharField(max_length=64)


class SettlementReferIn(serializers.Serializer[Any]):
    """What the platform should know."""

    text = serializers.CharField(max_length=1000, allow_blank=True)


class DepositOrderIn(serializers.Serializer[Any]):
    """Part of the deposit, in minor units, that is given back or set off as the settlement says."""

    kind = serializers.ChoiceField(choices=DepositOrder.What.choices)
    amount_minor = serializers.IntegerField(min_value=0, max_value=MOST)
    reason = serializers.CharField(max_length=500, allow_blank=True)


class DepositOrderOut(serializers.ModelSerializer[DepositOrder]):
    """What one person ordered, and a second one approves or drops."""

    id = serializers.CharField(source="public_id", read_only=True)
    currency = serializers.CharField(source="deposit.currency", read_only=True)

    class Meta:
        model = DepositOrder
        fields = (
            "id",
            "kind",
            "stage",
            "amount_minor",
            "currency",
            "reason",
            "maker_name",
            "made_at",
            "checker_name",
            "checked_at",
        )
        read_only_fields = fields


def described(summary: str, given: Any, made: Any, code: int = 200, methods: Any = None) -> Any:
    """Describe one operation for the description of the interface."""
    parameters = [] if methods else [PATH]
    return extend_schema(
        tags=["leases"],
        summary=summary,
        request=given,
        responses={code: made},
        methods=methods,
        parameters=parameters,
    )


class SettlementActions:
    """The settlement of a lease and its deposit, as sub-resources of it."""

    @described("Its statements of settlement", None, SettlementOut(many=True), methods=["GET"])
    @described("Propose a settlement", SettlementIn, SettlementOut, 201, methods=["POST"])
    @action(detail=True, methods=["get", "post"], **WHOLE)
    def settlements(self, request: Request, public_id: str) -> Response:
        """List the statements, or propose the one that follows from the facts."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method == "POST":
            made = settlements.propose(lease=lease, **_read(request, SettlementIn), **_who(request))
            return Response(SettlementOut(made).data, status=status.HTTP_201_CREATED)
        return Response({"data": SettlementOut(lease.settlements.all(), many=True).data})

    @described("Agree to a settlement", SettlementAgreeIn, SettlementOut)
    @action(detail=True, methods=["post"], url_path=f"{STATEMENT}/agree", **WHOLE)
    def agree_settlement(self, request: Request, public_id: str, item: str) -> Response:
        return self._answer(settlements.agree, item, SettlementAgreeIn)

    @described("Ask the platform to decide a settlement", SettlementReferIn, SettlementOut)
    @action(detail=True, methods=["post"], url_path=f"{STATEMENT}/refer", **WHOLE)
    def refer_settlement(self, request: Request, public_id: str, item: str) -> Response:
        return self._answer(settlements.refer, item, SettlementReferIn)

    @described("Decide a settlement for the platform, with reasons", SettlementIn, SettlementOut)
    @action(detail=True, methods=["post"], url_path=f"{STATEMENT}/decide", **WHOLE)
    def decide_settlement(self, request: Request, public_id: str, item: str) -> Response:
        return self._answer(settlements.decide, item, SettlementIn)

    @described("What was ordered of its deposit", None, DepositOrderOut(many=True), methods=["GET"])
    @described("Order a payment from its deposit", DepositOrderIn, DepositOrderOut, 201, methods=["POST"])
    @action(detail=True, methods=["get", "post"], url_path="deposit-orders", **WHOLE)
    def deposit_orders(self, request: Request, public_id: str) -> Response:
        """List the orders, or give one as the lessor; a second person approves it."""
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        if request.method == "POST":
            deposit = self._deposit(request, lease)
            given = _read(request, DepositOrderIn)
            order = settlements.order_set_off if given.pop("kind") == Movement.SET_OFF else deposits.order
            made = order(deposit=deposit, by=request.user, at=clock.now(), **given)  # type: ignore[arg-type]
            return Response(DepositOrderOut(made).data, status=status.HTTP_201_CREATED)
        within = acting_organization(request)
        if not deposits.shows_orders(lease=lease, within=within):
            raise MissingRight(organization=within.name)
        found = DepositOrder.objects.filter(deposit__lease=lease).select_related("deposit")
        return Response({"data": DepositOrderOut(found, many=True).data})

    @as_seen("api-lease-deposit-orders")
    @described("Approve a payment from its deposit, as a second person", None, DepositOrderOut)
    @action(detail=True, methods=["post"], url_path=f"{ORDER}/approve", **WHOLE)
    def approve_deposit_order(self, request: Request, public_id: str, item: str) -> Response:
        return self._decide_order(deposits.approve, item)

    @described("Drop a payment from its deposit", None, DepositOrderOut)
    @action(detail=True, methods=["post"], url_path=f"{ORDER}/drop", **WHOLE)
    def drop_deposit_order(self, request: Request, public_id: str, item: str) -> Response:
        return self._decide_order(deposits.drop, item)

    def _answer(self, act: Any, item: str, shape: type[Serializer[Any]]) -> Response:
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        request: Request = self.request  # type: ignore[attr-defined]
        found = get_object_or_404(lease.settlements.all(), public_id=item)
        found.lease = lease
        act(settlement=found, **_read(request, shape), **_who(request))
        now = lease.settlements.final().first() or lease.settlements.get(pk=found.pk)
        return Response(SettlementOut(now).data)

    def _decide_order(self, act: Any, item: str) -> Response:
        lease: Lease = self.get_object()  # type: ignore[attr-defined]
        request: Request = self.request  # type: ignore[attr-defined]
        deposit = self._deposit(request, lease)
        found = get_object_or_404(deposit.orders.all(), public_id=item)
        found.deposit = deposit
        act(order=found, by=request.user, at=clock.now())
        now = DepositOrder.objects.select_related("deposit").get(pk=found.pk)
        return Response(DepositOrderOut(now).data)

    def _deposit(self, request: Request, lease: Lease) -> Deposit:
        """Return the deposit of a lease, for its lessor alone."""
        if acting_organization(request) != lease.lessor:
            raise MissingRight(organization=lease.lessor.name)
        deposit = get_object_or_404(Deposit, lease=lease)
        deposit.lease = lease
        return deposit


def _read(request: Request, shape: type[Serializer[Any]]) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _who(request: Request) -> dict[str, Any]:
    return {"by": request.user, "within": acting_organization(request), "at": clock.now()}
