"""The form of a need, as people fill it in: conditions a line each, yuan, last days."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.filters import DAY, DayField
from marketplace.filters.search import point_of
from marketplace.models import Category, Chain, Need
from marketplace.rules import needs as rules
from marketplace.rules.search.cells import Point
from marketplace.shared import clock
from marketplace.shared.errors import Flaw
from marketplace.web.chains import audience_choices

FIELDS = {"ends_on": "last_day", "expires_at": "answers_until", "budget_minor": "budget", "latitude": "near"}
AHEAD, LASTS, ANSWERS = 14, 10, 7  # days that are proposed


class NeedForm(forms.Form):
    """What is to be made, when, where, and for how much."""

    title = forms.CharField(
        label=gettext_lazy("What is to be made"),
        help_text=gettext_lazy("For example 200 pump housings."),
        max_length=rules.LONGEST_TITLE,
    )
    words = forms.CharField(
        label=gettext_lazy("Kind of machine"),
        help_text=gettext_lazy("For example 五轴加工中心 or press brake."),
        max_length=120,
        required=False,
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Or its category"),
        queryset=Category.objects.exclude(parent=None).order_by("position"),
        to_field_name="code",
        required=False,
    )
    quantity = forms.IntegerField(
        label=gettext_lazy("Number of parts"), min_value=1, max_value=rules.MOST_QUANTITY
    )
    hours = forms.DecimalField(
        label=gettext_lazy("Machine hours that you expect"),
        min_value=0,
        max_value=rules.MOST_HOURS,
        decimal_places=2,
        required=False,
    )
    material = forms.CharField(
        label=gettext_lazy("Material"), max_length=rules.LONGEST_MATERIAL, required=False
    )
    starts_on = DayField(label=gettext_lazy("First day"), widget=DAY)
    last_day = DayField(label=gettext_lazy("Last day"), widget=DAY)
    flexible_days = forms.IntegerField(
        label=gettext_lazy("Days earlier or later are fine"),
        min_value=0,
        max_value=rules.MOST_FLEXIBLE,
        initial=0,
    )
    requirements = forms.CharField(
        label=gettext_lazy("Conditions, a line each"),
        help_text=gettext_lazy("For example tolerance ≤ 0.02 mm, or X travel ≥ 500 mm."),
        max_length=600,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    region = forms.CharField(
        label=gettext_lazy("Only in the region"),
        help_text=gettext_lazy("2, 4 or 6 digits; empty is anywhere."),
        max_length=6,
        required=False,
    )
    near = forms.CharField(
        label=gettext_lazy("Near the city"),
        help_text=gettext_lazy("Or latitude and longitude, such as 31.30,120.62."),
        max_length=40,
        required=False,
    )
    km = forms.IntegerField(
        label=gettext_lazy("Not farther than (km)"), min_value=1, max_value=rules.MOST_KM, required=False
    )
    budget = forms.DecimalField(
        label=gettext_lazy("Budget with tax (yuan)"),
        min_value=Decimal("0.01"),
        max_value=Decimal(rules.MOST_BUDGET_MINOR) / 100,
        decimal_places=2,
        required=False,
    )
    budget_per = forms.ChoiceField(label=gettext_lazy("The budget is"), choices=Need.Per.choices)
    budget_shown = forms.BooleanField(label=gettext_lazy("Owners may see the budget"), required=False)
    name_shown = forms.BooleanField(
        label=gettext_lazy("Show our name before there is an answer"), required=False
    )
    chain = forms.ChoiceField(
        label=gettext_lazy("Open to"),
        help_text=gettext_lazy("Members of a chain always see the name of its leader."),
        required=False,
    )
    answers_until = DayField(label=gettext_lazy("Answers are due by the end of"), widget=DAY)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("Every owner who may see the need reads it: no secrets, no drawings."),
        max_length=rules.LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, led: list[Chain], data: Any = None, need: Need | None = None) -> None:
        self.led = {one.public_id: one for one in led}
        super().__init__(data, initial=_said(need) if need else _proposed(clock.today()))
        self.fields["chain"].choices = audience_choices(led)  # type: ignore[attr-defined]
        self.kept = need
        if not led:
            del self.fields["chain"]

    def clean_near(self) -> Point | None:
        """Read the place as the search does."""
        near = self.cleaned_data["near"]
        return point_of(near) if near else None

    def values(self) -> dict[str, Any]:
        """Return what was typed as the action takes it."""
        typed = self.cleaned_data
        named: tuple[str, ...] = (
            "title",
            "words",
            "category",
            "quantity",
            "hours",
            "material",
            "starts_on",
            "flexible_days",
        )
        named += ("region", "km", "budget_per", "budget_shown", "name_shown", "description")
        point, budget = typed["near"], typed["budget"]
        until = datetime.combine(typed["answers_until"] + timedelta(days=1), time.min)
        return {name: typed[name] for name in named} | {
            "ends_on": typed["last_day"] + timedelta(days=1),
            "requirements": [line.strip() for line in typed["requirements"].splitlines() if line.strip()],
            "latitude": Decimal(f"{point.latitude:.5f}") if point else None,
            "longitude": Decimal(f"{point.longitude:.5f}") if point else None,
            "budget_minor": None if budget is None else int(budget * 100),
            "expires_at": timezone.make_aware(until),
            "chain": self.led.get(typed.get("chain", "")),
        }

    def show(self, flaws: tuple[Flaw, ...]) -> None:
        """Put each flaw at its field."""
        for flaw in flaws:
            name = flaw.pointer.split("/")[1]
            name = FIELDS.get(name, name)
            self.add_error(name if name in self.fields else None, _(flaw.text).format(**flaw.facts))


def _proposed(today: date) -> dict[str, Any]:
    first = today + timedelta(days=AHEAD)
    return {
        "starts_on": first,
        "last_day": first + timedelta(days=LASTS - 1),
        "answers_until": today + timedelta(days=ANSWERS),
        "flexible_days": 0,
    }


def _said(need: Need) -> dict[str, Any]:
    """Return a draft as the form shows it, its place in degrees."""
    names: tuple[str, ...] = (
        "title",
        "words",
        "quantity",
        "hours",
        "material",
        "starts_on",
        "last_day",
        "flexible_days",
    )
    names += ("region", "km", "budget_per", "budget_shown", "name_shown", "description")
    until = timezone.localtime(need.expires_at - timedelta(seconds=1)).date()
    return {name: getattr(need, name) for name in names} | {
        "category": need.category.code if need.category else None,
        "requirements": "\n".join(need.requirements),
        "near": "" if need.latitude is None else f"{need.latitude},{need.longitude}",
        "budget": None if need.budget_minor is None else Decimal(need.budget_minor) / 100,
        "answers_until": until,
        "chain": need.chain.public_id if need.chain else "",
    }
