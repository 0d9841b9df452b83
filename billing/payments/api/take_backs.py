"""Parts of payouts that are taken back from owners, over REST: proposed, decided, tried again."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from billing.payments.actions import take_backs
from billing.payments.api.orders import PaymentsBase, post
from billing.payments.api.take_back_shapes import TakeBackIn, TakeBackOut
from billing.payments.models import PaymentOrder, TakeBack
from marketplace.permissions import Permission


class TakeBackViewSet(PaymentsBase):
    """One person of the platform proposes, another one decides; the payment's detail lists them."""

    queryset = TakeBack.objects.none()
    serializer_class = TakeBackOut
    filterset_class = None
    lookup_url_kwarg = "item"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        rows = TakeBack.objects.filter(order=self._order(), order__book__organization=self.scoped())
        return rows.select_related("order__book__organization", "operation")

    @extend_schema(
        tags=["payments"],
        summary="Propose to take a part of a payout back from its owner; somebody else approves it",
        request=TakeBackIn,
        responses={201: TakeBackOut},
    )
    def create(self, request: Request, public_id: str) -> Response:
        order = self._order()
        self.book(Permission.PAYMENT_MATCH)
        made = take_backs.propose(order=order, **self.given(TakeBackIn), **self.who())
        return self.answer(made, TakeBackOut, status.HTTP_201_CREATED)

    @post("Approve to take back what somebody else proposed", None, TakeBackOut)
    def approve(self, request: Request, public_id: str, item: str) -> Response:
        return self.answer(take_backs.approve(take_back=self._found(), **self.who()), TakeBackOut)

    @post("Drop what was proposed to be taken back", None, TakeBackOut)
    def drop(self, request: Request, public_id: str, item: str) -> Response:
        return self.answer(take_backs.drop(take_back=self._found(), **self.who()), TakeBackOut)

    @post("Try again what the provider refused for good", None, TakeBackOut)
    def again(self, request: Request, public_id: str, item: str) -> Response:
        """Ask the provider once more, under another key."""
        found = self._found()
        take_backs.again(take_back=found, **self.who())
        return self.answer(self.get_object(), TakeBackOut)

    def _found(self) -> TakeBack:
        self.scoped()
        found: TakeBack = self.get_object()
        self.book(Permission.PAYMENT_RELEASE)
        return found

    def _order(self) -> PaymentOrder:
        rows = PaymentOrder.objects.readable_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        rows = rows.select_related("book__organization")
        return get_object_or_404(rows, public_id=self.kwargs["public_id"])
