"""REST: the bank of a test installation, played by those who try it out. The live one has none of this."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.payments.actions import played_lines
from billing.payments.api.statement_shapes import BankLineOut
from marketplace.api.clocks import OnlyInTestMode
from marketplace.models.apikeys import Scope
from marketplace.queries import acting_organization, require_scope
from marketplace.shared import clock
from marketplace.shared.money import PLACES, Money

MOST_MINOR = 10**13


class PlayedLineIn(serializers.Serializer[Any]):
    """
    A movement on the account of the platform: positive comes in, negative goes out.

    `reference` is what the payer writes: that of `GET /invoices/{id}/payment/`, or anything else.
    """

    amount_minor = serializers.IntegerField(min_value=-MOST_MINOR, max_value=MOST_MINOR)
    currency = serializers.ChoiceField(choices=sorted(PLACES), default="CNY")
    reference = serializers.CharField(max_length=200, default="", allow_blank=True)
    payer_name = serializers.CharField(max_length=100, required=False)
    payer_account = serializers.CharField(max_length=40, default="", allow_blank=True)
    on = serializers.DateField(required=False)


class PlayedLineView(OnlyInTestMode, APIView):
    """What comes in is matched within seconds, as a line of a real statement is."""

    @extend_schema(
        tags=["test mode"],
        summary="Let a bank transfer arrive in this test installation (404 in live mode)",
        request=PlayedLineIn,
        responses={201: BankLineOut},
    )
    def post(self, request: Request) -> Response:
        """By default it comes today, from an account in the name of your organization."""
        require_scope(request, Scope.PAYMENTS_WRITE)
        within = acting_organization(request)
        given = PlayedLineIn(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        today = clock.today()
        made = played_lines.make(
            amount=Money(said["amount_minor"], said["currency"]),
            memo=said["reference"],
            payer=said.get("payer_name") or within.name,
            payer_account=said["payer_account"],
            on=said.get("on") or today,
            today=today,
            within=within,
            by=request.user,  # type: ignore[arg-type]
            at=clock.now(),
        )
        return Response(BankLineOut(made).data, status=status.HTTP_201_CREATED)
