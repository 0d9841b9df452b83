"""Shapes of billing's REST answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.api.disputes import LineDisputeOut
from billing.models import Invoice, InvoiceLine, InvoiceLineFact, LineDispute, UsageWindow, WindowSet
from billing.queries import Completeness, day_edges, reasons_for, standing_of, versions_of
from billing.rules.completeness import GapSpan, State
from billing.rules.reasons import Reason
from devices.rules.readings import moment
from marketplace.gateway.fields import DateTimeField
from marketplace.models import Organization
from marketplace.shared.declared import Expandable, Part
from marketplace.shared.money import Money

About = Callable[[WindowSet, datetime, datetime], Completeness]
STATE = serializers.ChoiceField([str(state) for state in State])
PLAIN = {"normalize_output": True}  # a quantity without the zeros that a database column adds


class MoneyOut(serializers.Serializer[Money]):
    """An exact amount: whole minor units, and the same in major units as text."""

    minor = serializers.IntegerField()
    currency = serializers.CharField()
    amount = serializers.CharField()


class StandingOut(serializers.Serializer[Any]):
    """What invoices and notes add up to, what of it is disputed, and what is to be paid."""

    billed = MoneyOut()
    disputed = MoneyOut()
    due = MoneyOut()


class StepOut(serializers.Serializer[Any]):
    """One rung of the ladder from usage to amount."""

    step = serializers.CharField()
    numbers = serializers.DictField(child=serializers.CharField())


class NoteFiguresOut(serializers.Serializer[Any]):
    """A line's figures over several versions, in the smallest coin and the line's unit."""

    net_minor = serializers.IntegerField()
    tax_minor = serializers.IntegerField()
    quantity = serializers.CharField(allow_null=True)


class NoteChangeOut(serializers.Serializer[Any]):
    """What all versions before a note billed of a line, and what is due of it now."""

    before = NoteFiguresOut()
    after = NoteFiguresOut()


class LineFactOut(serializers.ModelSerializer[InvoiceLineFact]):
    """
    By what leasing recorded a line: ``source`` once for each kind, ``subject`` the id of what can be read.

    ``subject`` is that of a ticket, a service order, a damage claim, or the lease.
    """

    class Meta:
        model = InvoiceLineFact
        fields = ("kind", "source", "subject", "at", "text")
        read_only_fields = fields


class InvoiceLineOut(serializers.ModelSerializer[InvoiceLine]):
    """A rounded amount, its tax, and the steps that led to it."""

    net = MoneyOut(read_only=True)
    tax = MoneyOut(read_only=True)
    gross = MoneyOut(read_only=True)
    steps = StepOut(many=True, read_only=True)
    change = serializers.SerializerMethodField()
    fact = LineFactOut(read_only=True, allow_null=True)

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
            "change",
            "fact",
        )
        read_only_fields = fields

    @extend_schema_field(NoteChangeOut(allow_null=True))
    def get_change(self, line: InvoiceLine) -> Any:
        """Of a line of a note, what it says was billed before and is due now; null on an invoice."""
        return NoteChangeOut(line.facts).data if "before" in line.facts else None


def lines_of(ids: Sequence[str]) -> QuerySet[Any]:
    """Return the lines of invoices, each with the id of its own."""
    lines = InvoiceLine.objects.filter(invoice__public_id__in=ids).select_related("fact")
    return lines.annotate(whole=F("invoice__public_id")).order_by("invoice", "position")


class InvoiceOut(serializers.ModelSerializer[Invoice]):
    """
    An invoice, or a note that ``corrects`` one, without its lines; amounts of a credit are negative.

    Who sells a service beside a lease is not told which lease. That of a slot names its ``booking``, and no
    lease.
    """

    expandable: ClassVar[Expandable] = {
        "lease": "api-lease",
        "booking": "api-slot-booking",
        "corrects": "api-invoice",
        "lines": Part(InvoiceLineOut, lines_of),
    }

    id = serializers.CharField(source="public_id", read_only=True)
    lease = serializers.CharField(source="lease.public_id", read_only=True, allow_null=True, default=None)
    lease_number = serializers.CharField(source="lease.number", read_only=True, allow_null=True, default=None)
    booking = serializers.CharField(source="booking.public_id", read_only=True, allow_null=True, default=None)
    seller = serializers.CharField(source="seller.public_id", read_only=True)
    seller_name = serializers.CharField(source="seller.name", read_only=True)
    buyer = serializers.CharField(source="buyer.public_id", read_only=True)
    buyer_name = serializers.CharField(source="buyer.name", read_only=True)
    corrects = serializers.CharField(source="corrects.public_id", read_only=True, default=None)
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
            "booking",
            "seller",
            "seller_name",
            "buyer",
            "buyer_name",
            "period_start",
            "period_end",
            "version",
            "kind",
            "is_final",
            "corrects",
            "net",
            "tax",
            "gross",
            "issued_at",
            "due_on",
        )
        read_only_fields = fields

    def to_representation(self, instance: Invoice) -> dict[str, Any]:
        """Leave the lease out for whoever is none of its sides."""
        shown = super().to_representation(instance)
        readers: list[Organization] = self.context.get("readers", [])
        if not any(instance.is_told_the_lease(reader) for reader in readers):
            shown["lease"] = shown["lease_number"] = None
        return shown


class InvoiceDetailOut(InvoiceOut):
    """
    An invoice with its lines, and the parties as they stood at issue.

    ``notes`` correct the same period of the same seller; ``standing`` is what all of them add up to now, and
    what of it is disputed.
    """

    lines = InvoiceLineOut(many=True, read_only=True)
    reasons = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()
    disputes = serializers.SerializerMethodField()
    standing = serializers.SerializerMethodField()

    class Meta(InvoiceOut.Meta):
        fields = (
            *InvoiceOut.Meta.fields,
            "seller_facts",
            "buyer_facts",
            "lines",
            "reasons",
            "notes",
            "disputes",
            "standing",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField([str(one) for one in Reason])))
    def get_reasons(self, invoice: Invoice) -> list[str]:
        """Why a note was made; nothing for an invoice."""
        readers: list[Organization] = self.context.get("readers", [])
        is_inside = any(invoice.is_told_the_lease(reader) for reader in readers)
        return reasons_for(invoice, is_inside=is_inside)

    @extend_schema_field(InvoiceOut(many=True))
    def get_notes(self, invoice: Invoice) -> Any:
        """The other notes of the period, in the order of their issue."""
        notes = versions_of(invoice).filter(version__gt=1).exclude(pk=invoice.pk)
        return InvoiceOut(notes.with_parties().order_by("version"), many=True, context=self.context).data

    @extend_schema_field(LineDisputeOut(many=True))
    def get_disputes(self, invoice: Invoice) -> Any:
        """What was disputed of its lines."""
        found = LineDispute.objects.filter(line__invoice=invoice).select_related("line").order_by("pk")
        return LineDisputeOut(found, many=True).data

    @extend_schema_field(StandingOut)
    def get_standing(self, invoice: Invoice) -> Any:
        """What the invoice and its notes add up to now."""
        found = standing_of(versions_of(invoice))
        amounts = {"billed": found.billed, "disputed": found.disputed, "due": found.due}
        return StandingOut({name: Money(minor, invoice.currency) for name, minor in amounts.items()}).data


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
    heard_to = DateTimeField()
    watermark = DateTimeField()


class UsageOut(serializers.Serializer[Any]):
    """The usage of a lease between two local days, both included."""

    lease = serializers.CharField()
    zone = serializers.CharField()
    known = KnownOut(many=True)
    data = UsageDayOut(many=True)  # type: ignore[assignment]
