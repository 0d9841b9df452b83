"""States in a word, a colour and a shape; strips of time; bars."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.template import Library
from django.utils.safestring import SafeString

from marketplace.web import charts

register = Library()

CODES = {
    "run": """ACTIVE RUNNING RUN PAID SETTLED MATCHED ACCEPTED APPROVED CONTRACTED VERIFIED PUBLISHED ONLINE
        READY DONE OK PERMIT SUCCEEDED COMPLETE""",
    "idle": """IDLE REQUESTED PENDING QUOTED COUNTERED SUSPENDED PAUSED NOTICE_GIVEN DUE HELD SUGGESTED
        PROVISIONAL STALE WAITING REVIEW""",
    "fault": """FAULT OVERDUE FAILED REFUSED REJECTED TERMINATED LOST DISPUTED IN_DEFAULT EXCEPTION CONFLICT
        ERROR DENY REVOKED""",
    "info": """ISSUED OPEN RESERVED IN_TRANSIT INSTALLED RETURNED IN_INSPECTION IN_REPAIR STARTED QUEUED
        PARTLY_PAID INFO NEW SENT""",
}
KIND_OF = {code: kind for kind, codes in CODES.items() for code in codes.split()}


@register.inclusion_tag("components/badge.html")
def badge(state: str, label: Any = "", kind: str = "") -> dict[str, Any]:
    """
    Show a state: ``{% badge lease.state lease.get_state_display %}``.

    The kind (run, idle, fault, info, off) follows from well-known codes; unknown ones are ``off``.
    """
    code = str(state)
    return {"code": code, "label": label or code, "kind": kind or KIND_OF.get(code.upper(), "off")}


@register.inclusion_tag("components/legend.html")
def legend(kinds: str = "run idle fault off gap", of: str = "") -> dict[str, Any]:
    """Explain the shapes of a strip in words, once a page; in a ``calendar`` they say other words."""
    return {"kinds": kinds.split(), "is_calendar": of == "calendar"}


@register.simple_tag
def state_strip(
    spans: Iterable[Mapping[str, Any]],
    start: datetime,
    end: datetime,
    title: str,
    desc: str = "",
    ticks: Sequence[tuple[datetime, str]] = (),
    now: datetime | None = None,
) -> SafeString:
    """Draw a strip between two moments from ``{"start", "end", "kind", "label"}``."""
    return charts.state_strip(
        spans, start=start, end=end, title=str(title), desc=str(desc), ticks=ticks, now=now
    )


@register.simple_tag
def day_strip(
    spans: Iterable[Mapping[str, Any]],
    start: datetime,
    title: str,
    desc: str = "",
    now: datetime | None = None,
) -> SafeString:
    """Draw the 24 hours from ``start`` (a local midnight)."""
    return charts.day_strip(spans, start=start, title=str(title), desc=str(desc), now=now)


@register.simple_tag
def weeks_strip(
    days: Sequence[Mapping[str, Any]],
    title: str,
    desc: str = "",
    ticks: bool = True,
    height: int = charts.STRIP,
) -> SafeString:
    """Draw days side by side from ``{"day", "kind", "label", "url"}``; ``height=12`` fits a card."""
    return charts.weeks_strip(days, title=str(title), desc=str(desc), ticks=ticks, height=height)


@register.inclusion_tag("components/month.html")
def month_grid(days: Sequence[Mapping[str, Any]], title: str) -> dict[str, Any]:
    """Show a month of ``{"day", "kind", "label", "url", "note"}`` as a calendar table, Monday first."""
    first: date | None = days[0]["day"] if days else None
    cells = [*([None] * (first.weekday() if first else 0)), *days]
    cells += [None] * (-len(cells) % 7)
    return {"title": title, "weeks": [cells[place : place + 7] for place in range(0, len(cells), 7)]}


@register.simple_tag
def bars(
    rows: Sequence[Mapping[str, Any]],
    title: str,
    desc: str = "",
    unit: str = "",
    height: int = 180,
    form: str = "short",
) -> SafeString:
    """
    Draw one bar a day from ``{"day", "value", "flag"}``, or a month if ``form`` is ``month``; put the rows
    in a table beside it.
    """
    return charts.bars(rows, title=str(title), desc=str(desc), unit=str(unit), height=height, form=form)


@register.simple_tag
def sparkbar(share: Decimal, kind: str = "run", label: str = "") -> SafeString:
    """Draw a share of one as a small bar; write the figure beside it."""
    return charts.sparkbar(Decimal(share), kind=kind, label=str(label))


@register.inclusion_tag("components/timeline.html")
def timeline(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Show what happened: ``{"at", "who", "what", "why", "kind", "evidence": [{"label", "url"}]}``."""
    return {"events": events}


@register.inclusion_tag("components/steps.html")
def steps(steps: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Show steps ``{"label", "state": "done" | "now" | "next", "note", "url"}`` in their order."""
    return {"steps": steps}


@register.inclusion_tag("components/progress.html")
def progress(done: int, total: int, words: str = "") -> dict[str, Any]:
    """Show how far a long job is, in a bar and in words."""
    return {"done": done, "total": total, "words": words}
