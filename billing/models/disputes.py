"""Lines that the buyer disputes: what it says, until when it is answered, and what was decided."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.corrections import Correction
from billing.models.invoices import InvoiceLine
from billing.models.provisional import BillObjection
from marketplace.models import User
from marketplace.shared.ids import new_id


class LineDisputeQuerySet(models.QuerySet["LineDispute"]):
    """Reads of disputes."""

    def freezing(self) -> "LineDisputeQuerySet":
        """Keep those that nobody decided: what they are about is not due."""
        return self.filter(outcome=LineDispute.Outcome.OPEN)

    def of_periods(self) -> "LineDisputeQuerySet":
        """Keep those over bills of periods and slots; conceded interest is waived, and corrects no period."""
        return self.exclude(line__invoice__kind="INTEREST")

    def conceded(self) -> "LineDisputeQuerySet":
        """Keep those in which the seller gave something back."""
        return self.filter(outcome=LineDispute.Outcome.CONCEDED)

    def uncredited(self) -> "LineDisputeQuerySet":
        """Keep what was given back of periods and slots, and what no correction has covered yet."""
        covers = Correction.objects.covering().filter(
            period_start=models.OuterRef("line__invoice__period_start"),
            made_at__gte=models.OuterRef("decided_at"),
        )
        of_lease = models.Exists(covers.filter(lease=models.OuterRef("line__invoice__lease")))
        of_slot = models.Exists(covers.filter(booking=models.OuterRef("line__invoice__booking")))
        return self.of_periods().conceded().filter(~of_lease, ~of_slot)

    def withholding(self) -> "LineDisputeQuerySet":
        """Keep those for which something is not to be paid: nobody decided, or nothing credited it yet."""
        pending = LineDispute.objects.uncredited().values("pk")
        return self.filter(models.Q(outcome=LineDispute.Outcome.OPEN) | models.Q(pk__in=pending))

    def with_cases(self) -> "LineDisputeQuerySet":
        """Fetch what of them lies, or lay, before the platform."""
        return self.select_related("mediation")

    def locked(self) -> "LineDisputeQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class LineDispute(models.Model):
    """
    The buyer's word that a line of an issued invoice is wrong; the rest of the invoice stays payable.

    The seller answers by ``answer_by``; unanswered it stays frozen. ``conceded_minor`` is the net amount that
    the seller gives back, credited by the next correction. A decision is final (migration 0012). One with an
    ``objection`` was there before the invoice, and froze the line from its first moment.
    """

    class Outcome(models.TextChoices):
        OPEN = "OPEN", _("Disputed")
        CONCEDED = "CONCEDED", _("Conceded by the seller")
        REJECTED = "REJECTED", _("Rejected by the seller")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn by the buyer")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dis"), editable=False)
    line = models.ForeignKey(InvoiceLine, on_delete=models.PROTECT, related_name="disputes")
    reason = models.CharField(max_length=500)
    objection = models.ForeignKey(
        BillObjection, on_delete=models.PROTECT, null=True, blank=True, related_name="disputes"
    )
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    conceded_minor = models.BigIntegerField(default=0)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = LineDisputeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["line"],
                condition=models.Q(outcome="OPEN"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_by_somebody",
                condition=models.Q(outcome="OPEN", decided_by=None, decided_at=None)
                | (~models.Q(outcome="OPEN") & models.Q(decided_by__isnull=False, decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_conceded_amount",
                condition=models.Q(outcome="CONCEDED", conceded_minor__gt=0)
                | (~models.Q(outcome="CONCEDED") & models.Q(conceded_minor=0)),
            ),
        ]
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.line}: {self.outcome}"

    @property
    def conceded_gross_minor(self) -> int:
        """What was given back with its tax."""
        return self.line.gross_of(self.conceded_minor)
