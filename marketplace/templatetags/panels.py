"""Panels, notices, tiles, ladders and the other still pieces of a page."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.template import Library
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from marketplace.gateway.files import MOST_ROWS

register = Library()
FAMILIES = ("M1", "M2", "M3", "R1", "R2", "Q1", "B1", "W1", "U1")


@register.simple_block_tag
def notice(content: str, kind: str = "info", title: str = "") -> SafeString:
    """Say something the reader should know: ``info``, ``attention``, ``error`` or ``done``."""
    return render_to_string("components/notice.html", {"content": content, "kind": kind, "title": title})


@register.simple_block_tag
def panel(
    content: str, title: str = "", note: str = "", url: str = "", link: str = "", name: str = ""
) -> SafeString:
    """Put content on a sheet with a heading; ``url`` and ``link`` lead further, ``name`` is its id."""
    facts = {"content": content, "title": title, "note": note, "url": url, "link": link, "name": name}
    return render_to_string("components/panel.html", facts)


@register.inclusion_tag("components/tile.html")
def tile(
    label: str,
    value: Any,
    unit: str = "",
    note: str = "",
    url: str = "",
    at: Any = None,
    kind: str = "",
    size: str = "",
) -> dict[str, Any]:
    """
    Show one figure: what it is, the figure with its unit, a comparison, when it was computed, a way down.

    ``value`` comes already formatted (``lease.cost|money``); ``size="large"`` is for a page's one figure.
    """
    facts = {"label": label, "value": value, "unit": unit, "note": note}
    return {**facts, "url": url, "at": at, "kind": kind, "size": size}


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict[str, Any]:
    """Say what would stand here, why it is empty, and the one next step."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("components/ladder.html")
def ladder(steps: Iterable[Mapping[str, Any]], total: Any = "", title: str = "") -> dict[str, Any]:
    """Show why an amount is what it is: ``{"label", "detail", "value", "url"}`` a step, then the total."""
    return {"steps": steps, "total": total, "title": title}


@register.inclusion_tag("components/explanation.html")
def explanation(
    outcome: str,
    sentence: str,
    rule: str = "",
    operands: Iterable[Any] = (),
    article: str = "",
    duties: Iterable[Any] = (),
) -> dict[str, Any]:
    """
    Explain a decision: ``PERMIT`` or ``DENY``, the sentence, the rule, its article and duties.

    An operand is ``{"name", "left", "sign", "right", "held"}``: both sides as they were compared.
    """
    facts = {"outcome": outcome, "sentence": sentence, "rule": rule}
    return {**facts, "operands": operands, "article": article, "duties": duties}


@register.inclusion_tag("components/diff.html")
def diff(rows: Iterable[Mapping[str, Any]], before: str = "", after: str = "") -> dict[str, Any]:
    """Show two versions side by side: ``{"label", "before", "after"}``; what differs is marked."""
    return {"rows": rows, "before": before, "after": after}


@register.inclusion_tag("components/facts.html")
def facts(rows: Iterable[Any], columns: int = 1) -> dict[str, Any]:
    """Show a list of terms: pairs of label and value, or ``{"label", "value", "unit", "note"}``."""
    shown = [row if isinstance(row, Mapping) else {"label": row[0], "value": row[1]} for row in rows]
    return {"rows": shown, "columns": columns}


@register.inclusion_tag("components/party.html")
def party(role: str, name: str, lines: Iterable[str] = (), code: str = "") -> dict[str, Any]:
    """Show a side of a document: seller or buyer, name, credit code, address and account lines."""
    return {"role": role, "name": name, "lines": lines, "code": code}


@register.inclusion_tag("components/drawing.html")
def drawing(family: str, label: str = "") -> dict[str, Any]:
    """Show the line drawing of an equipment family; with no label it is decoration beside its words."""
    return {"family": family if family in FAMILIES else "M1", "label": label}


@register.inclusion_tag("components/card.html")
def listing_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """
    Show a machine on offer.

    ``card`` has ``url``, ``title``, ``family``, ``price`` and may have ``photo``, ``place``, ``distance``,
    ``owner`` (with ``owner_url``), ``verified``, ``specs``, ``estimate``, ``days`` with ``free_words``, and
    ``id`` with ``compare`` (``chosen``, and the ``url`` that turns it); see ``/design/``.
    """
    return {"card": card}


@register.inclusion_tag("components/tabs.html")
def tabs(tabs: Iterable[Mapping[str, Any]], label: str) -> dict[str, Any]:
    """Show pages that belong together as links: ``{"label", "url", "active", "count"}``."""
    return {"tabs": tabs, "label": label}


@register.inclusion_tag("components/saved_filters.html", takes_context=True)
def saved_filters(context: Any, page: str, query: str, saved: Iterable[Any]) -> dict[str, Any]:
    """
    Offer the filters of a page that its reader keeps, to keep the one in force, and to let one go.

    ``page`` is the name of the address, ``query`` what stands behind its question mark without the page's
    number; ``saved`` are ``SavedFilter`` rows of it.
    """
    rows = [
        {"name": one.name, "public_id": one.public_id, "url": f"?{one.query}", "active": one.query == query}
        for one in saved
    ]
    return {"saved": rows, "page": page, "query": query, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/exports.html", takes_context=True)
def exports(
    context: Any,
    formats: str = "csv xlsx",
    parameter: str = "format",
    table: str = "",
    address: str = "",
    count: int = 0,
) -> dict[str, Any]:
    """
    Offer exactly what is shown as files; the address keeps the filters in force, and files have all pages.

    ``table`` names one of several on a page, ``address`` is its own if it is shown at another one. With
    ``count`` rows, which the page knows anyway, it is said if the file ends before the last one.
    """
    query, links = context["request"].GET.copy(), []
    for name in ("page", "cursor", "before"):
        query.pop(name, None)
    if table:
        query["table"] = table
    for name in formats.split():
        query[parameter] = name
        links.append({"label": name.upper(), "url": f"{address}?{query.urlencode()}"})
    return {"links": links, "most": MOST_ROWS if count > MOST_ROWS else 0}
