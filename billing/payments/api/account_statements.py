"""Statements over REST: what a lessee owed over a month, what a payout is made of; amounts in minor units."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.models.loan_products import local_day
from billing.payments.gateway import papers
from billing.payments.models import PaymentOrder
from billing.payments.queries.account_statements import account_of, payout_of
from billing.payments.rules.account_papers import Account, Payout, Share, What
from marketplace.gateway.documents import MEDIA_TYPE
from marketplace.gateway.files import PdfRenderer, pdf_answer
from marketplace.models.apikeys import Scope
from marketplace.permissions import Permission, require
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock

MONTHS = OpenApiParameter("month", str, description="As in 2026-11; without it the running month.")
PDF = {(200, MEDIA_TYPE): OpenApiTypes.BINARY}


class MonthIn(serializers.Serializer[Any]):
    """Which month."""

    month = serializers.RegexField(r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z", required=False)


class AccountRowOut(serializers.Serializer[Any]):
    """One change of an account; what is billed is positive, payments and credit notes negative."""

    on = serializers.DateField()
    what = serializers.ChoiceField(choices=[each.value for each in What])
    number = serializers.CharField()
    invoice = serializers.CharField()
    amount_minor = serializers.IntegerField(source="amount.minor")
    open_minor = serializers.IntegerField(source="after.minor")


class AccountPartOut(serializers.Serializer[Any]):
    """An account with one seller in one currency: opening and entries make closing."""

    seller = serializers.CharField(source="seller_id")
    seller_name = serializers.CharField(source="seller")
    currency = serializers.CharField()
    opening_minor = serializers.IntegerField(source="opening.minor")
    closing_minor = serializers.IntegerField(source="closing.minor")
    entries = AccountRowOut(source="rows", many=True)


class AccountStatementOut(serializers.Serializer[Any]):
    """What your company owed each seller over a month."""

    month = serializers.CharField()
    first_day = serializers.DateField(source="first")
    last_day = serializers.DateField(source="last")
    accounts = AccountPartOut(source="parts", many=True)


class PayoutRowOut(serializers.Serializer[Any]):
    """
    A line of a payout; ``paid_minor`` and ``commission_minor`` are of the payment, if it is one.

    ``paid_minor`` is what counts as paid: what the lessee paid, what was let off with it, and what an
    authority paid for the lessee, less what credit notes give back.
    """

    on = serializers.DateField()
    what = serializers.ChoiceField(source="share", choices=[each.value for each in Share])
    number = serializers.CharField()
    invoice = serializers.CharField()
    paid_minor = serializers.IntegerField(source="gross.minor", default=None, allow_null=True)
    commission_minor = serializers.IntegerField(source="commission.minor", default=None, allow_null=True)
    net_minor = serializers.IntegerField(source="net.minor")


class PayoutStatementOut(serializers.Serializer[Any]):
    """What a payout is made of, and how the bank or provider knows it; its lines make its amount."""

    reference = serializers.CharField()
    payee = serializers.CharField()
    amount_minor = serializers.IntegerField(source="amount.minor")
    currency = serializers.CharField(source="amount.currency")
    bank_references = serializers.ListField(source="bank_refs", child=serializers.CharField())
    entries = PayoutRowOut(source="rows", many=True)


class AccountStatement(APIView):
    """
    For who reads the invoices of the acting organization: its own account alone.

    A key needs `invoices:read` and `payments:read`.
    """

    @extend_schema(
        tags=["payments"],
        summary="What your company owed each seller over a month, from opening to closing",
        parameters=[MONTHS],
        responses=AccountStatementOut,
    )
    def get(self, request: Request) -> Response:
        return Response(AccountStatementOut(_account(request)).data)


class AccountStatementPdf(APIView):
    """The same as a paper."""

    renderer_classes = (JSONRenderer, PdfRenderer)

    @extend_schema(
        tags=["payments"],
        summary="The month's statement of account as a PDF file",
        description="PDF/A-2b, in Chinese. A key needs `invoices:read` and `payments:read`.",
        parameters=[MONTHS],
        responses=PDF,
    )
    def get(self, request: Request) -> HttpResponse:
        made = _account(request)
        return pdf_answer(papers.account_pdf(made), f"account-{made.month}.pdf")


class PayoutStatement(APIView):
    """For who reads the payout. A key needs `invoices:read` and `payments:read`."""

    @extend_schema(
        tags=["payments"],
        summary="What a payout is made of: shares, commission, levies, and its bank reference",
        responses=PayoutStatementOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        return Response(PayoutStatementOut(_payout(request, public_id)).data)


class PayoutStatementPdf(APIView):
    """The same as a paper."""

    renderer_classes = (JSONRenderer, PdfRenderer)

    @extend_schema(
        tags=["payments"],
        summary="A payout's statement as a PDF file",
        description="PDF/A-2b, in Chinese. A key needs `invoices:read` and `payments:read`.",
        responses=PDF,
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        made = _payout(request, public_id)
        return pdf_answer(papers.payout_pdf(made), f"payout-{made.reference}.pdf")


def _require_both(request: Request) -> None:
    for scope in (Scope.INVOICES_READ, Scope.PAYMENTS_READ):  # it shows invoices, and what paid them
        require_scope(request, scope)


def _account(request: Request) -> Account:
    _require_both(request)
    within = acting_organization(request)
    require(request.user, Permission.INVOICE_READ, within=within)  # type: ignore[arg-type]
    asked = MonthIn(data=request.query_params)
    asked.is_valid(raise_exception=True)
    today = local_day(clock.now())
    month = asked.validated_data.get("month") or f"{today:%Y-%m}"
    return account_of(within, today.replace(int(month[:4]), int(month[5:]), 1))


def _payout(request: Request, public_id: str) -> Payout:
    _require_both(request)
    rows = PaymentOrder.objects.readable_in(acting_organization(request), request.user)  # type: ignore[arg-type]
    order = get_object_or_404(rows.select_related("payee", "payee_account"), public_id=public_id)
    if order.kind != PaymentOrder.Kind.PAYOUT:
        raise Http404
    return payout_of(order)
