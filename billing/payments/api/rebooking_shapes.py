"""Shapes of what bank lines were booked as, and of booking one anew, over REST."""

from typing import Any

from rest_framework import serializers

from billing.payments.api.statement_shapes import BankLineOut
from billing.payments.models import LineBooking, Rebooking


class RebookingIn(serializers.Serializer[Any]):
    """What a line is, and why; ``target`` names the order, payout, or payment of a fund that it is."""

    kind = serializers.ChoiceField(choices=Rebooking.Kind.choices)
    target = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)
    reason = serializers.CharField(max_length=500)


class RebookingOut(serializers.ModelSerializer[Rebooking]):
    """A line that is to be booked anew, or was; ``number`` is that of the booking that is taken back."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = Rebooking
        fields = (
            "id",
            "number",
            "kind",
            "target",
            "reason",
            "state",
            "maker_name",
            "made_at",
            "checker_name",
            "checked_at",
        )
        read_only_fields = fields


class LineBookingOut(serializers.ModelSerializer[LineBooking]):
    """What a line was booked as; ``UNDO`` takes the one before it back."""

    journal = serializers.CharField(source="journal.public_id", default=None, read_only=True)

    class Meta:
        model = LineBooking
        fields = ("number", "kind", "target", "match_pass", "journal", "made_by_name", "made_at")
        read_only_fields = fields


class BankLineDetailOut(BankLineOut):
    """A movement with what it was booked as, the oldest first, and what people said of that."""

    bookings = LineBookingOut(many=True, read_only=True)
    rebookings = RebookingOut(many=True, read_only=True)

    class Meta(BankLineOut.Meta):
        fields = (*BankLineOut.Meta.fields, "bookings", "rebookings")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]
