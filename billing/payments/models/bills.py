"""Acceptance bills (承兑汇票): promises of a bank or company to pay on a day."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Book
from billing.payments.models.statements import BankLine
from billing.payments.rules import bill_states as states
from leasing.models.transitions import Step
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class AcceptanceBillQuerySet(models.QuerySet["AcceptanceBill"]):
    """Reads of bills."""

    def readable_in(self, organization: Organization, user: User) -> "AcceptanceBillQuerySet":
        """
        Keep the bills of an organization's books, for who matches or releases there; else what it gave.

        Who gave a bill sees it once two people have it; what waits for that, or was dropped, is no debt.
        """
        held = (Permission.PAYMENT_MATCH, Permission.PAYMENT_RELEASE)
        mine = models.Q(pk__in=[])
        if any(allowed(user, each, within=organization) for each in held):
            mine |= models.Q(book__organization=organization)
        if allowed(user, Permission.INVOICE_READ, within=organization):
            inner = (states.State.PROPOSED, states.State.DROPPED)
            mine |= models.Q(payer=organization) & ~models.Q(state__in=inner)
        return self.filter(mine)

    def standing(self) -> "AcceptanceBillQuerySet":
        """Keep what is held and not paid yet."""
        return self.filter(state__in=states.STANDING)

    def locked(self) -> "AcceptanceBillQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class AcceptanceBill(models.Model):
    """
    An acceptance bill that a lessee gave for what it owes; it stands at 1121 until it is honoured.

    ``number`` is that of the electronic bill, ``first_unit`` to ``last_unit`` what of a split one it is, in
    units of 0.01 yuan. The one who recorded it and the one who confirmed it differ, and so do the one who
    asked for its end without money (``asks``) and the one who decided it. Guards (migration 0080) hold that
    no part of a bill is here twice, and that what fails takes its receipt with it.
    """

    class Kind(models.TextChoices):
        BANK = "BANK", _("Bank acceptance bill")
        COMMERCIAL = "COMMERCIAL", _("Commercial acceptance bill")

    class State(models.TextChoices):
        PROPOSED = states.State.PROPOSED.value, _("Waits for a second person")
        HELD = states.State.HELD.value, _("Held until its day")
        PRESENTED = states.State.PRESENTED.value, _("Presented for payment")
        HONOURED = states.State.HONOURED.value, pgettext_lazy("acceptance bill", "Paid")
        DISHONOURED = states.State.DISHONOURED.value, _("Not paid")
        RETURNED = states.State.RETURNED.value, _("Given back")
        DROPPED = states.State.DROPPED.value, _("Not confirmed")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "abl"), editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="acceptance_bills")
    payer = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="acceptance_bills")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.CharField(max_length=40)
    first_unit = models.BigIntegerField(null=True, blank=True)
    last_unit = models.BigIntegerField(null=True, blank=True)
    drawer = models.CharField(max_length=120)
    acceptor = models.CharField(max_length=120)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="CNY")
    issued_on = models.DateField()
    received_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=11, choices=State, default=State.PROPOSED)
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    asks = models.CharField(max_length=11, blank=True, choices=State)
    asker = models.CharField(max_length=30, blank=True)
    asker_name = models.CharField(max_length=80, blank=True)
    decider = models.CharField(max_length=30, blank=True)
    bank_line = models.OneToOneField(
        BankLine, on_delete=models.PROTECT, null=True, blank=True, related_name="acceptance_bill"
    )
    ended_on = models.DateField(null=True, blank=True)

    objects = AcceptanceBillQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["due_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_days",
                condition=models.Q(
                    amount_minor__gt=0,
                    due_on__gte=models.F("received_on"),
                    received_on__gte=models.F("issued_on"),
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_number", condition=models.Q(number__regex=r"^[0-9]{30}$")
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_part",
                condition=models.Q(first_unit=None, last_unit=None)
                | models.Q(
                    first_unit__gt=0,
                    last_unit=models.F("first_unit") + models.F("amount_minor") - 1,
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=models.Q(state__in=("PROPOSED", "DROPPED"))
                | (~models.Q(checker="") & ~models.Q(checker=models.F("maker"))),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_seen",
                condition=models.Q(state="HONOURED", bank_line__isnull=False)
                | (~models.Q(state="HONOURED") & models.Q(bank_line=None)),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["book", "state", "due_on"])]

    def __str__(self) -> str:
        return self.number

    @property
    def amount(self) -> Money:
        """What it promises."""
        return Money(self.amount_minor, self.currency)

    @property
    def part(self) -> str:
        """Its range of a split bill, as it is written; nothing of a whole one."""
        return "" if self.first_unit is None else f"{self.first_unit}-{self.last_unit}"


class BillStep(Step):
    """One step of a bill."""

    class Verb(models.TextChoices):
        RECORD = states.Move.RECORD.value, _("recorded the bill")
        CONFIRM = states.Move.CONFIRM.value, _("confirmed the bill")
        DROP = states.Move.DROP.value, _("did not confirm the bill")
        PRESENT = states.Move.PRESENT.value, _("presented the bill")
        COLLECT = states.Move.COLLECT.value, _("saw the bill paid on the statement")
        ASK = states.Move.ASK.value, _("asked to end the bill without money")
        WITHDRAW = states.Move.WITHDRAW.value, _("withdrew what was asked")
        DISHONOUR = states.Move.DISHONOUR.value, _("decided that the bill is not paid")
        RETURN = states.Move.RETURN.value, _("decided that the bill is given back")
        REOPEN = states.Move.REOPEN.value, _("took back that the bill was paid")

    bill = models.ForeignKey(AcceptanceBill, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_before = models.CharField(max_length=11, blank=True)
    status_after = models.CharField(max_length=11, choices=AcceptanceBill.State)

    class Meta:
        ordering: ClassVar = ["bill", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["bill", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.bill} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The bill."""
        return {"acceptance_bill": self.bill.public_id}
