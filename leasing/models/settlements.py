"""Statements of settlement: what one side proposes, and the other agrees to or the platform decides."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from leasing.models.leases import Lease
from leasing.rules import settlements as rules
from leasing.rules.leases import Side
from marketplace.models import Organization
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class SettlementQuerySet(models.QuerySet["Settlement"]):
    """Reads of statements."""

    def open(self) -> "SettlementQuerySet":
        """Keep those that wait for an answer."""
        return self.filter(state=rules.State.PROPOSED)

    def final(self) -> "SettlementQuerySet":
        """Keep those by which a lease was settled."""
        return self.filter(state__in=sorted(rules.FINAL))


class Settlement(models.Model):
    """
    One statement (``leasing.rules.settlements``), accepted by its digest. A trigger keeps what it says.

    ``set_off_minor`` is what may be taken of the deposit, ``balance_minor`` what the lessee pays beside the
    invoices; both are before tax, in minor units. One is open at a time, and by one the lease is settled.
    """

    class Stage(models.TextChoices):
        PROPOSED = rules.State.PROPOSED.value, _("Proposed")
        REPLACED = rules.State.REPLACED.value, _("Replaced by another")
        AGREED = rules.State.AGREED.value, _("Agreed by both")
        DECIDED = rules.State.DECIDED.value, _("Decided by the platform")

    class By(models.TextChoices):
        LESSEE = Side.LESSEE.value, _("Lessee")
        LESSOR = Side.LESSOR.value, _("Lessor")
        PLATFORM = Side.PLATFORM.value, _("Platform")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "stl"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="settlements")
    number = models.PositiveSmallIntegerField()
    side = models.CharField(max_length=10, choices=By)
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    set_off_minor = models.BigIntegerField()
    balance_minor = models.BigIntegerField()
    text = models.TextField(max_length=rules.LONGEST_TEXT, blank=True)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    state = models.CharField(max_length=10, choices=Stage, default=Stage.PROPOSED)
    referred_at = models.DateTimeField(null=True, blank=True)
    referred_text = models.TextField(max_length=rules.LONGEST_TEXT, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["lease", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["lease", "number"]),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["lease"],
                condition=models.Q(state="PROPOSED"),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_final",
                fields=["lease"],
                condition=models.Q(state__in=sorted(rules.FINAL)),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_nothing_below_zero",
                condition=models.Q(set_off_minor__gte=0, balance_minor__gte=0),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_decided_at",
                condition=models.Q(decided_at=None) ^ ~models.Q(state="PROPOSED"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_platform_decides",
                condition=models.Q(side="platform") ^ ~models.Q(state="DECIDED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lease} {self.number}"

    @property
    def answers(self) -> Organization:
        """Who answers it."""
        return self.lease.other_party(self.side)

    def money(self, minor: int) -> Money:
        """Return minor units as an amount in its currency."""
        return Money(minor, self.currency)
