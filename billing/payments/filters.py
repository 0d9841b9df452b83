"""FilterSets of payments, one a noun, used by pages and REST alike."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from billing.payments.models import (
    PayeeAccount,
    PayerAccount,
    PaymentOrder,
    Receipt,
    ReconException,
    Suggestion,
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


class ReceiptFilter(filters.FilterSet):
    """Filters of money that came in: how, and where what is left of it stands."""

    source = filters.MultipleChoiceFilter(choices=Receipt.Source, label=_("Kind"))
    holding = filters.MultipleChoiceFilter(choices=[("2205.01", "2205.01"), ("2241.05", "2241.05")])

    class Meta:
        model = Receipt
        fields: list[str] = []


class PayerAccountFilter(filters.FilterSet):
    """Filters of accounts of payers: whether they were approved."""

    stage = filters.MultipleChoiceFilter(choices=PayerAccount.Stage, label=_("State"))

    class Meta:
        model = PayerAccount
        fields: list[str] = []
