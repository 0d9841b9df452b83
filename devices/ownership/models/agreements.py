"""Agreements: whose data a machine makes, and for how long."""

from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models

from marketplace.models import Equipment, Organization
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class AgreementQuerySet(models.QuerySet["Agreement"]):
    """Reads of agreements."""

    def of(self, organization: Organization) -> "AgreementQuerySet":
        """Keep the agreements in which an organization is one of the sides."""
        return self.filter(models.Q(owner=organization) | models.Q(lessee=organization))

    def overlapping(self, period: Period) -> "AgreementQuerySet":
        """Keep the agreements in force at some moment of a period."""
        return self.filter(period__overlap=(period.start, period.end))

    def raise_version(self) -> None:
        """Let every read that is under way find that rights have changed; the rows are locked."""
        self.update(version=models.F("version") + 1)

    def locked(self) -> "AgreementQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Agreement(models.Model):
    """
    For a period, what a machine reports is the lessee's; never two lessees' at once (migration 0002).

    ``version`` rises with every change. Each read compares it with the one it decided under, so it is never
    cached. ``reference`` is the public id of the lease.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "agr"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="agreements")
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="agreements_given")
    lessee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="agreements_held")
    period = DateTimeRangeField()
    reference = models.CharField(max_length=30)
    billing_channels = ArrayField(models.CharField(max_length=200), default=list)
    competitor = models.BooleanField(default=False)  # of owner and lessee, when it was opened
    version = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["reference"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty", condition=models.Q(period__isempty=False)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_sides", condition=~models.Q(owner=models.F("lessee"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment}: {self.owner} → {self.lessee}"

    @property
    def span(self) -> Period:
        """The period as the rules know it."""
        return Period(self.period.lower, self.period.upper)
