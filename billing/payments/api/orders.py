"""What is paid, over REST: payouts and refunds, files for the bank, accounts to be paid to."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.models import Book, Invoice
from billing.payments.actions import banks, operations, order_files, orders, payees, payouts, refunds
from billing.payments.api import order_shapes as shapes
from billing.payments.filters import PayeeAccountFilter, PaymentOrderFilter
from billing.payments.gateway import providers
from billing.payments.models import BankAccount, OrderFile, PayeeAccount, PaymentOrder, Receipt
from billing.payments.queries.slips import slip_of
from billing.permissions import readable
from marketplace.models import Organization, User
from marketplace.models.apikeys import Scope
from marketplace.models.parties import OrganizationKind
from marketplace.permissions import MissingRight, Permission, allowed
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.declared import as_seen
from marketplace.shared.errors import Flaw

PLATFORM = "P"
Shape = type[serializers.Serializer[Any]]


class PaymentsBase(viewsets.GenericViewSet[Any]):
    """What the doors of payments share: scopes, who acts, and the book that is paid from."""

    lookup_field = "public_id"

    def scoped(self) -> Organization:
        """Ask for the scope of reading or writing, and return who acts."""
        reading = self.request.method in ("GET", "HEAD", "OPTIONS")
        require_scope(self.request, Scope.PAYMENTS_READ if reading else Scope.PAYMENTS_WRITE)
        return acting_organization(self.request)

    def given(self, shape: Shape) -> dict[str, Any]:
        """Return what was sent, read by a shape."""
        read = shape(data=self.request.data)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)

    def who(self) -> dict[str, Any]:
        """Return who acts, and when."""
        return {"within": acting_organization(self.request), "by": self.request.user, "at": clock.now()}

    def mine(self, *permissions: Permission) -> Book | None:
        """Return the book of the acting organization's payments, if its roles allow any of what is asked."""
        within = acting_organization(self.request)
        if not any(allowed(self.request.user, each, within=within) for each in permissions):  # type: ignore[arg-type]
            return None
        return Book.objects.filter(organization=within, code=PLATFORM).select_related("organization").first()

    def book(self, *permissions: Permission) -> Book:
        """
        Return the book of the acting organization's payments.

        :raises MissingRight: if it has none, or the roles allow nothing of what is asked
        """
        found = self.mine(*permissions)
        if found is None:
            raise MissingRight(organization=acting_organization(self.request).name)
        return found

    def answer(self, found: Any, shape: Shape, code: int = 200) -> Response:
        """Answer with one thing."""
        return Response(shape(found, context=self.get_serializer_context()).data, status=code)


def post(summary: str, request: Shape | None, answer: Shape) -> Callable[[Any], Any]:
    """Make a method a POST on one thing."""

    def decorate(method: Any) -> Any:
        described = extend_schema(tags=["payments"], summary=summary, request=request, responses=answer)
        return described(action(detail=True, methods=["post"], filterset_class=None)(method))

    return decorate


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="What the platform pays, or what your company is paid"),
    retrieve=extend_schema(
        tags=["payments"],
        summary="One payment, with the lines that it pays",
        responses=shapes.PaymentOrderDetailOut,
    ),
)
class PaymentOrderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PaymentsBase):
    """Finance of the platform sees all payments, an owner its own once they are sent."""

    queryset = PaymentOrder.objects.none()
    serializer_class = shapes.PaymentOrderOut
    filterset_class = PaymentOrderFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        rows = PaymentOrder.objects.readable_in(self.scoped(), self.request.user)  # type: ignore[arg-type]
        rows = rows.select_related("payee", "payee_account", "file", "book__organization")
        return rows.order_by("-pk")

    def retrieve(self, request: Request, public_id: str) -> Response:
        rows = self.get_queryset().prefetch_related(
            "payout_items__line__journal", "payout_items__line__invoice", "payout_items__line__lease"
        )
        found = get_object_or_404(rows, public_id=public_id)
        return self.answer(found, shapes.PaymentOrderDetailOut)

    @extend_schema(
        tags=["payments"],
        summary="Propose a payout to an owner; somebody else approves it",
        request=shapes.PayoutIn,
        responses={201: shapes.PaymentOrderDetailOut},
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        book, values = self.book(Permission.PAYMENT_MATCH), self.given(shapes.PayoutIn)
        owner = get_object_or_404(Organization, public_id=values.pop("owner"))
        made = payouts.propose(book=book, owner=owner, **values, **self.who())
        return self.answer(made, shapes.PaymentOrderDetailOut, status.HTTP_201_CREATED)

    @extend_schema(
        tags=["payments"],
        summary="Propose to give money back; somebody else approves it",
        request=shapes.RefundIn,
        responses={201: shapes.PaymentOrderDetailOut},
    )
    @action(detail=False, methods=["post"], filterset_class=None)
    def refund(self, request: Request) -> Response:
        """Name the receipt of which something is left, or the credit note over a paid invoice."""
        self.scoped()
        book, values = self.book(Permission.PAYMENT_MATCH), self.given(shapes.RefundIn)
        receipt, note = values.pop("receipt"), values.pop("note")
        if bool(receipt) == bool(note):
            said = gettext_noop("Name either a receipt or a credit note.")
            raise refunds.RefundInvalid(flaws=[Flaw("/receipt", "one_of_two", said)])
        if receipt:
            mine = Receipt.objects.filter(book=book).select_related("book__organization")
            found = get_object_or_404(mine, public_id=receipt)
            made = refunds.of_receipt(receipt=found, **values, **self.who())
        else:
            notes = Invoice.objects.issued().filter(seller__is_synthetic=False)
            of = get_object_or_404(notes, public_id=note)
            made = refunds.of_note(note=of, book=book, **values, **self.who())
        return self.answer(made, shapes.PaymentOrderDetailOut, status.HTTP_201_CREATED)

    @as_seen()
    @post("Approve a payment that somebody else proposed", None, shapes.PaymentOrderOut)
    def approve(self, request: Request, public_id: str) -> Response:
        order = orders.approve(order=self.get_object(), **self.who())
        return self.answer(order, shapes.PaymentOrderOut)

    @post("Drop a payment that was not sent", shapes.PaymentReasonIn, shapes.PaymentOrderOut)
    def drop(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        self.book(Permission.PAYMENT_RELEASE)
        order = orders.drop(order=found, **self.given(shapes.PaymentReasonIn), **self.who())
        return self.answer(order, shapes.PaymentOrderOut)

    @post("Send an approved payment through its payment provider", None, shapes.PaymentOrderOut)
    def transmit(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        self.book(Permission.PAYMENT_RELEASE)
        operations.send(
            order=found, provider=providers.through(found.provider, found.reference), **self.who()
        )
        found.refresh_from_db()
        return self.answer(found, shapes.PaymentOrderOut)

    @post("Note that the bank refused a payment", shapes.PaymentReasonIn, shapes.PaymentOrderOut)
    def refuse(self, request: Request, public_id: str) -> Response:
        found = self.get_object()
        self.book(Permission.PAYMENT_RELEASE)
        order = orders.refuse(order=found, **self.given(shapes.PaymentReasonIn), **self.who())
        return self.answer(order, shapes.PaymentOrderOut)

    @extend_schema(tags=["payments"], summary="Who did what", responses=shapes.OrderStepOut(many=True))
    @action(detail=True, filterset_class=None, pagination_class=None)
    def history(self, request: Request, public_id: str) -> Response:
        """Give the steps of a payment to who runs it, the oldest first."""
        found = self.get_object()
        if found.book.organization_id != acting_organization(request).pk:
            raise Http404
        return Response({"data": shapes.OrderStepOut(found.steps.all(), many=True).data})


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="Files that were written for banks"),
    retrieve=extend_schema(tags=["payments"], summary="One file"),
)
class OrderFileViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PaymentsBase):
    """Approved payments as a bank takes them."""

    queryset = OrderFile.objects.none()
    serializer_class = shapes.OrderFileOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        self.scoped()
        book = self.mine(Permission.PAYMENT_RELEASE, Permission.PAYMENT_MATCH)
        rows = OrderFile.objects.filter(bank_account__book=book).select_related("bank_account")
        return rows.defer("content").order_by("-pk")

    @extend_schema(
        tags=["payments"],
        summary="Write approved payments into a file for the bank, and note them as sent",
        request=shapes.OrderFileIn,
        responses={201: shapes.OrderFileOut},
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        book, values = self.book(Permission.PAYMENT_RELEASE), self.given(shapes.OrderFileIn)
        mine = BankAccount.objects.filter(book=book).select_related("book__organization")
        account = get_object_or_404(mine, public_id=values["bank_account"])
        named = set(values["orders"])
        chosen = list(PaymentOrder.objects.filter(book=book, public_id__in=named))
        if len(chosen) < len(named):
            raise Http404
        made = order_files.make(bank_account=account, chosen=chosen, format=values["format"], **self.who())
        return self.answer(made, shapes.OrderFileOut, status.HTTP_201_CREATED)

    @extend_schema(
        tags=["payments"],
        summary="The file itself",
        responses=dict.fromkeys([(200, "text/csv"), (200, "application/xml")], OpenApiTypes.BINARY),
    )
    @action(detail=True, pagination_class=None)
    def content(self, request: Request, public_id: str) -> HttpResponse:
        found = self.get_object()
        kind = "application/xml" if found.format == OrderFile.Format.PAIN001 else "text/csv"
        return HttpResponse(bytes(found.content), content_type=kind)


@extend_schema_view(
    list=extend_schema(
        tags=["payments"], summary="Your accounts to be paid to; the platform sees those that wait, too"
    ),
)
class PayeeAccountViewSet(mixins.ListModelMixin, PaymentsBase):
    """An organization names its account, the platform approves it."""

    queryset = PayeeAccount.objects.none()
    serializer_class = shapes.PayeeAccountOut
    filterset_class = PayeeAccountFilter

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        within, by = self.scoped(), self.request.user
        mine = PayeeAccount.objects.none()
        assert isinstance(by, User), "nobody comes here unknown"
        if allowed(by, Permission.PAYEE_EDIT, within=within):
            mine = PayeeAccount.objects.filter(organization=within)
        releases = allowed(by, Permission.PAYMENT_RELEASE, within=within)
        if within.kind == OrganizationKind.PLATFORM and releases:
            mine = PayeeAccount.objects.all()
        return mine.select_related("organization").order_by("-pk")

    @extend_schema(
        tags=["payments"],
        summary="Name the account to which your company is paid",
        request=shapes.PayeeAccountIn,
        responses={201: shapes.PayeeAccountOut},
    )
    def create(self, request: Request) -> Response:
        within = self.scoped()
        if not allowed(request.user, Permission.PAYEE_EDIT, within=within):  # type: ignore[arg-type]
            raise MissingRight(organization=within.name)
        about = {"organization": within, "by": request.user, "at": clock.now()}
        made = payees.name(**self.given(shapes.PayeeAccountIn), **about)  # type: ignore[arg-type]
        return self.answer(made, shapes.PayeeAccountOut, status.HTTP_201_CREATED)

    @post("Approve an account that waits, as the platform", None, shapes.PayeeAccountOut)
    def approve(self, request: Request, public_id: str) -> Response:
        found, book = self.get_object(), self.book(Permission.PAYMENT_RELEASE)
        return self.answer(payees.approve(payee=found, book=book, **self.who()), shapes.PayeeAccountOut)

    @post("Refuse an account that waits, as the platform", None, shapes.PayeeAccountOut)
    def drop(self, request: Request, public_id: str) -> Response:
        found, book = self.get_object(), self.book(Permission.PAYMENT_RELEASE)
        return self.answer(payees.drop(payee=found, book=book, **self.who()), shapes.PayeeAccountOut)


@extend_schema_view(
    list=extend_schema(tags=["payments"], summary="Accounts of the platform at banks"),
)
class BankAccountViewSet(mixins.ListModelMixin, PaymentsBase):
    """Accounts at banks, and where their money stands in the books."""

    queryset = BankAccount.objects.none()
    serializer_class = shapes.BankAccountOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        self.scoped()
        book = self.mine(Permission.PAYMENT_MATCH, Permission.PAYMENT_RELEASE, Permission.BOOK_LOCK)
        return BankAccount.objects.filter(book=book).select_related("book").order_by("pk")

    @extend_schema(
        tags=["payments"],
        summary="Write down an account of the platform at a bank",
        request=shapes.BankAccountIn,
        responses={201: shapes.BankAccountOut},
    )
    def create(self, request: Request) -> Response:
        self.scoped()
        book = self.book(Permission.BOOK_LOCK)
        made = banks.open_account(book=book, **self.given(shapes.BankAccountIn), **self.who())
        return self.answer(made, shapes.BankAccountOut, status.HTTP_201_CREATED)


class InvoicePayment(APIView):
    """How an issued invoice is paid."""

    @extend_schema(
        tags=["payments"],
        summary="Account, reference and open amount of an invoice that you pay",
        responses=shapes.PaymentSlipOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        require_scope(request, Scope.INVOICES_READ)
        found, within = readable(public_id, request.user), acting_organization(request)  # type: ignore[arg-type]
        reads = within.pk == found.buyer_id or within.kind == OrganizationKind.PLATFORM
        if found.status != Invoice.Status.ISSUED or found.is_note or not reads:
            raise Http404
        slip = slip_of(found)
        account = slip.account
        told = {
            "reference": slip.reference,
            "holder": account.holder if account else None,
            "number": slip.number or None,
            "bank_name": account.bank_name if account else None,
            "bank_code": account.bank_code if account else None,
            "billed_minor": slip.billed.minor,
            "open_minor": slip.open.minor,
            "currency": found.currency,
            "due_on": found.due_on,
        }
        return Response(shapes.PaymentSlipOut(told).data)
