"""Red letters (红字发票信息确认单) over official e-invoices, and what the buyer did with the blue one."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.rules import red_letters as rules
from marketplace.models import Organization
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class RedLetterQuerySet(models.QuerySet["RedLetter"]):
    """Reads of red letters."""

    def open(self) -> "RedLetterQuerySet":
        """Keep those that bind the blue e-invoice: awaiting, confirmed, issued."""
        return self.filter(state__in=rules.OPEN)

    def due(self, at: datetime) -> "RedLetterQuerySet":
        """Keep those that nobody confirmed in time."""
        return self.filter(state=RedLetter.State.AWAITING, lapses_at__lte=at)

    def listed(self) -> "RedLetterQuerySet":
        """Fetch what every page and answer shows, the newest first."""
        sides = ("note__lease", "note__seller", "note__buyer")
        return self.select_related("blue", *sides).prefetch_related("moves__organization").order_by("-pk")

    def locked(self) -> "RedLetterQuerySet":
        """Lock the rows in the one order that all writers use; leases and invoices are locked before."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class RedLetter(models.Model):
    """
    The confirmation that part of a blue e-invoice is taken back, for a note of ours.

    ``number`` are the 20 digits that the bureau gave the confirmation, ``face`` what the red e-invoice will
    say (``billing.rules.tax_invoices.Face``), amounts negative. ``lapses_at`` stands where the other side has
    to confirm. Only ``state`` changes, by the table of ``billing.rules.red_letters``; a trigger (migration
    0019) keeps that and refuses more at any rate than its blue e-invoice, or its note, has.
    """

    class State(models.TextChoices):
        AWAITING = rules.State.AWAITING.value, _("Waits for confirmation")
        CONFIRMED = rules.State.CONFIRMED.value, _("Confirmed")
        ISSUED = rules.State.ISSUED.value, _("Red e-invoice issued")
        REFUSED = rules.State.REFUSED.value, _("Refused")
        REVOKED = rules.State.REVOKED.value, _("Revoked")
        LAPSED = rules.State.LAPSED.value, _("Void after 72 hours")

    class Reason(models.TextChoices):
        INVOICE_WRONG = rules.Reason.INVOICE_WRONG.value, _("Issued in error")
        RETURNED = rules.Reason.RETURNED.value, _("Goods returned")
        SERVICE_ENDED = rules.Reason.SERVICE_ENDED.value, _("Service ended early")
        ALLOWANCE = rules.Reason.ALLOWANCE.value, _("Allowance")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "red"), editable=False)
    note = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="red_letters")
    blue = models.ForeignKey("TaxInvoice", on_delete=models.PROTECT, related_name="red_letters")
    number = models.CharField(max_length=20)
    reason = models.CharField(max_length=13, choices=Reason)
    remark = models.CharField(max_length=rules.LONGEST_REMARK, blank=True)
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    face = models.JSONField()
    applicant = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField()
    lapses_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State)

    objects = RedLetterQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_number_once",
                fields=["number"],
                condition=models.Q(state__in=["AWAITING", "CONFIRMED", "ISSUED"]),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["note", "blue"],
                condition=models.Q(state__in=["AWAITING", "CONFIRMED", "ISSUED"]),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_twenty_digits",
                condition=models.Q(number__regex="^[0-9]{20}$"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_takes_back",
                condition=models.Q(net_minor__lt=0) | models.Q(net_minor=0, tax_minor__lt=0),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_in_72_hours",
                condition=models.Q(lapses_at=None)
                | models.Q(lapses_at=models.F("applied_at") + rules.CONFIRM_WITHIN),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_awaited_by_somebody",
                condition=models.Q(lapses_at__isnull=False) | ~models.Q(state__in=["AWAITING", "LAPSED"]),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_red_awaiting", fields=["lapses_at"], condition=models.Q(state="AWAITING")
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def gross(self) -> Money:
        """What it takes back, tax included; negative."""
        return Money(self.net_minor + self.tax_minor, "CNY")

    @property
    def other(self) -> Organization:
        """The side that did not apply."""
        return self.note.buyer if self.applicant_id == self.note.seller_id else self.note.seller


class RedLetterMove(models.Model):
    """One row of what happened to a red letter, the first its application; append-only (migration 0019)."""

    class Move(models.TextChoices):
        APPLY = rules.Move.APPLY.value, _("applied for")
        CONFIRM = rules.Move.CONFIRM.value, _("confirmed by the other side")
        REFUSE = rules.Move.REFUSE.value, _("refused by the other side")
        REVOKE = rules.Move.REVOKE.value, _("revoked by who applied")
        LAPSE = rules.Move.LAPSE.value, _("void: not confirmed within 72 hours")
        ISSUE = rules.Move.ISSUE.value, _("red e-invoice recorded")
        REOPEN = rules.Move.REOPEN.value, _("record of the red e-invoice taken back")

    letter = models.ForeignKey(RedLetter, on_delete=models.PROTECT, related_name="moves")
    move = models.CharField(max_length=7, choices=Move)
    state = models.CharField(max_length=9, choices=RedLetter.State)
    why = models.CharField(max_length=rules.LONGEST_REMARK, blank=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.CharField(max_length=30)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.letter} {self.move}"


class TaxInvoiceUse(models.Model):
    """
    What the buyer has done with a blue e-invoice, as the bureau shows it; the newest row holds.

    Append-only (migration 0019).
    """

    class Use(models.TextChoices):
        NONE = rules.Use.NONE.value, _("neither deducted nor booked")
        DEDUCTED = rules.Use.DEDUCTED.value, _("use confirmed (input tax deducted)")
        BOOKED = rules.Use.BOOKED.value, _("booking confirmed")

    tax_invoice = models.ForeignKey("TaxInvoice", on_delete=models.PROTECT, related_name="uses")
    use = models.CharField(max_length=8, choices=Use)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(max_length=30)
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.tax_invoice} {self.use}"
