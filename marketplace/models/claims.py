"""The calendar: every reason a machine is busy."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Equipment
from marketplace.models.parties import Organization
from marketplace.shared.ids import new_id


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Reads of the calendar; search, quote and commit use these same conditions."""

    def owned_by(self, organization: Organization) -> "ClaimQuerySet":
        """Keep the calendar of an organization's machines."""
        return self.filter(equipment__owner=organization)

    def active(self) -> "ClaimQuerySet":
        """Keep the claims that occupy the machine."""
        return self.filter(active=True)

    def run_out(self, at: datetime) -> "ClaimQuerySet":
        """Keep the holds whose time is over and that nobody released yet."""
        return self.active().filter(held_until__lte=at)

    def overlapping(self, start: datetime, end: datetime | None) -> "ClaimQuerySet":
        """Keep claims whose period, buffers included, meets [start, end)."""
        return self.filter(period__overlap=(start, end))


class Claim(models.Model):
    """
    One reason a machine is busy for a half-open period.

    ``core`` is what the reason itself needs, ``period`` adds its buffers. An exclusion constraint (migration
    0002) makes two active claims on one machine at one time impossible, whoever writes them. A claim with
    ``held_until`` is a hold: it keeps the machine until that moment, and from then on gives way to any other.
    """

    class Reason(models.TextChoices):
        LEASE = "LEASE", _("Lease")
        SLOT = "SLOT", _("Slot booking")
        TRANSPORT = "TRANSPORT", _("Transport")
        INSTALLATION = "INSTALLATION", _("Installation")
        MAINTENANCE = "MAINTENANCE", _("Maintenance")
        CALIBRATION = "CALIBRATION", _("Calibration")
        OWN_USE = "OWN_USE", _("Owner's own use")
        OVERDUE = "OVERDUE", _("Overdue")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "clm"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="claims")
    reason = models.CharField(max_length=12, choices=Reason)
    reference = models.CharField(max_length=30, blank=True)
    core = DateTimeRangeField()
    period = DateTimeRangeField()
    active = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty", condition=models.Q(period__isempty=False)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_core_within_period",
                condition=models.Q(period__contains=models.F("core")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["reference"])]

    def __str__(self) -> str:
        return f"{self.equipment} {self.reason}"
