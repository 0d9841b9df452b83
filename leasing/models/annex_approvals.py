"""Approvals of changes that are beyond a lessor's credit limit."""

from typing import ClassVar

from django.db import models

from leasing.models.annexes import Annex


class AnnexApproval(models.Model):
    """
    A person of the lessor approves a change that is beyond its limit; append-only, once a person.

    A trigger refuses whoever proposed it for the lessor. ``decision`` is the SHA-256 of what was looked at.
    """

    annex = models.ForeignKey(Annex, on_delete=models.PROTECT, related_name="approvals")
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    at = models.DateTimeField()
    decision = models.CharField(max_length=64)
    note = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["annex", "person"]),
        ]

    def __str__(self) -> str:
        return f"{self.annex} · {self.person_name}"
