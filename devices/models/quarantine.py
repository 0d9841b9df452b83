"""What was refused and must not be lost: items that a person looks at, mends and replays."""

from functools import partial
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.models.devices import Device
from marketplace.shared.ids import new_id


class QuarantinedQuerySet(models.QuerySet["Quarantined"]):
    """Reads of the quarantine."""

    def open(self) -> "QuarantinedQuerySet":
        """Keep what nobody has decided."""
        return self.filter(outcome=Quarantined.Outcome.WAITING)


class Quarantined(models.Model):
    """One refused item, as it came, with the reason as a code of ``devices.rules.admission``."""

    class Outcome(models.TextChoices):
        WAITING = "WAITING", _("Waiting")
        REPLAYED = "REPLAYED", _("Replayed")
        DISMISSED = "DISMISSED", _("Dismissed")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "qua"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="quarantined")
    digest = models.CharField(max_length=64)
    epoch = models.CharField(max_length=80, blank=True)
    item = models.JSONField()
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=300)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    objects = QuarantinedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "digest"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_once_decided",
                condition=models.Q(outcome="WAITING", decided_at=None)
                | ~models.Q(outcome="WAITING") & models.Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.reason}"

    @property
    def place(self) -> dict[str, Any]:
        """Where the item stands among the source's readings, without anything that it says."""
        return {name: self.item[name] for name in ("sequence", "at", "channel") if name in self.item}
