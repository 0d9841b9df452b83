"""What nobody could match by rule: a closed list of reasons, an owner and an age each."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import Book
from billing.payments.models.orders import PaymentOrder
from billing.payments.models.providers import Movement, Settlement
from billing.payments.models.statements import BankLine, Statement
from marketplace.models import User
from marketplace.permissions import Permission, organizations_where
from marketplace.shared.ids import new_id


class ReconExceptionQuerySet(models.QuerySet["ReconException"]):
    """Reads of exceptions."""

    def visible_to(self, user: User) -> "ReconExceptionQuerySet":
        """Keep those of books whose payments ``user`` may match."""
        return self.filter(book__organization__in=organizations_where(user, Permission.PAYMENT_MATCH))

    def open(self) -> "ReconExceptionQuerySet":
        """Keep what nobody resolved."""
        return self.filter(state=ReconException.State.OPEN)

    def locked(self) -> "ReconExceptionQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class ReconException(models.Model):
    """
    One thing that does not agree, and why (finance.md §4.3); one that is open for a reason and what it is
    about.
    """

    class Reason(models.TextChoices):
        UNKNOWN_PAYER = "UNKNOWN_PAYER", _("Unknown payer")
        NO_OPEN_ITEM = "NO_OPEN_ITEM", _("Nothing is open of the payer")
        AMBIGUOUS = "AMBIGUOUS", _("Fits several")
        AMOUNT_WITHIN_TOLERANCE = "AMOUNT_WITHIN_TOLERANCE", _("Short by a trifle")
        AMOUNT_MISMATCH = "AMOUNT_MISMATCH", _("The amount does not fit")
        POSSIBLE_DUPLICATE_PAYMENT = "POSSIBLE_DUPLICATE_PAYMENT", _("Perhaps paid twice")
        INVOICE_ALREADY_PAID = "INVOICE_ALREADY_PAID", _("The invoice is paid")
        CURRENCY_MISMATCH = "CURRENCY_MISMATCH", _("Another currency")
        REFERENCE_CHECK_FAILED = "REFERENCE_CHECK_FAILED", _("The reference is misspelt")
        PAYER_NOT_LESSEE = "PAYER_NOT_LESSEE", _("Somebody else paid")
        RETURNED_PAYMENT = "RETURNED_PAYMENT", _("A payment came back")
        REVERSAL_OF_MATCHED_LINE = "REVERSAL_OF_MATCHED_LINE", _("The bank took a matched line back")
        STATEMENT_UNBALANCED = "STATEMENT_UNBALANCED", _("The statement does not add up")
        STATEMENT_GAP = "STATEMENT_GAP", _("A statement is missing")
        PAYOUT_DIFFERENCE = "PAYOUT_DIFFERENCE", _("A payout does not add up")
        PAYOUT_UNCLASSIFIED = "PAYOUT_UNCLASSIFIED", _("A payout holds something unknown")
        MOVEMENT_WITHOUT_LEDGER = "MOVEMENT_WITHOUT_LEDGER", _("Money moved, and nothing is booked")
        LEDGER_WITHOUT_MOVEMENT = "LEDGER_WITHOUT_MOVEMENT", _("Booked, and no money moved")
        DISPUTE_OPEN = "DISPUTE_OPEN", _("The payer disputes a payment")
        LATE_IN_CLOSED_PERIOD = "LATE_IN_CLOSED_PERIOD", _("Belongs to a closed month")
        BILL_OVERDUE = "BILL_OVERDUE", _("An acceptance bill is past its day, and no money came")
        STALE = "STALE", _("Waits for more than three days")

    class State(models.TextChoices):
        OPEN = "OPEN", _("Open")
        RESOLVED = "RESOLVED", _("Resolved")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "exc"), editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="recon_exceptions")
    reason = models.CharField(max_length=26, choices=Reason)
    bank_line = models.ForeignKey(BankLine, on_delete=models.PROTECT, null=True, blank=True)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, blank=True)
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, null=True, blank=True)
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, null=True, blank=True)
    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, null=True, blank=True)
    reference = models.CharField(max_length=160, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    facts = models.JSONField(default=dict)
    holder = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    resolution = models.CharField(max_length=500, blank=True)
    resolved_by = models.CharField(max_length=30, blank=True)
    resolved_by_name = models.CharField(max_length=80, blank=True)
    approved_by = models.CharField(max_length=30, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = ReconExceptionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["opened_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="payments_reconexception_one_open",
                fields=[
                    "book",
                    "reason",
                    "bank_line",
                    "statement",
                    "movement",
                    "settlement",
                    "order",
                    "reference",
                ],
                condition=models.Q(state="OPEN"),
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="payments_exception_open",
                fields=["book", "reason", "opened_at"],
                condition=models.Q(state="OPEN"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.public_id}"
