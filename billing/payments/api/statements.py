"""Bank statements over REST: files given, what they hold, and the lines of accounts."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from billing.payments.actions import statements
from billing.payments.api.rebooking_shapes import BankLineDetailOut
from billing.payments.api.statement_shapes import (
    BankLineOut,
    BankStatementOut,
    ColumnsIn,
    ColumnsOut,
    InvoiceBehindOut,
    StatementFileIn,
    StatementFileOut,
)
from billing.payments.filters import BankLineFilter, StatementFileFilter, StatementFilter
from billing.payments.models import BankAccount, BankLine, Statement, StatementFile
from billing.payments.queries.chains_back import invoices_behind
from billing.payments.queries.previews import preview
from billing.payments.rules.statements.parsed import MOST_BYTES
from marketplace.models import Organization
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

TAG = ["bank statements"]
WHOLE = {"filterset_class": None, "pagination_class": None}


def scoped(request: Request) -> Organization:
    """Ask for the scope of reading or writing, and return who acts."""
    reading = request.method in ("GET", "HEAD", "OPTIONS")
    require_scope(request, Scope.PAYMENTS_READ if reading else Scope.PAYMENTS_WRITE)
    return acting_organization(request)


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Files of your banks, the newest first"),
    retrieve=extend_schema(tags=TAG, summary="One file, and what became of it"),
)
class StatementFileViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[StatementFile]
):
    """For those who match payments of the account's book."""

    queryset = StatementFile.objects.none()
    serializer_class = StatementFileOut
    filterset_class = StatementFileFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        within = scoped(self.request)
        visible = StatementFile.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return visible.filter(bank_account__book__organization=within).listed().order_by("-pk")

    @extend_schema(
        tags=TAG,
        summary="Give a file of your bank; the same file again changes nothing",
        request={"multipart/form-data": StatementFileIn},
        responses={201: StatementFileOut, 200: StatementFileOut},
    )
    def create(self, request: Request) -> Response:
        within = scoped(request)
        require(request.user, Permission.PAYMENT_MATCH, within=within)  # type: ignore[arg-type]
        accounts = BankAccount.objects.visible_to(request.user).filter(book__organization=within)  # type: ignore[arg-type]
        if not accounts.exists():
            raise Http404
        given = StatementFileIn(data=request.data)
        given.is_valid(raise_exception=True)
        number = given.validated_data["bank_account"]
        account = get_object_or_404(accounts.select_related("book__organization"), public_id=number)
        upload = given.validated_data["file"]
        file, is_new = statements.take(
            bank_account=account,
            name=upload.name or "",
            content=upload.read(MOST_BYTES + 1),
            within=within,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(StatementFileOut(file).data, status=code)

    def get_parsers(self) -> Any:
        """A file comes as a form; columns come as JSON."""
        return (
            [MultiPartParser()]
            if getattr(self, "action_map", {}).get("post") == "create"
            else super().get_parsers()
        )

    @extend_schema(
        tags=TAG,
        summary="The file, byte for byte",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, **WHOLE)
    def content(self, request: Request, public_id: str) -> HttpResponse:
        """Never shown in the browser: what a bank sends is a file to keep."""
        file = self.get_object()
        answer = HttpResponse(bytes(file.content), content_type="application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="{file.public_id}"'
        return answer

    @extend_schema(
        tags=TAG, summary="The first rows of a table, and how they would be read", responses=ColumnsOut
    )
    @action(detail=True, **WHOLE)
    def columns(self, request: Request, public_id: str) -> Response:
        """For a file whose state is UNMAPPED; of other formats there are no rows."""
        found = preview(self.get_object())
        answer = {"rows": found.rows, "dialect": found.document, "is_remembered": found.is_remembered}
        return Response(ColumnsOut(answer).data)

    @extend_schema(
        tags=TAG,
        summary="Say which column is which; it is remembered, and the file is read",
        request=ColumnsIn,
        responses=StatementFileOut,
    )
    @columns.mapping.post
    def name_columns(self, request: Request, public_id: str) -> Response:
        """Files of this account that waited are read too; one larger than 300 KB is read by the worker."""
        file = self.get_object()
        given = ColumnsIn(data=request.data)
        given.is_valid(raise_exception=True)
        who: dict[str, Any] = {"by": request.user, "at": clock.now()}
        statements.map_columns(
            bank_account=file.bank_account, document=given.validated_data, within=scoped(request), **who
        )
        return Response(StatementFileOut(statements.read_soon(file=file, **who)).data)


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="Statements in the files of your banks"),
    retrieve=extend_schema(tags=TAG, summary="One statement"),
)
class BankStatementViewSet(viewsets.ReadOnlyModelViewSet[Statement]):
    """For those who match payments of the account's book."""

    queryset = Statement.objects.none()
    serializer_class = BankStatementOut
    filterset_class = StatementFilter
    lookup_field = "public_id"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        within = scoped(self.request)
        visible = Statement.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        mine = visible.filter(file__bank_account__book__organization=within)
        return mine.select_related("file__bank_account").defer("file__content").order_by("-pk")


@extend_schema_view(
    list=extend_schema(tags=TAG, summary="What moved on your accounts, each movement once, the newest first"),
    retrieve=extend_schema(
        tags=TAG, summary="One movement, with what it was booked as", responses=BankLineDetailOut
    ),
)
class BankLineViewSet(viewsets.ReadOnlyModelViewSet[BankLine]):
    """For those who match payments of the account's book."""

    queryset = BankLine.objects.none()
    serializer_class = BankLineOut
    filterset_class = BankLineFilter
    lookup_field = "public_id"

    def get_serializer_class(self) -> Any:
        return BankLineDetailOut if self.action == "retrieve" else BankLineOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        within = scoped(self.request)
        visible = BankLine.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        mine = visible.filter(bank_account__book__organization=within)
        named = mine.select_related("bank_account").order_by("-pk")
        return named.prefetch_related("bookings__journal", "rebookings") if self.detail else named

    @extend_schema(
        tags=["payments"],
        summary="The invoices behind a line of the bank: paid by it, or paid out or given back with it",
        responses=InvoiceBehindOut(many=True),
    )
    @action(detail=True, filterset_class=None, pagination_class=None)
    def invoices(self, request: Request, public_id: str) -> Response:
        """Walk the chain backwards, from the bank to the invoices."""
        require_scope(request, Scope.INVOICES_READ)
        return Response({"data": InvoiceBehindOut(invoices_behind(self.get_object()), many=True).data})
