"""The form by which a seller offers a data product."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from devices.ownership import queries
from devices.ownership.actions.offering import LONGEST, Wanted
from devices.ownership.models import DataAsset
from devices.ownership.rules import products as rules
from devices.ownership.rules.grant_sentences import INTERVALS as WORDS
from devices.ownership.rules.sentences import PURPOSES
from marketplace.models import Organization
from marketplace.models.parties import OrganizationKind
from marketplace.shared.money import Money
from marketplace.shared.period import Period, local_midnight

CURRENCY = "CNY"
MOST_SHOWN = 200
PERCENT = 100  # basis points in one per cent
TEXT = forms.Textarea(attrs={"rows": 2})


class ProductForm(forms.Form):
    """What is sold, for what, for how long and at which price; days are local, the price in yuan."""

    title = forms.CharField(label=_("Title"), max_length=LONGEST["title"])
    about = forms.CharField(
        label=_("What it is good for"), max_length=LONGEST["about"], required=False, widget=TEXT
    )
    assets = forms.MultipleChoiceField(label=_("Series"), widget=forms.CheckboxSelectMultiple)
    first = forms.DateField(
        label=_("First day of the data"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("Last day of the data"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    interval = forms.ChoiceField(label=_("Figures over"), initial="PT1H")
    purposes = forms.MultipleChoiceField(label=_("For which purposes"), widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(label=_("Days of reading"), min_value=1, max_value=rules.MOST_DAYS, initial=90)
    most_licences = forms.IntegerField(
        label=_("Licences at most"), min_value=1, max_value=rules.MOST_LICENCES, initial=10
    )
    price = forms.DecimalField(
        label=_("Price of a licence in yuan"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2
    )
    owner = forms.IntegerField(
        label=_("Share of the machine's owner in per cent"), min_value=0, max_value=100, initial=20
    )
    source = forms.CharField(label=_("Where the data come from"), max_length=LONGEST["source"], widget=TEXT)
    basis = forms.CharField(
        label=_("On which legal basis they are sold"), max_length=LONGEST["basis"], widget=TEXT
    )
    abroad = forms.BooleanField(label=_("May be used abroad, after a cross-border check"), required=False)

    def __init__(self, *args: Any, organization: Organization, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        known = DataAsset.objects.known_to(organization, at=at).filter(kind=DataAsset.Kind.CHANNEL)
        found = known.exclude(grade__in=["L5", "L6"]).select_related("channel", "device")[:MOST_SHOWN]
        words = {one: _(PURPOSES[one]) for one in rules.PURPOSES}
        self._choices("assets", [(one.public_id, f"{one.device.name}: {one.label}") for one in found])
        self._choices("interval", [(one, _(WORDS[one])) for one in rules.INTERVALS])
        self._choices("purposes", list(words.items()))

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        first, last = told.get("first"), told.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day lies before the first."))
        return told

    def wanted(self) -> Wanted:
        """Return what is offered; whoever is touched gets the share that the form says."""
        told = self.cleaned_data
        period = Period(_midnight(told["first"]), _midnight(told["last"], 1))
        sides = queries.sides_of(queries.subject_of(told["assets"], period))
        platform = Organization.objects.get(kind=OrganizationKind.PLATFORM).public_id
        owner = min(told["owner"] * PERCENT, rules.WHOLE - settings.DATA_PRODUCT_FEE)
        said = ("title", "about", "assets", "interval", "purposes", "days", "most_licences")
        return Wanted(
            **{name: told[name] for name in (*said, "source", "basis", "abroad")},
            period=period,
            price=Money.of(told["price"], CURRENCY).minor,
            currency=CURRENCY,
            shares=rules.shares_of(sides, platform, owner=owner, fee=settings.DATA_PRODUCT_FEE),
        )


def _midnight(day: date, later: int = 0) -> datetime:
    zone = ZoneInfo(timezone.get_current_timezone_name())
    return local_midnight(date.fromordinal(day.toordinal() + later), zone)
