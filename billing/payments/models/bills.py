"""Acceptance bills (承兑汇票): promises of a bank or company to pay on a day."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import Book
from marketplace.models import Organization
from marketplace.shared.ids import new_id


class AcceptanceBill(models.Model):
    """
    An acceptance bill that a lessee gave for what it owes; it stands at 1121 until it is honoured.

    ``number`` is that of the electronic bill. The one who recorded it and the one who confirmed it differ.
    """

    class Kind(models.TextChoices):
        BANK = "BANK", _("Bank acceptance bill")
        COMMERCIAL = "COMMERCIAL", _("Commercial acceptance bill")

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("Waits for a second person")
        HELD = "HELD", _("Held until its day")
        HONOURED = "HONOURED", _("Paid")
        DISHONOURED = "DISHONOURED", _("Not paid")
        DROPPED = "DROPPED", _("Not confirmed")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "abl"), editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="acceptance_bills")
    payer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="acceptance_bills")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.CharField(max_length=40)
    drawer = models.CharField(max_length=120)
    acceptor = models.CharField(max_length=120)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    received_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=11, choices=State, default=State.PROPOSED)
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["due_on", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["number"],
                condition=~models.Q(state="DROPPED"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_days",
                condition=models.Q(amount_minor__gt=0, due_on__gte=models.F("received_on")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=models.Q(state__in=("PROPOSED", "DROPPED"))
                | (~models.Q(checker="") & ~models.Q(checker=models.F("maker"))),
            ),
        ]

    def __str__(self) -> str:
        return self.number
