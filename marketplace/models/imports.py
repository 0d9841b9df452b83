"""Machines and listings that came in a file, and what became of each row."""

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.background_jobs import BackgroundJob
from marketplace.models.parties import Organization, User
from marketplace.shared.ids import new_id


class ImportQuerySet(models.QuerySet["Import"]):
    """Reads of imports."""

    def visible_to(self, user: User) -> "ImportQuerySet":
        """Keep the imports of the organizations of ``user``."""
        return self.filter(organization__in=Organization.objects.of(user))

    def locked(self) -> "ImportQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Import(models.Model):
    """
    A file of machines and listings, read into rows. It is tried, which writes nothing, or run.

    ``headings`` are the columns as the file names them, in its order, with the field each one is; ``sites``
    the places that rows may add, by name; ``dictionaries`` the versions of the dictionaries that were the
    newest when it was sent, by category that its rows name: a number without a unit is meant in them.
    """

    class Format(models.TextChoices):
        CSV = "CSV", "CSV"
        XLSX = "XLSX", "XLSX"
        JSON = "JSON", "JSON"

    class Mode(models.TextChoices):
        REJECT_ALL = "reject_all", _("All rows or none")
        REJECT_FAILED_ROWS = "reject_failed_rows", _("Only the good rows")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "imp"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="imports")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="imports")
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=4, choices=Format)
    mode = models.CharField(max_length=20, choices=Mode)
    is_trial = models.BooleanField()
    headings = models.JSONField(default=list)
    sites = models.JSONField(default=dict, blank=True)
    dictionaries = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), blank=True)
    job = models.ForeignKey(BackgroundJob, on_delete=models.PROTECT, null=True, related_name="imports")
    made_at = models.DateTimeField()
    ran_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "-id"])]

    def __str__(self) -> str:
        return self.name

    def counts(self) -> dict[str, int]:
        """Return how many rows there are in each state, with those in none."""
        return Import.counts_of([self])[self.pk]

    @staticmethod
    def counts_of(some: "Iterable[Import]") -> dict[int, dict[str, int]]:
        """Return the same of many imports, by their keys, in one question."""
        found = {one.pk: {status.value: 0 for status in ImportRow.Status} for one in some}
        rows = ImportRow.objects.filter(of__in=found).order_by().values_list("of", "status")
        for key, status, many in rows.annotate(many=models.Count("pk")):
            found[key][status] = many
        return found


class ImportRow(models.Model):
    """
    A row as it was given, and what became of it; ``number`` is its row in the file, ``place`` counts from 1.

    ``repeats`` is the row that named the same machine before. ``errors`` are
    ``{pointer, code, text, facts}``, the pointer beginning with the field.
    """

    class Status(models.TextChoices):
        WAITING = "WAITING", _("Waits")
        READY = "READY", _("Can be taken in")
        CREATED = "CREATED", _("Taken in")
        THERE = "THERE", _("Already there")
        REFUSED = "REFUSED", _("To be mended")

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    place = models.PositiveIntegerField()
    number = models.PositiveIntegerField()
    cells = models.JSONField()
    repeats = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    equipment = models.JSONField(default=list, blank=True)
    listing = models.CharField(max_length=30, blank=True)
    errors = models.JSONField(default=list, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["of", "place"])
        ]
        indexes: ClassVar = [models.Index(name="%(app_label)s_importrow_status", fields=["of", "status"])]

    def __str__(self) -> str:
        return f"{self.of_id} {self.number} {self.status}"

    def noted(self, status: str, **found: Any) -> "ImportRow":
        """Return the row with what became of it, unsaved."""
        self.status = status
        self.equipment, self.listing = found.get("equipment", []), found.get("listing", "")
        self.errors = found.get("errors", [])
        return self
