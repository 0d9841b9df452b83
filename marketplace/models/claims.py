"""The calendar: every reason a machine is busy."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Equipment
from marketplace.models.parties import Organization
from marketplace.shared.ids import new_id


class Begins(models.Func):
    """When a claim begins to occupy its machine."""

    template = "lower(%(expressions)s)"

    def __init__(self, period: Any = "period", **extra: Any) -> None:
        super().__init__(period, output_field=models.DateTimeField(), **extra)


class Ends(Begins):
    """When it ends; one without an end, at infinity."""

    template = "COALESCE(upper(%(expressions)s), 'infinity'::timestamptz)"


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Reads of the calendar; search, quote and commit use these same conditions."""

    def owned_by(self, organization: Organization) -> "ClaimQuerySet":
        """Keep the calendar of an organization's machines."""
        return self.filter(equipment__owner=organization)

    def active(self) -> "ClaimQuerySet":
        """Keep the claims that occupy the machine."""
        return self.filter(active=True)

    def movable(self) -> "ClaimQuerySet":
        """Keep the claims that occupy a machine and may be put on another one of the same listing."""
        return self.active().filter(movable=True)

    def run_out(self, at: datetime) -> "ClaimQuerySet":
        """Keep the holds whose time is over and that nobody released yet."""
        return self.active().filter(held_until__lte=at)

    def overlapping(self, start: Any, end: Any) -> "ClaimQuerySet":
        """
        Keep claims whose period, buffers included, meets [start, end); nothing is no bound.

        The two comparisons find the claims of a machine in one index, however many others have; an overlap of
        ranges is looked up by its time alone, among the claims of everybody.
        """
        found = self.alias(begins=Begins(), ends=Ends())
        found = found if start is None else found.filter(ends__gt=start)
        return found if end is None else found.filter(begins__lt=end)


class Claim(models.Model):
    """
    One reason a machine is busy for a half-open period.

    ``core`` is what the reason itself needs, ``period`` adds its buffers. An exclusion constraint (migration
    0002) makes two active claims on one machine at one time impossible, whoever writes them. A claim with
    ``held_until`` is a hold: it keeps the machine until that moment, and from then on gives way to any other.
    A ``movable`` claim may be put on another machine of the same listing, to make room for one more.
    A trigger counts ``version`` and ``changed_at`` on with every change.
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
    movable = models.BooleanField(default=False)
    note = models.CharField(max_length=200, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(db_default=1)
    changed_at = models.DateTimeField(db_default=Now())

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
        indexes: ClassVar = [
            models.Index(fields=["reference"]),
            models.Index(
                "equipment",
                Ends(),
                Begins(),
                name="%(app_label)s_%(class)s_times",
                condition=models.Q(active=True),
            ),
            models.Index(
                fields=["equipment"],
                name="%(app_label)s_%(class)s_movable",
                condition=models.Q(active=True, movable=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment} {self.reason}"
