"""One invoice as one chain over REST: use, lines, notes, payments, share, payout, bank."""

from typing import Any, ClassVar

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.models import Invoice
from billing.payments.queries.chains import Link, chain_of, sight
from billing.permissions import readable
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared.declared import Expandable


class ChainLinkOut(serializers.Serializer[Any]):
    """
    One link: what it is, its name, day and amount in minor units.

    ``windows`` is, of a line, the address of the usage windows that it was counted from.
    """

    kind = serializers.CharField()
    name = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    details = serializers.CharField()
    amount_minor = serializers.IntegerField(source="minor")
    windows = serializers.SerializerMethodField()

    def get_windows(self, link: Link) -> str | None:
        if link.line is None:
            return None
        _, invoice, position = link.page
        return reverse("api-invoice-windows", args=[invoice, position])


class ChainOut(serializers.Serializer[Any]):
    """The links of an invoice, and what is not at its end; ``null`` where it is not yours to see."""

    expandable: ClassVar[Expandable] = {"invoice": "api-invoice"}

    invoice = serializers.CharField(source="invoice.public_id")
    number = serializers.CharField(source="invoice.number")
    currency = serializers.CharField(source="invoice.currency")
    links = ChainLinkOut(many=True)
    open_minor = serializers.IntegerField()
    unreleased_minor = serializers.IntegerField(allow_null=True)
    unpaid_minor = serializers.IntegerField(allow_null=True)


class InvoiceChain(APIView):
    """From use to money."""

    @extend_schema(
        tags=["payments"],
        summary="An invoice as one chain: lines, notes, payments, the owner's share, its payout",
        responses=ChainOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        for scope in (Scope.INVOICES_READ, Scope.PAYMENTS_READ):  # it shows invoices, and what paid them
            require_scope(request, scope)
        found, within = readable(public_id, request.user), acting_organization(request)  # type: ignore[arg-type]
        if found.status != Invoice.Status.ISSUED or found.is_note:
            raise Http404
        seen = sight(found, within, request.user)  # type: ignore[arg-type]
        return Response(ChainOut(chain_of(found, seen)).data)
