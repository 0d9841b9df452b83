"""How a lease is booked: in whose name its rent is sold, and which commission its owner agreed to."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.rules.journals import Settlement
from leasing.models import Lease


class BookingTerms(models.Model):
    """
    Written down before the first invoice is issued, or with it; from then on a trigger keeps it as it is.
    """

    class Model(models.TextChoices):
        AGENT = Settlement.AGENT.value, _("The owner sells, the platform collects")
        PRINCIPAL = Settlement.PRINCIPAL.value, _("The platform rents and lets")
        FINANCE_LEASE = Settlement.FINANCE_LEASE.value, _("Finance lease")

    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="booking_terms")
    settlement_model = models.CharField(max_length=13, choices=Model)
    commission_rate = models.DecimalField(max_digits=6, decimal_places=5, default=Decimal(0))

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_rate",
                condition=models.Q(commission_rate__gte=0) & models.Q(commission_rate__lt=1),
            )
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.settlement_model}"

    @property
    def settlement(self) -> Settlement:
        """The model as the rules know it."""
        return Settlement(self.settlement_model)
