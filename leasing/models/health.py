"""Warnings about the health of machines: what was found one night, with its figures."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models import Channel, Device
from leasing.rules.health import Rates
from leasing.rules.trend import AHEAD, FEWEST, LOOK_BACK
from leasing.rules.trend import Edge as WhichLimit
from marketplace.models import Equipment
from marketplace.shared.ids import new_id


class HealthWarning(models.Model):
    """
    What was found about a machine on the local ``day``; never changed. ``event`` names the read of its owner
    in the access log on which it rests.

    ALARM_RATE: more alarms an hour of run time in the day before ``found_at`` than in the 14 days before.
    TREND: the daily means of ``channel`` are beyond a limit, or will be; ``slope`` is a day.
    """

    class Sign(models.TextChoices):
        ALARM_RATE = "ALARM_RATE", _("More alarms than before")
        TREND = "TREND", _("Towards a limit")

    class Edge(models.TextChoices):
        LOW = WhichLimit.LOW.value, _("Lower limit")
        HIGH = WhichLimit.HIGH.value, _("Upper limit")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "hwn"), editable=False)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="health_warnings")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Sign, default=Sign.ALARM_RATE)
    day = models.DateField()
    alarms = models.PositiveIntegerField(null=True)
    seconds = models.PositiveIntegerField(null=True)
    alarms_before = models.PositiveIntegerField(null=True)
    seconds_before = models.PositiveIntegerField(null=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="+")
    mean = models.DecimalField(max_digits=36, decimal_places=12, null=True)
    slope = models.DecimalField(max_digits=36, decimal_places=12, null=True)
    edge = models.CharField(max_length=4, choices=Edge, blank=True)
    limit = models.DecimalField(max_digits=36, decimal_places=18, null=True)
    source = models.CharField(max_length=200, blank=True)
    is_beyond = models.BooleanField(default=False)
    days_left = models.PositiveSmallIntegerField(null=True)
    days_seen = models.PositiveSmallIntegerField(null=True)
    event = models.CharField(max_length=30)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["device", "kind", "day"],
                condition=models.Q(channel=None),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once_a_channel",
                fields=["channel", "kind", "day"],
                condition=models.Q(channel__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_has_its_figures",
                condition=models.Q(
                    kind="ALARM_RATE",
                    seconds__isnull=False,
                    seconds__gt=0,
                    seconds_before__isnull=False,
                    seconds_before__gt=0,
                    alarms__isnull=False,
                    alarms__gt=0,
                    alarms_before__isnull=False,
                    channel=None,
                )
                | models.Q(
                    kind="TREND",
                    alarms=None,
                    channel__isnull=False,
                    mean__isnull=False,
                    slope__isnull=False,
                    edge__in=["LOW", "HIGH"],
                    limit__isnull=False,
                    days_left__isnull=False,
                    days_left__range=(0, AHEAD),
                    days_seen__isnull=False,
                    days_seen__range=(FEWEST, LOOK_BACK),
                ),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["equipment", "-day"])]

    def __str__(self) -> str:
        return f"{self.equipment} {self.day}"

    @property
    def rates(self) -> Rates | None:
        """The figures of the alarms as a value; of a trend there are none."""
        given = (self.alarms, self.seconds, self.alarms_before, self.seconds_before)
        figures = [one for one in given if one is not None]
        return Rates(*figures) if len(figures) == len(given) else None
