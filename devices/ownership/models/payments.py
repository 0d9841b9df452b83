"""What somebody owes another for data."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models

from devices.ownership.models.agreements import Agreement
from devices.ownership.rules import duties
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class PaymentDutyQuerySet(models.QuerySet["PaymentDuty"]):
    """Reads of payments owed."""

    def visible_in(self, organization: Organization) -> "PaymentDutyQuerySet":
        """Keep what an organization owes or is owed; the platform sees what was escalated, too."""
        mine = models.Q(debtor=organization) | models.Q(creditor=organization)
        if organization.kind == OrganizationKind.PLATFORM:
            mine |= models.Q(noted=duties.Step.ESCALATED)
        return self.filter(mine)

    def undone(self) -> "PaymentDutyQuerySet":
        """Keep what is neither paid nor waived."""
        return self.filter(paid_at=None, waived_at=None)

    def locked(self) -> "PaymentDutyQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def shown(self) -> "PaymentDutyQuerySet":
        """Read what a list shows in one query, the earliest first."""
        return self.select_related("debtor", "creditor", "agreement").order_by("due_at", "pk")


class PaymentDuty(models.Model):
    """
    The duty of one organization to pay another for data; a trigger keeps who, whom and how much.

    ``subject`` is the public id of what it is for (a licence, a sharing request), ``agreement`` the one whose
    data it is about, if it is about one. ``reference`` names the payment, as the creditor found it.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "pay"), editable=False)
    debtor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="data_payments_owed")
    creditor = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="data_payments_due")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="payments")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=20)
    subject = models.CharField(max_length=30)
    due_at = models.DateTimeField()
    incurred_at = models.DateTimeField()
    noted = models.CharField(max_length=9, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=140, blank=True)
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_because = models.CharField(max_length=300, blank=True)

    objects = PaymentDutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "payment duties"
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_%(class)s_undone",
                fields=["due_at"],
                condition=models.Q(paid_at=None, waived_at=None),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["source", "subject", "debtor", "creditor"]
            ),
            models.CheckConstraint(name="%(app_label)s_%(class)s_amount", condition=models.Q(amount__gt=0)),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_sides", condition=~models.Q(debtor=models.F("creditor"))
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_one_end",
                condition=models.Q(paid_at=None) | models.Q(waived_at=None),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_paid_by_reference",
                condition=models.Q(paid_at=None, reference="")
                | models.Q(paid_at__isnull=False) & ~models.Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debtor_id} → {self.creditor_id} {self.amount} {self.currency}"

    @property
    def money(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount, self.currency)

    @property
    def facts(self) -> duties.Facts:
        """What its state follows from."""
        paid, waived = self.paid_at is not None, self.waived_at is not None
        return duties.Facts(duties.Kind.PAY, self.due_at, fulfilled=paid, waived=waived)

    def state(self, at: datetime, terms: duties.Terms) -> duties.State:
        """Return where it is at a moment."""
        return duties.state(self.facts, at=at, grace=terms.grace)
