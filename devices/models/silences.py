"""Silences: leased devices that stopped speaking."""

from functools import partial
from typing import ClassVar

from django.db import models

from devices.models.devices import Device
from marketplace.shared.ids import new_id


class SilenceQuerySet(models.QuerySet["Silence"]):
    """Reads of silences."""

    def open(self) -> "SilenceQuerySet":
        """Keep those of devices that have not spoken since."""
        return self.filter(ended_at=None)


class Silence(models.Model):
    """
    A device of a running lease was not heard for longer than its limit.

    ``since`` is when it was last heard, or when the lease began if that is later; ``ended_at`` is when it was
    first seen to speak again.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sil"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="silences")
    since = models.DateTimeField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SilenceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "since"]),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["device"],
                condition=models.Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.since:%Y-%m-%d %H:%M}"
