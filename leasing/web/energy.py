"""The energy report of a lease: a chart and a table by day, one suggestion, and the same as CSV."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from leasing.actions import energy
from leasing.actions.energy import Found, Why
from leasing.models import Lease
from leasing.queries import days_between, energy_months, month_named, name_of
from leasing.rules.energy import Report, suggestion
from leasing.web.words import said
from marketplace.gateway.files import asked_format, table_answer
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.period import Period

COLUMNS = ("day", "kwh", "idle_kwh", "unknown_kwh", "parts", "kwh_per_part")


@login_required
def shown(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """
    Show the lessee what its machines used; ``?month=2026-03`` or ``?from=2026-03-01&to=2026-03-07``, at most
    31 days, and ``?format=csv`` or ``xlsx``.
    """
    organization = acting_organization(request)
    mine = Lease.objects.filter(lessee=organization).select_related("lessor", "lessee")
    lease = get_object_or_404(mine, public_id=public_id)
    now = clock.now()
    months = energy_months(lease, now)
    month = month_named(months, request.GET.get("month", ""), lease)
    if months and month is None:
        raise Http404
    typed = {name: request.GET.get(name, "").strip()[:10] for name in ("from", "to")}
    chosen = days_between(typed["from"], typed["to"], lease, now) if all(typed.values()) else None
    wrong = _("Choose days of the lease, the first before the last.") if any(typed.values()) else ""
    found, wrong = None, "" if chosen else wrong
    period = chosen or (None if wrong else month)
    if period is not None:
        given: dict[str, Any] = {"by": request.user, "within": organization, "at": now}
        try:
            found = energy.read(lease=lease, period=period, **given)
        except energy.TooManyDays as error:
            wrong = said(error)
    name = "_".join(typed.values()) if chosen else name_of(month, lease) if month else ""
    if (form := asked_format(request)) and found and found.report:
        return table_answer(form, f"energy-{lease.number}-{name}", COLUMNS, _cells(found.report))
    context = _context(lease, months, None if chosen or wrong else month, found)
    asked = {"typed": typed, "wrong": wrong, "chosen": chosen, "query": urlencode(typed) if chosen else ""}
    return render(request, "leasing/lease_energy.html", context | asked | {"most_days": energy.MOST_DAYS})


def _context(lease: Lease, months: list[Period], month: Period | None, found: Found | None) -> dict[str, Any]:
    report = found.report if found else None
    advice = suggestion(report) if report else None
    return {
        "lease": lease,
        "zone": lease.agreed.zone.key,
        "month": name_of(month, lease) if month else "",
        "tabs": [
            {
                "label": name_of(one, lease),
                "url": f"?month={name_of(one, lease)}",
                "active": one == month,
                "count": None,
            }
            for one in months
        ],
        "report": report,
        "bars": [{"day": day.day, "value": day.kwh, "flag": ""} for day in report.days] if report else [],
        "advice": _(advice.msgid).format(**advice.facts) if advice else "",
        "refused": found is not None and found.why is Why.NOT_ALLOWED,
        "mute": found is not None and found.why is Why.NO_CHANNEL,
    }


def _cells(report: Report) -> Iterator[list[object]]:
    for day in report.days:
        parts = Decimal(format(day.parts.normalize(), "f")) if report.knows_parts else None
        yield [day.day, day.kwh, day.idle, day.unknown, parts, day.per_part]
