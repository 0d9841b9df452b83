"""What runs leave behind of leases: which could not be billed, and when their facts were last looked at."""

from typing import ClassVar

from django.db import models

from leasing.models import Lease


class BillingFailure(models.Model):
    """
    Why a lease could not be billed the last time; the row goes when it is billed.

    ``code`` and ``text`` are those of the refusal, ``facts`` fill the text. ``times`` counts runs since
    ``first_at``.
    """

    lease = models.OneToOneField(Lease, on_delete=models.CASCADE, related_name="billing_failure")
    code = models.CharField(max_length=60)
    text = models.TextField()
    facts = models.JSONField(default=dict, blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-last_at", "lease"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order", condition=models.Q(last_at__gte=models.F("first_at"))
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_with_a_reason",
                condition=~models.Q(code="") & models.Q(times__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.code}"

    @property
    def said(self) -> str:
        """The refusal in English, filled with its facts."""
        return str(self.text).format(**self.facts)


class FactsLook(models.Model):
    """When it was last looked whether billed periods of a lease lack facts of leasing, and nothing did."""

    lease = models.OneToOneField(Lease, on_delete=models.CASCADE, related_name="facts_look")
    looked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.lease} {self.looked_at:%Y-%m-%d %H:%M}"
