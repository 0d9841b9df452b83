"""Acceptance bills over REST: recorded, confirmed, presented, paid by a line of the bank, or not."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.payments.actions import bill_ends, bills
from billing.payments.api import bill_shapes as shapes
from billing.payments.api.orders import PaymentsBase, post
from billing.payments.filters import AcceptanceBillFilter
from billing.payments.models import AcceptanceBill, BankLine
from billing.payments.rules.bill_facts import BillFacts, plain
from marketplace.models import Organization
from marketplace.permissions import Permission
from marketplace.queries import acting_organization
from marketplace.shared.declared import as_seen

MATCH, RELEASE = Permission.PAYMENT_MATCH, Permission.PAYMENT_RELEASE
Out = shapes.AcceptanceBillOut


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="Acceptance bills that came, or that your company gave"),
    retrieve=extend_schema(tags=["payments"], summary="One acceptance bill"),
)
class AcceptanceBillViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PaymentsBase):
    """Finance of the platform sees all bills, a payer its own; what one pays is allocated at its receipt."""

    queryset = AcceptanceBill.objects.none()
    serializer_class = Out
    filterset_class = AcceptanceBillFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        rows = AcceptanceBill.objects.readable_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        return rows.select_related("payer", "receipt", "bank_line", "book__organization").order_by("-pk")

    @extend_schema(
        tags=["payments"],
        summary="Record a bill; somebody else confirms it",
        request=shapes.AcceptanceBillIn,
        responses={201: Out},
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        book, given = self.book(MATCH), self.given(shapes.AcceptanceBillIn)
        payer = get_object_or_404(Organization, public_id=given.pop("payer"))
        kind, first, last = given.pop("kind"), given.pop("first_unit", None), given.pop("last_unit", None)
        facts = BillFacts(number=plain(given.pop("number")), first=first, last=last, **given)
        made = bills.record(book=book, payer=payer, kind=kind, facts=facts, **self.who())
        return self.answer(self._again(made), Out, status.HTTP_201_CREATED)

    @as_seen()
    @post("Confirm a bill that somebody else recorded", None, Out)
    def confirm(self, request: Request, public_id: str) -> Response:
        return self._done(bills.confirm(bill=self._mine(RELEASE), **self.who()))

    @post("Do not confirm a bill", shapes.BillReasonIn, Out)
    def drop(self, request: Request, public_id: str) -> Response:
        found = self._mine(MATCH)
        return self._done(bills.drop(bill=found, **self.given(shapes.BillReasonIn), **self.who()))

    @post("Note that a bill was presented for payment", None, Out)
    def present(self, request: Request, public_id: str) -> Response:
        return self._done(bills.present(bill=self._mine(MATCH), **self.who()))

    @post("Book the line of the bank by which a bill was paid", shapes.BillLineIn, Out)
    def collect(self, request: Request, public_id: str) -> Response:
        found, given = self._mine(MATCH), self.given(shapes.BillLineIn)
        lines = BankLine.objects.filter(bank_account__book=found.book)
        line = get_object_or_404(lines, public_id=given["line"])
        return self._done(bill_ends.collect(bill=found, line=line, **self.who()))

    @post("Ask to end a bill without money; somebody else decides", shapes.BillReasonIn, Out)
    def ask(self, request: Request, public_id: str) -> Response:
        found = self._mine(MATCH)
        return self._done(bills.ask(bill=found, **self.given(shapes.BillReasonIn), **self.who()))

    @post("Withdraw what was asked", None, Out)
    def withdraw(self, request: Request, public_id: str) -> Response:
        return self._done(bills.withdraw(bill=self._mine(MATCH), **self.who()))

    @as_seen()
    @post("Decide that no money comes: what the bill paid is owed again", None, Out)
    def decide(self, request: Request, public_id: str) -> Response:
        return self._done(bill_ends.decide(bill=self._mine(RELEASE), **self.who()))

    @extend_schema(tags=["payments"], summary="Who did what", responses=shapes.BillStepOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def history(self, request: Request, public_id: str) -> Response:
        """Give the steps of a bill to who keeps it, the oldest first."""
        found = self.get_object()
        if found.book.organization_id != acting_organization(request).pk:
            raise Http404
        return Response({"data": shapes.BillStepOut(found.steps.all(), many=True).data})

    def _mine(self, permission: Permission) -> AcceptanceBill:
        """
        Return the bill, to who keeps it.

        :raises MissingRight: if the acting organization gave it, or the roles do not allow it
        """
        found: AcceptanceBill = self.get_object()
        self.book(permission)
        return found

    def _done(self, bill: AcceptanceBill) -> Response:
        return self.answer(self._again(bill), Out)

    def _again(self, bill: AcceptanceBill) -> AcceptanceBill:
        found: AcceptanceBill = self.get_queryset().get(pk=bill.pk)
        return found
