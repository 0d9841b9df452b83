"""How invoice runs, and what stands in them, look over REST."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.api.serializers import MoneyOut
from billing.models import BillingMode, InvoiceRun, RunItem, RunPart
from billing.models.runs import LONGEST_REASON
from billing.queries import hidden_parts, states_in, sums_of_run, told_of
from billing.rules.run_preview import JUMP_PERCENT, MOST_PERCENT, Cause, Flag
from marketplace.gateway.fields import DateTimeField
from marketplace.shared.declared import Expandable


def flags() -> serializers.ListField:
    """Return a field of what a person should look at."""
    return serializers.ListField(child=serializers.ChoiceField([str(flag) for flag in Flag]), read_only=True)


class RunChangeOut(serializers.Serializer[Any]):
    """A component whose net differs from that of the period before, in the smallest coin, and why."""

    component = serializers.CharField()
    kind = serializers.CharField()
    cause = serializers.ChoiceField([str(cause) for cause in Cause])
    before_minor = serializers.IntegerField()
    after_minor = serializers.IntegerField()


class RunPartOut(serializers.ModelSerializer[RunPart]):
    """
    What one seller asks for a lease and period; ``last`` and ``difference`` are null without a bill before.

    ``invoice`` is the id of the invoice that came of it.
    """

    expandable: ClassVar[Expandable] = {"invoice": "api-invoice"}

    seller = serializers.CharField(source="seller.public_id", read_only=True)
    seller_name = serializers.CharField(source="seller.name", read_only=True)
    gross = MoneyOut(read_only=True)
    last = MoneyOut(source="last_gross", read_only=True, allow_null=True)
    difference = MoneyOut(read_only=True, allow_null=True)
    flags = flags()
    changes = RunChangeOut(many=True, read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", default=None, read_only=True, allow_null=True)

    class Meta:
        model = RunPart
        fields = (
            "seller",
            "seller_name",
            "net_minor",
            "tax_minor",
            "gross",
            "last",
            "difference",
            "flags",
            "changes",
            "digest",
            "invoice",
        )
        read_only_fields = fields


class RunProblemOut(serializers.Serializer[Any]):
    """Why a lease and period is not billed: a code of the error list, the text, and where in the input."""

    code = serializers.CharField()
    detail = serializers.CharField()
    pointer = serializers.CharField(allow_blank=True)


class RunItemOut(serializers.ModelSerializer[RunItem]):
    """One lease and period, or slot booking, of a run; a lessor is told what it sells, the platform all."""

    expandable: ClassVar[Expandable] = {"lease": "api-lease", "booking": "api-slot-booking"}

    id = serializers.CharField(source="public_id", read_only=True)
    lease = serializers.CharField(source="lease.public_id", read_only=True, allow_null=True, default=None)
    lease_number = serializers.CharField(source="lease.number", read_only=True, allow_null=True, default=None)
    booking = serializers.CharField(source="booking.public_id", read_only=True, allow_null=True, default=None)
    lessee = serializers.CharField(source="subject.lessee.name", read_only=True)
    flags = flags()
    problem = serializers.SerializerMethodField()
    parts = RunPartOut(source="shown", many=True, read_only=True)

    class Meta:
        model = RunItem
        fields = (
            "id",
            "lease",
            "lease_number",
            "booking",
            "lessee",
            "period_start",
            "period_end",
            "state",
            "flags",
            "problem",
            "reason",
            "settled_at",
            "parts",
        )
        read_only_fields = fields

    @extend_schema_field(RunProblemOut(allow_null=True))
    def get_problem(self, item: RunItem) -> Any:
        """What stops it, if something does."""
        if not item.problem_code:
            return None
        told = {"code": item.problem_code, "detail": told_of(item), "pointer": item.problem_pointer}
        return RunProblemOut(told).data


class RunSumOut(serializers.Serializer[Any]):
    """What the invoices in one state add up to, beside the periods before."""

    state = serializers.ChoiceField(RunItem.State.choices)
    count = serializers.IntegerField()
    gross = MoneyOut(source="money")
    last = MoneyOut()
    difference = MoneyOut()


class RunProgressOut(serializers.Serializer[Any]):
    """How far a run is: leases that were looked at, and leases and periods by their state."""

    looked = serializers.IntegerField()
    total = serializers.IntegerField()
    items = serializers.DictField(child=serializers.IntegerField())


class InvoiceRunOut(serializers.ModelSerializer[InvoiceRun]):
    """
    A run: PREVIEWING and RUNNING until the machine is done, PREVIEWED until a person approves ``digest``.

    ``other_sellers`` counts the invoices of others that go with it, and whose amounts you are not told.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)
    leases = serializers.ListField(source="only", child=serializers.CharField(), read_only=True)
    progress = serializers.SerializerMethodField()
    sums = serializers.SerializerMethodField()
    other_sellers = serializers.SerializerMethodField()
    ordered_by = serializers.CharField(source="maker.name", read_only=True)
    ordered_at = DateTimeField(source="made_at", read_only=True)
    approved_by = serializers.CharField(source="approver.name", default=None, read_only=True, allow_null=True)

    class Meta:
        model = InvoiceRun
        fields = (
            "id",
            "organization",
            "cut_off",
            "leases",
            "jump_percent",
            "state",
            "digest",
            "progress",
            "sums",
            "other_sellers",
            "ordered_by",
            "ordered_at",
            "approved_by",
            "approved_at",
            "approved_alone",
            "ended_at",
        )
        read_only_fields = fields

    @extend_schema_field(RunProgressOut)
    def get_progress(self, run: InvoiceRun) -> Any:
        """How far it is."""
        told = {"looked": run.looked, "total": run.total, "items": states_in(run)}
        return RunProgressOut(told).data

    @extend_schema_field(RunSumOut(many=True))
    def get_sums(self, run: InvoiceRun) -> Any:
        """What it adds up to, by state."""
        return RunSumOut(sums_of_run(run, run.items.all()), many=True).data

    def get_other_sellers(self, run: InvoiceRun) -> int:
        """How many invoices of others go with it."""
        return hidden_parts(run)


class InvoiceRunIn(serializers.Serializer[None]):
    """What to bill: periods that ended by ``cut_off``, of all leases or some; what is a large change."""

    cut_off = DateTimeField()
    leases = serializers.ListField(child=serializers.CharField(max_length=30), default=list, max_length=1000)
    jump_percent = serializers.IntegerField(min_value=1, max_value=MOST_PERCENT, default=JUMP_PERCENT)


class RunApprovalIn(serializers.Serializer[None]):
    """The digest of the preview that is approved."""

    digest = serializers.CharField(max_length=64)


class RunLeaveOutIn(serializers.Serializer[None]):
    """Why a lease is left out; your organization reads it."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class BillingModeOut(serializers.Serializer[Any]):
    """How the leases of your organization are billed."""

    organization = serializers.CharField()
    mode = serializers.ChoiceField(BillingMode.Mode.choices)


class BillingModeIn(serializers.Serializer[None]):
    """AUTOMATIC: as soon as it is due. REVIEWED: by an approved run alone."""

    mode = serializers.ChoiceField(BillingMode.Mode.choices)
