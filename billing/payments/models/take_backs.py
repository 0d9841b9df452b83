"""What is taken back from an owner of a payout that a provider made."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.payments.models.orders import Operation, PaymentOrder
from billing.payments.models.proposals import Proposal, ProposalQuerySet, by_two_people
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class TakeBackQuerySet(ProposalQuerySet["TakeBack"]):
    """Reads of what is taken back."""


class TakeBack(Proposal):
    """
    A part of a payout that is to come back from its owner (J19): proposed by one person, approved by another.

    The approval makes the ``operation``. A row that was decided never changes (migration 0090); what becomes
    of its money is told by the operation and its facts.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Waits for the approval of another person")
        APPROVED = "APPROVED", _("Approved by two people")
        DROPPED = "DROPPED", _("Not taken back")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "tkb"), editable=False)
    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="take_backs")
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    operation = models.OneToOneField(
        Operation, on_delete=models.PROTECT, null=True, blank=True, related_name="take_back"
    )

    objects = TakeBackQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_takes", condition=models.Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=by_two_people("operation"),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_waits",
                fields=["order"],
                condition=models.Q(state="PROPOSED"),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        """What comes back."""
        return Money(self.amount_minor, self.order.currency)
