"""Receivables tapes as they were made: each stays, so that every export can be shown and told from others."""

from functools import partial
from typing import ClassVar

from django.db import models

from billing.models.ledger import Book
from marketplace.models import Organization
from marketplace.shared.ids import new_id


class TapeQuerySet(models.QuerySet["Tape"]):
    """Reads of tapes."""

    def listed(self) -> "TapeQuerySet":
        """Leave the rows where they are, the newest first."""
        return self.defer("content").select_related("seller", "book").order_by("-pk")


class Tape(models.Model):
    """
    One export of receivables of a book when the day ``through`` ended, as posted until ``known_at``.

    ``content`` holds rows, totals and the comparison with the books, ``digest`` is its SHA-256. ``salt``
    makes the keys of obligors and leases; it is never told. Append-only (migration 0024).
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "tap"), editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="tapes")
    seller = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    through = models.DateField()
    known_at = models.DateTimeField()
    version = models.PositiveSmallIntegerField()
    salt = models.CharField(max_length=32)
    rows = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = TapeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_known_before_it_is_made",
                condition=models.Q(known_at__lte=models.F("made_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_hashed", condition=models.Q(digest__regex="^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
