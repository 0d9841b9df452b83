"""Which plans were accepted, what they followed from, and which leases came of them; all append-only."""

from functools import partial
from typing import ClassVar

from django.db import models

from leasing.models.annexes import Annex
from leasing.models.leases import Lease
from marketplace.models import Organization
from marketplace.shared.ids import new_id


class PlanAcceptanceQuerySet(models.QuerySet["PlanAcceptance"]):
    """Reads of acceptances."""

    def of(self, organization: Organization) -> "PlanAcceptanceQuerySet":
        """Keep those of one organization; nobody else sees them."""
        return self.filter(organization=organization)


class PlanAcceptance(models.Model):
    """
    A plan that was accepted: ``inputs`` make it again, word for word (``leasing.rules.plans.Inputs.parse``).

    ``turn`` counts the acceptances of the organization before it; ``proposals`` are what was carried out, as
    it was shown.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "pac"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="plan_acceptances")
    turn = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    inputs = models.JSONField()
    proposals = models.JSONField()
    accepted_by = models.CharField(max_length=30)
    accepted_by_name = models.CharField(max_length=80)
    accepted_at = models.DateTimeField()

    objects = PlanAcceptanceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_digest_once", fields=["organization", "digest"]
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_turn_once", fields=["organization", "turn"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.turn}"


class PlanAcceptedAnnex(models.Model):
    """A change of a lease that was proposed because a plan was accepted; ``proposal`` is its key there."""

    acceptance = models.ForeignKey(PlanAcceptance, on_delete=models.PROTECT, related_name="changes")
    annex = models.OneToOneField(Annex, on_delete=models.PROTECT, related_name="planned_by")
    proposal = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.acceptance} · {self.annex}"


class PlanAcceptedLease(models.Model):
    """A lease that was asked for because a plan was accepted; ``proposal`` is its key in the plan."""

    acceptance = models.ForeignKey(PlanAcceptance, on_delete=models.PROTECT, related_name="leases")
    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="planned_by")
    proposal = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.acceptance} · {self.lease}"
