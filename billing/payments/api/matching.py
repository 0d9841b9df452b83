"""Matching over REST: suggestions, exceptions, money that came in and what it paid, accounts of payers."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Invoice
from billing.payments.actions import allocations, payers, receipts, recon_exceptions, suggestions
from billing.payments.api import match_shapes as shapes
from billing.payments.api.orders import PaymentsBase, post
from billing.payments.filters import PayerAccountFilter, ReceiptFilter, ReconExceptionFilter, SuggestionFilter
from billing.payments.models import Allocation, PayerAccount, Receipt, ReconException, Suggestion
from marketplace.models import Organization
from marketplace.permissions import Permission
from marketplace.shared.declared import as_seen
from marketplace.shared.later import later

MATCH = Permission.PAYMENT_MATCH


class MatchBase(mixins.ListModelMixin, mixins.RetrieveModelMixin, PaymentsBase):
    """What the doors of matching share: rows of the book of those who match its payments."""

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.of_book(None).none()
        self.scoped()
        book = self.mine(MATCH)
        rows = self.of_book(book).order_by("-pk")
        return rows if book else rows.none()

    def of_book(self, book: Any) -> Any:
        """Return the rows of a book; none of no book."""
        raise NotImplementedError


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="What the matcher suggests"),
    retrieve=extend_schema(tags=["payments"], summary="One suggestion with its reasons"),
)
class SuggestionViewSet(MatchBase):
    """Taken or dropped by a person; what lets something off, by two."""

    queryset = Suggestion.objects.none()
    serializer_class = shapes.SuggestionOut
    filterset_class = SuggestionFilter

    def of_book(self, book: Any) -> Any:
        rows = Suggestion.objects.filter(bank_line__bank_account__book=book)
        return rows.select_related("bank_line__bank_account__book__organization")

    @post("Take a suggestion; twice where something is let off", shapes.MatchCommentIn, shapes.SuggestionOut)
    def take(self, request: Request, public_id: str) -> Response:
        found, given = self.get_object(), self.given(shapes.MatchCommentIn)
        suggestions.take(suggestion=found, **given, **self.who())
        return self.answer(self.get_object(), shapes.SuggestionOut)

    @post("Do not take a suggestion", None, shapes.SuggestionOut)
    def drop(self, request: Request, public_id: str) -> Response:
        found = suggestions.drop(suggestion=self.get_object(), **self.who())
        return self.answer(found, shapes.SuggestionOut)


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="What nobody could match by rule"),
    retrieve=extend_schema(tags=["payments"], summary="One exception"),
)
class ReconExceptionViewSet(MatchBase):
    """A closed list of reasons, each with an owner, an age and what to do next."""

    queryset = ReconException.objects.none()
    serializer_class = shapes.ReconExceptionOut
    filterset_class = ReconExceptionFilter

    def of_book(self, book: Any) -> Any:
        rows = ReconException.objects.filter(book=book)
        return rows.select_related("bank_line", "holder", "book__organization")

    @post("Look after an exception", None, shapes.ReconExceptionOut)
    def hold(self, request: Request, public_id: str) -> Response:
        recon_exceptions.hold(exception=self.get_object(), **self.who())
        return self.answer(self.get_object(), shapes.ReconExceptionOut)

    @post("Resolve an exception in words", shapes.MatchResolutionIn, shapes.ReconExceptionOut)
    def resolve(self, request: Request, public_id: str) -> Response:
        found, given = self.get_object(), self.given(shapes.MatchResolutionIn)
        recon_exceptions.resolve(exception=found, **given, **self.who())
        return self.answer(self.get_object(), shapes.ReconExceptionOut)


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="Money of customers that came in"),
    retrieve=extend_schema(tags=["payments"], summary="One receipt"),
)
class ReceiptViewSet(MatchBase):
    """Money by bank, provider or bill; what is left of it waits with its payer or in suspense."""

    queryset = Receipt.objects.none()
    serializer_class = shapes.ReceiptOut
    filterset_class = ReceiptFilter

    def of_book(self, book: Any) -> Any:
        return Receipt.objects.filter(book=book).select_related("bank_line", "payer", "book__organization")

    @post("Allocate money to invoices", shapes.MatchAllocateIn, shapes.ReceiptOut)
    def allocate(self, request: Request, public_id: str) -> Response:
        found, given = self.get_object(), self.given(shapes.MatchAllocateIn)
        shares = [(self._invoice(one["invoice"]), one["amount_minor"]) for one in given["shares"]]
        if let_off := given["let_off_minor"]:
            suggestions.propose(receipt=found, shares=shares, let_off_minor=let_off, **self.who())
        else:
            allocations.allocate(receipt=found, shares=shares, comment=given["comment"], **self.who())
        return self.answer(self.get_object(), shapes.ReceiptOut)

    @post("Say whose money in suspense is", shapes.MatchPayerIn, shapes.ReceiptOut)
    def name_payer(self, request: Request, public_id: str) -> Response:
        found, given = self.get_object(), self.given(shapes.MatchPayerIn)
        payer = get_object_or_404(Organization, public_id=given["payer"])
        receipts.name_payer(receipt=found, payer=payer, **self.who())
        return self.answer(self.get_object(), shapes.ReceiptOut)

    def _invoice(self, public_id: str) -> Invoice:
        mine = Invoice.objects.issued().visible_to(self.request.user)  # type: ignore[arg-type]
        return get_object_or_404(mine, public_id=public_id)


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="What money and credit notes paid"),
    retrieve=extend_schema(tags=["payments"], summary="One allocation"),
)
class AllocationViewSet(MatchBase):
    """Allocations are rows; what takes one back is a row, too."""

    queryset = Allocation.objects.none()
    serializer_class = shapes.AllocationOut

    def of_book(self, book: Any) -> Any:
        rows = Allocation.objects.filter(journal__book=book)
        return rows.select_related("receipt__book__organization", "note", "invoice", "undoes")

    @extend_schema(
        tags=["payments"],
        summary="Take an allocation back; both rows stay",
        request=shapes.MatchCommentIn,
        responses={201: shapes.AllocationOut},
    )
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, public_id: str) -> Response:
        found, given = self.get_object(), self.given(shapes.MatchCommentIn)
        made = allocations.undo(allocation=found, **given, **self.who())
        return self.answer(made, shapes.AllocationOut, status.HTTP_201_CREATED)


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="Accounts from which organizations pay"),
    retrieve=extend_schema(tags=["payments"], summary="One account of a payer"),
)
class PayerAccountViewSet(MatchBase):
    """The matcher uses an account that one person proposed and another one approved."""

    queryset = PayerAccount.objects.none()
    serializer_class = shapes.PayerAccountOut
    filterset_class = PayerAccountFilter

    def of_book(self, book: Any) -> Any:
        return PayerAccount.objects.select_related("organization")

    @extend_schema(
        tags=["payments"],
        summary="Propose that an account is an organization's",
        request=shapes.PayerAccountIn,
        responses={201: shapes.PayerAccountOut},
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        book, given = self.book(MATCH), self.given(shapes.PayerAccountIn)
        organization = get_object_or_404(Organization, public_id=given.pop("organization"))
        made = payers.propose(organization=organization, book=book, **given, **self.who())
        return self.answer(made, shapes.PayerAccountOut, status.HTTP_201_CREATED)

    @as_seen()
    @post("Approve an account that somebody else proposed", None, shapes.PayerAccountOut)
    def approve(self, request: Request, public_id: str) -> Response:
        found, book = self.get_object(), self.book(MATCH)
        return self.answer(payers.approve(account=found, book=book, **self.who()), shapes.PayerAccountOut)

    @post("Use an account no more", None, shapes.PayerAccountOut)
    def drop(self, request: Request, public_id: str) -> Response:
        found, book = self.get_object(), self.book(MATCH)
        return self.answer(payers.drop(account=found, book=book, **self.who()), shapes.PayerAccountOut)


class MatchRun(PaymentsBase):
    """The matcher over all lines that wait."""

    serializer_class = shapes.MatchRunOut
    pagination_class = None

    @extend_schema(
        tags=["payments"], summary="Start the matcher", request=None, responses={202: shapes.MatchRunOut}
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        later("billing.payments.tasks.match_book", book_id=self.book(MATCH).pk)
        return Response({"started": True}, status=status.HTTP_202_ACCEPTED)
