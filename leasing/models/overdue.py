"""Machines that were not given back in time, and the claims that this puts at risk."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease, LeaseUnit
from leasing.rules.overdue import Cause
from marketplace.models import Claim, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id

BACK = {
    LeaseUnit.State.RETURNED.value: _("The machine is back and waits for its inspection"),
    LeaseUnit.State.IN_INSPECTION.value: _("The machine is back and in inspection"),
    LeaseUnit.State.IN_REPAIR.value: _("The machine is back and in repair"),
}


class OverdueQuerySet(models.QuerySet["Overdue"]):
    """Reads of overdue machines."""

    def open(self) -> "OverdueQuerySet":
        """Keep the machines that are not back."""
        return self.filter(until=None)

    def of(self, organization: Organization) -> "OverdueQuerySet":
        """Keep those of leases of which an organization is a side; the platform sees all."""
        if organization.kind == OrganizationKind.PLATFORM:
            return self
        return self.filter(
            models.Q(unit__lease__lessor=organization) | models.Q(unit__lease__lessee=organization)
        )

    def locked(self) -> "OverdueQuerySet":
        """Lock the rows in the one order that all writers use; machines are locked before these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Overdue(models.Model):
    """
    A machine of a lease was to be given back at ``since``, and is not; ``until`` is when it was seen to be.

    A machine of a lease is overdue once at most at a time. Its sides are reminded from ``reminded_at`` on.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ovd"), editable=False)
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="overdue")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField()

    objects = OverdueQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["unit"], condition=models.Q(until=None)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order",
                condition=models.Q(reminded_at__gte=models.F("since"))
                & (models.Q(until=None) | models.Q(until__gte=models.F("since"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.since:%Y-%m-%d}"


class AtRiskQuerySet(models.QuerySet["AtRisk"]):
    """Reads of claims at risk."""

    def open(self) -> "AtRiskQuerySet":
        """Keep those that are not resolved."""
        return self.filter(resolved_at=None)

    def for_lease(self, lease: Lease) -> "AtRiskQuerySet":
        """Keep the claims of a lease."""
        return self.filter(claim__reference=lease.public_id)

    def locked(self) -> "AtRiskQuerySet":
        """Lock the rows in the one order that all writers use; machines are locked before these."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class AtRisk(models.Model):
    """
    The machine of a claim may not come: it is late with the lease of ``unit``, back and not ready, or gone.

    The claim stays as it is. It is at risk for one cause at a time, until ``resolved_at``.
    """

    class Why(models.TextChoices):
        LATE = Cause.LATE.value, _("The machine is not back yet")
        NOT_READY = Cause.NOT_READY.value, _("The machine is back and not ready")
        GONE = Cause.GONE.value, _("The machine is not there any more")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "atr"), editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="risks")
    cause = models.CharField(max_length=10, choices=Why)
    since = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = AtRiskQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["claim"],
                condition=models.Q(resolved_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_order",
                condition=models.Q(resolved_at=None) | models.Q(resolved_at__gte=models.F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.cause}"

    @property
    def why(self) -> str:
        """Why it is at risk now: what the machine does since it is back, or the cause."""
        return str(BACK.get(self.unit.state) or self.get_cause_display())
