"""Work that takes longer than somebody waits: a background job says how far it is, and how it ended."""

from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.parties import Organization, User
from marketplace.shared.ids import new_id


class BackgroundJobQuerySet(models.QuerySet["BackgroundJob"]):
    """Reads of background jobs."""

    def visible_to(self, user: User) -> "BackgroundJobQuerySet":
        """Keep the jobs of the organizations of ``user``."""
        return self.filter(organization__in=Organization.objects.of(user))

    def open(self) -> "BackgroundJobQuerySet":
        """Keep what waits for the worker, or is being done."""
        return self.filter(status__in=BackgroundJob.OPEN)

    def stuck(self, *, running: datetime, queued: datetime) -> "BackgroundJobQuerySet":
        """Keep what was being done and has not moved since then, and what has waited since before that."""
        lost = models.Q(status=BackgroundJob.Status.RUNNING, moved_at__lt=running)
        return self.filter(lost | models.Q(status=BackgroundJob.Status.QUEUED, moved_at__lt=queued))

    def locked(self) -> "BackgroundJobQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def free(self) -> "BackgroundJobQuerySet":
        """Lock the rows that nobody holds: what a worker holds is being done, however long a step takes."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True)


class BackgroundJob(models.Model):
    """
    One piece of long work, done step by step; each step stands in one transaction with ``done``.

    ``kind`` names who does it (``marketplace.actions.background_jobs``), ``subject`` is the public id of what
    it is about. ``moved_at`` is when it last got on, or was queued, ``taken_up`` how often it was found
    without a worker since. ``problem`` is ``{code, text, facts}`` of why it ended without a result.
    """

    class Status(models.TextChoices):
        QUEUED = "QUEUED", _("Waits for its turn")
        RUNNING = "RUNNING", _("Is being done")
        SUCCEEDED = "SUCCEEDED", _("Done")
        FAILED = "FAILED", _("Ended without a result")
        CANCELLED = "CANCELLED", _("Stopped")

    OPEN: ClassVar = (Status.QUEUED, Status.RUNNING)

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "bgj"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="background_jobs")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="background_jobs")
    kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=30)
    title = models.CharField(max_length=120)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField()
    taken_up = models.PositiveSmallIntegerField(default=0)
    problem = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = BackgroundJobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_at_a_time",
                fields=["kind", "subject"],
                condition=models.Q(status__in=("QUEUED", "RUNNING")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_within", condition=models.Q(done__lte=models.F("total"))
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ended",
                condition=models.Q(status__in=("QUEUED", "RUNNING")) ^ models.Q(finished_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"]),
            models.Index(
                name="%(app_label)s_job_open",
                fields=["moved_at"],
                condition=models.Q(status__in=("QUEUED", "RUNNING")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.kind} {self.status}"

    @property
    def is_open(self) -> bool:
        """Whether it waits, or is being done."""
        return self.status in self.OPEN

    def progress(self, unit: str) -> dict[str, Any]:
        """Return how far it is."""
        return {"done": self.done, "total": self.total, "unit": unit}
