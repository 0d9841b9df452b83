"""Settlements of subsidies with their authority: a batch a programme and month, and every step of it."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.subsidies import SubsidyGrant, SubsidyProgramme
from billing.rules import subsidy_states as states
from leasing.models.transitions import Step
from marketplace.shared.ids import new_id


class SubsidySettlement(models.Model):
    """
    What is asked of the authority for a month: all that was granted by its end and not asked for before.

    ``month`` is its first day. The totals are sums of the items, ``confirmed_minor`` once the authority has
    answered under ``answer``. Two people draw it up and submit it, two write down answer and payment.
    """

    class State(models.TextChoices):
        DRAFTED = states.Status.DRAFTED.value, _("Drawn up, waits for a second person")
        SUBMITTED = states.Status.SUBMITTED.value, _("Submitted to the authority")
        CONFIRMED = states.Status.CONFIRMED.value, _("Answered by the authority")
        PAID = states.Status.PAID.value, _("Paid by the authority")
        HANDED_ON = states.Status.HANDED_ON.value, _("Passed on to the lessees")
        DROPPED = states.Status.DROPPED.value, _("Dropped")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sst"), editable=False)
    programme = models.ForeignKey(SubsidyProgramme, on_delete=models.PROTECT, related_name="settlements")
    month = models.DateField()
    status = models.CharField(max_length=9, choices=State, default=State.DRAFTED)
    total_minor = models.BigIntegerField()
    confirmed_minor = models.BigIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=60, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    bank_reference = models.CharField(max_length=60, blank=True)
    drafted_by = models.CharField(max_length=30)
    drafted_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=30, blank=True)
    confirmed_by = models.CharField(max_length=30, blank=True)
    paid_by = models.CharField(max_length=30, blank=True)
    handed_by = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_lives",
                fields=["programme", "month"],
                condition=~models.Q(status="DROPPED"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_total", condition=models.Q(total_minor__gt=0)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_confirmed",
                condition=models.Q(confirmed_minor=None)
                | models.Q(confirmed_minor__gte=0, confirmed_minor__lte=models.F("total_minor")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=(models.Q(submitted_by="") | ~models.Q(submitted_by=models.F("drafted_by")))
                & (models.Q(paid_by="") | ~models.Q(paid_by=models.F("confirmed_by")))
                & (models.Q(handed_by="") | ~models.Q(handed_by=models.F("paid_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} · {self.month:%Y-%m}"


class SubsidyItem(models.Model):
    """
    One grant in a settlement; ``stands`` until the settlement is dropped.

    ``confirmed_minor`` is the authority's answer, with a ``reason`` where it is lower than asked.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sit"), editable=False)
    settlement = models.ForeignKey(SubsidySettlement, on_delete=models.PROTECT, related_name="items")
    grant = models.ForeignKey(SubsidyGrant, on_delete=models.PROTECT, related_name="items")
    amount_minor = models.BigIntegerField()
    confirmed_minor = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    stands = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["grant"], condition=models.Q(stands=True)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_confirmed",
                condition=models.Q(confirmed_minor=None)
                | models.Q(confirmed_minor=models.F("amount_minor"))
                | (
                    models.Q(confirmed_minor__gte=0, confirmed_minor__lt=models.F("amount_minor"))
                    & ~models.Q(reason="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement} · {self.grant.invoice}"

    @property
    def refused_minor(self) -> int:
        """What the authority refused; nothing until it has answered."""
        return 0 if self.confirmed_minor is None else self.amount_minor - self.confirmed_minor


class SubsidyStep(Step):
    """One step of a settlement."""

    class Verb(models.TextChoices):
        DRAFT = states.Move.DRAFT.value, _("drew the settlement up")
        DROP = states.Move.DROP.value, _("dropped the settlement")
        SUBMIT = states.Move.SUBMIT.value, _("submitted it to the authority")
        CONFIRM = states.Move.CONFIRM.value, _("wrote the authority's answer down")
        PAY = states.Move.PAY.value, _("wrote down that the authority paid")
        HAND_ON = states.Move.HAND_ON.value, _("passed it on to the lessees")

    settlement = models.ForeignKey(SubsidySettlement, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_before = models.CharField(max_length=9, blank=True)
    status_after = models.CharField(max_length=9, choices=SubsidySettlement.State)

    class Meta:
        ordering: ClassVar = ["settlement", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["settlement", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.settlement} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The settlement."""
        return {"subsidy_settlement": self.settlement.public_id}
