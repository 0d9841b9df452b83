"""The form by which a lessee shares data of its lease with a third party."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devices.ownership import queries
from devices.ownership.models import Agreement
from devices.ownership.queries import Wish
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.explanations import CATEGORIES
from devices.ownership.rules.grant_sentences import INTERVALS
from devices.ownership.rules.parties import Party
from devices.ownership.rules.screening import SHAREABLE
from devices.ownership.rules.sentences import PURPOSES as WORDS
from devices.ownership.rules.sharing import LONGEST, PURPOSES
from marketplace.shared.period import Period, local_midnight

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
OPEN_FOR = timedelta(days=90)
FINE = 100  # minor units of a yuan


def categories() -> list[tuple[str, Any]]:
    """Return what a lessee may share at all, with its words."""
    cells = {name: row.cells.get(Party.LESSEE) for name, row in matrix().categories.items()}
    return [(name, _(CATEGORIES[name])) for name, cell in cells.items() if cell and cell.rights >= SHAREABLE]


class SharingForm(forms.Form):
    """Which data, to whom, for what, how fine and for how long; days are local and both included."""

    recipient = forms.CharField(
        label=_("Unified social credit code of the recipient"),
        max_length=30,
        help_text=_("Any organization that is registered here, such as a bank, an insurer or an institute."),
    )
    categories = forms.MultipleChoiceField(label=_("Which data"), widget=forms.CheckboxSelectMultiple)
    purpose = forms.ChoiceField(label=_("For what"))
    fineness = forms.ChoiceField(label=_("How fine"))
    generated_from = forms.DateField(label=_("Data made from"), widget=DAY)
    generated_to = forms.DateField(label=_("until, this day included"), widget=DAY)
    readable_from = forms.DateField(label=_("May be read from"), widget=DAY)
    readable_to = forms.DateField(label=_("until, this day included"), widget=DAY)
    price_cap = forms.DecimalField(
        label=_("What the owner may ask the recipient for, at most"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("In yuan. You pay nothing yourself. Leave it empty if you set no limit."),
    )
    destination = forms.RegexField(
        "^[A-Z]{2}$",
        label=_("Country in which it is processed"),
        required=False,
        max_length=2,
        help_text=_("Two letters, CN if left empty. Abroad a border check has to be done first."),
    )
    reason = forms.CharField(label=_("Why; the others read it"), required=False, max_length=LONGEST)

    def __init__(self, given: QueryDict | None, *, agreement: Agreement, at: datetime) -> None:
        self.agreement, self.zone = agreement, timezone.get_current_timezone()
        super().__init__(given, initial=self._usual(at))
        self.given = given or QueryDict()
        shown: dict[str, list[tuple[str, Any]]] = {
            "categories": categories(),
            "purpose": [(one, _(WORDS[one])) for one in sorted(PURPOSES)],
            "fineness": [("", _("every single reading")), *((one, _(INTERVALS[one])) for one in INTERVALS)],
        }
        for name, choices in shown.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["fineness"].required = False

    def _usual(self, at: datetime) -> dict[str, Any]:
        """Propose all of the lease until today, readable for three months."""
        span, today = self.agreement.span, self._day(at)
        last = today if span.end is None else min(today, self._day(span.end - timedelta(microseconds=1)))
        return {
            "generated_from": self._day(span.start),
            "generated_to": last,
            "readable_from": today,
            "readable_to": today + OPEN_FOR,
        }

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def clean(self) -> dict[str, Any]:
        """Find the recipient, and put the ends behind the starts."""
        told = super().clean() or {}
        if told.get("recipient"):
            found = queries.organization_named(told["recipient"])
            if found is None:
                self.add_error("recipient", _("No organization of this code is registered here."))
            told["recipient"] = found
        for name in ("generated", "readable"):
            start, end = told.get(f"{name}_from"), told.get(f"{name}_to")
            if start and end and end < start:
                self.add_error(f"{name}_to", _("The end must lie after the start."))
        return told

    @property
    def wish(self) -> Wish:
        """What a valid form asks for; of the days at its edges, what belongs to the lease."""
        told = self.cleaned_data
        cap: Decimal | None = told["price_cap"]
        whole = self._period("generated")
        return Wish(
            agreement=self.agreement,
            recipient=told["recipient"],
            categories=tuple(told["categories"]),
            right="read_aggregate" if told["fineness"] else "read",
            interval=told["fineness"],
            purpose=told["purpose"],
            generated=whole.intersect(self.agreement.span) or whole,
            readable=self._period("readable"),
            price_cap=None if cap is None else int(cap * FINE),
            destination=told["destination"] or queries.HOME,
        )

    def _period(self, name: str) -> Period:
        zone = self.zone if isinstance(self.zone, ZoneInfo) else queries.ZONE
        start, end = self.cleaned_data[f"{name}_from"], self.cleaned_data[f"{name}_to"]
        return Period(local_midnight(start, zone), local_midnight(end + timedelta(days=1), zone))

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What was filled in, to be sent again as it stands."""
        return [(name, value) for name in self.fields for value in self.given.getlist(name)]
