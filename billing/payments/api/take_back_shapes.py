"""Shapes of what is taken back from owners, over REST; amounts are in minor units of the payment (fen)."""

from typing import Any

from rest_framework import serializers

from billing.payments.models import TakeBack
from billing.payments.rules.operations import State


class TakeBackIn(serializers.Serializer[Any]):
    """How much of a payout is to come back from its owner, and why."""

    amount_minor = serializers.IntegerField(min_value=1, max_value=10**15)
    reason = serializers.CharField(max_length=500)


class TakeBackOut(serializers.ModelSerializer[TakeBack]):
    """A part of a payout that comes back; ``operation_state`` is how far the provider is, once approved."""

    id = serializers.CharField(source="public_id", read_only=True)
    currency = serializers.CharField(source="order.currency", read_only=True)
    operation = serializers.CharField(source="operation.public_id", default=None, read_only=True)
    operation_state = serializers.ChoiceField(
        source="operation.state",
        choices=[state.value for state in State],
        default=None,
        read_only=True,
        allow_null=True,
    )

    class Meta:
        model = TakeBack
        fields = (
            "id",
            "amount_minor",
            "currency",
            "reason",
            "state",
            "operation",
            "operation_state",
            "maker_name",
            "made_at",
            "checker_name",
            "checked_at",
        )
        read_only_fields = fields
