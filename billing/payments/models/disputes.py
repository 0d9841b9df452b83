"""What payers took back through their banks of money that was not allocated."""

from typing import ClassVar

from django.db import models

from billing.models import Journal
from billing.payments.models.providers import ProviderFact
from billing.payments.models.receipts import Receipt
from marketplace.shared.money import Money


class DisputeLoss(models.Model):
    """
    What of a receipt was left when a dispute about it was lost, and went with it; minor units.

    Rows are never changed; a trigger (migration 0091) takes each from what is left of the receipt.
    """

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="losses")
    fact = models.OneToOneField(ProviderFact, on_delete=models.PROTECT, related_name="loss")
    amount_minor = models.BigIntegerField()
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_takes", condition=models.Q(amount_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} {self.fact}"

    @property
    def amount(self) -> Money:
        """What is gone."""
        return Money(self.amount_minor, self.receipt.currency)
