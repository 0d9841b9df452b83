"""The audit trail: who did what to which thing, when; append-only, no foreign keys."""

from typing import ClassVar

from django.db import models


class AuditEntry(models.Model):
    """One line of the trail; a database trigger refuses to change or delete it."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=30)
    actor_name = models.CharField(max_length=80)
    organization = models.CharField(max_length=30, blank=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=30)
    facts = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject", "at"]),
            models.Index(fields=["organization", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.subject}"
