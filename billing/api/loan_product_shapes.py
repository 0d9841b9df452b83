"""Shapes of licences to lend and of loan products over REST."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.models import LoanLicence, LoanProduct
from billing.models.loan_products import local_day
from billing.rules.loan_terms import MOST_MONTHS, MOST_PRINCIPAL
from marketplace.shared import clock

PERCENT: dict[str, Any] = {"max_digits": 9, "decimal_places": 6, "min_value": 0}


class LoanLicenceOut(serializers.ModelSerializer[LoanLicence]):
    """What the platform found of a company's licence to lend; the last entry of a company counts."""

    id = serializers.CharField(source="public_id", read_only=True)
    organization = serializers.CharField(source="organization.public_id", read_only=True)
    organization_name = serializers.CharField(source="organization.name", read_only=True)
    holds_now = serializers.SerializerMethodField()

    class Meta:
        model = LoanLicence
        fields = (
            "id",
            "organization",
            "organization_name",
            "number",
            "authority",
            "valid_from",
            "valid_until",
            "holds_now",
            "made_at",
        )
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_holds_now(self, licence: LoanLicence) -> bool:
        return licence.holds_on(local_day(clock.now()))


class LoanLicenceIn(serializers.Serializer[Any]):
    """``organization`` is a public id or a credit code; both days are included."""

    organization = serializers.CharField(max_length=30)
    number = serializers.CharField(max_length=60)
    authority = serializers.CharField(max_length=120)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField()


class LoanProductOut(serializers.ModelSerializer[LoanProduct]):
    """
    A loan that a licensed lender publishes; percents are 6 for 6 %, amounts are in minor units.

    ``yearly_percent`` is the nominal rate that no offer exceeds, ``fee_percent`` of the amount when it is
    paid out, ``early_percent`` of the principal that is paid back early.
    """

    id = serializers.CharField(source="public_id", read_only=True)
    lender = serializers.CharField(source="lender.public_id", read_only=True)
    lender_name = serializers.CharField(source="lender.name", read_only=True)

    class Meta:
        model = LoanProduct
        fields = (
            "id",
            "lender",
            "lender_name",
            "purpose",
            "name",
            "method",
            "day_count",
            "yearly_percent",
            "fee_percent",
            "early_percent",
            "currency",
            "least_minor",
            "most_minor",
            "least_months",
            "most_months",
            "valid_from",
            "valid_until",
            "made_at",
            "withdrawn_at",
        )
        read_only_fields = fields


class LoanProductIn(serializers.ModelSerializer[LoanProduct]):
    """A product to publish; it never changes, so another one takes its place."""

    yearly_percent = serializers.DecimalField(**PERCENT)
    fee_percent = serializers.DecimalField(**PERCENT, default=Decimal(0))
    early_percent = serializers.DecimalField(**PERCENT, default=Decimal(0))
    currency = serializers.ChoiceField(choices=["CNY"], default="CNY")
    least_minor = serializers.IntegerField(min_value=1, max_value=MOST_PRINCIPAL)
    most_minor = serializers.IntegerField(min_value=1, max_value=MOST_PRINCIPAL)
    least_months = serializers.IntegerField(min_value=1, max_value=MOST_MONTHS)
    most_months = serializers.IntegerField(min_value=1, max_value=MOST_MONTHS)

    class Meta:
        model = LoanProduct
        fields = (
            "purpose",
            "name",
            "method",
            "day_count",
            "yearly_percent",
            "fee_percent",
            "early_percent",
            "currency",
            "least_minor",
            "most_minor",
            "least_months",
            "most_months",
            "valid_from",
            "valid_until",
        )
