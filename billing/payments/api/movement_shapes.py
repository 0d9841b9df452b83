"""Shapes of changes of a provider's balance, and of what people say they are, over REST."""

from typing import Any

from rest_framework import serializers

from billing.payments.models import Classification, Movement


class ClassificationIn(serializers.Serializer[Any]):
    """What a change of the balance is, and how one knows."""

    means = serializers.ChoiceField(choices=Classification.Means.choices)
    reason = serializers.CharField(max_length=500)


class ClassificationOut(serializers.ModelSerializer[Classification]):
    """What people say a change is; one that is approved is booked."""

    id = serializers.CharField(source="public_id", read_only=True)
    journal = serializers.CharField(source="journal.public_id", default=None, read_only=True)

    class Meta:
        model = Classification
        fields = (
            "id",
            "means",
            "reason",
            "state",
            "journal",
            "maker_name",
            "made_at",
            "checker_name",
            "checked_at",
        )
        read_only_fields = fields


class MovementOut(serializers.ModelSerializer[Movement]):
    """
    One change of the platform's balance at a provider, signed minor units: ``gross`` - ``fee`` = ``net``.

    ``is_booked`` tells whether the books have it; ``payout`` is the provider's payout that holds it.
    """

    id = serializers.CharField(source="known_as", read_only=True)
    is_booked = serializers.BooleanField(read_only=True)
    payout = serializers.CharField(source="settlement.public_id", default=None, read_only=True)

    class Meta:
        model = Movement
        fields = (
            "id",
            "kind",
            "occurred_at",
            "available_at",
            "gross_minor",
            "fee_minor",
            "net_minor",
            "currency",
            "source_reference",
            "payout",
            "is_booked",
        )
        read_only_fields = fields


class MovementDetailOut(MovementOut):
    """A change with what people said it is, the oldest first."""

    classifications = ClassificationOut(many=True, read_only=True)

    class Meta(MovementOut.Meta):
        fields = (*MovementOut.Meta.fields, "classifications")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]
