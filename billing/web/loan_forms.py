"""Forms of the pages of loans: amounts as people write them, days, and the reason for a refusal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import LoanProduct
from billing.models.loan_products import LoanDays, LoanMethod
from billing.rules.loan_terms import LONGEST_REFERENCE, LONGEST_TEXT, MOST_MONTHS
from marketplace.filters import DayField
from marketplace.shared.errors import DomainError, Flaw
from marketplace.shared.money import PLACES

LARGEST = Decimal(10) ** 11
CONSENTS = {
    "CONTRACT": gettext_lazy("The contract: its number, your lessor, period, deposit"),
    "INVOICES": gettext_lazy("Invoices: number, period, amounts, due day"),
    "PAYMENTS": gettext_lazy("What of each invoice is paid, and what is open"),
    "USAGE": gettext_lazy("Use in total, by month and meter"),
}


def money_field(label: Any, **given: Any) -> forms.DecimalField:
    """Return a field for an amount in yuan."""
    widget = forms.NumberInput({"inputmode": "decimal", "step": "any"})
    limits: dict[str, Any] = {"min_value": Decimal("0.01"), "max_value": LARGEST, "decimal_places": 2}
    return forms.DecimalField(label=label, widget=widget, **limits | given)


def percent_field(label: Any, **given: Any) -> forms.DecimalField:
    """Return a field for a percentage."""
    widget = forms.NumberInput({"inputmode": "decimal", "step": "any"})
    limits: dict[str, Any] = {"min_value": Decimal(0), "max_value": Decimal(100), "decimal_places": 6}
    return forms.DecimalField(label=label, widget=widget, **limits | given)


def day_field(label: Any) -> forms.DateField:
    """Return a field for a local day."""
    return DayField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


def months_field(label: Any) -> forms.IntegerField:
    """Return a field for a number of months."""
    widget = forms.NumberInput({"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=1, max_value=MOST_MONTHS, widget=widget)


class LoanProductForm(forms.Form):
    """A product to publish."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    purpose = forms.ChoiceField(label=gettext_lazy("For"), choices=LoanProduct.For)
    method = forms.ChoiceField(label=gettext_lazy("How it is paid back"), choices=LoanMethod)
    day_count = forms.ChoiceField(label=gettext_lazy("How days are counted"), choices=LoanDays)
    yearly_percent = percent_field(gettext_lazy("Highest rate a year in percent"))
    fee_percent = percent_field(gettext_lazy("Fee at the payout in percent"), initial=0)
    early_percent = percent_field(gettext_lazy("Price of paying back early in percent"), initial=0)
    least = money_field(gettext_lazy("Least amount in yuan"))
    most = money_field(gettext_lazy("Most in yuan"))
    least_months = months_field(gettext_lazy("Shortest term in months"))
    most_months = months_field(gettext_lazy("Longest term in months"))
    valid_from = day_field(gettext_lazy("On offer from"))
    valid_until = day_field(gettext_lazy("On offer until"))

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        typed = dict(self.cleaned_data)
        return typed | {"least_minor": minor(typed.pop("least")), "most_minor": minor(typed.pop("most"))}


class LoanApplyForm(forms.Form):
    """An application from a lease."""

    product = forms.ChoiceField(label=gettext_lazy("Loan"))
    amount = money_field(gettext_lazy("Amount in yuan"))
    months = months_field(gettext_lazy("Term in months"))
    wanted_for = forms.CharField(
        label=gettext_lazy("What the money is for"),
        help_text=gettext_lazy("The lender reads it."),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
    )
    consents = forms.MultipleChoiceField(
        label=gettext_lazy("I agree that the lender sees"),
        help_text=gettext_lazy("What you choose is handed over as it stands now, and written down."),
        choices=list(CONSENTS.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, products: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].choices = [(one.public_id, product_words(one)) for one in products]  # type: ignore[attr-defined]


class LoanOfferForm(forms.Form):
    """What the lender offers."""

    amount = money_field(gettext_lazy("Amount in yuan"))
    months = months_field(gettext_lazy("Term in months"))
    yearly_percent = percent_field(gettext_lazy("Rate a year in percent"))
    stands_until = day_field(gettext_lazy("The offer stands until"))
    starts_on = day_field(gettext_lazy("Day of the payout"))


class LoanReasonForm(forms.Form):
    """Why; the other side reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Your reason; the other side reads it"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 2}),
    )


class LoanPaidOutForm(forms.Form):
    """When the lender paid out."""

    paid_on = day_field(gettext_lazy("Day of the payment"))
    reference = forms.CharField(
        label=gettext_lazy("Your reference, such as that of the bank"), max_length=LONGEST_REFERENCE
    )


class LoanPaidForm(LoanPaidOutForm):
    """What the lender received."""

    amount = money_field(gettext_lazy("Amount in yuan"))


class LoanTakeBackForm(LoanReasonForm):
    """Which payment is taken back."""

    position = forms.IntegerField(min_value=1, max_value=32767, widget=forms.HiddenInput)


class LoanAcceptForm(forms.Form):
    """The offer as it was read."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


def minor(amount: Decimal) -> int:
    """Return an amount in yuan as minor units."""
    return int(amount.scaleb(PLACES["CNY"]))


def with_minor(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed with its amount in minor units."""
    found = dict(typed)
    if "amount" in found:
        found["amount_minor"] = minor(found.pop("amount"))
    return found


def product_words(product: LoanProduct) -> str:
    """Name a product in one line: lender, name, highest rate."""
    words = _("{lender}: {name}, at most {percent} % a year")
    percent = f"{product.yearly_percent.normalize():f}"
    return words.format(lender=product.lender.name, name=product.name, percent=percent)


def told(error: DomainError, form: forms.Form, places: Mapping[str, str]) -> None:
    """Put each flaw of a refusal at its field, and everything else above the form."""
    for flaw in error.flaws:
        placed(flaw, form, places)
    if not error.flaws:
        form.add_error(None, _(error.text).format(**error.facts))


def placed(flaw: Flaw, form: forms.Form, places: Mapping[str, str]) -> None:
    """Put a flaw at its field, or above the form."""
    name = places.get(flaw.pointer, flaw.pointer.lstrip("/"))
    form.add_error(name if name in form.fields else None, _(flaw.text).format(**flaw.facts))
