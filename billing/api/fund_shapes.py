"""Shapes of risk funds over REST; amounts are in fen."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import Fund, FundClaim, FundClaimStep, FundContribution, FundRules, FundTransfer
from billing.models.funds import CollectionKind
from billing.queries import fund_standing
from billing.rules.fund_states import Side, Status, moves_for, told_to
from billing.rules.fund_terms import LONGEST_REFERENCE, LONGEST_TEXT, MOST_MINOR, MOST_WAITING, Rung
from marketplace.queries import acting_organization
from marketplace.shared.declared import Expandable

AMOUNT: dict[str, Any] = {"min_value": 0, "max_value": MOST_MINOR}
RATE: dict[str, Any] = {"max_digits": 9, "decimal_places": 4, "min_value": 0}
CAP: dict[str, Any] = AMOUNT | {"allow_null": True, "required": False, "default": None}


class FundNothingIn(serializers.Serializer[Any]):
    """Nothing more is said."""


class FundReasonIn(serializers.Serializer[Any]):
    """Why; the other side reads it."""

    reason = serializers.CharField(max_length=LONGEST_TEXT)


class FundIn(serializers.Serializer[Any]):
    """A fund to open: the code of its book, of letters and digits, and its name."""

    code = serializers.CharField(max_length=12)
    name = serializers.CharField(max_length=120)


class FundRulesIn(serializers.Serializer[Any]):
    """
    A version of the rules, from ``valid_from`` on.

    ``levy_per_mille`` of the net rent is the owner's, ``match_percent`` of that the platform's; 5 is 5 ‰.
    Caps are what is approved in a calendar year; null is no cap.
    """

    valid_from = serializers.DateField()
    basis = serializers.CharField(max_length=200)
    levy_per_mille = serializers.DecimalField(**RATE)
    match_percent = serializers.DecimalField(**RATE)
    cover_percent = serializers.DecimalField(**RATE, max_value=100)
    lessee_cap_minor = serializers.IntegerField(**CAP)
    owner_cap_minor = serializers.IntegerField(**CAP)
    year_cap_minor = serializers.IntegerField(**CAP)
    waiting_days = serializers.IntegerField(min_value=0, max_value=MOST_WAITING)
    steps = serializers.ListField(
        child=serializers.ChoiceField(choices=CollectionKind.choices), max_length=10
    )
    floor_minor = serializers.IntegerField(**AMOUNT, default=0)


class FundRulesOut(serializers.ModelSerializer[FundRules]):
    """One version of a fund's rules."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = FundRules
        fields = (
            "id",
            "number",
            "valid_from",
            "basis",
            "levy_per_mille",
            "match_percent",
            "cover_percent",
            "lessee_cap_minor",
            "owner_cap_minor",
            "year_cap_minor",
            "waiting_days",
            "steps",
            "floor_minor",
            "made_at",
        )
        read_only_fields = fields


class FundStandingOut(serializers.Serializer[Any]):
    """How a fund stands: on its account, owed to owners, promised; contributions due; paid; recovered."""

    balance_minor = serializers.IntegerField()
    owners_minor = serializers.IntegerField()
    promised_minor = serializers.IntegerField()
    free_minor = serializers.IntegerField()
    due_minor = serializers.IntegerField()
    proposed_minor = serializers.IntegerField()
    claims_minor = serializers.IntegerField()
    recovered_minor = serializers.IntegerField()


class FundOut(serializers.ModelSerializer[Fund]):
    """A fund; ``takes_part`` is the reader's own company, ``standing`` is null but for its administrator."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(source="book.name", read_only=True)
    currency = serializers.CharField(source="book.currency", read_only=True)
    administrator = serializers.CharField(source="book.organization.public_id", read_only=True)
    administrator_name = serializers.CharField(source="book.organization.name", read_only=True)
    rules = FundRulesOut(many=True, read_only=True)
    takes_part = serializers.SerializerMethodField()
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Fund
        fields = (
            "id",
            "name",
            "currency",
            "administrator",
            "administrator_name",
            "opened_at",
            "rules",
            "takes_part",
            "standing",
        )
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_takes_part(self, fund: Fund) -> bool:
        mine = acting_organization(self.context["request"]).pk
        return any(one.owner_id == mine and one.left_at is None for one in fund.memberships.all())

    @extend_schema_field(FundStandingOut(allow_null=True))
    def get_standing(self, fund: Fund) -> Any:
        request = self.context["request"]
        mine = Fund.objects.managed_in(acting_organization(request), request.user)
        return FundStandingOut(fund_standing(fund)).data if mine.filter(pk=fund.pk).exists() else None


class FundAssessedOut(serializers.Serializer[Any]):
    """How many invoices and notes were worked out now."""

    assessed = serializers.IntegerField()


class FundContributionOut(serializers.ModelSerializer[FundContribution]):
    """What one invoice or note adds to what the fund is owed; ``journal`` is null of nothing."""

    expandable: ClassVar[Expandable] = {"fund": "api-fund", "invoice": "api-invoice"}

    id = serializers.CharField(source="public_id", read_only=True)
    fund = serializers.CharField(source="fund.public_id", read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True)
    number = serializers.CharField(source="invoice.number", read_only=True)
    rules = serializers.CharField(source="rules.public_id", read_only=True)

    class Meta:
        model = FundContribution
        fields = (
            "id",
            "fund",
            "invoice",
            "number",
            "rules",
            "net_minor",
            "owner_minor",
            "platform_minor",
            "made_at",
        )
        read_only_fields = fields


class FundCollectionIn(serializers.Serializer[Any]):
    """A step of collection that was taken, and the paper that shows it."""

    kind = serializers.ChoiceField(choices=CollectionKind.choices)
    done_on = serializers.DateField()
    reference = serializers.CharField(max_length=LONGEST_REFERENCE)


class FundClaimIn(serializers.Serializer[Any]):
    """A claim for an overdue invoice of one's own rent; ``deposit_minor`` was applied to it, VAT included."""

    invoice = serializers.CharField(max_length=30)
    collection = serializers.ListField(child=FundCollectionIn(), max_length=10)
    deposit_minor = serializers.IntegerField(**AMOUNT, default=0)
    note = serializers.CharField(max_length=LONGEST_TEXT, allow_blank=True, default="")


class FundRungOut(serializers.Serializer[Any]):
    """One rung of the waterfall: its limit, if it has one, and what is left below it."""

    rung = serializers.ChoiceField(choices=[one.value for one in Rung])
    limit_minor = serializers.IntegerField(allow_null=True)
    left_minor = serializers.IntegerField()


class FundTransferOut(serializers.ModelSerializer[FundTransfer]):
    """Money that moved; ``fund_minor`` of a recovery is the fund's share of it."""

    expandable: ClassVar[Expandable] = {"fund": "api-fund", "claim": "api-fund-claim"}

    id = serializers.CharField(source="public_id", read_only=True)
    fund = serializers.CharField(source="fund.public_id", read_only=True)
    claim = serializers.CharField(source="claim.public_id", read_only=True, allow_null=True, default=None)

    class Meta:
        model = FundTransfer
        fields = (
            "id",
            "fund",
            "claim",
            "kind",
            "amount_minor",
            "fund_minor",
            "moved_on",
            "reference",
            "stage",
            "reason",
            "made_at",
            "checked_at",
        )
        read_only_fields = fields


class FundTransferIn(serializers.Serializer[Any]):
    """A payment as the bank's paper shows it; ``claim`` is left out of contributions alone."""

    fund = serializers.CharField(max_length=30)
    kind = serializers.ChoiceField(choices=FundTransfer.Kind.choices)
    claim = serializers.CharField(max_length=30, allow_blank=True, default="")
    amount_minor = serializers.IntegerField(min_value=1, max_value=MOST_MINOR)
    moved_on = serializers.DateField()
    reference = serializers.CharField(max_length=LONGEST_REFERENCE)


class FundClaimOut(serializers.ModelSerializer[FundClaim]):
    """
    A claim as its owner and the fund see it; ``allowed`` are the moves of the reader's side.

    ``waterfall``, ``loss_minor`` and ``amount_minor`` are those of the last review. ``taken_over_minor`` is
    the debt that the fund took over and has not recovered.
    """

    expandable: ClassVar[Expandable] = {"fund": "api-fund", "invoice": "api-invoice"}

    id = serializers.CharField(source="public_id", read_only=True)
    allowed = serializers.SerializerMethodField()
    fund = serializers.CharField(source="fund.public_id", read_only=True)
    rules = serializers.CharField(source="rules.public_id", read_only=True)
    invoice = serializers.CharField(source="invoice.public_id", read_only=True)
    number = serializers.CharField(source="invoice.number", read_only=True)
    owner = serializers.CharField(source="owner.public_id", read_only=True)
    owner_name = serializers.CharField(source="owner.name", read_only=True)
    lessee = serializers.CharField(source="lessee.public_id", read_only=True)
    lessee_name = serializers.CharField(source="lessee.name", read_only=True)
    collection = FundCollectionIn(many=True, read_only=True)
    waterfall = serializers.SerializerMethodField()
    transfers = serializers.SerializerMethodField()
    recovered_minor = serializers.IntegerField(read_only=True)
    fund_recovered_minor = serializers.IntegerField(read_only=True)
    owner_recovered_minor = serializers.IntegerField(read_only=True)
    taken_over_minor = serializers.IntegerField(read_only=True)

    class Meta:
        model = FundClaim
        fields = (
            "id",
            "status",
            "allowed",
            "fund",
            "rules",
            "invoice",
            "number",
            "owner",
            "owner_name",
            "lessee",
            "lessee_name",
            "collection",
            "deposit_minor",
            "note",
            "claimed_at",
            "waterfall",
            "loss_minor",
            "amount_minor",
            "approved_on",
            "transfers",
            "recovered_minor",
            "fund_recovered_minor",
            "owner_recovered_minor",
            "taken_over_minor",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_allowed(self, claim: FundClaim) -> list[str]:
        """Return the moves that the reader's side can make now."""
        return [str(one) for one in moves_for(self._side(claim), Status(claim.status))]

    @extend_schema_field(FundRungOut(many=True))
    def get_waterfall(self, claim: FundClaim) -> Any:
        """Return the rungs; an owner is not told the limits that follow from the claims of others."""
        return FundRungOut(told_to(self._side(claim), claim.waterfall), many=True).data

    @extend_schema_field(FundTransferOut(many=True))
    def get_transfers(self, claim: FundClaim) -> Any:
        """Return the payments; an owner sees those that are confirmed."""
        return FundTransferOut(claim.transfers_told_to(self._side(claim)), many=True).data

    def _side(self, claim: FundClaim) -> Side:
        mine = acting_organization(self.context["request"]).pk
        return Side.OWNER if mine == claim.owner_id else Side.FUND


class FundClaimStepOut(serializers.ModelSerializer[FundClaimStep]):
    """One step: who did it for which organization, when, and why."""

    class Meta:
        model = FundClaimStep
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
