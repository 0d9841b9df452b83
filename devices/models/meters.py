"""Meter changes: where a counter stopped and where its successor began; added to, never rewritten."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.devices import Channel, Device
from devices.rules.changes import Change
from devices.rules.increments import add
from devices.rules.readings import instant
from marketplace.shared.ids import new_id


class MeterChangeQuerySet(models.QuerySet["MeterChange"]):
    """Reads of meter changes."""

    def standing(self) -> "MeterChangeQuerySet":
        """Keep those that no later record corrects, in order of their moments."""
        return self.filter(correction=None).order_by("at", "pk")

    def standing_at(self, at: datetime) -> "MeterChangeQuerySet":
        """Keep those that were recorded by ``at`` and that nothing recorded by then corrects, in order."""
        corrected = models.Q(correction__recorded_at__lte=at)
        return self.filter(recorded_at__lte=at).exclude(corrected).order_by("at", "pk")


class MeterChange(models.Model):
    """
    At ``at``, a counter that read ``final`` was followed by one that read ``first``.

    Usage on each side is computed apart; the difference between the two is never usage. Insert-only
    (migration 0009): a wrong record is followed by one that ``corrects`` it.
    """

    class Reason(models.TextChoices):
        COUNTER_REPLACED = "COUNTER_REPLACED", _("Counter replaced")
        CONTROLLER_REPLACED = "CONTROLLER_REPLACED", _("Controller replaced")
        RESET = "RESET", _("Reset during maintenance")
        MEMORY_LOST = "MEMORY_LOST", _("Memory lost")
        PROGRAMMED = "PROGRAMMED", _("Counting set up anew")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "mch"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="meter_changes")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="meter_changes")
    at = models.DateTimeField()
    final = models.DecimalField(max_digits=36, decimal_places=18)
    first = models.DecimalField(max_digits=36, decimal_places=18)
    reason = models.CharField(max_length=20, choices=Reason)
    note = models.CharField(max_length=300, blank=True)
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="correction"
    )
    recorded_by = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()

    objects = MeterChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_negative",
                condition=models.Q(final__gte=0, first__gte=0),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_reason_known",
                condition=models.Q(
                    reason__in=(
                        "COUNTER_REPLACED",
                        "CONTROLLER_REPLACED",
                        "RESET",
                        "MEMORY_LOST",
                        "PROGRAMMED",
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.final} → {self.first}"

    def change(self) -> Change:
        """Return the change for the counter rule, its numbers at minimal scale."""
        return Change(instant(self.at), add(self.final, 0), add(self.first, 0))


def meter_changes_of(device: Device) -> MeterChangeQuerySet:
    """Return the changes of a device's counters that stand, in order of their moments."""
    return MeterChange.objects.filter(device=device).standing().select_related("channel")


def changes_by_channel(records: Iterable[MeterChange]) -> dict[str, tuple[Change, ...]]:
    """Return changes for the counter rule by the keys of their channels, in the order in which they stand."""
    found: dict[str, tuple[Change, ...]] = {}
    for one in records:
        found[one.channel.key] = (*found.get(one.channel.key, ()), one.change())
    return found
