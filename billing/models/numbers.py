"""Gapless numbers: one row a seller and year, taken under its lock at issue."""

from typing import ClassVar

from django.db import models

from leasing.models import Lease
from marketplace.models import Organization


class NumberSequence(models.Model):
    """The last number that a seller used in a year."""

    seller = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["seller", "year"])
        ]

    def __str__(self) -> str:
        return f"{self.seller} {self.year}: {self.last}"


class BillingMark(models.Model):
    """Up to when a lease is billed; what lies behind it is found by the next run."""

    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="billing_mark")
    billed_to = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.lease} billed to {self.billed_to:%Y-%m-%d}"
