"""Whether money for a damage or a loss is taxed."""

from typing import ClassVar

from django.db import models

from leasing.models import Lease
from leasing.rules.damage import LONGEST_TEXT


class AwardTax(models.Model):
    """
    What the lessor's finance says of an award: part of the price, and taxed as the rent is, or compensation
    alone.

    Money that a lessee pays beside the rent under a contract that is carried out counts as price unless
    somebody says otherwise. ``source`` is the public id of a damage claim, or the hash of the step that
    recorded a loss. Append-only; the last word counts.
    """

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="award_taxes")
    source = models.CharField(max_length=80)
    is_taxed = models.BooleanField()
    reason = models.TextField(max_length=LONGEST_TEXT)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["lease", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_with_a_reason",
                condition=~models.Q(source="") & ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.source}: {self.is_taxed}"
