"""
The ledger: books, their accounts, journals and lines. Nothing in it is ever changed or deleted.

What must hold is kept by the database (migration 0009): each statement that adds lines balances per
currency and journal, no journal is without lines, none grows after its transaction, a floor is never
passed, and nothing is booked into a period that is locked hard.
"""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import Invoice
from billing.rules.accounts import Kind as AccountKind
from billing.rules.accounts import Side
from billing.rules.chain import Link
from leasing.models import Lease
from marketplace.models import Equipment, Organization, User
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class BookQuerySet(models.QuerySet["Book"]):
    """Reads of books."""

    def visible_to(self, user: User) -> "BookQuerySet":
        """Keep the books of organizations in which ``user`` may read invoices."""
        return self.filter(organization__in=organizations_where(user, Permission.INVOICE_READ))

    def locked(self) -> "BookQuerySet":
        """
        Lock the rows against everybody who posts: sealing and locking a period wait for them, and they
        wait.
        """
        return self.order_by("pk").select_for_update(of=("self",))

    def shared(self, codes: Iterable[str]) -> list["Book"]:
        """
        Lock books as everybody does who posts: beside others who post, against who seals or locks a period.
        """
        query = "SELECT * FROM billing_book WHERE code = ANY(%s) ORDER BY id FOR KEY SHARE"
        return list(Book.objects.raw(query, [sorted(set(codes))]))


class Book(models.Model):
    """The books of one legal entity, or of a fund that is kept apart from it."""

    class Kind(models.TextChoices):
        PLATFORM = "PLATFORM", _("Platform company")
        FUND = "FUND", _("Risk fund, kept apart")
        LENDER = "LENDER", _("Lender or leasing company")
        LESSOR = "LESSOR", _("Lessor: deposits that it holds")

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind)
    currency = models.CharField(max_length=3, default="CNY")
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="books")
    opened_at = models.DateTimeField()

    objects = BookQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_of_lessor",
                fields=["organization"],
                condition=models.Q(kind="LESSOR"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Account(models.Model):
    """
    One account of a book, in one currency; ``code`` is that of the chart (``billing.rules.accounts``).

    Some are kept apart by party or by lease, so that a floor can be held for each.
    """

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="accounts")
    code = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=9, choices=[(kind.value, kind.value) for kind in AccountKind])
    normal_side = models.CharField(max_length=6, choices=[(side.value, side.value) for side in Side])
    has_floor = models.BooleanField(default=False)
    party = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["book", "code", "currency", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["book", "code", "currency", "party", "lease"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book.code} {self.code} {self.currency}"


class AccountBalanceQuerySet(models.QuerySet["AccountBalance"]):
    """Reads of balances with a floor."""

    def locked(self) -> "AccountBalanceQuerySet":
        """Lock the rows in the one order that all writers use, as the database does when lines are added."""
        return self.order_by("account_id").select_for_update(of=("self",), no_key=True)


class AccountBalance(models.Model):
    """
    What is on an account with a floor, on its own side; a trigger makes the row and alone changes it.

    The fixed row is the lock under which withdrawals meet each other.
    """

    account = models.OneToOneField(
        Account, on_delete=models.PROTECT, primary_key=True, related_name="floor_balance"
    )
    balance_minor = models.BigIntegerField(default=0)

    objects = AccountBalanceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_floor", condition=models.Q(balance_minor__gte=0)
            )
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.balance_minor}"


class Journal(models.Model):
    """
    One fact in one book, booked once under its key.

    ``effective_date`` is the day on which it counts, ``occurred_on`` the day of the fact: they differ where
    the day was locked. ``posted_at`` is when the book learned of it. ``made_in`` is the transaction that
    posted it, written by the database: no other may add lines.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "jrn"), editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="journals")
    kind = models.CharField(max_length=24)
    effective_date = models.DateField()
    occurred_on = models.DateField()
    posted_at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    memo = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    source_type = models.CharField(max_length=24, blank=True)
    source_id = models.CharField(max_length=60, blank=True)
    actor = models.CharField(max_length=30)
    actor_name = models.CharField(max_length=80)
    made_in = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_key", fields=["book", "idempotency_key"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_before_the_fact",
                condition=models.Q(effective_date__gte=models.F("occurred_on")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_of_no_referred_loan",
                condition=~models.Q(source_type="loan") & ~models.Q(source_id__startswith="lap_"),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["book", "effective_date", "id"]),
            models.Index(fields=["book", "posted_at", "id"]),
            models.Index(fields=["source_type", "source_id"]),
        ]

    def __str__(self) -> str:
        return self.public_id

    def link(self, book: str) -> Link:
        """Return what the chain of the book ``book`` says of it."""
        return Link(book, self.public_id, self.content_hash, self.effective_date, self.posted_at, self.actor)


class JournalLine(models.Model):
    """
    One amount on one account: debits positive, credits negative, never 0.

    ``effective_date`` and ``posted_at`` are the journal's own, so that a trial balance reads one index.
    """

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lines", db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    effective_date = models.DateField()
    posted_at = models.DateTimeField()
    party = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    lease = models.ForeignKey(
        Lease, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    equipment = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    owner = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_nothing", condition=~models.Q(amount_minor=0)
            )
        ]
        indexes: ClassVar = [
            models.Index(
                name="billing_line_balance",
                fields=["account", "effective_date"],
                include=["posted_at", "amount_minor"],
            ),
            models.Index(
                name="billing_line_invoice", fields=["invoice"], condition=models.Q(invoice__isnull=False)
            ),
            models.Index(
                name="billing_line_party",
                fields=["party", "account", "effective_date"],
                condition=models.Q(party__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor}"

    @property
    def amount(self) -> Money:
        """The amount, debits positive."""
        return Money(self.amount_minor, self.currency)


class Seal(models.Model):
    """A journal's place in the chain of its book; the sealer alone adds rows, and nobody changes them."""

    journal = models.OneToOneField(Journal, on_delete=models.PROTECT, related_name="seal")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="seals", db_index=False)
    number = models.BigIntegerField()
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_number", fields=["book", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.book_id} no. {self.number}"
