"""How a machine was when it changed hands: one side's record, and the other's word on it."""

from functools import partial
from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease, LeaseUnit
from leasing.rules.condition import Kind
from leasing.rules.leases import Side
from leasing.rules.referrals import Act, State, state_of
from marketplace.models import User
from marketplace.shared.ids import new_id


class ConditionRecordQuerySet(models.QuerySet["ConditionRecord"]):
    """Reads of records."""

    def visible_to(self, user: User) -> "ConditionRecordQuerySet":
        """Keep the records of leases that ``user`` may see."""
        return self.filter(lease__in=Lease.objects.visible_to(user))

    def latest_for(self, unit: LeaseUnit, kind: Kind) -> "ConditionRecord | None":
        """Return the newest record of a machine of that kind; a record replaces those before it."""
        found = self.filter(unit=unit, kind=kind).select_related("answer").with_referrals()
        return found.order_by("-number").first()

    def with_answers(self) -> "ConditionRecordQuerySet":
        """Fetch what every page and answer shows of a record, in the same query."""
        sides = self.select_related("answer", "unit__equipment__category", "lease__lessor", "lease__lessee")
        return sides.with_referrals()

    def with_referrals(self) -> "ConditionRecordQuerySet":
        """Fetch the last word on a record before the platform, so that ``referral_state`` is known."""
        words = apps.get_model("leasing", "ReferralWord").objects.filter(record=models.OuterRef("pk"))
        last = words.order_by("-position")
        return self.annotate(
            referral_act=models.Subquery(last.values("act")[:1]),
            referral_stands=models.Subquery(last.values("stands")[:1]),
        )


class ConditionRecord(models.Model):
    """
    One side's record, append-only; ``document`` is as ``leasing.rules.condition`` writes it, ``digest`` its
    SHA-256. Until ``answer_until`` silence means nothing; what it means then is said where it matters.
    """

    class Occasion(models.TextChoices):
        HANDOVER = Kind.HANDOVER.value, _("Hand-over")
        RETURN = Kind.RETURN.value, _("Return")
        INSPECTION = Kind.INSPECTION.value, _("Inspection after the return")

    class By(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "rec"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="condition_records")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="condition_records")
    kind = models.CharField(max_length=10, choices=Occasion)
    number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=6, choices=By)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    happened_at = models.DateTimeField()
    answer_until = models.DateTimeField()
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = ConditionRecordQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["lease", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["unit", "kind", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.kind} {self.number}"

    @property
    def referral_state(self) -> State:
        """How a record that was read with its referral stands before the platform."""
        act: Any = getattr(self, "referral_act", None)
        return state_of(Act(act) if act else None, getattr(self, "referral_stands", None))


class RecordAnswer(models.Model):
    """What the other side said to a record, once: confirmed, or an objection with its reason."""

    class Word(models.TextChoices):
        CONFIRMED = "CONFIRMED", _("confirmed")
        OBJECTED = "OBJECTED", _("objected to")

    record = models.OneToOneField(ConditionRecord, on_delete=models.PROTECT, related_name="answer")
    word = models.CharField(max_length=10, choices=Word)
    reason = models.TextField(max_length=2000, blank=True)
    digest = models.CharField(max_length=64)
    person = models.CharField(max_length=30)
    person_name = models.CharField(max_length=80)
    organization = models.CharField(max_length=30)
    organization_name = models.CharField(max_length=120)
    roles = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_objection_with_reason",
                condition=models.Q(word="CONFIRMED") ^ ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record} {self.word}"
