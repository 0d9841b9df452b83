"""Accounts at banks: our own, their sub-units, and those of the people who pay us or are paid."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import Book
from billing.rules import accounts as chart
from leasing.models import Lease
from marketplace.models import Organization, User
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id

HOLDINGS = (chart.BANK, chart.CLIENT_MONEY, chart.DEPOSIT_MONEY, chart.FUND_MONEY)


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    """Reads of our own accounts."""

    def visible_to(self, user: User) -> "BankAccountQuerySet":
        """Keep the accounts of books of organizations in which ``user`` may match payments."""
        return self.filter(book__organization__in=organizations_where(user, Permission.PAYMENT_MATCH))

    def locked(self) -> "BankAccountQuerySet":
        """Lock the rows in the one order that all writers use: imports and matching of one account wait."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class BankAccount(models.Model):
    """
    An account of ours at a bank; ``ledger_code`` is the account of the books on which its money stands.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "bac"), editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="bank_accounts")
    ledger_code = models.CharField(max_length=12, choices=[(code, code) for code in HOLDINGS])
    holder = models.CharField(max_length=120)
    number = models.CharField(max_length=40)
    bank_name = models.CharField(max_length=120)
    bank_code = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3, default="CNY")
    is_open = models.BooleanField(default=True)
    opened_at = models.DateTimeField()

    objects = BankAccountQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["number", "currency"]),
        ]

    def __str__(self) -> str:
        return f"{self.bank_name} {self.number}"


class SubAccount(models.Model):
    """A sub-unit of an account that one lease pays to (记账子单元): what arrives there needs no reference."""

    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="sub_accounts")
    number = models.CharField(max_length=40)
    lease = models.OneToOneField(Lease, on_delete=models.PROTECT, related_name="sub_account")
    opened_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["bank_account", "number"]),
        ]

    def __str__(self) -> str:
        return self.number


class Known(models.Model):
    """An account of somebody else that one person proposed and another one approved."""

    class Stage(models.TextChoices):
        PROPOSED = "PROPOSED", _("Waits for a second person")
        APPROVED = "APPROVED", _("Approved")
        DROPPED = "DROPPED", _("Not used any more")

    number = models.CharField(max_length=40)
    holder = models.CharField(max_length=120)
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.PROPOSED)
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=~models.Q(stage="APPROVED")
                | (~models.Q(checker="") & ~models.Q(checker=models.F("maker"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.number}"


class PayerAccount(Known):
    """
    An account from which an organization paid before: with the matcher's passes P3 and P4.

    Learned from what a person matched, and used once another one approved it.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "pac"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payer_accounts")

    class Meta(Known.Meta):
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            *Known.Meta.constraints,
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["number"],
                condition=~models.Q(stage="DROPPED"),
            ),
        ]


class PayeeAccount(Known):
    """
    The account to which an organization is paid: its own people name it, the platform's approve it.

    An organization has one that is approved and one that waits; orders keep the one they were made with.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "pee"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payee_accounts")
    bank_name = models.CharField(max_length=120)
    bank_code = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3, default="CNY")

    class Meta(Known.Meta):
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            *Known.Meta.constraints,
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_of_a_stage",
                fields=["organization", "currency", "stage"],
                condition=~models.Q(stage="DROPPED"),
            ),
        ]
