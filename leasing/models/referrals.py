"""What was said of an objected return that one side put before the platform."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.condition import ConditionRecord
from leasing.rules import referrals as rules
from leasing.rules.leases import Side

DECIDED = {True: _("decided: the record stands"), False: _("decided: it does not stand")}


class ReferralWord(models.Model):
    """
    What one side, or the platform, did about an objected record of a return, and said with it; append-only.

    ``stands`` is what the platform decided; ``evidence`` are photos and records, each with id and SHA-256. A
    trigger lets nothing be decided that was not asked, and nothing be said after the decision.
    """

    class Verb(models.TextChoices):
        REFER = rules.Act.REFER.value, _("asked the platform to decide")
        WITHDRAW = rules.Act.WITHDRAW.value, _("took the question to the platform back")
        DECIDE = rules.Act.DECIDE.value, _("decided")

    class By(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")
        PLATFORM = Side.PLATFORM.value, _("Platform")

    record = models.ForeignKey(ConditionRecord, on_delete=models.PROTECT, related_name="referral_words")
    position = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=10, choices=Verb)
    side = models.CharField(max_length=10, choices=By)
    stands = models.BooleanField(null=True, blank=True)
    text = models.TextField(max_length=rules.LONGEST_TEXT, blank=True)
    evidence = models.JSONField(default=list)
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    organization_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["record", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["record", "position"]),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_asked_once",
                fields=["record", "side"],
                condition=models.Q(act="refer"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_by_platform",
                condition=models.Q(act="decide", side="platform", stands__isnull=False)
                | (models.Q(stands=None) & ~models.Q(act="decide") & ~models.Q(side="platform")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_with_words",
                condition=models.Q(act="withdraw") | ~models.Q(text=""),
            ),
        ]

    @property
    def what(self) -> str:
        """What was done, in words; of a decision, how it is."""
        if self.stands is None:
            return str(self.Verb(self.act).label)
        return str(DECIDED[self.stands])

    def __str__(self) -> str:
        return f"{self.record} {self.position} {self.act}"
