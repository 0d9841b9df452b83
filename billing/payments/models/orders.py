"""What goes out: orders to pay, the files that carry them, what owners are paid for, what is given back."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models import Book, Invoice, Journal, JournalLine
from billing.payments.models.banks import BankAccount, PayeeAccount
from billing.payments.models.receipts import Receipt
from billing.payments.rules import order_states as states
from leasing.models.transitions import Step
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.shared.ids import new_id
from marketplace.shared.money import Money


class OrderFile(models.Model):
    """Orders as a bank takes them (pain.001 or a table), as they were written, by their hash."""

    class Format(models.TextChoices):
        PAIN001 = "PAIN001", "pain.001"
        TABLE = "TABLE", _("CSV table")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "pof"), editable=False)
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="order_files")
    format = models.CharField(max_length=7, choices=Format)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_by = models.CharField(max_length=30)
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.public_id


class PaymentOrderQuerySet(models.QuerySet["PaymentOrder"]):
    """Reads of orders."""

    def readable_in(self, organization: Organization, user: User) -> "PaymentOrderQuerySet":
        """Keep what an organization's books pay, for who releases or matches there; else what it is paid."""
        held = (Permission.PAYMENT_MATCH, Permission.PAYMENT_RELEASE)
        mine = models.Q(pk__in=[])
        if any(allowed(user, each, within=organization) for each in held):
            mine |= models.Q(book__organization=organization)
        if allowed(user, Permission.INVOICE_READ, within=organization):
            mine |= models.Q(payee=organization, state__in=states.TOLD_TO_PAYEE)
        return self.filter(mine)

    def standing(self) -> "PaymentOrderQuerySet":
        """Keep what is paid or may still be."""
        return self.filter(state__in=states.STANDING)

    def locked(self) -> "PaymentOrderQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class PaymentOrder(models.Model):
    """
    An order to pay somebody, by bank or through a provider: proposed by one person, approved by another.

    From the approval on its money stands on the account of orders under way. Triggers (migration 0002) keep
    to the table of moves (``billing.payments.rules.order_states``).
    """

    class Kind(models.TextChoices):
        PAYOUT = "PAYOUT", _("Payout to an owner")
        REFUND = "REFUND", _("Refund")

    class State(models.TextChoices):
        PROPOSED = states.State.PROPOSED.value, _("Waits for a second person")
        APPROVED = states.State.APPROVED.value, _("Approved, not sent yet")
        SENT = states.State.SENT.value, _("Sent, no answer yet")
        DONE = states.State.DONE.value, _("Paid")
        RETURNED = states.State.RETURNED.value, _("Came back")
        REJECTED = states.State.REJECTED.value, _("Refused by bank or provider")
        DROPPED = states.State.DROPPED.value, _("Not approved")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "pyo"), editable=False)
    kind = models.CharField(max_length=6, choices=Kind)
    provider = models.CharField(max_length=16)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="payment_orders")
    payee = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="payment_orders")
    payee_account = models.ForeignKey(
        PayeeAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    payee_reference = models.CharField(max_length=80, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    memo = models.CharField(max_length=140, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    file = models.ForeignKey(
        OrderFile, on_delete=models.PROTECT, null=True, blank=True, related_name="orders"
    )
    maker = models.CharField(max_length=30)
    maker_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    checker = models.CharField(max_length=30, blank=True)
    checker_name = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    objects = PaymentOrderQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_pays", condition=models.Q(amount_minor__gt=0)
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_two_people",
                condition=models.Q(state__in=("PROPOSED", "DROPPED"))
                | (~models.Q(checker="") & ~models.Q(checker=models.F("maker"))),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["book", "state", "-id"]),
            models.Index(fields=["payee", "state", "-id"]),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What bank and payee know it by: OUT- and its number."""
        return f"OUT-{self.pk}"

    @property
    def amount(self) -> Money:
        """What is paid."""
        return Money(self.amount_minor, self.currency)


class OrderStep(Step):
    """One step of an order."""

    class Verb(models.TextChoices):
        PROPOSE = states.Move.PROPOSE.value, _("proposed the payment")
        APPROVE = states.Move.APPROVE.value, _("approved the payment")
        DROP = states.Move.DROP.value, _("dropped the payment")
        SEND = states.Move.SEND.value, _("sent the payment")
        SEE = states.Move.SEE.value, _("saw the payment on the statement")
        RETURN = states.Move.RETURN.value, _("saw the payment come back")
        REJECT = states.Move.REJECT.value, _("was told that the payment is refused")

    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Verb)
    status_before = models.CharField(max_length=8, blank=True)
    status_after = models.CharField(max_length=8, choices=PaymentOrder.State)

    class Meta:
        ordering: ClassVar = ["order", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["order", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.position} {self.move}"

    @property
    def subject(self) -> dict[str, str]:
        """The order."""
        return {"payment_order": self.order.public_id}


class PayoutItem(models.Model):
    """
    One line of the owner's account (2241.01) that a payout pays: a release, or what comes off it.

    A line is in one standing order at most (migration 0003).
    """

    order = models.ForeignKey(PaymentOrder, on_delete=models.PROTECT, related_name="payout_items")
    line = models.ForeignKey(JournalLine, on_delete=models.PROTECT, related_name="payout_items")

    class Meta:
        ordering: ClassVar = ["order", "line"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["order", "line"]),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.line_id}"


class Refund(models.Model):
    """Why an order gives money back: what is left of a receipt, or a credit note over a paid invoice."""

    order = models.OneToOneField(PaymentOrder, on_delete=models.PROTECT, related_name="refund")
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    note = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds")
    reason = models.CharField(max_length=500)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_of_one",
                condition=models.Q(receipt__isnull=False) ^ models.Q(note__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.reason}"


class Operation(models.Model):
    """
    Something a provider is asked to do that moves money, written down before it is sent.

    Its attempts keep key and body; an answer that never came is UNKNOWN, never undone (finance.md §2.5).
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "opn"), editable=False)
    provider = models.CharField(max_length=16)
    kind = models.CharField(max_length=16)
    order = models.ForeignKey(
        PaymentOrder, on_delete=models.PROTECT, null=True, blank=True, related_name="operations"
    )
    body = models.JSONField()
    state = models.CharField(max_length=8)
    reference = models.CharField(max_length=80, blank=True)
    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_by = models.CharField(max_length=30)
    made_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.public_id


class OperationAttempt(models.Model):
    """One try of an operation under its own key; a definite answer closes it."""

    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=80, unique=True)
    body_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8)
    code = models.CharField(max_length=80, blank=True)
    answer = models.JSONField(null=True, blank=True)
    sends = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["operation", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["operation", "number"]),
        ]

    def __str__(self) -> str:
        return self.key
