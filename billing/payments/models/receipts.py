"""Money that came in, what it paid, how bank lines were booked, and what nobody could match."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import Book, Invoice, Journal
from billing.payments.models.bills import AcceptanceBill
from billing.payments.models.providers import ProviderFact
from billing.payments.models.statements import BankLine
from billing.rules import accounts as chart
from marketplace.models import Organization, User
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """Reads of receipts."""

    def visible_to(self, user: User) -> "ReceiptQuerySet":
        """Keep what came into books whose payments ``user`` may match, and what its organizations paid."""
        matched = organizations_where(user, Permission.PAYMENT_MATCH)
        mine = organizations_where(user, Permission.INVOICE_READ)
        return self.filter(models.Q(book__organization__in=matched) | models.Q(payer__in=mine))

    def locked(self) -> "ReceiptQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Receipt(models.Model):
    """
    Money of a customer that came in: by a bank line, a charge of a provider, or an acceptance bill.

    ``amount_minor`` is what the payer gave, fees of a provider included. What is not allocated,
    ``left_minor``, stands on ``holding``: with the payer (2205.01) or, of an unknown one, in suspense
    (2241.05). A trigger alone changes it, as allocations are written; the row is the lock under which they
    meet.
    """

    class Source(models.TextChoices):
        BANK_LINE = "BANK_LINE", _("Bank transfer")
        CHARGE = "CHARGE", _("Payment provider")
        BILL = "BILL", _("Acceptance bill")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "rcp"), editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="receipts")
    source = models.CharField(max_length=9, choices=Source)
    bank_line = models.OneToOneField(
        BankLine, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt"
    )
    fact = models.OneToOneField(
        ProviderFact, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt"
    )
    bill = models.OneToOneField(
        AcceptanceBill, on_delete=models.PROTECT, null=True, blank=True, related_name="receipt"
    )
    payer = models.ForeignKey(
        Organization, on_delete=models.PROTECT, null=True, blank=True, related_name="receipts"
    )
    amount_minor = models.BigIntegerField()
    left_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    received_on = models.DateField()
    holding = models.CharField(
        max_length=12, choices=[(code, code) for code in (chart.UNALLOCATED, chart.SUSPENSE)]
    )
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-received_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_left",
                condition=models.Q(
                    amount_minor__gt=0, left_minor__gte=0, left_minor__lte=models.F("amount_minor")
                ),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_of_one",
                condition=models.Q(
                    source="BANK_LINE", bank_line__isnull=False, fact__isnull=True, bill__isnull=True
                )
                | models.Q(source="CHARGE", bank_line__isnull=True, fact__isnull=False, bill__isnull=True)
                | models.Q(source="BILL", bank_line__isnull=True, fact__isnull=True, bill__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_held",
                condition=models.Q(holding=chart.UNALLOCATED, payer__isnull=False)
                | models.Q(holding=chart.SUSPENSE, payer__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payer", "-id"]),
            models.Index(
                name="payments_receipt_left", fields=["book", "id"], condition=models.Q(left_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def amount(self) -> Money:
        """What the payer gave."""
        return Money(self.amount_minor, self.currency)

    @property
    def left(self) -> Money:
        """What of it is not allocated."""
        return Money(self.left_minor, self.currency)


class LineBookingQuerySet(models.QuerySet["LineBooking"]):
    """Reads of bookings."""

    def standing(self) -> "LineBookingQuerySet":
        """Keep what was not taken back: the newest booking of a line, unless it takes one back itself."""
        after = LineBooking.objects.filter(
            bank_line=models.OuterRef("bank_line"), number=models.OuterRef("number") + 1
        )
        return self.exclude(models.Exists(after)).exclude(kind=LineBooking.Kind.UNDO)


class LineBooking(models.Model):
    """
    What a bank line was booked as, whole; an even ``number`` takes the booking before it back.

    Rows are never changed: the number is what two who book the same line meet at.
    """

    class Kind(models.TextChoices):
        RECEIPT = "RECEIPT", _("Money of a customer")
        SETTLEMENT = "SETTLEMENT", _("Payout of a provider")
        ORDER = "ORDER", _("Our payment order")
        RETURN = "RETURN", _("Our payment came back")
        FEE = "FEE", _("Fee of the bank")
        INTEREST = "INTEREST", _("Interest of the bank")
        TAX = "TAX", _("Tax")
        TRANSFER = "TRANSFER", _("Between our own accounts")
        BILL = "BILL", _("An acceptance bill was paid")
        UNKNOWN = "UNKNOWN", _("Nobody knows yet")
        UNDO = "UNDO", _("Taken back")

    bank_line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="bookings")
    number = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=10, choices=Kind)
    target = models.CharField(max_length=30, blank=True)
    match_pass = models.CharField(max_length=4, blank=True)
    score = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    reasons = models.JSONField(default=list)
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    objects = LineBookingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["bank_line", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["bank_line", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.bank_line} {self.number} {self.kind}"


class Allocation(models.Model):
    """
    What of a receipt, or of a credit note, paid one invoice; minor units. An undo is a new, negative row.

    ``let_off_minor`` is what a second person wrote off with it. Guards (migration 0020) hold that nothing is
    allocated beyond what is left of the receipt and open of the invoice.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "alc"), editable=False)
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, null=True, blank=True, related_name="allocations"
    )
    note = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="given_allocations"
    )
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    amount_minor = models.BigIntegerField()
    let_off_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by"
    )
    match_pass = models.CharField(max_length=4, blank=True)
    score = models.DecimalField(max_digits=3, decimal_places=2, null=True, blank=True)
    reasons = models.JSONField(default=list)
    comment = models.CharField(max_length=500, blank=True)
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=30, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_of_one",
                condition=models.Q(receipt__isnull=False) ^ models.Q(note__isnull=False),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_signs",
                condition=models.Q(undoes=None, amount_minor__gt=0, let_off_minor__gte=0)
                | models.Q(undoes__isnull=False, amount_minor__lt=0, let_off_minor__lte=0),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_let_off_by_two",
                condition=models.Q(let_off_minor__lte=0)
                | (~models.Q(approved_by="") & ~models.Q(approved_by=models.F("made_by"))),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class OwnerRelease(models.Model):
    """
    What of an owner's share of an invoice was freed (J04), or taken back, as it was paid; minor units.

    ``paid_minor`` is what had been paid of the invoice then (finance.md §3.3). The next one begins where this
    one ended: its ``number`` is unique.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="owner_releases")
    number = models.PositiveIntegerField()
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    paid_minor = models.BigIntegerField()
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["invoice", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["invoice", "number"]),
        ]
        indexes: ClassVar = [models.Index(fields=["owner", "id"])]

    def __str__(self) -> str:
        return f"{self.invoice} {self.number}"


class Suggestion(models.Model):
    """What the matcher would do with a line, and leaves to a person; ``plan`` names invoices and amounts."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("Waits for a person")
        TAKEN = "TAKEN", _("Taken")
        DROPPED = "DROPPED", _("Not taken")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sug"), editable=False)
    bank_line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="suggestions")
    match_pass = models.CharField(max_length=4)
    score = models.DecimalField(max_digits=3, decimal_places=2)
    reasons = models.JSONField(default=list)
    plan = models.JSONField(default=list)
    let_off_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    made_at = models.DateTimeField()
    decided_by = models.CharField(max_length=30, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_open",
                fields=["bank_line"],
                condition=models.Q(state="OPEN"),
            ),
        ]

    def __str__(self) -> str:
        return self.public_id
