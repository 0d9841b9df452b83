"""What banks say: files as they came, their statements and raw lines, and each line of an account once."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.payments.models.banks import BankAccount
from marketplace.models import User
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class StatementDialect(models.Model):
    """How a bank writes its tables (``billing.payments.rules.statements``); the newest version is used."""

    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="dialects")
    version = models.PositiveSmallIntegerField()
    document = models.JSONField()
    made_by = models.CharField(max_length=30)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["bank_account", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["bank_account", "version"]),
        ]

    def __str__(self) -> str:
        return f"{self.bank_account} v{self.version}"


class StatementFileQuerySet(models.QuerySet["StatementFile"]):
    """Reads of files."""

    def visible_to(self, user: User) -> "StatementFileQuerySet":
        """Keep the files of accounts whose payments ``user`` may match."""
        mine = organizations_where(user, Permission.PAYMENT_MATCH)
        return self.filter(bank_account__book__organization__in=mine)

    def listed(self) -> "StatementFileQuerySet":
        """Leave the bytes where they are, which may be many megabytes."""
        return self.defer("content").select_related("bank_account__book__organization")


class StatementQuerySet(models.QuerySet["Statement"]):
    """Reads of statements."""

    def visible_to(self, user: User) -> "StatementQuerySet":
        """Keep the statements of accounts whose payments ``user`` may match."""
        mine = organizations_where(user, Permission.PAYMENT_MATCH)
        return self.filter(file__bank_account__book__organization__in=mine)


class StatementFile(models.Model):
    """A file as it came, kept for ever by its hash; the same file again is the same row."""

    class Format(models.TextChoices):
        TABLE = "TABLE", _("CSV or XLSX table")
        CAMT = "CAMT", "CAMT.053"
        MT940 = "MT940", "MT940"
        OFX = "OFX", "OFX"

    class State(models.TextChoices):
        TAKEN = "TAKEN", _("Being read")
        UNMAPPED = "UNMAPPED", _("Waits for its columns")
        READ = "READ", _("Read")
        REFUSED = "REFUSED", _("Cannot be read")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "stf"), editable=False)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=5, choices=Format, blank=True)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.TAKEN)
    dialect = models.ForeignKey(StatementDialect, on_delete=models.PROTECT, null=True, blank=True)
    flaws = models.JSONField(default=list)
    lines = models.PositiveIntegerField(default=0)
    new_lines = models.PositiveIntegerField(default=0)
    taken_by = models.CharField(max_length=30)
    taken_by_name = models.CharField(max_length=80)
    taken_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = StatementFileQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["bank_account", "sha256"]),
        ]

    def __str__(self) -> str:
        return self.name

    def is_waiting(self) -> bool:
        """Tell whether the worker has it: taken just now, or its columns were named since it was read."""
        if self.state == self.State.UNMAPPED:
            return self.bank_account.dialects.filter(made_at__gt=self.read_at).exists()
        return self.state == self.State.TAKEN


class Statement(models.Model):
    """
    One statement of a file. Balances are minor units, ``None`` where the bank gives none.

    ``is_balanced`` tells whether opening and booked lines make closing; ``None`` if one is missing.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "stm"), editable=False)
    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="statements")
    position = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=60, blank=True)
    account_number = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    begins_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    opening_minor = models.BigIntegerField(null=True, blank=True)
    closing_minor = models.BigIntegerField(null=True, blank=True)
    sum_minor = models.BigIntegerField()
    is_balanced = models.BooleanField(null=True, blank=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["file", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["file", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.position}"


class BankLineQuerySet(models.QuerySet["BankLine"]):
    """Reads of lines."""

    def visible_to(self, user: User) -> "BankLineQuerySet":
        """Keep the lines of accounts whose payments ``user`` may match."""
        mine = organizations_where(user, Permission.PAYMENT_MATCH)
        return self.filter(bank_account__book__organization__in=mine)

    def locked(self) -> "BankLineQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class BankLine(models.Model):
    """
    One movement on an account, once, in however many files it stands; what comes in is positive.

    ``identity`` is the bank's own id, or the hash of what the line says; ``occurrence`` counts equal ones of
    one day, so that two equal payments stay two (finance.md §4.1). ``kind`` is the bank's word for it.
    Nothing of it ever changes: what it was for stands in bookings.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "bkl"), editable=False)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="lines")
    identity = models.CharField(max_length=64)
    occurrence = models.PositiveIntegerField(default=1)
    booked_on = models.DateField()
    value_on = models.DateField(null=True, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    counterparty = models.CharField(max_length=200, blank=True)
    counterparty_account = models.CharField(max_length=60, blank=True)
    counterparty_bank = models.CharField(max_length=120, blank=True)
    memo = models.CharField(max_length=500, blank=True)
    bank_ref = models.CharField(max_length=120, blank=True)
    sub_account = models.CharField(max_length=40, blank=True)
    balance_minor = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=60, blank=True, db_default="")
    is_reversal = models.BooleanField(default=False, db_default=False)
    taken_at = models.DateTimeField()

    objects = BankLineQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["booked_on", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["bank_account", "booked_on", "identity", "occurrence"],
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_nothing", condition=~models.Q(amount_minor=0)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["bank_account", "booked_on", "id"])]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_minor}"

    @property
    def amount(self) -> Money:
        """The amount, what comes in positive."""
        return Money(self.amount_minor, self.currency)


class StatementLine(models.Model):
    """A line of a statement as the file has it, kept for ever; ``bank_line`` is the movement it tells of."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="raw_lines")
    position = models.PositiveIntegerField()
    raw = models.JSONField()
    status = models.CharField(max_length=8, default="BOOK")
    bank_line = models.ForeignKey(
        BankLine, on_delete=models.PROTECT, null=True, blank=True, related_name="sources"
    )

    class Meta:
        ordering: ClassVar = ["statement", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["statement", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.statement} {self.position}"
