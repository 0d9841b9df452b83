"""The form in which a reader says how much they would use."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.filters import DayField
from marketplace.rules.pricing import words
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.quotes import billed_unit
from marketplace.shared import clock

DAYS_OF_A_PERIOD = 30
USUAL = {
    "run_time": Decimal(160),
    "cycles": Decimal(1000),
    "parts": Decimal(1000),
    "good_parts": Decimal(1000),
    "load_time": Decimal(160),
    "batches": Decimal(20),
    "slots": Decimal(40),
}
USUAL_ENERGY = Decimal(500)


class UsageForm(forms.Form):
    """From which day, how many days, and one field per meter of the plan, in the unit that the plan bills."""

    first_day = DayField(
        label=gettext_lazy("First day"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    days = forms.IntegerField(
        label=gettext_lazy("Days"), min_value=1, max_value=366, initial=DAYS_OF_A_PERIOD
    )

    def __init__(self, plan: PricePlan, data: Any = None) -> None:
        self.plan = plan
        initial = {f"usage_{meter}": USUAL.get(meter, USUAL_ENERGY) for meter in plan.meters()}
        super().__init__(data, initial=initial)
        for meter in plan.meters():
            unit = _(words.UNITS[billed_unit(plan, meter)])
            self.fields[f"usage_{meter}"] = forms.DecimalField(
                label=f"{_(words.METERS[meter])} ({unit})",
                min_value=Decimal(0),
                max_value=Decimal(10**9),
                decimal_places=2,
            )
        for name, bound in self.fields.items():
            if name != "first_day":
                bound.widget.attrs["inputmode"] = "decimal"

    def clean_first_day(self) -> date | None:
        """Refuse a day that is over: nobody can ask for it."""
        day: date | None = self.cleaned_data["first_day"]
        if day is not None and day < clock.today():
            raise forms.ValidationError(_("This day is over. Choose one from today on."))
        return day

    def usage(self) -> tuple[int, dict[str, Decimal]]:
        """Return days and usage as typed; call it on a valid form."""
        typed = self.cleaned_data
        return typed["days"], {meter: typed[f"usage_{meter}"] for meter in self.plan.meters()}

    def days_wanted(self) -> tuple[date, int] | None:
        """Return the first day and how many follow with it, if a day was typed; of a form without faults."""
        if not self.is_bound or not self.is_valid() or not self.cleaned_data["first_day"]:
            return None
        return self.cleaned_data["first_day"], self.cleaned_data["days"]

    def asking(self, tomorrow: date) -> dict[str, str]:
        """Return what the page that asks for a lease takes from here: days and usage as typed."""
        if not self.is_bound or not self.is_valid():
            return {}
        days, usage = self.usage()
        first = self.cleaned_data["first_day"] or tomorrow
        last = first + timedelta(days=days - 1)
        told = {f"usage_{meter}": f"{value:f}" for meter, value in usage.items()}
        return {"first_day": first.isoformat(), "last_day": last.isoformat()} | told

    def usual(self) -> tuple[int, dict[str, Decimal]]:
        """Return days and usage that stand in the form before anything is typed."""
        return DAYS_OF_A_PERIOD, {meter: self.initial[f"usage_{meter}"] for meter in self.plan.meters()}
