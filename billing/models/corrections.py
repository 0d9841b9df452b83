"""What was found when an issued period was billed again: a run that corrects, and the days it looked at."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.windows import WindowSet
from leasing.models import Lease, SlotBooking
from marketplace.models import Organization, User
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class CorrectionQuerySet(models.QuerySet["Correction"]):
    """Reads of corrections."""

    def waiting(self) -> "CorrectionQuerySet":
        """Keep those whose notes wait for somebody's approval."""
        return self.filter(outcome=Correction.Outcome.WAITING)

    def standing(self) -> "CorrectionQuerySet":
        """Keep those that hold: what later runs replaced before it was approved is none."""
        return self.exclude(outcome=Correction.Outcome.SUPERSEDED)

    def covering(self) -> "CorrectionQuerySet":
        """Keep those after which nothing more is to come: their notes are issued, or no amount changed."""
        return self.filter(outcome__in=[Correction.Outcome.NOTED, Correction.Outcome.NOTHING])

    def locked(self) -> "CorrectionQuerySet":
        """Lock the rows in the one order that all writers use; leases are locked before corrections."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Correction(models.Model):
    """
    One finding for a billed period of a lease, or a billed slot booking: what changed since, by two limits,
    and what came of it.

    ``event_limit`` is the end of the period as it was billed now, ``arrivals`` the last arrival number of
    each device that was looked at. ``reasons`` are :class:`billing.rules.reasons.Reason`,
    ``recorded`` the facts of leasing that it knew. Append-only, but
    for the outcome of one that waits (migration 0012).
    """

    class Outcome(models.TextChoices):
        NOTHING = "NOTHING", _("No amount changed")
        WAITING = "WAITING", _("Waits for approval")
        NOTED = "NOTED", _("Notes issued")
        SUPERSEDED = "SUPERSEDED", _("Overtaken by later facts")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "cor"), editable=False)
    lease = models.ForeignKey(
        Lease, on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    booking = models.ForeignKey(
        SlotBooking, on_delete=models.PROTECT, null=True, blank=True, related_name="corrections"
    )
    period_start = models.DateTimeField()
    event_limit = models.DateTimeField()
    arrivals = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    reasons = models.JSONField(default=list)
    recorded = models.JSONField(default=list)
    outcome = models.CharField(max_length=10, choices=Outcome)
    made_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_for = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_approved_by_somebody",
                condition=models.Q(approved_at=None, approved_by=None, approved_for=None)
                | models.Q(
                    outcome="NOTED",
                    approved_at__isnull=False,
                    approved_by__isnull=False,
                    approved_for__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_subject",
                condition=models.Q(lease=None) ^ models.Q(booking=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty",
                condition=models.Q(event_limit__gt=models.F("period_start")),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_waits",
                fields=["lease", "period_start"],
                condition=models.Q(outcome="WAITING"),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["lease", "period_start", "-id"])]
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.lease or self.booking} {self.period_start:%Y-%m-%d} {self.outcome}"

    @property
    def period(self) -> Period:
        """The time that was billed again."""
        return Period(self.period_start, self.event_limit)


class CorrectedDay(models.Model):
    """
    A day whose newest version a correction looked at; ``before`` is the one that was billed until then.

    ``reasons`` say why it changed, each with the id of what shows it. Append-only.
    """

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="days")
    before = models.ForeignKey(WindowSet, on_delete=models.PROTECT, null=True, related_name="+")
    after = models.ForeignKey(WindowSet, on_delete=models.PROTECT, related_name="corrected_days")
    reasons = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["correction", "after"])
        ]

    def __str__(self) -> str:
        return f"{self.correction} ← {self.after}"
