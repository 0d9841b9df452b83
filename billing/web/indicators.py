"""The policy indicators: what the platform, parks, hubs and regulators see of their region."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from billing.actions import indicators
from billing.models import IndicatorBaseline
from billing.queries.indicator_questions import (
    ASK,
    IndicatorAskedWrong,
    IndicatorQuestion,
    asked_question,
    may_ask,
    sees_rows,
)
from billing.queries.indicator_sql import fingerprint, statement
from billing.queries.indicator_tables import (
    STATES,
    indicator_cells,
    indicator_columns,
    plain_figure,
    state_of,
    told_parameters,
)
from billing.queries.indicators import IndicatorAnswer, IndicatorRow, indicator_rows
from billing.queries.kept_indicators import kept_answers
from billing.rules.indicator_spans import Days, month_of, quarter_of
from billing.rules.indicators import INDICATORS, PERCENT, Figure
from billing.web.loan_forms import told
from marketplace.filters import DayField
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed, require
from marketplace.queries import acting_organization
from marketplace.rules.regions import PROVINCES
from marketplace.shared import clock

ROWS: Final = 50
SHOWN: Final = 20  # baselines
PLACES: Final = {f"/{name}": name for name in ("industry", "value", "source", "valid_from")}
DATE = {"type": "date"}


class AskForm(forms.Form):
    """What is asked for; how it is read is said by ``asked_question``."""

    region = forms.CharField(
        label=gettext_lazy("Region, 2 to 6 digits"), widget=forms.TextInput({"inputmode": "numeric"})
    )
    cutoff = forms.CharField(label=gettext_lazy("As known at"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = forms.CharField(label=gettext_lazy("From day"), widget=forms.DateInput(DATE))
        self.fields["to"] = forms.CharField(
            label=gettext_lazy("To day, not included"), widget=forms.DateInput(DATE)
        )
        for one in self.fields.values():
            one.required = False
        self.order_fields(["region", "from", "to", "cutoff"])


class BaselineForm(forms.Form):
    """A baseline that is stated."""

    industry = forms.CharField(
        label=gettext_lazy("Industry, two digits of GB/T 4754; empty for all"), max_length=2, required=False
    )
    value = forms.DecimalField(
        label=gettext_lazy("Baseline in per cent"), max_digits=4, decimal_places=1, min_value=0, max_value=100
    )
    valid_from = DayField(label=gettext_lazy("Holds for periods from"), widget=forms.DateInput(DATE))
    source = forms.CharField(
        label=gettext_lazy("Paper that states the figure"), max_length=indicators.LONGEST_SOURCE
    )


@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """Show all indicators as tiles, and the same as a table; files hold every breakdown."""
    within = _reader(request)
    question, form, status = _asked(request, within)
    found = kept_answers(question)
    if wanted := asked_format(request):
        return _file(wanted, question, found)
    context = _frame(request, question, form, within) | {
        "rows": [_tile(one, request) for one in found],
    }
    return render(request, "billing/indicators.html", context, status=status)


@login_required
def shown(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show one indicator: its definition, its figures by period, region and industry; state a baseline."""
    within = _reader(request)
    if code not in INDICATORS:
        raise Http404
    sets = sees_rows(within) and allowed(request.user, Permission.INDICATOR_SET, within=within)  # type: ignore[arg-type]
    form = BaselineForm(request.POST or None)
    if request.method == "POST":
        if INDICATORS[code].over_baseline is None or not sees_rows(within):
            raise Http404
        require(request.user, Permission.INDICATOR_SET, within=within)  # type: ignore[arg-type]
        if form.is_valid() and _stated(request, code, form, within):
            messages.success(request, _("The baseline is stated."))
            return redirect("indicator", code)
    question, ask, status = _asked(request, within)
    [found] = kept_answers(question, [code])
    if wanted := asked_format(request):
        return _file(wanted, question, [found], code)
    context = _frame(request, question, ask, within) | _detail(found, request, within)
    if found.of.over_baseline is not None:
        context["baselines"] = IndicatorBaseline.objects.filter(indicator=code)[:SHOWN]
        context["baseline_form"] = form if sets else None
    return render(
        request, "billing/indicator.html", context, status=400 if request.method == "POST" else status
    )


@login_required
def rows(request: HttpRequest, code: str) -> HttpResponse:
    """Show the companies or machines behind a figure to the platform, page by page."""
    within = _reader(request)
    if code not in INDICATORS or not sees_rows(within):
        raise Http404
    question, form, status = _asked(request, within)
    after = request.GET.get("after", "")[:40].replace("\x00", "")
    found = indicator_rows(code, question, after=after, most=ROWS + 1)
    context = _frame(request, question, form, within) | {
        "of": INDICATORS[code],
        "rows": [_row(one) for one in found[:ROWS]],
        "next": f"?{_query(replace(question, is_now=False), after=found[ROWS - 1].item)}"
        if len(found) > ROWS
        else "",
    }
    return render(request, "billing/indicator_rows.html", context, status=status)


def _reader(request: HttpRequest) -> Organization:
    within = acting_organization(request)
    if not may_ask(within, request.user):  # type: ignore[arg-type]
        raise Http404
    return within


def _asked(request: HttpRequest, within: Organization) -> tuple[IndicatorQuestion, AskForm, int]:
    """Return the question, its form, and 400 if it could not be read: then this month is shown."""
    given = {name: request.GET.get(name, "").strip() for name in ASK}
    form = AskForm(given if any(given.values()) else None)
    now = clock.now()
    try:
        return asked_question(given, organization=within, now=now), form, 200
    except IndicatorAskedWrong as error:
        form.is_valid()
        for flaw in error.flaws:
            form.add_error(flaw.pointer.removeprefix("/"), _(flaw.text).format(**flaw.facts))
        return asked_question({}, organization=within, now=now), form, 400


def _stated(request: HttpRequest, code: str, form: BaselineForm, within: Organization) -> bool:
    who: dict[str, Any] = {"within": within, "by": request.user, "at": clock.now()}
    try:
        indicators.state_baseline(indicator=code, **form.cleaned_data, **who)
    except indicators.BaselineInvalid as error:
        told(error, form, PLACES)
        return False
    return True


def _file(
    form: str, question: IndicatorQuestion, found: list[IndicatorAnswer], code: str = ""
) -> HttpResponseBase:
    name = "-".join(filter(None, ("indicators", code, question.days.first.isoformat())))
    return table_answer(form, name, indicator_columns(), indicator_cells(found))


def _frame(
    request: HttpRequest, question: IndicatorQuestion, form: AskForm, within: Organization
) -> dict[str, Any]:
    today = clock.today()
    month = month_of(today)
    quarter = quarter_of(today)
    year = Days(date(today.year - 1, 1, 1), date(today.year, 1, 1))
    spans = (
        (_("This month"), month),
        (_("Last month"), month.before()),
        (_("This quarter"), quarter),
        (_("Last quarter"), quarter.before()),
        (_("Last year"), year),
    )
    return {
        "form": form,
        "question": question,
        "period": question.days.name,
        "place": _place(question.region) if question.region else _("all regions"),
        "spans": [
            {
                "label": label,
                "url": f"?{_query(question, first=days.first, end=days.end)}",
                "is_here": days == question.days,
            }
            for label, days in spans
        ],
        "sees_rows": sees_rows(within),
        "definitions": fingerprint(),
    }


def _query(
    question: IndicatorQuestion, *, first: date | None = None, end: date | None = None, **more: str
) -> str:
    """Return the address of a question that is to be asked again; one as known now stays so."""
    given = {"region": question.region, "from": first or question.days.first, "to": end or question.days.end}
    given["cutoff"] = "" if question.is_now else question.cutoff.isoformat()
    return urlencode({name: str(value) for name, value in (given | more).items() if value})


def _tile(answer: IndicatorAnswer, request: HttpRequest) -> dict[str, Any]:
    of, figure = answer.of, answer.figure
    query = request.GET.urlencode()
    return {
        "of": of,
        "url": reverse("indicator", args=[of.code]) + (f"?{query}" if query else ""),
        "figure": _said(answer, figure),
        "is_known": figure.value is not None and not figure.is_hidden,
        "numerator": _grouped(figure.sum.numerator) if figure.sum else "",
        "denominator": _grouped(figure.sum.denominator) if figure.sum else "",
        "target": _amount(answer, answer.target),
        "is_reached": answer.is_reached,
        "change": _change(answer),
        "share": figure.value / 100 if figure.value is not None and of.unit == PERCENT else None,
        "kind": "run" if answer.is_reached else "idle" if answer.is_reached is False else "",
    }


def _detail(answer: IndicatorAnswer, request: HttpRequest, within: Organization) -> dict[str, Any]:
    drawn = [(days, one) for days, one in reversed(answer.series) if one.value is not None]
    rows_url = reverse("indicator-rows", args=[answer.of.code])
    return _tile(answer, request) | {
        "answer": answer,
        "bars": [{"day": days.name, "value": one.value} for days, one in drawn],
        "series": [_line(answer, days.name, one) for days, one in answer.series],
        "regions": [
            _line(answer, _place(name), one)
            | {"url": f"?{_query_into(answer.question, name)}" if name and not one.is_hidden else ""}
            for name, one in answer.regions.items()
        ],
        "industries": [
            _line(answer, name or _("not stated"), one)
            | {
                "target": _amount(answer, answer.target_of(name)),
                "baseline": _amount(answer, answer.baselines.get(name)),
            }
            for name, one in answer.industries.items()
        ],
        "statement": statement(answer.of.code),
        "parameters": told_parameters(answer.question),
        "rows_url": f"{rows_url}?{_query(answer.question)}" if sees_rows(within) else "",
    }


def _query_into(question: IndicatorQuestion, region: str) -> str:
    return _query(replace(question, region=region))


def _line(answer: IndicatorAnswer, name: str, figure: Figure) -> dict[str, Any]:
    added = figure.sum
    share = figure.value / 100 if figure.value is not None and answer.of.unit == PERCENT else None
    return {
        "name": name,
        "figure": _said(answer, figure),
        "numerator": _grouped(added.numerator) if added else "–",
        "denominator": _grouped(added.denominator) if added else "–",
        "share": share,
    }


def _row(one: IndicatorRow) -> Mapping[str, Any]:
    figures = {
        "numerator": _grouped(one.numerator),
        "denominator": _grouped(one.denominator),
        "place": _place(one.region) if one.region else _("not stated"),
    }
    return vars(one) | figures


def _grouped(value: Decimal | None) -> str:
    """Return a quantity to a thousandth as people read it: ``1,518.943``."""
    text = plain_figure(value)
    return "" if text is None else f"{Decimal(text):,f}"


def _said(answer: IndicatorAnswer, figure: Figure) -> str:
    """Return a figure with its unit, or in words why there is none."""
    state = state_of(answer, figure)
    return _amount(answer, figure.value) if state == "known" else str(_(STATES[state]))


def _amount(answer: IndicatorAnswer, value: Decimal | None) -> str:
    if value is None:
        return ""
    return f"{value} %" if answer.of.unit == PERCENT else f"{value} {_(answer.of.unit)}"


def _change(answer: IndicatorAnswer) -> str:
    if answer.change is None:
        return ""
    if answer.of.unit == PERCENT:
        return _("{change} points against {before}").format(
            change=f"{answer.change:+}", before=answer.series[1][0].name
        )
    return _("{change} against {before}").format(change=f"{answer.change:+}", before=answer.series[1][0].name)


def _place(code: str) -> str:
    """Name a region: its code, and its province."""
    if not code:
        return _("not stated")
    province = PROVINCES.get(code[:2])
    if province is None:
        return code
    name = province.name_zh if (get_language() or "").startswith("zh") else province.name
    return f"{code} {name}"
