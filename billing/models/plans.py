"""By what a device's evidence was counted for a unit, since when."""

from datetime import datetime
from typing import ClassVar

from django.db import models

from billing.rules.plans import Counting
from devices.models import Device
from leasing.models import LeaseUnit


class MeteringPlanQuerySet(models.QuerySet["MeteringPlan"]):
    """Reads of plans."""

    def upto(self, at: datetime) -> "MeteringPlanQuerySet":
        """Keep what counted at a moment or before, the latest first."""
        return self.filter(made_at__lte=at).order_by("-made_at", "-pk")


class MeteringPlan(models.Model):
    """
    What decided what the evidence amounts to (``billing.rules.plans``), from ``made_at`` to the next one.

    Silence limits, channels, rules and the end of a lease change. When they do, metering counts all days
    anew; so windows that stand at a moment are what the plan of that moment gives, and an invoice can be
    counted again as it was. Append-only (migration 0007).
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="+")
    rules = models.CharField(max_length=64)
    content = models.JSONField()
    made_at = models.DateTimeField()

    objects = MeteringPlanQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["device", "unit", "-made_at"]),
            models.Index(fields=["rules", "made_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.unit} on {self.device} since {self.made_at:%Y-%m-%d %H:%M}"

    @property
    def counting(self) -> Counting:
        """What it says, for the rules."""
        return Counting.load(self.content)

    @classmethod
    def keep(cls, counting: Counting, *, device: Device, unit: LeaseUnit, at: datetime) -> None:
        """Write down by what is counted from now on, if that is new."""
        known = cls.objects.filter(device=device, unit=unit).upto(at).first()
        if known is None or known.content != counting.dump():
            content = counting.dump()
            cls.objects.create(device=device, unit=unit, rules=counting.rules, content=content, made_at=at)
