"""Shapes of commission rates: what is asked and answered over REST."""

from typing import Any

from rest_framework import serializers

from leasing.models import CommissionProposal, CommissionRate
from leasing.queries.commission import Applied
from leasing.rules.commission import EXAMPLE_MINOR, LONGEST_REASON

LARGEST_NET = 10**13
SCOPED = ("scope", "category", "category_name", "owner", "owner_name")


class ScopedOut(serializers.Serializer[Any]):
    """For whom a rate is: all owners, a category by its code, or one owner by its id."""

    category = serializers.CharField(source="category.code", read_only=True, default=None, allow_null=True)
    category_name = serializers.CharField(source="category.label", read_only=True, default="")
    owner = serializers.CharField(source="owner.public_id", read_only=True, default=None, allow_null=True)
    owner_name = serializers.CharField(source="owner.name", read_only=True, default="")


class CommissionRateOut(ScopedOut, serializers.ModelSerializer[CommissionRate]):
    """
    A share of the net rent, `0.08000` for 8 %, from the day `starts_on` on (Asia/Shanghai).

    On `ends_on` it does not hold any more; without one it holds until another is set. One that was replaced
    before it began ends on `starts_on`.
    """

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = CommissionRate
        fields = ("id", *SCOPED, "rate", "starts_on", "ends_on", "set_at")
        read_only_fields = fields


class CommissionProposalOut(ScopedOut, serializers.ModelSerializer[CommissionProposal]):
    """A rate that one person proposes and another one approves; without `rate` the one in force ends."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = CommissionProposal
        fields = (
            "id",
            *SCOPED,
            "rate",
            "starts_on",
            "reason",
            "state",
            "maker_name",
            "made_at",
            "checker_name",
            "checked_at",
        )
        read_only_fields = fields


class CommissionProposalIn(serializers.Serializer[Any]):
    """`category` is a code, `owner` an id or a credit code; `rate` is a share, `null` ends the one there."""

    scope = serializers.ChoiceField(choices=CommissionProposal.Scope.choices)
    category = serializers.CharField(max_length=20, required=False, allow_null=True, default=None)
    owner = serializers.CharField(max_length=30, required=False, allow_null=True, default=None)
    rate = serializers.DecimalField(max_digits=6, decimal_places=5, allow_null=True)
    starts_on = serializers.DateField()
    reason = serializers.CharField(max_length=LONGEST_REASON)


class CommissionCostOut(serializers.Serializer[Any]):
    """What a net rent would cost its owner, in minor units: the commission, its VAT, and both."""

    net_minor = serializers.IntegerField()
    commission_minor = serializers.IntegerField()
    vat_minor = serializers.IntegerField()
    gross_minor = serializers.IntegerField()


class CommissionChangeOut(serializers.Serializer[Any]):
    """From which day another rate applies to new contracts."""

    on = serializers.DateField()
    rate = serializers.DecimalField(max_digits=6, decimal_places=5)


class CommissionAppliedOut(serializers.Serializer[Applied]):
    """
    The rate that applies, the one it follows from, and what a net rent would cost under it.

    Without a `source` no rate is set, and there is no commission. `vat_rate` is that of the platform's
    services on the day.
    """

    rate = serializers.DecimalField(max_digits=6, decimal_places=5)
    source = CommissionRateOut(allow_null=True)  # type: ignore[assignment]
    vat_rate = serializers.DecimalField(max_digits=6, decimal_places=4)
    cost = CommissionCostOut()
    changes = CommissionChangeOut(many=True)


class CommissionPreviewIn(serializers.Serializer[None]):
    """Whose rent, in which category, on which day (today), and how much of it before tax (10,000.00)."""

    owner = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)
    category = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    on = serializers.DateField(required=False)
    net_minor = serializers.IntegerField(
        min_value=0, max_value=LARGEST_NET, required=False, default=EXAMPLE_MINOR
    )


class OwnCommissionOut(serializers.Serializer[Any]):
    """What applies to the offers of one category; without a category, to every one that is not named."""

    category = serializers.CharField(allow_null=True)
    category_name = serializers.CharField(allow_blank=True)
    commission = CommissionAppliedOut()


class OwnCommissionsOut(serializers.Serializer[Any]):
    """Your commission, category by category; empty for whoever bears none, or only leases."""

    data = OwnCommissionOut(many=True)  # type: ignore[assignment]
