"""Shapes of billing's REST answers."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import Invoice, InvoiceLine, UsageWindow, WindowSet
from billing.queries import Completeness, day_edges
from billing.rules.completeness import GapSpan, State
from devices.rules.readings import moment
from marketplace.shared.money import Money

About = Callable[[WindowSet, datetime, datetime], Completeness]
STATE = serializers.ChoiceField([str(state) for state in State])
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


class UsageGapOut(serializers.Serializer[GapSpan]):
    """
    A time in which the state was not known, or readings are missing; ``end`` is null while it lasts.

    ``missing`` is how many of the source's numbers never came.
    """

    start = serializers.SerializerMethodField()
    end = serializers.SerializerMethodField()
    silent = serializers.BooleanField()
    missing = serializers.IntegerField()

    def get_start(self, gap: GapSpan) -> datetime:
        """The last proof of life before it."""
        return moment(gap.start)

    def get_end(self, gap: GapSpan) -> datetime | None:
        """The next known state."""
        return None if gap.end is None else moment(gap.end)


class UsageWindowOut(serializers.ModelSerializer[UsageWindow]):
    """A quarter-hour; ``held`` quantities are not billed, a person decides on them."""

    state = serializers.SerializerMethodField()

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
            "state",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {"quantity": PLAIN}

    @extend_schema_field(STATE)
    def get_state(self, found: UsageWindow) -> str:
        """Whether the quarter-hour is complete, provisional, or incomplete because of a gap."""
        about: About = self.context["about"]
        return about(found.set, found.starts_at, found.ends_at).state


class UsageDayOut(serializers.ModelSerializer[WindowSet]):
    """One local day of one meter, in seconds for run time; ``provisional`` until late readings are past."""

    day = serializers.DateField(source="local_day", read_only=True)
    unit = serializers.CharField(source="unit.public_id", read_only=True)
    device = serializers.CharField(source="device.public_id", read_only=True)
    provisional = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    gaps = serializers.SerializerMethodField()
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
            "state",
            "gaps",
            "arrival_hi",
            "rule_version",
            "digest",
            "windows",
        )
        read_only_fields = fields
        extra_kwargs: ClassVar = {"quantity": PLAIN, "held": PLAIN}

    def get_provisional(self, found: WindowSet) -> bool:
        """Whether late readings may still change the day."""
        return self._about(found).state == State.PROVISIONAL

    @extend_schema_field(STATE)
    def get_state(self, found: WindowSet) -> str:
        """Whether the day is complete, provisional, or incomplete because of a gap."""
        return self._about(found).state

    @extend_schema_field(UsageGapOut(many=True))
    def get_gaps(self, found: WindowSet) -> Any:
        """The gaps of the day."""
        return [UsageGapOut(gap).data for gap in self._about(found).gaps]

    def _about(self, found: WindowSet) -> Completeness:
        about: About = self.context["about"]
        return about(found, *day_edges(found.local_day, found.unit.lease))


class KnownOut(serializers.Serializer[Any]):
    """
    How far the use of a unit is known by one device.

    Before ``watermark`` nothing changes unless something arrives late; ``heard_to`` is its latest time.
    """

    unit = serializers.CharField()
    device = serializers.CharField()
    heard_to = serializers.DateTimeField()
    watermark = serializers.DateTimeField()


class UsageOut(serializers.Serializer[Any]):
    """The usage of a lease between two local days, both included."""

    lease = serializers.CharField()
    zone = serializers.CharField()
    known = KnownOut(many=True)
    data = UsageDayOut(many=True)  # type: ignore[assignment]
