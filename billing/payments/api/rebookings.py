"""Bank lines that were booked as something else than they are, over REST: proposed, and decided."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from billing.payments.actions import rebookings
from billing.payments.api.orders import PaymentsBase, post
from billing.payments.api.rebooking_shapes import RebookingIn, RebookingOut
from billing.payments.models import BankLine, Rebooking
from marketplace.permissions import Permission


class RebookingViewSet(PaymentsBase):
    """One person of the platform says what a line is, another one approves; the line's detail lists them."""

    queryset = Rebooking.objects.none()
    serializer_class = RebookingOut
    filterset_class = None
    lookup_url_kwarg = "item"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        rows = Rebooking.objects.filter(bank_line=self._line())
        return rows.select_related("bank_line__bank_account__book__organization")

    @extend_schema(
        tags=["payments"],
        summary="Propose to take back what a line was booked as, and to book it anew",
        request=RebookingIn,
        responses={201: RebookingOut},
    )
    def create(self, request: Request, public_id: str) -> Response:
        line = self._line()
        self.book(Permission.PAYMENT_MATCH)
        made = rebookings.propose(line=line, **self.given(RebookingIn), **self.who())
        return self.answer(made, RebookingOut, status.HTTP_201_CREATED)

    @post("Approve to book a line anew as somebody else proposed", None, RebookingOut)
    def approve(self, request: Request, public_id: str, item: str) -> Response:
        found = self._found(Permission.PAYMENT_RELEASE)
        return self.answer(rebookings.approve(rebooking=found, **self.who()), RebookingOut)

    @post("Leave a line as it was booked", None, RebookingOut)
    def drop(self, request: Request, public_id: str, item: str) -> Response:
        found = self._found(Permission.PAYMENT_MATCH)
        return self.answer(rebookings.drop(rebooking=found, **self.who()), RebookingOut)

    def _found(self, permission: Permission) -> Rebooking:
        found: Rebooking = self.get_object()
        self.book(permission)
        return found

    def _line(self) -> BankLine:
        visible = BankLine.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        mine = visible.filter(bank_account__book__organization=self.scoped())
        rows = mine.select_related("bank_account__book__organization")
        return get_object_or_404(rows, public_id=self.kwargs["public_id"])
