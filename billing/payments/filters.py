"""FilterSets of payments, one a noun, used by pages and REST alike."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from billing.payments.models import PayeeAccount, PaymentOrder


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
