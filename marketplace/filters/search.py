"""What one may ask of the catalogue: words, filters, days, distance, usage, order; pages and REST alike."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from marketplace.filters import DAY, DayField, search_specs
from marketplace.models import Category, Chain, ListingService, Organization
from marketplace.models.parties import OrganizationKind
from marketplace.queries import whole_days
from marketplace.queries.search_results import DAYS_OF_A_PERIOD, Usage
from marketplace.queries.search_words import known_words, middle_of
from marketplace.rules.saved_filters import kept_query
from marketplace.rules.search import flags
from marketplace.rules.search.cells import Point
from marketplace.rules.search.measures import figures_in
from marketplace.rules.search.questions import LONGEST, Term, asked, of_bounds
from marketplace.rules.search.wanted import Order, Place, Wanted, place_of
from marketplace.rules.search.words import plain
from marketplace.shared import clock
from marketplace.shared.errors import Flaw, Invalid

MOST_FIGURES = 8
MOST_KM = 3000
NOT_READ = gettext_noop("{field}: {why}")
METERS = {"hours": _("hours"), "parts": _("parts")}
OWNERS = (
    OrganizationKind.LEAD_ENTERPRISE,
    OrganizationKind.INSTITUTE,
    OrganizationKind.LESSOR,
    OrganizationKind.MAKER,
)
FILTERS = (
    *("family", "category", "region", "city", "owner", "verified", "finished", "service", "data_terms"),
    *("built_from", "spec", "free_from", "free_to", "km"),
)
DATA_TERMS = {
    "usual": _("asks no more of my data than usual"),
    "less": _("asks less of my data than usual"),
}
OLDEST = 1950
TOGETHER = (
    ("free_from", "free_to", _("Give both days.")),
    ("meter", "quantity", _("Say hours or parts, and how many.")),
)


class SearchForm(forms.Form):
    """
    Every field may be left empty; an unknown value is an error at its field, not silence.

    What is open to a chain alone is found by a ``reader`` of one of its organizations.
    """

    q = forms.CharField(label=_("Search"), max_length=LONGEST, required=False, strip=True)
    family = forms.ChoiceField(label=_("Family"), required=False)
    category = forms.ModelMultipleChoiceField(
        label=_("Category"), queryset=Category.objects.none(), to_field_name="code", required=False
    )
    region = forms.RegexField(
        label=_("Region"), regex=r"^([0-9]{2}|[0-9]{4}|[0-9]{6})$", required=False,
        error_messages={"invalid": _("Write 2, 4 or 6 digits of a region's code.")},
    )  # fmt: skip
    city = forms.CharField(label=_("City"), max_length=40, required=False)
    near = forms.CharField(label=_("Near"), max_length=40, required=False)
    km = forms.IntegerField(label=_("Within km"), min_value=1, max_value=MOST_KM, required=False)
    owner = forms.MultipleChoiceField(
        label=_("Owner"), choices=[(one.value, one.label) for one in OWNERS], required=False
    )
    verified = forms.BooleanField(label=_("Verified owners only"), required=False)
    finished = forms.ChoiceField(
        label=_("Leases the owner has finished"), required=False,
        choices=[("", "—"), *((str(least), f"≥ {least}") for least in flags.RECORDS)],
    )  # fmt: skip
    service = forms.MultipleChoiceField(
        label=_("Comes with"), choices=ListingService.Kind.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    data_terms = forms.ChoiceField(
        label=_("Usage data"), choices=[("", "—"), *DATA_TERMS.items()], required=False
    )
    built_from = forms.IntegerField(
        label=_("Built in or after"), min_value=OLDEST, max_value=2100, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    spec = forms.CharField(
        label=_("Specification"), max_length=60, required=False, help_text=_("For example X travel ≥ 500 mm.")
    )
    free_from = DayField(label=_("Free from"), widget=DAY, required=False)
    free_to = DayField(label=_("Free until"), widget=DAY, required=False)
    meter = forms.ChoiceField(label=_("My usage in"), choices=[("", "—"), *METERS.items()], required=False)
    quantity = forms.DecimalField(
        label=_("My usage"), min_value=0, max_value=10**9, decimal_places=2, required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    days = forms.IntegerField(label=_("Days of use"), min_value=1, max_value=366, required=False)
    order = forms.ChoiceField(
        label=_("Sort by"), required=False,
        choices=[("", _("Best fit")), (Order.NEAR.value, _("Distance")), (Order.PRICE.value, _("My price"))],
    )  # fmt: skip
    after = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, reader: Organization | None = None) -> None:
        super().__init__(data)
        self.chains = Chain.objects.keys_of(reader)
        nodes = list(Category.objects.order_by("position"))
        self.families = [node for node in nodes if node.parent_id is None]
        self.categories = [node for node in nodes if node.parent_id is not None]
        self.fields["family"].choices = [("", _("All")), *((node.code, node.label) for node in self.families)]  # type: ignore[attr-defined]
        asked_of = data.getlist("category") if hasattr(data, "getlist") else []
        self.figures = search_specs.figures(asked_of, data or ())
        for each in self.figures:
            self.fields |= search_specs.fields_of(each)
        self.fields["category"].queryset = Category.objects.exclude(parent=None).order_by("position")  # type: ignore[attr-defined]

    def clean_near(self) -> Point | None:
        """Read ``latitude,longitude`` or the name of a city in which machines stand."""
        text = self.cleaned_data["near"]
        if not text:
            return None
        return point_of(text)

    def clean_spec(self) -> tuple[Term, ...]:
        """Read conditions on specifications; the field may be given several times."""
        given = self.data.getlist("spec") if hasattr(self.data, "getlist") else [self.cleaned_data["spec"]]
        terms = []
        for text in [each.strip()[:60] for each in given if each.strip()][:MOST_FIGURES]:
            figures, _rest = figures_in(text)
            if not figures or not figures[0].bounds:
                raise forms.ValidationError(
                    _("“{text}” says no specification: write for example X travel ≥ 500 mm.").format(
                        text=text
                    )
                )
            terms.append(of_bounds(text, figures[0].bounds))
        return tuple(terms)

    def clean_verified(self) -> bool:
        """Read a box, or a word of a program; any other word is an error, not silence."""
        if str(self.data.get("verified", "")).lower() not in ("", "on", "true", "1", "false", "0"):
            raise forms.ValidationError(_("Write true or false."))
        return bool(self.cleaned_data["verified"])

    def clean_after(self) -> Place | None:
        """Read where the page before ended."""
        text = self.cleaned_data["after"]
        if text and place_of(text) is None:
            raise forms.ValidationError(_("The cursor is none of ours. Follow “next” of the page before."))
        return place_of(text) if text else None

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for first, second, text in TOGETHER:
            for given, missing in ((first, second), (second, first)):
                if (
                    told.get(given) not in (None, "")
                    and told.get(missing) in (None, "")
                    and missing not in self.errors
                ):
                    self.add_error(missing, text)
        if told.get("free_from") and told.get("free_to") and told["free_to"] < told["free_from"]:
            self.add_error("free_to", _("The last day lies before the first."))
        for each in self.figures:
            low, high = (told.get(name) for name in each.names)
            if low is not None and high is not None and high < low:
                self.add_error(each.names[1], _("The largest lies below the smallest."))
        for needed in ("km", "order"):
            if (
                (told.get("km") if needed == "km" else told.get("order") == Order.NEAR)
                and not told.get("near")
                and "near" not in self.errors
            ):
                self.add_error("near", _("Say from where: a city, or latitude and longitude."))
        if told.get("order") == Order.PRICE and not told.get("meter") and "meter" not in self.errors:
            self.add_error("meter", _("Say hours or parts, and how many."))
        return told

    def words(self) -> tuple[Term, ...]:
        """Return the terms of the words typed."""
        typed = self.cleaned_data["q"]
        return asked(typed, known_words()) if typed else ()

    def wanted(self, without: Iterable[str] = ()) -> Wanted:
        """Return what a valid form asks for, some of its fields left aside."""
        told = {name: value for name, value in self.cleaned_data.items() if name not in set(without)}
        words = self.words() if "q" in told else ()
        first, last = told.get("free_from"), told.get("free_to")
        return Wanted(
            terms=(*words, *_terms(told), *search_specs.terms(self.figures, told)),
            near=told.get("near"),
            km=told.get("km"),
            free=whole_days(first, last) if first and last else None,
            order=Order(told.get("order") or Order.FIT),
            meter=told.get("meter") or None,
            chains=self.chains,
        )

    def usage(self) -> Usage | None:
        """Return the usage that prices are asked for."""
        told = self.cleaned_data
        if not told.get("meter") or told.get("quantity") is None:
            return None
        return Usage(told["meter"], told["quantity"], told.get("days") or DAYS_OF_A_PERIOD)

    def in_force(self) -> list[str]:
        """Return the names of the filters that a valid form sets."""
        told = self.cleaned_data
        figures = [
            next(name for name in each.names if told.get(name) is not None)
            for each in self.figures
            if search_specs.said(each, told)
        ]
        return [*(name for name in FILTERS if told.get(name)), *figures]

    def chosen_categories(self) -> list[str]:
        """Return the codes of categories that the address names, as the form keeps them."""
        known = {node.code for node in self.categories}
        named = self.data.getlist("category") if hasattr(self.data, "getlist") else []
        return [code for code in named if code in known]

    def figure_rows(self) -> list[Any]:
        """Return the fields of figures in pairs, as the page shows them."""
        return [[self[name] for name in each.names] for each in self.figures]


def point_of(text: str) -> Point:
    """
    Read ``latitude,longitude`` or the name of a city in which machines stand.

    :raises ValidationError: if it is neither
    """
    try:
        latitude, longitude = (Decimal(part.strip()) for part in text.replace(",", ",").split(","))
        point = Point(float(latitude), float(longitude))
    except (ValueError, ArithmeticError):
        found = middle_of(text)
        if found is None:
            raise forms.ValidationError(
                _("Write a city in which machines stand, or latitude and longitude: 31.30,120.62.")
            ) from None
        return found
    if not (-90 <= point.latitude <= 90 and -180 <= point.longitude <= 180):
        raise forms.ValidationError(_("Latitude lies between -90 and 90, longitude between -180 and 180."))
    return point


def _terms(told: Mapping[str, Any]) -> list[Term]:
    """Return the terms of the filters that are set."""
    found = [_any("family", [f"f:{told['family']}"])] if told.get("family") else []
    if categories := told.get("category"):
        found.append(_any("category", [f"k:{one.code}" for one in categories]))
    if told.get("region"):
        found.append(_any("region", [f"r:{told['region']}"]))
    if told.get("city"):
        found.append(_any("city", [f"p:{plain(told['city']).text}"]))
    if told.get("owner"):
        found.append(_any("owner", [f"o:{kind}" for kind in told["owner"]]))
    if told.get("verified"):
        found.append(_any("verified", ["x:verified"]))
    if told.get("finished"):
        found.append(_any("finished", [f"l:{told['finished']}"]))
    found += [_any("service", [f"s:{kind}"]) for kind in told.get("service", ())]
    if told.get("data_terms"):
        found.append(_any("data_terms", [f"d:{told['data_terms']}"]))
    if told.get("built_from"):
        last = max(told["built_from"], clock.today().year)
        found.append(_any("built_from", [f"y:{year}" for year in range(told["built_from"], last + 1)]))
    return [*found, *told.get("spec", ())]


def _any(name: str, tokens: list[str]) -> Term:
    return Term(name, tuple((token,) for token in tokens), named=False)


class SearchNotRead(Invalid):
    """A search that is to be saved, or was, cannot be read."""

    code = "search_not_read"
    text = gettext_noop("This search cannot be read: see what is wrong at each field.")


def kept(query: str) -> str:
    """Return a query string with the fields of a search alone: what is saved."""
    given = parse_qsl(kept_query(query))
    asked = [name for name, _value in given]
    known = {
        *SearchForm.base_fields,
        *(name for each in search_specs.figures((), asked) for name in each.names),
    }
    return urlencode([(name, value) for name, value in given if name in known])


def read_search(query: str) -> SearchForm:
    """
    Return the valid form of a query string.

    :raises SearchNotRead: if it is none; its flaws point at the fields
    """
    form = SearchForm(QueryDict(kept(query)))
    if not form.is_valid():
        raise SearchNotRead(
            flaws=[
                Flaw(
                    f"/query/{name}",
                    "search_not_read",
                    NOT_READ,
                    {"field": form.fields[name].label or name, "why": " ".join(map(str, texts))},
                )
                for name, texts in form.errors.items()
            ]
        )
    return form


def wanted_of(query: str) -> Wanted | None:
    """Return what a saved search asks for now, or nothing if it can no longer be read."""
    try:
        return read_search(query).wanted()
    except SearchNotRead:
        return None
