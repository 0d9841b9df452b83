"""Shapes of billing's REST answers."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.models import Invoice, InvoiceLine, UsageWindow, WindowSet
from marketplace.shared.money import Money

PLAIN = {"normalize_output": True}  # a quantity without the zeros that a database column adds


class MoneyOut(serializers.Serializer[Money]):
    """An exact amount: whole minor units, and the same in major units as text."""

    minor = serializers.IntegerField()
    currency = serializers.CharField()
    amount = serializers.CharField()


class StepOut(serializers.Serializer[Any]):
    """One rung of the ladder from usage to amount."""

    step = serializers.CharField()
    numbers = serializers.DictField(child=serializers.CharField())


class InvoiceLineOut(serializers.ModelSerializer[InvoiceLine]):
    """A rounded amount, its tax, and the steps that led to it."""

    net = MoneyOut(read_only=True)
    tax = MoneyOut(read_only=True)
    gross = MoneyOut(read_only=True)
    steps = StepOut(many=True, read_only=True)

    class Meta:
        model = InvoiceLine
        fields = (
            "position",
            "component",
            "kind",
            "description",
            "meter",
            "unit",
            "quantity",
            "unit_price",
            "amount",
            "net",
            "tax",
            "gross",
            "tax_category",
            "tax_rate",
            "legal_basis",
            "steps",
        )
        read_only_fields = fields


class InvoiceOut(serializers.ModelSerializer[Invoice]):
    """An invoice without its lines."""

    id = serializers.CharField(source="public_id", read_only=True)
    lease = serializers.CharField(source="lease.public_id", read_only=True)
    lease_number = serializers.CharField(source="lease.number", read_only=True)
    seller = serializers.CharField(source="seller.public_id", read_only=True)
    seller_name = serializers.CharField(source="seller.name", read_only=True)
    buyer = serializers.CharField(source="buyer.public_id", read_only=True)
    buyer_name = serializers.CharField(source="buyer.name", read_only=True)
    net = MoneyOut(read_only=True)
    tax = MoneyOut(read_only=True)
    gross = MoneyOut(read_only=True)

    class Meta:
        model = Invoice
        fields: tuple[str, ...] = (
            "id",
            "number",
            "status",
            "lease",
            "lease_number",
            "seller",
            "seller_name",
            "buyer",
            "buyer_name",
            "period_start",
            "period_end",
            "version",
            "net",
            "tax",
            "gross",
            "issued_at",
            "due_on",
        )
        read_only_fields = fields


class InvoiceDetailOut(InvoiceOut):
    """An invoice with its lines, and the parties as they stood at issue."""

    lines = InvoiceLineOut(many=True, read_only=True)

    class Meta(InvoiceOut.Meta):
        fields = (*InvoiceOut.Meta.fields, "seller_facts", "buyer_facts", "lines")
        read_only_fields = fields


class UsageWindowOut(serializers.ModelSerializer[UsageWindow]):
    """A quarter-hour; ``held`` quantities are not billed, a person decides on them."""

    class Meta:
        model = UsageWindow
        fields = (
            "starts_at",
            "ends_at",
            "quantity",
            "held",
            "flags",
            "first_order",
            "last_order",
            "arrival_lo",
            "arrival_hi",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {"quantity": PLAIN}


class UsageDayOut(serializers.ModelSerializer[WindowSet]):
    """One local day of one meter, in seconds for run time; ``provisional`` until late readings are past."""

    day = serializers.DateField(source="local_day", read_only=True)
    unit = serializers.CharField(source="unit.public_id", read_only=True)
    device = serializers.CharField(source="device.public_id", read_only=True)
    provisional = serializers.SerializerMethodField()
    windows = UsageWindowOut(many=True, read_only=True)

    class Meta:
        model = WindowSet
        fields = (
            "day",
            "meter",
            "unit",
            "device",
            "version",
            "quantity",
            "held",
            "provisional",
            "arrival_hi",
            "rule_version",
            "digest",
            "windows",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {"quantity": PLAIN, "held": PLAIN}

    def get_provisional(self, found: WindowSet) -> bool:
        """Whether late readings may still change the day."""
        settled = self.context.get("settled")
        return settled is not None and not settled(found.local_day)


class UsageOut(serializers.Serializer[Any]):
    """The usage of a lease between two local days, both included."""

    lease = serializers.CharField()
    zone = serializers.CharField()
    data = UsageDayOut(many=True)  # type: ignore[assignment]
