"""Pages: may these data leave the country? Ask, and look at what was asked before."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.ownership.actions import borders
from devices.ownership.models import BorderCheck
from devices.ownership.rules import border_words as words
from devices.ownership.rules.borders import Exemption
from devices.ownership.web import console, fields
from marketplace.filters import DAY, DayField
from marketplace.gateway.files import asked_format, list_answer, moment_cell
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.shared import clock

PAGE = 30
MOST_PERSONS = 2_000_000_000
PLACE = "data-borders"
FIELDS = {name: name for name in ("assets", "destination", "recipient")}
NUMBERS = ("persons", "sensitive_persons")
YES_OR_NO = ("personal", "for_foreign_authority", "authority_approved", "critical_operator")
DAYS = ("assessed_until", "contract_until")
GROUPS = {
    gettext_lazy("Persons"): ("personal", *NUMBERS, "exemption"),
    gettext_lazy("Authorities"): ("for_foreign_authority", "authority_approved", "eu_data_for_third_country"),
    gettext_lazy("Sender and clearances"): ("critical_operator", *DAYS),
}
BADGES = {
    "not_applicable": "run",
    "free": "run",
    "hold": "idle",
    "contract_or_certification": "idle",
    "security_assessment": "idle",
    "refuse": "fault",
}


class BorderForm(fields.AssetsForm):
    """What is sent to whom, and what is known of it; what is left open is not known."""

    destination = forms.CharField(
        label=gettext_lazy("To which country"),
        help_text=gettext_lazy("Two letters, such as DE. Hong Kong, Macao and Taiwan count as abroad."),
        max_length=2,
        widget=forms.TextInput({"list": "countries", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    recipient = forms.CharField(label=gettext_lazy("To whom"), max_length=200)
    persons = forms.IntegerField(min_value=0, max_value=MOST_PERSONS, required=False)
    sensitive_persons = forms.IntegerField(min_value=0, max_value=MOST_PERSONS, required=False)
    personal = forms.NullBooleanField(required=False)
    for_foreign_authority = forms.NullBooleanField(required=False)
    authority_approved = forms.NullBooleanField(required=False)
    eu_data_for_third_country = forms.BooleanField(required=False)
    critical_operator = forms.NullBooleanField(required=False)
    exemption = forms.ChoiceField(required=False)
    assessed_until = DayField(required=False, widget=DAY)
    contract_until = DayField(required=False, widget=DAY)

    def __init__(self, organization: Organization, at: datetime, **more: Any) -> None:
        super().__init__(organization, at, **more)
        for name, text in words.FACTS.items():
            if name in self.fields:
                self.fields[name].label = _(text)
        choices = [("", _("not known")), *((one.value, _(text)) for one, text in words.EXEMPTIONS.items())]
        self.fields["exemption"].choices = choices  # type: ignore[attr-defined]

    def clean_destination(self) -> str:
        return str(self.cleaned_data["destination"]).upper()

    def facts(self) -> dict[str, Any]:
        """Return what is known: what was left open is left out."""
        given = self.cleaned_data
        found = {name: given[name] for name in (*YES_OR_NO, *DAYS) if given[name] is not None}
        found["eu_data_for_third_country"] = given["eu_data_for_third_country"]
        return found | ({"exemption": Exemption(given["exemption"])} if given["exemption"] else {})

    def groups(self) -> list[dict[str, Any]]:
        """Return what may be known, in parts that are folded until something stands or is wrong in them."""
        return [
            {
                "title": title,
                "fields": [self[name] for name in names],
                "open": any(self[name].errors or _stands(self[name].value()) for name in names),
            }
            for title, names in GROUPS.items()
        ]


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the checks of the organization, and of how many persons data were let go since 1 January."""
    organization, at = _reader(request), clock.now()
    found = BorderCheck.objects.filter(organization=organization)
    if form := asked_format(request):
        persons = words.FACTS["persons"]
        columns = [_("When"), _("To whom"), _("To which country"), _("Grade"), _(persons), _("Answer")]
        return list_answer(form, "border-checks", columns, found, _cells)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    page.rows = [_row(one) for one in page]  # type: ignore[attr-defined]
    context = {
        "page": page,
        "year": borders.year_of(at=at),
        "sent": BorderCheck.objects.sent_since(organization, borders.year_of(at=at)),
        "may": _may(request, organization),
    }
    return console.show(request, "ownership/borders.html", PLACE, context)


@login_required
def ask(request: HttpRequest) -> HttpResponse:
    """Ask whether data may leave the country; "show" only looks at the data of another machine."""
    organization, at = _reader(request), clock.now()
    form, status = BorderForm(organization, at, **fields.typed(request, BorderForm)), 200
    if form.is_bound:
        made, status = fields.tried(form, lambda: _check(request, organization, form, at), FIELDS)
        if made is not None:
            return redirect("data-border", made.public_id)
    countries = [(code, _(name)) for code, name in words.COUNTRIES.items()]
    context = {"form": form, "countries": countries, "may": _may(request, organization)}
    return console.show(request, "ownership/border_ask.html", PLACE, context, status=status)


@login_required
def check(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one answer: the step that gave it, its articles, and what must be known for more."""
    mine = BorderCheck.objects.filter(organization=_reader(request)).select_related("by")
    found = get_object_or_404(mine, public_id=public_id)
    context = {
        "check": found,
        "row": _row(found),
        "step": _(words.STEPS[found.step]),
        "articles": [_(words.ARTICLES[one]) for one in found.articles],
        "missing": [_(words.FACTS[one]) for one in found.missing],
        "facts": list(_facts(found)),
        "assets": found.assets.select_related("device", "channel"),
    }
    return console.show(request, "ownership/border.html", PLACE, context)


def _reader(request: HttpRequest) -> Organization:
    organization = acting_organization(request)
    require(request.user, Permission.TELEMETRY_READ, within=organization)  # type: ignore[arg-type]
    return organization


def _may(request: HttpRequest, organization: Organization) -> bool:
    return allowed(request.user, Permission.DEVICE_EDIT, within=organization)  # type: ignore[arg-type]


def _check(request: HttpRequest, within: Organization, form: BorderForm, at: datetime) -> BorderCheck:
    given = form.cleaned_data
    return borders.check(
        assets=form.wanted(),
        by=request.user,  # type: ignore[arg-type]
        within=within,
        at=at,
        facts=form.facts(),
        **{name: given[name] for name in ("destination", "recipient", *NUMBERS)},
    )


def _row(found: BorderCheck) -> dict[str, Any]:
    country = words.COUNTRIES.get(found.destination)
    return {
        "check": found,
        "badge": BADGES[found.answer],
        "answer": found.get_answer_display(),
        "sentence": _(words.ANSWERS[found.answer]),  # type: ignore[index]
        "country": _(country) if country else found.destination,
    }


def _cells(found: BorderCheck) -> list[object]:
    """Return a check as a row of a file."""
    row = _row(found)
    told = [found.recipient, row["country"], found.get_grade_display(), found.persons, row["answer"]]
    return [moment_cell(found.at), *told]


def _facts(found: BorderCheck) -> Any:
    """Yield what was decided on, in words; of persons the sum since 1 January, as it counted."""
    yield _("Grade"), found.get_grade_display()
    for name in (*YES_OR_NO, "eu_data_for_third_country"):
        if found.facts.get(name) is not None:
            yield _(words.FACTS[name]), _("yes") if found.facts[name] else _("no")
    if found.facts.get("exemption"):
        yield _("Exemption"), _(words.EXEMPTIONS[Exemption(found.facts["exemption"])])
    for name in NUMBERS:
        sent, counted = getattr(found, name), found.facts.get(name)
        if sent is not None:
            text = _("{sent} in this transfer, {counted} since 1 January")
            yield _(words.FACTS[name]), text.format(sent=sent, counted=sent if counted is None else counted)
    for name in DAYS:
        if found.facts.get(name):
            yield _(words.FACTS[name]), parse_date(found.facts[name])


def _stands(value: Any) -> bool:
    return value not in (None, "", False, "unknown")
