"""Shapes of acceptance bills, over REST; amounts are in minor units of their currency (fen)."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.payments.api.order_shapes import MOST
from billing.payments.models import AcceptanceBill, BillStep
from billing.payments.queries.bills import asked
from marketplace.queries import acting_organization
from marketplace.shared.declared import Expandable


class AcceptanceBillIn(serializers.Serializer[Any]):
    """A bill that a payer gave; ``first_unit`` and ``last_unit`` of a split one, in units of 0.01 yuan."""

    payer = serializers.CharField(max_length=30)
    kind = serializers.ChoiceField(choices=AcceptanceBill.Kind.choices)
    number = serializers.CharField(max_length=60)
    first_unit = serializers.IntegerField(min_value=1, max_value=MOST, required=False, allow_null=True)
    last_unit = serializers.IntegerField(min_value=1, max_value=MOST, required=False, allow_null=True)
    drawer = serializers.CharField(max_length=120)
    acceptor = serializers.CharField(max_length=120)
    amount_minor = serializers.IntegerField(min_value=1, max_value=MOST)
    issued_on = serializers.DateField()
    received_on = serializers.DateField()
    due_on = serializers.DateField()


class BillReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=500)


class BillLineIn(serializers.Serializer[Any]):
    """The line of the bank by which a bill was paid."""

    line = serializers.CharField(max_length=30)


class AcceptanceBillOut(serializers.ModelSerializer[AcceptanceBill]):
    """
    A bill; ``asks`` is the end without money that waits for a second person.

    That, and the line that paid it, are told to who keeps the bill; to others they are empty.
    """

    expandable: ClassVar[Expandable] = {"receipt": "api-receipt"}

    id = serializers.CharField(source="public_id", read_only=True)
    payer = serializers.CharField(source="payer.public_id", read_only=True)
    payer_name = serializers.CharField(source="payer.name", read_only=True)
    asks = serializers.SerializerMethodField()
    receipt = serializers.CharField(source="receipt.public_id", default=None, read_only=True)
    left_minor = serializers.IntegerField(source="receipt.left_minor", default=None, read_only=True)
    line = serializers.SerializerMethodField()

    class Meta:
        model = AcceptanceBill
        fields = (
            "id",
            "payer",
            "payer_name",
            "kind",
            "number",
            "first_unit",
            "last_unit",
            "drawer",
            "acceptor",
            "amount_minor",
            "currency",
            "issued_on",
            "received_on",
            "due_on",
            "state",
            "asks",
            "receipt",
            "left_minor",
            "line",
            "made_at",
            "checked_at",
            "ended_on",
        )
        read_only_fields = fields

    def get_asks(self, row: AcceptanceBill) -> str:
        return asked(row) if self._keeps(row) else ""

    def get_line(self, row: AcceptanceBill) -> str | None:
        return row.bank_line.public_id if row.bank_line and self._keeps(row) else None

    def _keeps(self, row: AcceptanceBill) -> bool:
        return bool(row.book.organization_id == acting_organization(self.context["request"]).pk)


class BillStepOut(serializers.ModelSerializer[BillStep]):
    """One step of a bill: who did what, and why."""

    class Meta:
        model = BillStep
        fields = ("position", "move", "status_after", "actor_name", "occurred_at", "reason", "hash")
        read_only_fields = fields
