"""Forms of the pages of acceptance bills."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.models import Invoice
from billing.payments.models import AcceptanceBill, BankLine
from billing.payments.rules.bill_facts import BillFacts, plain
from billing.payments.web.company_field import CompanyField
from billing.web.loan_forms import day_field, minor, money_field
from marketplace.shared.money import Money, format_money

MOST_UNITS = 10**15


class BillForm(forms.Form):
    """What an acceptance bill says, and who gave it."""

    payer = CompanyField(label=gettext_lazy("Given by"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind of bill"), choices=AcceptanceBill.Kind)
    number = forms.CharField(
        label=gettext_lazy("Bill number"),
        help_text=gettext_lazy("30 digits; spaces do not matter."),
        max_length=60,
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    amount = money_field(gettext_lazy("Amount in yuan"))
    first_unit = forms.IntegerField(
        label=gettext_lazy("Part of a split bill: first unit"),
        help_text=gettext_lazy("Leave both empty for a whole bill. A unit is 0.01 yuan."),
        required=False,
        min_value=1,
        max_value=MOST_UNITS,
    )
    last_unit = forms.IntegerField(
        label=gettext_lazy("Last unit"), required=False, min_value=1, max_value=MOST_UNITS
    )
    drawer = forms.CharField(label=gettext_lazy("Drawer"), max_length=120)
    acceptor = forms.CharField(label=gettext_lazy("Acceptor: the bank or company that pays"), max_length=120)
    issued_on = day_field(gettext_lazy("Bill issued on"))
    received_on = day_field(gettext_lazy("Received on"))
    due_on = day_field(gettext_lazy("Bill due on"))

    def facts(self) -> BillFacts:
        """Return what was typed as the action takes it."""
        typed = self.cleaned_data
        names = ("drawer", "acceptor", "issued_on", "received_on", "due_on")
        return BillFacts(
            number=plain(typed["number"]),
            amount_minor=minor(typed["amount"]),
            first=typed["first_unit"],
            last=typed["last_unit"],
            **{name: typed[name] for name in names},
        )


class BillReasonForm(forms.Form):
    """Why a bill is not confirmed, or ends without money."""

    reason = forms.CharField(label=gettext_lazy("Why?"), max_length=500)


class BillLineForm(forms.Form):
    """The line by which a bill was paid."""

    line = forms.ModelChoiceField(
        BankLine.objects.none(), to_field_name="public_id", label=gettext_lazy("Line of the bank")
    )

    def __init__(self, *given: Any, lines: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        chosen: Any = self.fields["line"]
        chosen.queryset = lines
        chosen.label_from_instance = lambda one: (
            f"{one.booked_on} · {format_money(one.amount)} · {one.counterparty or one.bank_ref} · {one.memo}"[
                :120
            ]
        )


class BillPayForm(forms.Form):
    """
    An open invoice that a bill pays, and how much of it; ``seen`` is what was left of the bill then.

    Sent twice it pays once: the action compares ``seen`` under the lock.
    """

    invoice = forms.ChoiceField(label=gettext_lazy("Invoice that it pays"))
    amount = money_field(gettext_lazy("Amount in yuan"))
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, *given: Any, opened: list[tuple[Invoice, Money]], left: int, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["seen"].initial = left
        chosen: Any = self.fields["invoice"]
        chosen.choices = [(row.public_id, f"{row} · {format_money(rest)}") for row, rest in opened]

    def look_again(self, left: int) -> None:
        """Show what is left now to whoever sends the form again."""
        data: Any = self.data.copy()  # type: ignore[attr-defined]
        data["seen"] = str(left)
        self.data = data
