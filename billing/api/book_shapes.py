"""Shapes of what the books are asked over REST, and of what they answer."""

from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers

from billing.api.serializers import MoneyOut
from billing.models import PeriodLock, PeriodUnlock, Seal
from billing.rules.locks import Level
from marketplace.gateway.fields import DateTimeField

# Midnights of these days are instants in every zone.
YEARS = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31)))


def day(**given: Any) -> serializers.DateField:
    """Return a field for a local day of this millennium."""
    return serializers.DateField(validators=YEARS, **given)


class DayIn(serializers.Serializer[None]):
    """The last local day that counts: today, if none is given."""

    through = day(required=False)


class ThroughIn(DayIn):
    """Likewise, and as it was known when: as it is known now, if no time is given."""

    known_at = DateTimeField(required=False)


class SpanIn(serializers.Serializer[None]):
    """Local days of the book's zone: ``from`` included, ``to`` not."""

    to = day()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add ``from``, which is no name in Python."""
        return {"from": day()} | super().get_fields()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what ends before it begins."""
        if attrs["to"] <= attrs["from"]:
            raise serializers.ValidationError({"to": ["The time has to end after it begins."]})
        return attrs


class BookOut(serializers.Serializer[Any]):
    """
    A book, through which day it is locked, and what was sealed.

    ``sealed`` counts journals; a trial balance with ``known_at`` up to ``sealed_at`` never changes again.
    """

    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    currency = serializers.CharField()
    zone = serializers.CharField()
    locked_softly = serializers.DateField(allow_null=True)
    locked_hard = serializers.DateField(allow_null=True)
    sealed = serializers.IntegerField()
    sealed_at = DateTimeField(allow_null=True)
    last_hash = serializers.CharField(allow_blank=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Put locks and the last seal beside the book."""
        locked = PeriodLock.objects.of(instance)
        last = Seal.objects.filter(book=instance).order_by("number").last()
        return {
            **{name: getattr(instance, name) for name in ("code", "name", "kind", "currency", "zone")},
            "locked_softly": locked.soft,
            "locked_hard": locked.hard,
            "sealed": last.number if last else 0,
            "sealed_at": last.sealed_at if last else None,
            "last_hash": last.hash if last else "",
        }


class BooksOut(serializers.Serializer[Any]):
    """The books that you may read."""

    data = BookOut(many=True)  # type: ignore[assignment]


class TotalOut(serializers.Serializer[Any]):
    """What is on one account; ``balance`` is debit less credit."""

    account = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    debit = MoneyOut()
    credit = MoneyOut()
    balance = MoneyOut()


class TrialBalanceOut(serializers.Serializer[Any]):
    """Every account that was moved, when the day ``through`` ends."""

    through = serializers.DateField()
    known_at = DateTimeField(allow_null=True)
    data = TotalOut(many=True)  # type: ignore[assignment]


class LineOut(serializers.Serializer[Any]):
    """A line: debits are positive; ``balance`` is what is on the account after it."""

    journal = serializers.CharField()
    event = serializers.CharField()
    effective_date = serializers.DateField()
    occurred_on = serializers.DateField()
    memo = serializers.CharField(allow_blank=True)
    source_type = serializers.CharField(allow_blank=True)
    source_id = serializers.CharField(allow_blank=True)
    party = serializers.CharField(allow_blank=True)
    lease = serializers.CharField(allow_blank=True)
    invoice = serializers.CharField(allow_blank=True)
    amount = MoneyOut()
    balance = MoneyOut()


class StatementOut(serializers.Serializer[Any]):
    """The lines of an account, oldest first, at most a thousand: ``count`` says how many there are."""

    opening = MoneyOut()
    closing = MoneyOut()
    count = serializers.IntegerField()
    data = LineOut(many=True)  # type: ignore[assignment]


class AgedOut(serializers.Serializer[Any]):
    """What one party owes, by days after the due day; ``party_id`` tells parties of one name apart."""

    party = serializers.CharField()
    party_id = serializers.CharField()
    total = MoneyOut()
    buckets = serializers.DictField(child=MoneyOut())


class ReceivablesOut(serializers.Serializer[Any]):
    """What is open of invoices when the day ``through`` ends."""

    through = serializers.DateField()
    data = AgedOut(many=True)  # type: ignore[assignment]


class VatOut(serializers.Serializer[Any]):
    """What one seller invoiced at one rate."""

    seller = serializers.CharField()
    seller_name = serializers.CharField()
    rate = serializers.DecimalField(max_digits=6, decimal_places=4)
    net = MoneyOut()
    tax = MoneyOut()


class VatsOut(serializers.Serializer[Any]):
    """Net and tax of the invoices issued in a time, by seller and rate."""

    data = VatOut(many=True)  # type: ignore[assignment]


class DepositHeldOut(serializers.Serializer[Any]):
    """What is held of one lessee for one lease."""

    lessee = serializers.CharField()
    lessee_id = serializers.CharField()
    lease = serializers.CharField()
    lease_id = serializers.CharField()
    held = MoneyOut()


class DepositsHeldOut(serializers.Serializer[Any]):
    """Deposits that are held when the day ``through`` ends, by lessee and lease."""

    through = serializers.DateField()
    data = DepositHeldOut(many=True)  # type: ignore[assignment]


class LockIn(serializers.Serializer[None]):
    """A level and the last local day that is locked; ``null`` opens a soft lock."""

    level = serializers.ChoiceField(choices=[level.value for level in Level])
    through = serializers.DateField(allow_null=True)


class UnlockIn(serializers.Serializer[None]):
    """The day with which a hard lock is to end again (``null``: with none), and why."""

    through = serializers.DateField(allow_null=True)
    reason = serializers.CharField(max_length=500)


class UnlockOut(serializers.ModelSerializer[PeriodUnlock]):
    """An order to open a book again; a second person decides it."""

    id = serializers.CharField(source="public_id", read_only=True)

    class Meta:
        model = PeriodUnlock
        fields = ("id", "through", "reason", "stage", "maker_name", "made_at", "checker_name", "checked_at")
        read_only_fields = fields


class UnlocksOut(serializers.Serializer[Any]):
    """Orders to open a book again, the newest first."""

    data = UnlockOut(many=True)  # type: ignore[assignment]
