"""Claim codes: how a gateway gets its first key without anybody typing it."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models

from devices.models.devices import Device
from marketplace.shared.ids import new_id

MOST_TRIES = 10


class ClaimCodeQuerySet(models.QuerySet["ClaimCode"]):
    """Reads of claim codes."""

    def open(self, at: datetime) -> "ClaimCodeQuerySet":
        """Keep the codes that open something: not used, replaced, expired or tried too often."""
        return self.filter(
            used_at=None,
            replaced_at=None,
            expires_at__gt=at,
            wrong_tries__lt=MOST_TRIES,
            device__closed_at=None,
        )

    def locked(self) -> "ClaimCodeQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class ClaimCode(models.Model):
    """
    A code that is exchanged once for a key of its device; ``prefix`` finds it, the whole is stored hashed.

    ``wrong_tries`` counts codes that began alike and were wrong.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dcl"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="claim_codes")
    prefix = models.CharField(max_length=4)
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    wrong_tries = models.PositiveSmallIntegerField(default=0)

    objects = ClaimCodeQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["prefix"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["device"],
                condition=models.Q(used_at=None, replaced_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"
