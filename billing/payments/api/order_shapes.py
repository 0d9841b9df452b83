"""Shapes of what is paid, over REST; amounts are in minor units of their currency (fen)."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.payments.actions.payouts import BANK, STRIPE
from billing.payments.api.take_back_shapes import TakeBackOut
from billing.payments.models import BankAccount, OrderFile, OrderStep, PayeeAccount, PaymentOrder, PayoutItem
from billing.payments.queries.take_backs import take_backs_of
from marketplace.queries import acting_organization
from marketplace.shared.declared import Expandable

PROVIDERS = (BANK, STRIPE)
MOST = 10**15


class PaymentNothingIn(serializers.Serializer[Any]):
    """Nothing more is said."""


class PaymentReasonIn(serializers.Serializer[Any]):
    """Why it is not paid."""

    reason = serializers.CharField(max_length=500)


class PayoutIn(serializers.Serializer[Any]):
    """A payout to propose: all that was collected for an owner and counts through a day."""

    owner = serializers.CharField(max_length=30)
    provider = serializers.ChoiceField(choices=PROVIDERS, default=BANK)
    currency = serializers.CharField(max_length=3, default="CNY")
    through = serializers.DateField(required=False, allow_null=True, default=None)


class RefundIn(serializers.Serializer[Any]):
    """Money to give back: what is left of a receipt, or what a credit note owes; one of the two is named."""

    receipt = serializers.CharField(max_length=30, required=False, default="")
    note = serializers.CharField(max_length=30, required=False, default="")
    amount_minor = serializers.IntegerField(min_value=1, max_value=MOST)
    reason = serializers.CharField(max_length=500)
    provider = serializers.ChoiceField(choices=PROVIDERS, default=BANK)


class PayoutItemOut(serializers.ModelSerializer[PayoutItem]):
    """A line of the owner's account that is paid; what comes off is negative."""

    expandable: ClassVar[Expandable] = {"invoice_id": "api-invoice"}

    kind = serializers.CharField(source="line.journal.kind", read_only=True)
    on = serializers.DateField(source="line.effective_date", read_only=True)
    invoice = serializers.CharField(source="line.invoice.number", default=None, read_only=True)
    invoice_id = serializers.CharField(source="line.invoice.public_id", default=None, read_only=True)
    lease = serializers.CharField(source="line.lease.number", default=None, read_only=True)
    amount_minor = serializers.SerializerMethodField()

    class Meta:
        model = PayoutItem
        fields = ("kind", "on", "invoice", "invoice_id", "lease", "amount_minor")

    def get_amount_minor(self, item: PayoutItem) -> int:
        return -item.line.amount_minor


class PaymentOrderOut(serializers.ModelSerializer[PaymentOrder]):
    """An order to pay, without its lines."""

    expandable: ClassVar[Expandable] = {"file": "api-order-file"}

    id = serializers.CharField(source="public_id", read_only=True)
    payee = serializers.CharField(source="payee.public_id", read_only=True)
    payee_name = serializers.CharField(source="payee.name", read_only=True)
    account = serializers.CharField(source="payee_account.number", default=None, read_only=True)
    file = serializers.CharField(source="file.public_id", default=None, read_only=True)

    class Meta:
        model = PaymentOrder
        fields = (
            "id",
            "reference",
            "kind",
            "state",
            "provider",
            "payee",
            "payee_name",
            "account",
            "amount_minor",
            "currency",
            "memo",
            "file",
            "made_at",
            "checked_at",
            "ended_on",
        )
        read_only_fields = fields


class PaymentOrderDetailOut(PaymentOrderOut):
    """An order to pay, with what a payout pays line by line; what is taken back is told to who pays alone."""

    items = PayoutItemOut(source="payout_items", many=True, read_only=True)
    take_backs = serializers.SerializerMethodField()

    class Meta:
        model = PaymentOrder
        fields = (*PaymentOrderOut.Meta.fields, "items", "take_backs")
        read_only_fields = fields

    @extend_schema_field(TakeBackOut(many=True))
    def get_take_backs(self, order: PaymentOrder) -> Any:
        if order.book.organization_id != acting_organization(self.context["request"]).pk:
            return []
        return TakeBackOut(take_backs_of(order), many=True).data


class OrderStepOut(serializers.ModelSerializer[OrderStep]):
    """One step of an order: who did what, and why."""

    class Meta:
        model = OrderStep
        fields = ("position", "move", "status_after", "actor_name", "occurred_at", "reason", "hash")
        read_only_fields = fields


class OrderFileIn(serializers.Serializer[Any]):
    """Approved orders to write into a file for the bank."""

    bank_account = serializers.CharField(max_length=30)
    format = serializers.ChoiceField(choices=OrderFile.Format.choices)
    orders = serializers.ListField(child=serializers.CharField(max_length=30), min_length=1, max_length=1000)


class OrderFileOut(serializers.ModelSerializer[OrderFile]):
    """A file for the bank; its content stands at ``content/``."""

    expandable: ClassVar[Expandable] = {"bank_account": "api-bank-account"}

    id = serializers.CharField(source="public_id", read_only=True)
    bank_account = serializers.CharField(source="bank_account.public_id", read_only=True)

    class Meta:
        model = OrderFile
        fields = ("id", "bank_account", "format", "sha256", "total_minor", "currency", "made_at")
        read_only_fields = fields


class PayeeAccountIn(serializers.Serializer[Any]):
    """The account to which your company wants to be paid."""

    holder = serializers.CharField(max_length=120)
    number = serializers.CharField(max_length=60)
    bank_name = serializers.CharField(max_length=120)
    bank_code = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)


class PayeeAccountOut(serializers.ModelSerializer[PayeeAccount]):
    """An account that is paid to once it is approved."""

    id = serializers.CharField(source="public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)

    class Meta:
        model = PayeeAccount
        fields = (
            "id",
            "organization",
            "holder",
            "number",
            "bank_name",
            "bank_code",
            "currency",
            "stage",
            "made_at",
            "checked_at",
        )
        read_only_fields = fields


class BankAccountIn(serializers.Serializer[Any]):
    """An account of the platform at a bank; ``ledger_code`` is where its money stands in the books."""

    ledger_code = serializers.CharField(max_length=12)
    holder = serializers.CharField(max_length=120)
    number = serializers.CharField(max_length=60)
    bank_name = serializers.CharField(max_length=120)
    bank_code = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    currency = serializers.CharField(max_length=3, default="CNY")


class BankAccountOut(serializers.ModelSerializer[BankAccount]):
    """An account of ours at a bank."""

    id = serializers.CharField(source="public_id", read_only=True)
    book = serializers.CharField(source="book.code", read_only=True)

    class Meta:
        model = BankAccount
        fields = (
            "id",
            "book",
            "ledger_code",
            "holder",
            "number",
            "bank_name",
            "bank_code",
            "currency",
            "is_open",
            "opened_at",
        )
        read_only_fields = fields


class PaymentSlipOut(serializers.Serializer[Any]):
    """How an invoice is paid by bank transfer; what is open is of the invoice and its notes together."""

    reference = serializers.CharField()
    holder = serializers.CharField(allow_null=True)
    number = serializers.CharField(allow_null=True)
    bank_name = serializers.CharField(allow_null=True)
    bank_code = serializers.CharField(allow_null=True)
    billed_minor = serializers.IntegerField()
    open_minor = serializers.IntegerField()
    currency = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
