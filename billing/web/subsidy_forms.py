"""Forms of the pages of subsidies: a programme, its budget and terms, an admission, and a settlement."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import SubsidyProgramme, SubsidySettlement
from billing.rules.subsidy_terms import (
    LONGEST_BASIS,
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    RENT_KINDS,
    SubsidyTerms,
)
from billing.web.loan_forms import day_field, minor, money_field, placed, told
from marketplace.models.parties import OrganizationKind
from marketplace.rules.pricing.words import LINES
from marketplace.shared.errors import DomainError

ZERO = Decimal(0)
OF_LINE = re.compile(r"/lower/(\d+)/")
LINE = re.compile(r"^\s*(\S+)\s+([0-9]{1,11}(?:\.[0-9]{1,2})?)\s+(\S.{0,498})$")


def _basis() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Paper of the authority that says so"), max_length=LONGEST_BASIS
    )


def _codes(label: Any, **given: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=400, required=False, **given)


def _choices(label: Any, choices: Any) -> forms.MultipleChoiceField:
    box = forms.CheckboxSelectMultiple
    return forms.MultipleChoiceField(label=label, choices=choices, widget=box, required=False)


class SubsidyReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label=gettext_lazy("Why it is dropped"), max_length=LONGEST_TEXT)


class SubsidyBudgetForm(forms.Form):
    """What a programme may bear in all."""

    budget = money_field(gettext_lazy("Budget in all, in yuan"), min_value=ZERO)
    basis = _basis()

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        typed = dict(self.cleaned_data)
        return typed | {"budget_minor": minor(typed.pop("budget"))}


class SubsidyOpenForm(SubsidyBudgetForm):
    """A programme to open."""

    name = forms.CharField(label=gettext_lazy("Name of the programme"), max_length=120)
    authority_name = forms.CharField(label=gettext_lazy("Authority that pays"), max_length=120)
    mode = forms.ChoiceField(label=gettext_lazy("How it is paid"), choices=SubsidyProgramme.Way)
    field_order = ("name", "authority_name", "mode", "budget", "basis")

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        return super().given() | {"authority": None}


class SubsidyRulesForm(forms.Form):
    """A version of the terms."""

    valid_from = day_field(gettext_lazy("For invoices issued from"))
    valid_until = day_field(gettext_lazy("and before"))
    basis = _basis()
    rate_percent = forms.DecimalField(
        label=gettext_lazy("Rate, in percent of the eligible amount"),
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
        min_value=0,
        max_value=100,
        decimal_places=4,
    )
    lessee_cap = money_field(gettext_lazy("Most a year for one company, in yuan"), required=False)
    least = money_field(
        gettext_lazy("Least subsidy of an invoice, in yuan"), min_value=ZERO, required=False, initial=0
    )
    with_vat = forms.BooleanField(label=gettext_lazy("VAT is eligible too"), required=False)
    by_admission = forms.BooleanField(
        label=gettext_lazy("Only companies that are admitted below"), required=False
    )
    regions = _codes(gettext_lazy("Region codes begin with (32 is Jiangsu), apart by commas"))
    industries = _codes(gettext_lazy("Industry codes begin with (C34), apart by commas"))
    kinds = _choices(gettext_lazy("Kinds of companies; none ticked is all"), OrganizationKind)
    categories = _codes(gettext_lazy("Codes of machine categories, apart by commas"))
    components = _choices(
        gettext_lazy("Lines that are eligible; none ticked is all rent and use"),
        [(kind, gettext_lazy(LINES[kind])) for kind in RENT_KINDS],
    )

    def given(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        typed = dict(self.cleaned_data)
        cap, basis = typed.pop("lessee_cap"), typed.pop("basis")
        least = minor(typed.pop("least") or ZERO)
        for name in ("regions", "industries", "categories"):
            typed[name] = tuple(part for part in re.split(r"[\s,，、]+", typed[name]) if part)
        lists = {name: tuple(typed[name]) for name in ("kinds", "components")}
        caps = {"lessee_cap_minor": None if cap is None else minor(cap), "least_minor": least}
        return {"terms": SubsidyTerms(**typed | lists | caps), "basis": basis}


class SubsidyAdmissionForm(forms.Form):
    """A lessee to admit."""

    credit_code = forms.CharField(label=gettext_lazy("Unified social credit code"), max_length=18)
    admitted_on = day_field(gettext_lazy("For invoices issued from"))
    basis = _basis()


class SubsidyMonthForm(forms.Form):
    """A month to settle."""

    month = day_field(gettext_lazy("A day of the month that is settled"))


class SubsidyAnswerForm(forms.Form):
    """The authority's answer; what is lower than asked for in lines of their own."""

    answer = forms.CharField(
        label=gettext_lazy("Number of the authority's paper"), max_length=LONGEST_REFERENCE
    )
    lower = forms.CharField(
        label=gettext_lazy(
            "Invoices of which less is confirmed, a line each: number, amount in yuan, reason. Leave it "
            "empty if all is confirmed."
        ),
        widget=forms.Textarea({"rows": 4}),
        required=False,
        max_length=100_000,
    )

    def __init__(self, *args: Any, settlement: SubsidySettlement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settlement = settlement
        self.lines: list[str] = []

    def clean_lower(self) -> list[dict[str, Any]]:
        """Read the lines; an invoice that is not in the settlement is named."""
        items = self.settlement.items.select_related("grant__invoice")
        known = {str(one.grant.invoice): one.public_id for one in items}
        found = []
        for line in self.cleaned_data["lower"].splitlines():
            if not line.strip():
                continue
            read = LINE.match(line)
            if read is None or read[1] not in known:
                raise forms.ValidationError(
                    _(
                        "This line names no invoice of the settlement, or lacks amount or reason: {line}"
                    ).format(line=line.strip()[:60])
                )
            self.lines.append(line.strip())
            amount = {"confirmed_minor": minor(Decimal(read[2])), "reason": read[3]}
            found.append({"item": known[read[1]]} | amount)
        return found

    def told(self, error: DomainError, places: Mapping[str, str]) -> None:
        """Put what is refused of a line at the lines, and name it; everything else where it belongs."""
        of_lines = [(flaw, OF_LINE.match(flaw.pointer)) for flaw in error.flaws]
        if not of_lines:
            told(error, self, places)
        for flaw, read in of_lines:
            if read is None:
                placed(flaw, self, places)
                continue
            line, text = self.lines[int(read[1])][:60], _(flaw.text).format(**flaw.facts)
            self.add_error("lower", _("In the line “{line}”: {text}").format(line=line, text=text))


class SubsidyPaidForm(forms.Form):
    """The authority's payment."""

    paid_on = day_field(gettext_lazy("Day of the payment on the bank's paper"))
    bank_reference = forms.CharField(
        label=gettext_lazy("Number of the bank's paper"), max_length=LONGEST_REFERENCE
    )
