"""The contract that the platform keeps with itself to see that metering and billing work."""

from functools import partial
from typing import ClassVar

from django.db import models

from billing.rules.synthetic import Machine
from devices.models import Device
from leasing.models import Lease
from marketplace.shared.ids import new_id


class SyntheticContractQuerySet(models.QuerySet["SyntheticContract"]):
    """Reads of the synthetic contract."""

    def running(self) -> "SyntheticContractQuerySet":
        """Keep the one whose machine speaks."""
        return self.filter(stopped_at=None)


class SyntheticContract(models.Model):
    """
    A lease between two synthetic organizations, and how far its machine has spoken.

    ``seed`` and ``origin``, the tick in which it began, say all that the machine ever says
    (``billing.rules.synthetic``). ``sent_to`` is up to when its deliveries were sent; it only grows, and
    nothing is deleted (migration 0037). While it is ``stopped_at`` the machine is silent and nothing is
    compared.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "syn"), editable=False)
    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="synthetic_contract")
    device = models.OneToOneField(Device, on_delete=models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    origin = models.BigIntegerField()
    sent_to = models.DateTimeField()
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = SyntheticContractQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(models.Value(1), name="%(app_label)s_%(class)s_only_one"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.lease}"

    @property
    def machine(self) -> Machine:
        """What it says, and what of that counts."""
        return Machine(self.seed, self.origin)
