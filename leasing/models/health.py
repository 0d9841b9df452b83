"""Warnings about the health of machines: what was found one night, with its figures."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models import Device
from leasing.rules.health import Rates
from marketplace.models import Equipment
from marketplace.shared.ids import new_id


class HealthWarning(models.Model):
    """
    A machine gave more alarms an hour of run time in the day before ``found_at`` than in the 14 days before
    that; never changed. ``event`` names the read of its owner in the access log on which it rests.
    """

    class Sign(models.TextChoices):
        ALARM_RATE = "ALARM_RATE", _("More alarms than before")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "hwn"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="health_warnings")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Sign, default=Sign.ALARM_RATE)
    day = models.DateField()
    alarms = models.PositiveIntegerField()
    seconds = models.PositiveIntegerField()
    alarms_before = models.PositiveIntegerField()
    seconds_before = models.PositiveIntegerField()
    event = models.CharField(max_length=30)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "kind", "day"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ran",
                condition=models.Q(seconds__gt=0, seconds_before__gt=0, alarms__gt=0),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["equipment", "-day"])]

    def __str__(self) -> str:
        return f"{self.equipment} {self.day}"

    @property
    def rates(self) -> Rates:
        """The figures as a value."""
        return Rates(self.alarms, self.seconds, self.alarms_before, self.seconds_before)
