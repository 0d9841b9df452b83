"""Tables that become cards on phones, sortable headings, pages, chips."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.template import Library

register = Library()
RIGHT = {"money", "number", "quantity", "percent", "sign"}


@register.inclusion_tag("components/table.html", takes_context=True)
def table(
    context: Any,
    columns: Sequence[Mapping[str, Any]],
    rows: Iterable[Any],
    caption: str,
    totals: Any = None,
    key: str = "",
) -> dict[str, Any]:
    """
    Show rows under columns: ``{"key", "label", "kind", "url", "state", "unit", "sort"}``.

    ``key`` is an attribute, a dotted path or a dictionary key of the row; ``kind`` is text, money, number,
    quantity, percent, sign, moment, day, or badge; ``url`` and ``state`` are keys of the row for the link of
    the cell and the code of the badge. ``totals`` is one more row, ruled off as in a ledger.
    """
    shown = [{"kind": "text", **column, "right": column.get("kind") in RIGHT} for column in columns]
    lines = [[_cell(column, row) for column in shown] for row in rows]
    total = [_cell(column, totals) for column in shown] if totals is not None else []
    return {
        "columns": shown,
        "rows": lines,
        "caption": caption,
        "totals": total,
        "request": context.get("request"),
    }


@register.inclusion_tag("components/sort.html", takes_context=True)
def sort(
    context: Any, key: str, label: str, right: bool = False, parameter: str = "ordering"
) -> dict[str, Any]:
    """Show a ``<th>`` whose link sorts by ``key``, then the other way round."""
    now = context["request"].GET.get(parameter, "")
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    query = context["request"].GET.copy()
    query[parameter] = f"-{key}" if now == key else key
    for name in ("page", "cursor"):
        query.pop(name, None)
    return {"label": label, "order": order, "right": right, "url": f"?{query.urlencode()}"}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Any, page: Any, parameter: str = "page", address: str = "") -> dict[str, Any]:
    """
    Show the way to the next and the previous page, as real links.

    ``page`` is Django's ``Page``, or ``{"previous": url, "next": url, "words": "1–50"}`` for cursors;
    ``address`` is where the pages stand, if not where the reader is.
    """
    if isinstance(page, Mapping):
        return {"previous": page.get("previous"), "next": page.get("next"), "words": page.get("words", "")}
    turn = {"previous": page.has_previous(), "next": page.has_next()}
    query = context["request"].GET.copy()
    for name, exists in turn.items():
        query[parameter] = page.previous_page_number() if exists and name == "previous" else page.number + 1
        turn[name] = f"{address}?{query.urlencode()}" if exists else ""
    return {**turn, "number": page.number, "count": page.paginator.num_pages}


@register.inclusion_tag("components/chips.html")
def chips(chips: Iterable[Mapping[str, Any]], clear: str = "") -> dict[str, Any]:
    """Show the filters in force, ``{"label", "url"}``: each link takes one away, ``clear`` takes all."""
    return {"chips": list(chips), "clear": clear}


def _cell(column: Mapping[str, Any], row: Any) -> dict[str, Any]:
    return {
        "column": column,
        "value": _value(row, column["key"]),
        "url": _value(row, column["url"]) if column.get("url") else "",
        "state": _value(row, column["state"]) if column.get("state") else "",
        "unit": _value(row, column["unit"]) or column["unit"] if column.get("unit") else "",
    }


def _value(row: Any, path: str) -> Any:
    """Follow a path through keys and attributes; call a method at its end; a missing end is None."""
    for step in path.split("."):
        row = row.get(step) if isinstance(row, Mapping) else getattr(row, step, None)
    return row() if callable(row) else row
