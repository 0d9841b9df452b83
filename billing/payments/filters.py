"""FilterSets of payments, one a noun, used by pages and REST alike."""

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from billing.payments.models import (
    AcceptanceBill,
    BankLine,
    Movement,
    PayeeAccount,
    PayerAccount,
    PaymentOrder,
    Receipt,
    ReconException,
    Statement,
    StatementFile,
    Suggestion,
)
from billing.payments.models.providers import MovementQuerySet
from billing.rules import accounts as chart
from marketplace.filters import DayFilter

IN, OUT = "IN", "OUT"
SOME, NOTHING = "SOME", "NONE"


class StatementFileFilter(filters.FilterSet):
    """Filters of files of banks: the account, and what became of them."""

    bank_account = filters.CharFilter(field_name="bank_account__public_id", label=_("Bank account"))
    state = filters.MultipleChoiceFilter(choices=StatementFile.State, label=_("State"))

    class Meta:
        model = StatementFile
        fields: list[str] = []


class StatementFilter(filters.FilterSet):
    """Filters of statements: the account, and the file."""

    bank_account = filters.CharFilter(field_name="file__bank_account__public_id", label=_("Bank account"))
    file = filters.CharFilter(field_name="file__public_id", label=_("File"))

    class Meta:
        model = Statement
        fields: list[str] = []


class BankLineFilter(filters.FilterSet):
    """Filters of lines: the account, the file, days, in or out, words of payer, memo or reference."""

    bank_account = filters.CharFilter(field_name="bank_account__public_id", label=_("Bank account"))
    file = filters.CharFilter(method="in_file", label=_("File"))
    first_day = DayFilter(field_name="booked_on", lookup_expr="gte", label=_("From"))
    last_day = DayFilter(field_name="booked_on", lookup_expr="lte", label=_("To"))
    direction = filters.ChoiceFilter(
        choices=[(IN, _("Money in")), (OUT, _("Money out"))], method="by_direction", label=_("In or out")
    )
    q = filters.CharFilter(method="by_words", label=_("Search"), max_length=100)

    class Meta:
        model = BankLine
        fields: list[str] = []

    def in_file(self, found: QuerySet[BankLine], name: str, value: str) -> QuerySet[BankLine]:
        """Keep the lines that stand in a file, new in it or not."""
        return found.filter(sources__statement__file__public_id=value).distinct()

    def by_direction(self, found: QuerySet[BankLine], name: str, value: str) -> QuerySet[BankLine]:
        """Keep what came in, or what went out."""
        return found.filter(amount_minor__gt=0) if value == IN else found.filter(amount_minor__lt=0)

    def by_words(self, found: QuerySet[BankLine], name: str, value: str) -> QuerySet[BankLine]:
        """
        Keep lines with a text in the name or account of the other side, the memo or the bank's reference.
        """
        return found.filter(
            Q(counterparty__icontains=value)
            | Q(counterparty_account__icontains=value)
            | Q(memo__icontains=value)
            | Q(bank_ref__icontains=value)
        )


class PaymentOrderFilter(filters.FilterSet):
    """Filters of what is paid: its kind, and how far it is."""

    kind = filters.MultipleChoiceFilter(choices=PaymentOrder.Kind, label=_("Kind"))
    state = filters.MultipleChoiceFilter(choices=PaymentOrder.State, label=_("State"))

    class Meta:
        model = PaymentOrder
        fields: list[str] = []


class PayeeAccountFilter(filters.FilterSet):
    """Filters of accounts that are paid to: whether they were approved."""

    stage = filters.MultipleChoiceFilter(choices=PayeeAccount.Stage, label=_("State"))

    class Meta:
        model = PayeeAccount
        fields: list[str] = []


class SuggestionFilter(filters.FilterSet):
    """Filters of what the matcher suggests: whether it was decided."""

    state = filters.MultipleChoiceFilter(choices=Suggestion.State, label=_("State"))

    class Meta:
        model = Suggestion
        fields: list[str] = []


class ReconExceptionFilter(filters.FilterSet):
    """Filters of exceptions: why, and whether they are resolved."""

    reason = filters.MultipleChoiceFilter(choices=ReconException.Reason, label=_("Reason"))
    state = filters.MultipleChoiceFilter(choices=ReconException.State, label=_("State"))

    class Meta:
        model = ReconException
        fields: list[str] = []


class MovementFilter(filters.FilterSet):
    """Filters of changes of a provider's balance: whether the books have them, which payout, when."""

    booked = filters.ChoiceFilter(
        choices=[("no", _("Not in the books")), ("yes", _("In the books"))],
        method="by_booked",
        label=_("Whether it is booked"),
    )
    payout = filters.CharFilter(field_name="settlement__public_id", max_length=30, label=_("Payout"))
    first_day = DayFilter(field_name="occurred_at__date", lookup_expr="gte", label=_("From"))
    last_day = DayFilter(field_name="occurred_at__date", lookup_expr="lte", label=_("To"))

    class Meta:
        model = Movement
        fields: list[str] = []

    def by_booked(self, found: MovementQuerySet, name: str, value: str) -> QuerySet[Movement]:
        """Keep what the books have, or do not."""
        return found.lonely() if value == "no" else found.exclude(fact=None)


class ReceiptFilter(filters.FilterSet):
    """Filters of money that came in: how, when, what is left of it and where that stands, whose it is."""

    source = filters.MultipleChoiceFilter(choices=Receipt.Source, label=_("Kind"))
    holding = filters.MultipleChoiceFilter(
        choices=[(chart.UNALLOCATED, _("Held for its payer")), (chart.SUSPENSE, _("Of an unknown payer"))],
        label=_("Whose money"),
    )
    left = filters.ChoiceFilter(
        choices=[(SOME, _("Something is left")), (NOTHING, _("All of it is used"))],
        method="by_left",
        label=_("What is left"),
    )
    first_day = DayFilter(field_name="received_on", lookup_expr="gte", label=_("From"))
    last_day = DayFilter(field_name="received_on", lookup_expr="lte", label=_("To"))
    q = filters.CharFilter(method="by_words", label=_("Search"), max_length=100)

    class Meta:
        model = Receipt
        fields: list[str] = []

    def by_left(self, found: QuerySet[Receipt], name: str, value: str) -> QuerySet[Receipt]:
        """Keep money of which something is left, or nothing."""
        return found.filter(left_minor__gt=0) if value == SOME else found.filter(left_minor=0)

    def by_words(self, found: QuerySet[Receipt], name: str, value: str) -> QuerySet[Receipt]:
        """Keep money with a text in its payer's name, or in what the bank's line says."""
        return found.filter(
            Q(payer__name__icontains=value)
            | Q(bank_line__counterparty__icontains=value)
            | Q(bank_line__counterparty_account__icontains=value)
            | Q(bank_line__memo__icontains=value)
        )


class PaymentMadeFilter(filters.FilterSet):
    """Filters of what an organization paid itself: when, and whether something of it is left."""

    left = filters.ChoiceFilter(
        choices=[(SOME, _("Something is left")), (NOTHING, _("All of it is used"))],
        method="by_left",
        label=_("What is left"),
    )
    first_day = DayFilter(field_name="received_on", lookup_expr="gte", label=_("From"))
    last_day = DayFilter(field_name="received_on", lookup_expr="lte", label=_("To"))

    class Meta:
        model = Receipt
        fields: list[str] = []

    by_left = ReceiptFilter.by_left


class PayerAccountFilter(filters.FilterSet):
    """Filters of accounts of payers: whether they were approved, and whose they are."""

    stage = filters.MultipleChoiceFilter(choices=PayerAccount.Stage, label=_("State"))
    q = filters.CharFilter(method="by_words", label=_("Search"), max_length=100)

    class Meta:
        model = PayerAccount
        fields: list[str] = []

    def by_words(self, found: QuerySet[PayerAccount], name: str, value: str) -> QuerySet[PayerAccount]:
        """Keep accounts with a text in the payer's name, the holder or the number."""
        return found.filter(
            Q(organization__name__icontains=value) | Q(holder__icontains=value) | Q(number__icontains=value)
        )


class AcceptanceBillFilter(filters.FilterSet):
    """Filters of acceptance bills: how far, whose promise, due between days, words of number or parties."""

    state = filters.MultipleChoiceFilter(choices=AcceptanceBill.State, label=_("State"))
    kind = filters.MultipleChoiceFilter(choices=AcceptanceBill.Kind, label=_("Kind"))
    due_from = DayFilter(field_name="due_on", lookup_expr="gte", label=_("Due from"))
    due_to = DayFilter(field_name="due_on", lookup_expr="lte", label=_("Due to"))
    q = filters.CharFilter(method="by_words", label=_("Search"), max_length=100)

    class Meta:
        model = AcceptanceBill
        fields: list[str] = []

    def by_words(self, found: QuerySet[AcceptanceBill], name: str, value: str) -> QuerySet[AcceptanceBill]:
        """Keep bills with a text in the number, or in the name of payer, drawer or acceptor."""
        return found.filter(
            Q(number__icontains="".join(value.split()))
            | Q(payer__name__icontains=value)
            | Q(drawer__icontains=value)
            | Q(acceptor__icontains=value)
        )
