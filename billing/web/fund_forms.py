"""Forms of the pages of risk funds: rules, a claim with the steps taken, and payments."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from billing.models import FundClaim, FundTransfer
from billing.models.funds import CollectionKind
from billing.rules.fund_terms import LONGEST_REFERENCE, LONGEST_TEXT, MOST_WAITING, FundTerms
from billing.web.loan_forms import day_field, minor, money_field

ZERO = Decimal(0)


def rate_field(label: Any, most: int) -> forms.DecimalField:
    """Return a field for a rate."""
    widget = forms.NumberInput({"inputmode": "decimal", "step": "any"})
    return forms.DecimalField(label=label, widget=widget, min_value=0, max_value=most, decimal_places=4)


class FundReasonForm(forms.Form):
    """Why; the other side reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Why? The other side reads it."),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 2}),
    )


class FundOpenForm(forms.Form):
    """A fund to open."""

    code = forms.CharField(label=gettext_lazy("Code of its book, letters and digits"), max_length=12)
    name = forms.CharField(label=gettext_lazy("Name of the fund"), max_length=120)


class FundRulesForm(forms.Form):
    """A version of the rules."""

    valid_from = day_field(gettext_lazy("The rules hold from"))
    basis = forms.CharField(label=gettext_lazy("Document that they follow"), max_length=200)
    levy_per_mille = rate_field(gettext_lazy("Levy on the owner's net rent, in per mille"), 100)
    match_percent = rate_field(gettext_lazy("The platform adds, in percent of the levy"), 1000)
    cover_percent = rate_field(gettext_lazy("Share of a loss that is covered, in percent"), 100)
    waiting_days = forms.IntegerField(
        label=gettext_lazy("Days to wait after the due day"), min_value=0, max_value=MOST_WAITING
    )
    steps = forms.MultipleChoiceField(
        label=gettext_lazy("Steps of collection that are asked for"),
        choices=CollectionKind,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    lessee_cap = money_field(gettext_lazy("Most a year for one lessee, in yuan"), required=False)
    owner_cap = money_field(gettext_lazy("Most a year to one owner, in yuan"), required=False)
    year_cap = money_field(gettext_lazy("Most a year in all, in yuan"), required=False)
    floor = money_field(
        gettext_lazy("What stays on the account, in yuan"), min_value=ZERO, required=False, initial=0
    )

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        typed = dict(self.cleaned_data)
        caps = {f"{name}_minor": typed.pop(name) for name in ("lessee_cap", "owner_cap", "year_cap")}
        floor = minor(typed.pop("floor") or ZERO)
        about = {name: typed.pop(name) for name in ("valid_from", "basis")}
        minors: dict[str, Any] = {
            name: None if amount is None else minor(amount) for name, amount in caps.items()
        }
        steps = tuple(typed.pop("steps"))
        return about | {"terms": FundTerms(**typed | minors, steps=steps, floor_minor=floor)}


class FundClaimForm(forms.Form):
    """A claim: the deposit that was applied, and for each step the day and the paper."""

    deposit = money_field(
        gettext_lazy("Deposit applied to this rent, in yuan"), min_value=ZERO, initial=0, required=False
    )
    note = forms.CharField(
        label=gettext_lazy("What the fund should know"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 2}),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in CollectionKind.choices:
            day = day_field(gettext_lazy("{step}: day").format(step=label))
            day.required = False
            self.fields[f"{kind}_day"] = day
            self.fields[f"{kind}_paper"] = forms.CharField(
                label=gettext_lazy("{step}: number of the paper").format(step=label),
                max_length=LONGEST_REFERENCE,
                required=False,
            )

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it; a step without a day was not taken."""
        typed = self.cleaned_data
        taken = [
            {"kind": kind, "done_on": typed[f"{kind}_day"], "reference": typed[f"{kind}_paper"]}
            for kind in CollectionKind.values
            if typed[f"{kind}_day"]
        ]
        deposit = minor(typed["deposit"] or ZERO)
        return {"collection": taken, "deposit_minor": deposit, "note": typed["note"]}


class FundTransferForm(forms.Form):
    """A payment as the bank's paper shows it."""

    amount = money_field(gettext_lazy("Sum that moved, in yuan"))
    moved_on = day_field(gettext_lazy("Day on the bank's paper"))
    reference = forms.CharField(
        label=gettext_lazy("Number of the bank's paper"), max_length=LONGEST_REFERENCE
    )


class FundClaimTransferForm(FundTransferForm):
    """A payment of a claim."""

    kind = forms.ChoiceField(label=gettext_lazy("What moved"), choices=FundTransfer.Kind)
    field_order = ("kind", "amount", "moved_on", "reference")

    def __init__(self, *args: Any, claim: FundClaim, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one, FundTransfer.Kind(one).label) for one in kinds]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
