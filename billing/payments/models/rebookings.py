"""A bank line that was booked as something else than it is: taken back and booked anew by two people."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.payments.models.proposals import Proposal, ProposalQuerySet, by_two_people
from billing.payments.models.receipts import LineBooking
from billing.payments.models.statements import BankLine
from marketplace.shared.ids import new_id


class RebookingQuerySet(ProposalQuerySet["Rebooking"]):
    """Reads of rebookings."""


class Rebooking(Proposal):
    """
    What a bank line is to be booked as instead: proposed by one person, approved by another.

    ``number`` is that of the booking it takes back, ``target`` the order, payout of a provider, acceptance
    bill, or payment of a fund that the line is, by its public id. ``booking`` is the new one. A row that was
    decided never changes (migration 0094).
    """

    class Kind(models.TextChoices):
        RECEIPT = "RECEIPT", _("Money of a customer")
        FEE = "FEE", _("Fee of the bank")
        INTEREST = "INTEREST", _("Interest of the bank")
        TRANSFER = "TRANSFER", _("Between our own accounts, or of a fund")
        ORDER = "ORDER", _("Our payment order")
        SETTLEMENT = "SETTLEMENT", _("Payout of a provider")
        BILL = "BILL", _("Acceptance bill that was paid")

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Waits for the approval of another person")
        APPROVED = "APPROVED", _("Booked anew by two people")
        DROPPED = "DROPPED", _("Left as it was")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "rbk"), editable=False)
    bank_line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="rebookings")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    target = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    booking = models.OneToOneField(
        LineBooking, on_delete=models.PROTECT, null=True, blank=True, related_name="rebooking"
    )

    objects = RebookingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=by_two_people("booking"),
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_waits",
                fields=["bank_line"],
                condition=models.Q(state="PROPOSED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bank_line}: {self.get_kind_display()}"
