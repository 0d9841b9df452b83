"""A past period rated with other numbers in its plan: both amounts side by side; nothing is written."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing.permissions import lease_with_books
from billing.queries import periods_of, what_if
from billing.rules.what_if import Compared, Comparison, other_plan
from billing.web import words
from leasing.queries.prices import plan_at
from marketplace.gateway.files import asked_format, table_answer
from marketplace.rules.pricing.lines import PLATFORM
from marketplace.rules.pricing.plan_numbers import Number, changed, numbers
from marketplace.shared import clock
from marketplace.shared.errors import Invalid


@login_required
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Offer the numbers of the plan, and compare once a period is chosen."""
    lease = lease_with_books(public_id, request.user)  # type: ignore[arg-type]
    terms, now = lease.agreed, clock.now()
    periods = periods_of(lease, until=now)
    asked = request.GET.get("from", "")
    period = next((one for one in periods if one.start.isoformat() == asked), None)
    price = plan_at(lease, now if period is None else period.start)
    document = price.dump()
    found: Comparison | None = None
    flaws: list[str] = []
    if period is not None:
        try:
            counted = [rule.meter for rule in terms.count_rules]
            typed = changed(document, request.GET)
            plan = other_plan(typed, currency=terms.price_plan.currency, counted=counted)
            found = what_if(lease, period, plan, at=now)
        except Invalid as error:
            flaws = [_said(document, flaw) for flaw in error.flaws] or [_(error.text).format(**error.facts)]
    if (form := asked_format(request)) and found is not None:
        return table_answer(form, "what-if", _columns(), _cells(found))
    context = {
        "lease": lease,
        "zone": terms.zone.key,
        "numbers": [_field(number, request.GET) for number in numbers(document, _)],
        "periods": [
            {"value": one.start.isoformat(), "period": one, "chosen": one == period} for one in periods
        ],
        "found": found,
        "rows": [_row(line) for line in found.lines] if found else [],
        "flaws": flaws,
        "plan": words.plan_words(price),
    }
    return render(request, "billing/what_if.html", context, status=400 if flaws else 200)


def _field(number: Number, given: Mapping[str, str]) -> dict[str, str]:
    return {"name": number.name, "label": number.of, "value": given.get(number.name, number.value)}


def _said(document: Mapping[str, Any], flaw: Any) -> str:
    """Say a flaw with the name of its number."""
    names = {one.pointer: one.of for one in numbers(document, _)}
    text = _(flaw.text).format(**flaw.facts)
    return f"{names[flaw.pointer]}: {text}" if flaw.pointer in names else text


def _row(line: Compared) -> dict[str, Any]:
    return {
        "name": words.line_name(line.kind, line.meter),
        "platform": line.key.seller == PLATFORM,
        "present": line.present,
        "other": line.other,
        "difference": line.difference,
    }


def _columns() -> list[str]:
    return [_("Line"), _("Component"), _("Net now"), _("Net with these numbers"), _("Difference")]


def _cells(found: Comparison) -> Iterator[list[object]]:
    for line in found.lines:
        amounts = (line.present.amount, line.other.amount, line.difference.amount)
        yield [words.line_name(line.kind, line.meter), line.key.component, *amounts]
    yield [_("Total"), "", found.present.amount, found.other.amount, found.difference.amount]
