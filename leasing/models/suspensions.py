"""When a lease stood still and why, and what one side says the other does not keep."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules.leases import Side
from leasing.rules.suspensions import Cause, Treatment
from marketplace.shared.ids import new_id


class Suspension(models.Model):
    """
    A half-open time in which a lease stood still; never two at once (migration 0061). The machine's data
    are read on.

    ``readings`` says how far each device had reported when it began and ended, by its arrival number.
    ``days_added`` went to the end of the lease; ``days_credited`` could not, because a machine is taken
    then: they are owed to the lessee. Billing finds both here.
    """

    class Why(models.TextChoices):
        LESSOR_FAULT = Cause.LESSOR_FAULT.value, _("The lessor's fault")
        LESSEE_FAULT = Cause.LESSEE_FAULT.value, _("The lessee's fault")
        PLANNED_MAINTENANCE = Cause.PLANNED_MAINTENANCE.value, _("Planned maintenance")
        ORDER_GAP = Cause.ORDER_GAP.value, _("A gap between orders")
        NON_PAYMENT = Cause.NON_PAYMENT.value, _("An unpaid invoice")
        FORCE_MAJEURE = Cause.FORCE_MAJEURE.value, _("Force majeure")

    class Bill(models.TextChoices):
        PAUSED = Treatment.PAUSED.value, _("The bill is paused")
        REDUCED = Treatment.REDUCED.value, _("The bill is reduced")
        CONTINUES = Treatment.CONTINUES.value, _("The bill goes on")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sus"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="suspensions")
    cause = models.CharField(max_length=20, choices=Why)
    treatment = models.CharField(max_length=10, choices=Bill)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    readings = models.JSONField(default=dict)
    days_added = models.PositiveIntegerField(default=0)
    days_credited = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["lease", "started_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_empty",
                condition=models.Q(ended_at=None) | models.Q(ended_at__gt=models.F("started_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.cause}"


class DefaultNotice(models.Model):
    """
    One side says that the other does not keep the lease, and until when that may be cured. A trigger keeps
    what it says. While it is open, the lease is *in default*, whatever its state.
    """

    class By(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dfn"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="default_notices")
    side = models.CharField(max_length=6, choices=By)
    text = models.TextField(max_length=2000)
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=30)
    given_by_name = models.CharField(max_length=80)
    cure_until = models.DateTimeField()
    cured_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["lease", "given_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_time_to_cure",
                condition=models.Q(cure_until__gt=models.F("given_at")),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["lease", "side"],
                condition=models.Q(cured_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.side}"
