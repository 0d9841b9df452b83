"""What became of the time of an owner's machines, as a chart with its tables."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing.queries.utilisation import by_bucket, utilisation_of
from billing.rules.utilisation import Bucket, By, Use, buckets, hours
from marketplace.filters import DAY, DayField, refuse_unread
from marketplace.gateway.files import asked_format, table_answer
from marketplace.queries import acting_organization
from marketplace.shared import clock

PAGE = 40
BYS = ((By.WEEK.value, gettext_lazy("By week")), (By.MONTH.value, gettext_lazy("By month")))


class UtilisationForm(forms.Form):
    """How long a column is, and with which day the last one ends."""

    by = forms.ChoiceField(label=gettext_lazy("Columns"), choices=BYS, required=False)
    last_day = DayField(label=gettext_lazy("Up to the day"), required=False, widget=DAY)

    def asked(self) -> tuple[By, date]:
        """Return what is asked for; weeks up to today if nothing is, or if it cannot be read."""
        told = self.cleaned_data if self.is_valid() else {}
        return By(told.get("by") or By.WEEK), told.get("last_day") or clock.today()


@require_GET
@login_required
def shown(request: HttpRequest) -> HttpResponseBase:
    """Show the use of the acting organization's machines in twelve weeks or months; also as files."""
    form, now = UtilisationForm(request.GET), clock.now()
    by, last = form.asked()
    spans = buckets(by, last, zone=timezone.get_default_timezone(), now=now)
    machines = utilisation_of(acting_organization(request), by, spans, now)
    totals = by_bucket(machines, len(spans))
    if wanted := asked_format(request):
        refuse_unread(form)
        if request.GET.get("table") == "machines":
            return table_answer(wanted, "utilisation-machines", _machine_heads(), _machine_cells(machines))
        return table_answer(wanted, "utilisation", _heads(), _cells(spans, totals))
    rows = sorted(machines, key=lambda one: -one.total.idle)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "by": by.value,
        "tabs": [
            _tab(name.value, str(label), by, last) for name, label in zip(By, dict(BYS).values(), strict=True)
        ],
        "turns": _turns(by, spans),
        "first": spans[0].first,
        "last": spans[-1].after - timedelta(days=1),
        "now": now,
        "total": figures(sum(totals, Use())),
        "bars": [
            {"day": span.first, "value": _percent(use.leased_share)}
            for span, use in zip(spans, totals, strict=True)
        ],
        "rows": [
            {"span": span, "last": span.after - timedelta(days=1)} | figures(use)
            for span, use in zip(spans, totals, strict=True)
        ],
        "page": page,
        "machines": [{"machine": one.machine} | figures(one.total) for one in page],
    }
    return render(request, "billing/utilisation.html", context, status=400 if form.errors else 200)


def figures(use: Use) -> dict[str, Any]:
    """Return the figures of a use as pages and files show them: hours to the tenth, shares."""
    return {
        "there": tenths(use.there),
        "leased": tenths(use.leased),
        "ran": tenths(use.ran),
        "idle": tenths(use.idle),
        "leased_share": use.leased_share,
        "ran_share": use.ran_share,
    }


def tenths(span: timedelta) -> Decimal:
    """Return a length in hours, rounded to the tenth to be read; what is counted stays exact."""
    return hours(span).quantize(Decimal("0.1"))


def _percent(share: Decimal | None) -> Decimal:
    return ((share or Decimal(0)) * 100).quantize(Decimal("0.1"))


def _tab(name: str, label: str, by: By, last: date) -> dict[str, Any]:
    query = urlencode({"by": name, "last_day": last.isoformat()})
    return {"label": label, "url": f"?{query}", "active": name == by.value, "count": None}


def _turns(by: By, spans: list[Bucket]) -> dict[str, str]:
    length = spans[-1].after - spans[0].first
    days = {
        "before": spans[0].first - timedelta(days=1),
        "after": spans[-1].after + length - timedelta(days=1),
    }
    return {
        name: f"?{urlencode({'by': by.value, 'last_day': day.isoformat()})}" for name, day in days.items()
    }


def _heads() -> list[str]:
    return [_("First day"), _("Last day"), *_figure_heads()]


def _figure_heads() -> list[str]:
    hours_of = [_("Hours on offer or leased"), _("Hours leased"), _("Hours run"), _("Hours idle")]
    return [*hours_of, _("Leased, %"), _("Run while leased, %")]


def _figure_cells(use: Use) -> list[object]:
    shown = figures(use)
    shares = [None if use_ is None else _percent(use_) for use_ in (use.leased_share, use.ran_share)]
    return [shown["there"], shown["leased"], shown["ran"], shown["idle"], *shares]


def _cells(spans: list[Bucket], totals: list[Use]) -> Iterator[list[object]]:
    for span, use in zip(spans, totals, strict=True):
        yield [span.first, span.after - timedelta(days=1), *_figure_cells(use)]


def _machine_heads() -> list[str]:
    return [_("Machine"), _("Serial number"), _("Where it stands"), *_figure_heads()]


def _machine_cells(machines: Any) -> Iterator[list[object]]:
    for one in machines:
        machine = one.machine
        yield [machine.name, machine.serial_number, machine.site.name, *_figure_cells(one.total)]
