"""A past period rated with other numbers in its plan: both amounts side by side; nothing is written."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from billing.permissions import lease_with_books
from billing.queries import periods_of, what_if
from billing.rules.what_if import Compared, Comparison, other_plan
from billing.web import words
from marketplace.gateway.files import asked_format, table_answer
from marketplace.rules.pricing.lines import PLATFORM
from marketplace.shared.errors import Invalid

NUMBERS = {
    "amount": gettext_noop("amount"),
    "price": gettext_noop("price"),
    "rate": gettext_noop("share"),
    "included": gettext_noop("included"),
    "commitment": gettext_noop("least of a window"),
    "overage_factor": gettext_noop("times above it"),
    "factor": gettext_noop("times the price"),
    "unit": gettext_noop("price of the step"),
    "flat": gettext_noop("once in the step"),
}
BOUNDS = {"minimum": gettext_noop("Minimum"), "cap": gettext_noop("Cap")}


class Number(NamedTuple):
    """One number of a plan: where it stands, of what it is, and what it is now."""

    path: tuple[str | int, ...]
    of: str
    value: str

    @property
    def name(self) -> str:
        """The name of its field."""
        return ".".join(map(str, self.path))


@login_required
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Offer the numbers of the plan, and compare once a period is chosen."""
    lease = lease_with_books(public_id, request.user)  # type: ignore[arg-type]
    terms, now = lease.agreed, timezone.now()
    document, periods = terms.price_plan.dump(), periods_of(lease, until=now)
    asked = request.GET.get("from", "")
    period = next((one for one in periods if one.start.isoformat() == asked), None)
    found: Comparison | None = None
    flaws: list[str] = []
    if period is not None:
        try:
            counted = [rule.meter for rule in terms.count_rules]
            changed = _changed(document, request.GET)
            plan = other_plan(changed, currency=terms.price_plan.currency, counted=counted)
            found = what_if(lease, period, plan, at=now)
        except Invalid as error:
            flaws = [_said(document, flaw) for flaw in error.flaws] or [_(error.text).format(**error.facts)]
    if (form := asked_format(request)) and found is not None:
        return table_answer(form, "what-if", _columns(), _cells(found))
    context = {
        "lease": lease,
        "zone": terms.zone.key,
        "numbers": [_field(number, request.GET) for number in numbers(document)],
        "periods": [
            {"value": one.start.isoformat(), "period": one, "chosen": one == period} for one in periods
        ],
        "found": found,
        "rows": [_row(line) for line in found.lines] if found else [],
        "flaws": flaws,
        "plan": words.plan_words(terms.price_plan),
    }
    return render(request, "billing/what_if.html", context, status=400 if flaws else 200)


def numbers(document: Mapping[str, Any]) -> Iterator[Number]:
    """Yield the numbers of a plan that a reader may change, in the order of the plan."""
    for place, component in enumerate(document["components"]):
        of = words.line_name(component["kind"], component.get("meter"))
        yield from _numbers(component, ("components", place), of)
    for bound, name in BOUNDS.items():
        if document[bound] is not None:
            yield from _numbers(document[bound], (bound,), _(name))


def _numbers(node: Mapping[str, Any], path: tuple[str | int, ...], of: str) -> Iterator[Number]:
    for name in NUMBERS:
        if isinstance(node.get(name), str) and (name != "unit" or "up_to" in node):
            yield Number((*path, name), f"{of}, {_(NUMBERS[name])}", node[name])
    for place, band in enumerate(node.get("bands", ())):
        yield from _numbers(band, (*path, "bands", place), f"{of}, {band['name']}")
    for place, tier in enumerate(node.get("tiers", ())):
        yield from _numbers(tier, (*path, "tiers", place), f"{of}, {place + 1}")


def _changed(document: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the plan with the numbers that were typed."""
    changed = deepcopy(dict(document))
    for number in numbers(document):
        node: Any = changed
        for step in number.path[:-1]:
            node = node[step]
        node[number.path[-1]] = given.get(number.name, number.value).strip()
    return changed


def _field(number: Number, given: Mapping[str, str]) -> dict[str, str]:
    return {"name": number.name, "label": number.of, "value": given.get(number.name, number.value)}


def _said(document: Mapping[str, Any], flaw: Any) -> str:
    """Say a flaw with the name of its number."""
    names = {"/price_plan/" + "/".join(map(str, one.path)): one.of for one in numbers(document)}
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
