"""Page: up to four listings side by side, for my usage, my days and from where I am."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.filters.search import SearchForm
from marketplace.gateway.files import asked_format, table_answer
from marketplace.queries.acting import visible_listings
from marketplace.queries.comparing import Compared, Comparison, compare
from marketplace.queries.search_results import Usage
from marketplace.rules.comparing import MOST, Row, chosen
from marketplace.rules.pricing.plans import PricePlan
from marketplace.rules.search.wanted import Wanted
from marketplace.shared import clock
from marketplace.web.catalogue import figure_words
from marketplace.web.choices import CARRIED
from marketplace.web.figures import day_text, money_text, number_text
from marketplace.web.prices import headline
from marketplace.web.services import described

LETTERS = "ABCD"
DASH = "—"


def side_by_side(request: HttpRequest) -> HttpResponseBase:
    """Compare what the address names; what is not offered, and a fifth one, is said."""
    ids, more = chosen(request.GET.getlist("ids"))
    form = SearchForm(_carried(request))
    wanted, usage = (form.wanted(), form.usage()) if form.is_valid() else (Wanted(), None)
    among = visible_listings(request)
    found = compare(ids, among, wanted=wanted, usage=usage, on=clock.today())
    table = [*_facts(found, usage), *(_spec(row) for row in found.specs)]
    if written := asked_format(request):
        heads = [_("Property"), *(column.listing.title for column in found.columns)]
        return table_answer(written, "comparison", heads, ([row["label"], *row["cells"]] for row in table))
    context = {
        "form": form,
        "columns": [_head(request, number, column, found) for number, column in enumerate(found.columns)],
        "rows": [{**row, "cells": list(zip(LETTERS, row["cells"], strict=False))} for row in table],
        "ids": ",".join(column.listing.public_id for column in found.columns),
        "missing": found.missing,
        "more": more,
        "most": MOST,
        "another": _another(found) if len(found.columns) < MOST else None,
        "has_usage": usage is not None,
    }
    return render(request, "marketplace/compare.html", context)


def _carried(request: HttpRequest) -> QueryDict:
    query = QueryDict(mutable=True)
    for name in CARRIED:
        query[name] = request.GET.get(name, "")
    return query


def _head(request: HttpRequest, number: int, column: Compared, found: Comparison) -> dict[str, Any]:
    """Return what stands at the head of a column, with the address without it."""
    query = request.GET.copy()
    others = [each.listing.public_id for each in found.columns if each is not column]
    query["ids"] = ",".join(others)
    query.pop("format", None)
    return {
        "letter": LETTERS[number],
        "title": column.listing.title,
        "url": reverse("listing", args=[column.listing.public_id]),
        "without": f"?{query.urlencode()}",
        "closed": column.listing.chain_id is not None,
    }


def _another(found: Comparison) -> str:
    ids = ",".join(column.listing.public_id for column in found.columns)
    return f"{reverse('catalogue')}?compare={ids}" if ids else reverse("catalogue")


def _facts(found: Comparison, usage: Usage | None) -> list[dict[str, Any]]:
    """Return the rows of what every offer has: price, days, distance, deposit, data, services, owner."""
    rows: list[tuple[str, Callable[[Compared], str] | None]] = [
        (_("Price"), lambda one: headline(PricePlan.parse(one.listing.price_plan, agreed=True))),
        (_("My usage, with tax"), _estimate if usage else None),
        (_("Free on my days"), _on_days if any(one.is_free is not None for one in found.columns) else None),
        (_("Next free"), _next),
        (_("Distance"), _distance if any(one.result.km is not None for one in found.columns) else None),
        (_("Place"), lambda one: one.listing.site.city),
        (_("Deposit"), lambda one: money_text(one.listing.deposit_minor, one.listing.currency)),
        (_("At least"), lambda one: _("{n} days").format(n=one.listing.minimum_days)),
        (_("Machines"), _machines),
        (_("Data"), _data),
        (_("Services"), _services),
        (_("Owner"), _owner),
        (_("Category"), lambda one: one.listing.category.label),
    ]
    return [_row(label, [say(one) for one in found.columns]) for label, say in rows if say is not None]


def _row(label: str, cells: Sequence[str]) -> dict[str, Any]:
    return {"label": label, "cells": cells, "differs": len(set(cells)) > 1}


def _estimate(one: Compared) -> str:
    cost = one.result.estimate
    return _("not paid by this") if cost is None else money_text(cost.minor, cost.currency)


def _on_days(one: Compared) -> str:
    return _("yes") if one.is_free else _("no")


def _next(one: Compared) -> str:
    if one.free_from is None:
        return _("not within a year")
    return _("from {day}, for {n} days").format(day=day_text(one.free_from), n=one.run)


def _distance(one: Compared) -> str:
    return DASH if one.result.km is None else _("{km} km").format(km=number_text(round(one.result.km)))


def _machines(one: Compared) -> str:
    return number_text(one.listing.machine_count)  # type: ignore[attr-defined]


def _data(one: Compared) -> str:
    return _("terms of its own") if one.listing.data_terms else _("the usual terms")


def _services(one: Compared) -> str:
    return "; ".join(dict.fromkeys(described(each.value)["name"] for each in one.services)) or DASH


def _owner(one: Compared) -> str:
    owner = one.listing.owner
    return f"{owner.name} · {_('✓ verified')}" if owner.verified_at else owner.name


def _spec(row: Row) -> dict[str, Any]:
    cells = [DASH if value is None else figure_words(value) for value in row.values]
    return _row(f"{row.label} ({row.unit})" if row.unit else row.label, cells) | {"differs": row.differs}
