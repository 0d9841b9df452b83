"""Loans over REST: a lessee applies and accepts, a lender decides, pays out, and records what it received."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.actions import loan_offers, loan_payments, loans
from billing.actions.loan_moves import LoanInvalid
from billing.api import loan_shapes as shapes
from billing.filters import LoanFilter
from billing.models import LoanApplication, LoanProduct
from billing.models.loan_products import local_day
from billing.queries import LOAN_DATA, loan_data
from billing.rules.loan_states import Move
from billing.rules.loan_tracking import settlement, settlement_flaws
from leasing.models import Lease
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import as_seen

ACTS: dict[Move, tuple[type[serializers.Serializer[Any]], Callable[..., Any]]] = {
    Move.OFFER: (shapes.LoanOfferIn, loan_offers.offer),
    Move.DECLINE: (shapes.LoanReasonIn, loan_offers.decline),
    Move.ACCEPT: (shapes.LoanDigestIn, loans.accept),
    Move.WITHDRAW: (shapes.LoanNothingIn, loans.withdraw),
    Move.PAY_OUT: (shapes.LoanPaidOutIn, loan_payments.pay_out),
    Move.REPAY: (shapes.LoanPaidIn, loan_payments.repay),
    Move.SETTLE: (shapes.LoanPaidIn, loan_payments.settle),
    Move.TAKE_BACK: (shapes.LoanTakeBackIn, loan_payments.take_back),
}


def verb(summary: str, move: Move) -> Callable[[Any], Any]:
    """Make a method a POST on a sub-resource of the loan."""

    def decorate(method: Any) -> Any:
        shape = None if move is Move.WITHDRAW else ACTS[move][0]
        answer = shapes.LoanMovedOut
        described = extend_schema(tags=["loans"], summary=summary, request=shape, responses=answer)
        path = str(move).replace("_", "-")
        return described(action(detail=True, methods=["post"], url_path=path, filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["loans"], summary="Loans that you lend or borrow, the newest first"),
    retrieve=extend_schema(tags=["loans"], summary="One loan with its offer, schedule and payments"),
)
class LoanViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[LoanApplication]):
    """
    A loan is seen by its lender and its lessee alone, and there by those who deal with loans.

    The platform refers and keeps what both record. It holds no money of a loan and books none.
    """

    queryset = LoanApplication.objects.none()
    serializer_class = shapes.LoanOut
    filterset_class = LoanFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.INVOICES_READ if reading else Scope.INVOICES_WRITE)
        within, by = acting_organization(self.request), self.request.user
        return LoanApplication.objects.readable_in(within, by).with_sides().order_by("-pk")  # type: ignore[arg-type]

    @extend_schema(
        tags=["loans"],
        summary="Apply for a loan from your lease, and hand the figures over that you name",
        request=shapes.LoanIn,
        responses={201: shapes.LoanOut},
    )
    def create(self, request: Request) -> Response:
        require_scope(request, Scope.INVOICES_WRITE)
        within = acting_organization(request)
        given = shapes.LoanIn(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        mine = Lease.objects.of(within).select_related("lessor", "lessee")
        lease = get_object_or_404(mine, public_id=values.pop("lease"))
        seen = LoanProduct.objects.seen_by(within, local_day(clock.now())).select_related("lender")
        product = get_object_or_404(seen, public_id=values.pop("product"))
        made = loans.apply(lease=lease, product=product, **values, **self._by())
        return self._answer(made, shapes.LoanOut, status.HTTP_201_CREATED)

    @as_seen()
    @verb("Offer a loan within your product, as the lender", Move.OFFER)
    def offer(self, request: Request, public_id: str) -> Response:
        return self._move(Move.OFFER)

    @verb("Decline an application, as the lender", Move.DECLINE)
    def decline(self, request: Request, public_id: str) -> Response:
        return self._move(Move.DECLINE)

    @verb("Accept the offer by its digest, as the lessee", Move.ACCEPT)
    def accept(self, request: Request, public_id: str) -> Response:
        return self._move(Move.ACCEPT)

    @verb("Withdraw your application", Move.WITHDRAW)
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self._move(Move.WITHDRAW)

    @verb("Record that you paid the loan out", Move.PAY_OUT)
    def pay_out(self, request: Request, public_id: str) -> Response:
        return self._move(Move.PAY_OUT)

    @verb("Record what you received of instalments", Move.REPAY)
    def repay(self, request: Request, public_id: str) -> Response:
        return self._move(Move.REPAY)

    @verb("Record that the loan was settled early", Move.SETTLE)
    def settle(self, request: Request, public_id: str) -> Response:
        return self._move(Move.SETTLE)

    @verb("Take the record of the last payment back", Move.TAKE_BACK)
    def take_back(self, request: Request, public_id: str) -> Response:
        return self._move(Move.TAKE_BACK)

    @extend_schema(
        tags=["loans"],
        summary="What settles the loan early on a day",
        parameters=[shapes.LoanDayIn],
        responses=shapes.LoanFigureOut,
    )
    @action(detail=True, url_path="early-settlement", filter_backends=[], pagination_class=None)
    def early_settlement(self, request: Request, public_id: str) -> Response:
        """Give principal, interest to the day, and its price; of a loan that is not paid out nothing."""
        found = self.get_object()
        given = shapes.LoanDayIn(data=request.query_params)
        given.is_valid(raise_exception=True)
        on = given.validated_data.get("on") or local_day(clock.now())
        return Response(shapes.LoanFigureOut(figure(found, on)).data)

    @extend_schema(tags=["loans"], summary="Who did what, when", responses=shapes.LoanStepOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def history(self, request: Request, public_id: str) -> Response:
        """Give the steps of the loan, the oldest first."""
        return Response({"data": shapes.LoanStepOut(self.get_object().steps.all(), many=True).data})

    def _move(self, move: Move) -> Response:
        """Carry out one move; the loan comes first, so that strangers learn nothing."""
        found, (shape, act) = self.get_object(), ACTS[move]
        given = shape(data=self.request.data)
        given.is_valid(raise_exception=True)
        act(loan=found, **given.validated_data, **self._by())
        return self._answer(found, shapes.LoanMovedOut)

    def _answer(self, loan: LoanApplication, shape: type[shapes.LoanOut], code: int = 200) -> Response:
        now = LoanApplication.objects.with_sides().get(pk=loan.pk)
        return Response(shape(now, context=self.get_serializer_context()).data, status=code)

    def _by(self) -> dict[str, Any]:
        who = {"within": acting_organization(self.request), "by": self.request.user}
        return who | {"at": clock.now()}


class LeaseLoanData(APIView):
    """For the lessee, before it applies: what it would hand over."""

    @extend_schema(
        tags=["loans"],
        summary="The figures of your lease that you may hand over to a lender",
        operation_id="leases_loan_data",
        responses=shapes.LoanDataOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.INVOICES_READ)
        lease = lease_to_lend(acting_organization(request), request.user, public_id)
        return Response({"data": loan_data(lease, list(LOAN_DATA), clock.now())})


def lease_to_lend(within: Any, by: Any, public_id: str) -> Lease:
    """
    Return a lease of ``within`` as lessee, for those who may apply for loans there.

    :raises Http404: if it is none, or ``by`` may not
    """
    mine = Lease.objects.filter(lessee=within).select_related("lessor", "lessee")
    if not allowed(by, Permission.LOAN_REQUEST, within=within):
        mine = mine.none()
    return get_object_or_404(mine, public_id=public_id)


def figure(loan: LoanApplication, on: Any) -> dict[str, Any]:
    """
    Return what settles a loan on a day.

    :raises LoanInvalid: if it is not paid out, or the day is before the last payment
    """
    offer, names = loan.offer, ("principal", "interest", "price", "paid_ahead", "total")
    if offer is None or loan.status != LoanApplication.State.PAID_OUT:
        return {"on": on, "due_minor": 0} | {f"{name}_minor": 0 for name in names}
    payments = [one.value for one in loan.standing_payments()]
    flaws = settlement_flaws(offer.terms, payments, on)
    if any(one.code == "loan_before_last" for one in flaws):
        raise LoanInvalid(flaws=flaws)
    found = settlement(offer.terms, payments, on)
    due = {"due_minor": max(0, -found.paid_ahead)}
    return {"on": on, **due} | {f"{name}_minor": getattr(found, name) for name in names}
