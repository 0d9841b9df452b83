"""Shapes of matching, over REST; amounts are in minor units of their currency (fen)."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.payments.api.order_shapes import MOST
from billing.payments.models import Allocation, PayerAccount, Receipt, ReconException, Suggestion
from billing.payments.queries.match_words import sentences
from billing.payments.rules.exception_words import ACTIONS
from marketplace.shared.declared import Expandable


class MatchCommentIn(serializers.Serializer[Any]):
    """What is said of it; whoever looks at the history reads it."""

    comment = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class MatchResolutionIn(serializers.Serializer[Any]):
    """What was found."""

    resolution = serializers.CharField(max_length=500)


class MatchPayerIn(serializers.Serializer[Any]):
    """Whose money it is: the id of an organization."""

    payer = serializers.CharField(max_length=30)


class MatchShareIn(serializers.Serializer[Any]):
    """What of the money pays an invoice."""

    invoice = serializers.CharField(max_length=30)
    amount_minor = serializers.IntegerField(min_value=1, max_value=MOST)


class MatchAllocateIn(MatchCommentIn):
    """Invoices that the money pays; ``let_off_minor`` of the last one waits for a second person."""

    shares = serializers.ListField(child=MatchShareIn(), max_length=100)
    let_off_minor = serializers.IntegerField(min_value=0, max_value=MOST, default=0)


class PayerAccountIn(serializers.Serializer[Any]):
    """An account from which an organization pays."""

    organization = serializers.CharField(max_length=30)
    number = serializers.CharField(max_length=40)
    holder = serializers.CharField(max_length=120)


class MatchRunOut(serializers.Serializer[Any]):
    """The matcher was started."""

    started = serializers.BooleanField()


class SuggestionOut(serializers.ModelSerializer[Suggestion]):
    """What the matcher would do with a line, with its score and reasons in words."""

    expandable: ClassVar[Expandable] = {"line": "api-bank-line"}

    id = serializers.CharField(source="public_id", read_only=True)
    line = serializers.CharField(source="bank_line.public_id", read_only=True)
    amount_minor = serializers.IntegerField(source="bank_line.amount_minor", read_only=True)
    currency = serializers.CharField(source="bank_line.currency", read_only=True)
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = Suggestion
        fields = (
            "id",
            "line",
            "amount_minor",
            "currency",
            "match_pass",
            "score",
            "reasons",
            "plan",
            "let_off_minor",
            "state",
            "made_at",
            "decided_by",
            "decided_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_reasons(self, row: Suggestion) -> list[str]:
        return sentences(row.reasons)


class ReconExceptionOut(serializers.ModelSerializer[ReconException]):
    """Something that does not agree: why, since when, who looks after it, what to do next."""

    expandable: ClassVar[Expandable] = {"line": "api-bank-line"}

    id = serializers.CharField(source="public_id", read_only=True)
    line = serializers.CharField(source="bank_line.public_id", default=None, read_only=True)
    holder = serializers.CharField(source="holder.public_id", default=None, read_only=True)
    reasons = serializers.SerializerMethodField()
    suggested_action = serializers.SerializerMethodField()

    class Meta:
        model = ReconException
        fields = (
            "id",
            "reason",
            "line",
            "amount_minor",
            "currency",
            "reasons",
            "suggested_action",
            "holder",
            "opened_at",
            "state",
            "resolution",
            "resolved_by",
            "resolved_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_reasons(self, row: ReconException) -> list[str]:
        return sentences(row.facts.get("reasons", []))

    def get_suggested_action(self, row: ReconException) -> str:
        return sentences([{"msgid": ACTIONS[row.reason], "params": {}}])[0]


class AllocationOut(serializers.ModelSerializer[Allocation]):
    """What of some money, or of a credit note, paid an invoice; an undo is a row of its own, negative."""

    expandable: ClassVar[Expandable] = {"receipt": "api-receipt", "invoice": "api-invoice"}

    id = serializers.CharField(source="public_id", read_only=True)
    receipt = serializers.CharField(source="receipt.public_id", default=None, read_only=True)
    note = serializers.CharField(source="note.number", default=None, read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True)
    number = serializers.CharField(source="invoice.number", read_only=True)
    undoes = serializers.CharField(source="undoes.public_id", default=None, read_only=True)
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = Allocation
        fields = (
            "id",
            "receipt",
            "note",
            "invoice",
            "number",
            "amount_minor",
            "let_off_minor",
            "currency",
            "undoes",
            "match_pass",
            "score",
            "reasons",
            "comment",
            "made_by_name",
            "approved_by",
            "made_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_reasons(self, row: Allocation) -> list[str]:
        return sentences(row.reasons)


class ReceiptOut(serializers.ModelSerializer[Receipt]):
    """Money that came in, and what of it pays nothing yet."""

    expandable: ClassVar[Expandable] = {"line": "api-bank-line"}

    id = serializers.CharField(source="public_id", read_only=True)
    line = serializers.CharField(source="bank_line.public_id", default=None, read_only=True)
    payer = serializers.CharField(source="payer.public_id", default=None, read_only=True)
    payer_name = serializers.CharField(source="payer.name", default=None, read_only=True)

    class Meta:
        model = Receipt
        fields = (
            "id",
            "source",
            "line",
            "payer",
            "payer_name",
            "amount_minor",
            "left_minor",
            "currency",
            "received_on",
            "holding",
        )
        read_only_fields = fields


class PayerAccountOut(serializers.ModelSerializer[PayerAccount]):
    """An account of a payer, and whether it is used."""

    id = serializers.CharField(source="public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True)

    class Meta:
        model = PayerAccount
        fields = (
            "id",
            "organization",
            "organization_name",
            "number",
            "holder",
            "stage",
            "maker_name",
            "made_at",
            "checker_name",
            "checked_at",
        )
        read_only_fields = fields
