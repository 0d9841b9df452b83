"""Shapes of subsidies over REST; amounts are in fen."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import (
    SubsidyAdmission,
    SubsidyBudget,
    SubsidyGrant,
    SubsidyItem,
    SubsidyProgramme,
    SubsidyRules,
    SubsidySettlement,
    SubsidyStep,
)
from billing.queries import subsidy_standing
from billing.rules.subsidy_states import Status, moves_for
from billing.rules.subsidy_terms import (
    LONGEST_BASIS,
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    MOST_CODES,
    MOST_MINOR,
    RENT_KINDS,
    Mode,
    Step,
)
from marketplace.models.parties import OrganizationKind
from marketplace.queries import acting_organization
from marketplace.shared.declared import Expandable

AMOUNT: dict[str, Any] = {"min_value": 0, "max_value": MOST_MINOR}
CODES: dict[str, Any] = {"max_length": MOST_CODES, "required": False, "default": list}


class SubsidyReasonIn(serializers.Serializer[Any]):
    """Why."""

    reason = serializers.CharField(max_length=LONGEST_TEXT)


class SubsidyBudgetIn(serializers.Serializer[Any]):
    """What a programme may bear in all, and the document that says so."""

    budget_minor = serializers.IntegerField(**AMOUNT)
    basis = serializers.CharField(max_length=LONGEST_BASIS)


class SubsidyProgrammeIn(SubsidyBudgetIn):
    """A programme to open; ``authority`` is an organization's id, or else its name is given."""

    name = serializers.CharField(max_length=120)
    authority = serializers.CharField(max_length=30, allow_blank=True, default="")
    authority_name = serializers.CharField(max_length=120, allow_blank=True, default="")
    mode = serializers.ChoiceField(choices=SubsidyProgramme.Way.choices)


class SubsidyRulesIn(serializers.Serializer[Any]):
    """
    A version of the terms, for invoices issued in [``valid_from``, ``valid_until``).

    An empty list asks for nothing. ``regions`` are first digits of region codes, ``industries`` first
    characters of industry codes, ``categories`` of machines with those below, ``components`` kinds of lines.
    """

    basis = serializers.CharField(max_length=LONGEST_BASIS)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField()
    rate_percent = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100)
    lessee_cap_minor = serializers.IntegerField(**AMOUNT, allow_null=True, required=False, default=None)
    least_minor = serializers.IntegerField(**AMOUNT, required=False, default=0)
    with_vat = serializers.BooleanField(required=False, default=False)
    by_admission = serializers.BooleanField(required=False, default=False)
    regions = serializers.ListField(child=serializers.CharField(max_length=8), **CODES)
    industries = serializers.ListField(child=serializers.CharField(max_length=8), **CODES)
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=OrganizationKind.choices), **CODES)
    categories = serializers.ListField(child=serializers.CharField(max_length=20), **CODES)
    components = serializers.ListField(child=serializers.ChoiceField(choices=RENT_KINDS), **CODES)


class SubsidyRulesOut(serializers.ModelSerializer[SubsidyRules]):
    """One version of a programme's terms."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = SubsidyRules
        fields = (
            "id",
            "number",
            "basis",
            "valid_from",
            "valid_until",
            "rate_percent",
            "lessee_cap_minor",
            "least_minor",
            "with_vat",
            "by_admission",
            "regions",
            "industries",
            "kinds",
            "categories",
            "components",
            "made_at",
        )
        read_only_fields = fields


class SubsidyBudgetOut(serializers.ModelSerializer[SubsidyBudget]):
    """A budget as it was set."""

    class Meta:
        model = SubsidyBudget
        fields = ("number", "budget_minor", "basis", "made_at")
        read_only_fields = fields


class SubsidyStandingOut(serializers.Serializer[Any]):
    """How a programme stands: granted, asked for, refused and paid, and what is left of the budget."""

    budget_minor = serializers.IntegerField()
    granted_minor = serializers.IntegerField()
    asked_minor = serializers.IntegerField()
    refused_minor = serializers.IntegerField()
    paid_minor = serializers.IntegerField()
    left_minor = serializers.IntegerField()


class SubsidyProgrammeOut(serializers.ModelSerializer[SubsidyProgramme]):
    """A programme; ``is_admitted`` is the reader's own company, ``standing`` is null but for its operator."""

    id = serializers.CharField(source="public_id", read_only=True)
    budgets = SubsidyBudgetOut(many=True, read_only=True)
    rules = SubsidyRulesOut(many=True, read_only=True)
    is_admitted = serializers.SerializerMethodField()
    standing = serializers.SerializerMethodField()

    class Meta:
        model = SubsidyProgramme
        fields = (
            "id",
            "name",
            "authority_name",
            "mode",
            "opened_at",
            "budgets",
            "rules",
            "is_admitted",
            "standing",
        )
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_is_admitted(self, programme: SubsidyProgramme) -> bool:
        mine = acting_organization(self.context["request"]).pk
        return programme.admissions.filter(lessee=mine, ended_on=None).exists()

    @extend_schema_field(SubsidyStandingOut(allow_null=True))
    def get_standing(self, programme: SubsidyProgramme) -> Any:
        request = self.context["request"]
        mine = SubsidyProgramme.objects.managed_in(acting_organization(request), request.user)
        if not mine.filter(pk=programme.pk).exists():
            return None
        return SubsidyStandingOut(subsidy_standing(programme)).data


class SubsidyAssessedOut(serializers.Serializer[Any]):
    """How many invoices and notes were worked out now."""

    assessed = serializers.IntegerField()


class SubsidyAdmissionIn(serializers.Serializer[Any]):
    """A lessee to admit, by its credit code, for invoices issued from a day on."""

    programme = serializers.CharField(max_length=30)
    credit_code = serializers.CharField(max_length=18)
    admitted_on = serializers.DateField()
    basis = serializers.CharField(max_length=LONGEST_BASIS)


class SubsidyAdmissionOut(serializers.ModelSerializer[SubsidyAdmission]):
    """An admission; ``ended_on`` is the first day on which it holds no more."""

    id = serializers.CharField(source="public_id", read_only=True)
    programme = serializers.CharField(source="programme.public_id", read_only=True)
    lessee = serializers.CharField(source="lessee.public_id", read_only=True)
    lessee_name = serializers.CharField(source="lessee.name", read_only=True)

    class Meta:
        model = SubsidyAdmission
        fields = ("id", "programme", "lessee", "lessee_name", "admitted_on", "ended_on", "basis", "made_at")
        read_only_fields = fields


class SubsidyStepOut(serializers.Serializer[Any]):
    """One step of the calculation: a sum, or what is left of a limit; null is no limit."""

    step = serializers.ChoiceField(choices=[one.value for one in Step])
    minor = serializers.IntegerField(allow_null=True)


class SubsidyGrantOut(serializers.ModelSerializer[SubsidyGrant]):
    """
    What a programme adds with one invoice or note.

    ``base_minor`` and ``wanted_minor`` are of all versions up to it. What is left of the budget is told to
    the operator alone.
    """

    expandable: ClassVar[Expandable] = {"programme": "api-subsidy-programme", "invoice": "api-invoice"}

    id = serializers.CharField(source="public_id", read_only=True)
    programme = serializers.CharField(source="programme.public_id", read_only=True)
    programme_name = serializers.CharField(source="programme.name", read_only=True)
    mode = serializers.CharField(source="programme.mode", read_only=True)
    rules = serializers.CharField(source="rules.public_id", read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True)
    number = serializers.CharField(source="invoice.number", read_only=True)
    lessee = serializers.CharField(source="lessee.public_id", read_only=True)
    steps = serializers.SerializerMethodField()

    class Meta:
        model = SubsidyGrant
        fields = (
            "id",
            "programme",
            "programme_name",
            "mode",
            "rules",
            "invoice",
            "number",
            "lessee",
            "year",
            "base_minor",
            "wanted_minor",
            "amount_minor",
            "steps",
            "made_at",
        )
        read_only_fields = fields

    @extend_schema_field(SubsidyStepOut(many=True))
    def get_steps(self, one: SubsidyGrant) -> Any:
        """Return the steps as the reader may know them."""
        runs = acting_organization(self.context["request"]).pk == one.programme.operator_id
        return SubsidyStepOut(steps_told_to(one, runs=runs), many=True).data


def steps_told_to(one: SubsidyGrant, *, runs: bool) -> list[dict[str, Any]]:
    """Return the steps of a grant; a lessee is not told what others left of the budget."""
    return [row | ({"minor": None} if row["step"] == Step.BUDGET and not runs else {}) for row in one.steps]


class SubsidyMonthIn(serializers.Serializer[Any]):
    """A month to settle, by any day of it."""

    programme = serializers.CharField(max_length=30)
    month = serializers.DateField()


class SubsidyLowerIn(serializers.Serializer[Any]):
    """An item of which the authority confirmed less than was asked for."""

    item = serializers.CharField(max_length=30)
    confirmed_minor = serializers.IntegerField(**AMOUNT)
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class SubsidyAnswerIn(serializers.Serializer[Any]):
    """The authority's answer: the number of its paper, and what is lower than asked for."""

    answer = serializers.CharField(max_length=LONGEST_REFERENCE)
    lower = serializers.ListField(child=SubsidyLowerIn(), max_length=5000, required=False, default=list)


class SubsidyPaidIn(serializers.Serializer[Any]):
    """The authority's payment as the bank's paper shows it."""

    paid_on = serializers.DateField()
    bank_reference = serializers.CharField(max_length=LONGEST_REFERENCE)


class SubsidyItemOut(serializers.ModelSerializer[SubsidyItem]):
    """One grant in a settlement; ``confirmed_minor`` is null until the authority has answered."""

    expandable: ClassVar[Expandable] = {"invoice": "api-invoice"}

    id = serializers.CharField(source="public_id", read_only=True)
    grant = serializers.CharField(source="grant.public_id", read_only=True)
    invoice = serializers.CharField(source="grant.invoice.public_id", read_only=True)
    number = serializers.CharField(source="grant.invoice.number", read_only=True)
    lessee = serializers.CharField(source="grant.lessee.public_id", read_only=True)
    lessee_name = serializers.CharField(source="grant.lessee.name", read_only=True)

    class Meta:
        model = SubsidyItem
        fields = (
            "id",
            "grant",
            "invoice",
            "number",
            "lessee",
            "lessee_name",
            "amount_minor",
            "confirmed_minor",
            "reason",
        )
        read_only_fields = fields


class SubsidySettlementOut(serializers.ModelSerializer[SubsidySettlement]):
    """A settlement; ``allowed`` are the moves that its state allows."""

    expandable: ClassVar[Expandable] = {"programme": "api-subsidy-programme"}

    id = serializers.CharField(source="public_id", read_only=True)
    programme = serializers.CharField(source="programme.public_id", read_only=True)
    allowed = serializers.SerializerMethodField()

    class Meta:
        model = SubsidySettlement
        fields = (
            "id",
            "programme",
            "month",
            "status",
            "allowed",
            "total_minor",
            "confirmed_minor",
            "answer",
            "paid_on",
            "bank_reference",
            "drafted_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_allowed(self, one: SubsidySettlement) -> list[str]:
        """Return the moves that its state allows."""
        return [str(move) for move in moves_for(Status(one.status), Mode(one.programme.mode))]


class SubsidyHistoryOut(serializers.ModelSerializer[SubsidyStep]):
    """One step: who did it for which organization, when, and why."""

    class Meta:
        model = SubsidyStep
        fields = (
            "position",
            "move",
            "status_before",
            "status_after",
            "organization_name",
            "occurred_at",
            "reason",
            "facts",
            "hash",
        )
        read_only_fields = fields
