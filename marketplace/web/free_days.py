"""
When a listing is free, on its page: two months as grids and as a list, the next days in a row, the days that
a reader chose, and how much of the last thirty days it was not taken.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.models import Listing
from marketplace.queries import free_days
from marketplace.queries.days_ahead import HORIZON
from marketplace.queries.listing_pages import machines_read
from marketplace.rules.free_days import first_run, runs
from marketplace.shared import clock
from marketplace.web.figures import day_text

MONTHS_AHEAD = 12
BEHIND = 30  # days of the past
FEWEST_BEHIND = 7  # days that a listing was on offer, before a share of them says anything


class RunForm(forms.Form):
    """For how many days in a row."""

    run = forms.IntegerField(label=gettext_lazy("Days in a row"), min_value=1, max_value=HORIZON)


def when_free(
    request: HttpRequest, shown: Listing, machines: int, wanted: tuple[date, int] | None = None
) -> dict[str, Any]:
    """
    Return two months from the one asked for on, the addresses before and after, and the next free days.

    ``wanted`` is a first day with how many days from it a reader would have the machine.
    """
    today = clock.today()
    first = _month(request, today)
    end = _following(_following(first))
    start = max(first, today)
    span = max(HORIZON, (end - today).days)
    known = [(shown.pk, machine) for machine in machines_read(shown, in_service=True)]
    found = free_days([shown], today - timedelta(days=BEHIND), BEHIND + span, known=known)[shown.pk].values()
    each = [days[BEHIND:] for days in found]  # for the months and the run
    free = [sum(day) for day in zip(*each, strict=True)] or [0] * span
    free = free[(start - today).days : (end - today).days]
    form = RunForm(request.GET if request.GET.get("run") else None, initial={"run": shown.minimum_days})
    return {
        "months": _months(first, start, free, machines),
        "free_list": [_run(start, one.first, one.last, one.free, machines) for one in runs(free)],
        "earlier": _address(_before(first)) if first > today else None,
        "later": _address(_following(first)) if first < _last(today) else None,
        "run_form": form,
        "behind": _behind(shown, today, [days[:BEHIND] for days in found]),
        "wanted_free": _free_then(today, wanted, each) if wanted else None,
        **_next(form, shown, today, each),
    }


def _behind(shown: Listing, today: date, machines: list[list[bool]]) -> dict[str, Any] | None:
    """Return those of the last thirty days since it was first on offer, and how much it was not taken."""
    since = _on_offer_since(shown.published_at, shown.zone, today - timedelta(days=BEHIND))
    skip = (since - today).days + BEHIND
    free = [sum(day) for day in zip(*machines, strict=True)][skip:]
    if len(free) < FEWEST_BEHIND:
        return None
    return {
        "share": Decimal(sum(free)) / (len(free) * len(machines)),
        "count": len(free),
        "days": [_behind_cell(since + timedelta(days=n), idle, len(machines)) for n, idle in enumerate(free)],
    }


def _on_offer_since(published_at: datetime | None, zone: str, first: date) -> date:
    return max(first, published_at.astimezone(ZoneInfo(zone)).date()) if published_at else first


def _behind_cell(day: date, idle: int, machines: int) -> dict[str, Any]:
    used = machines - idle
    if not used:
        return {"day": day, "kind": "free", "label": _("not taken")}
    label = _("taken") if machines == 1 else _("{n} of {all} taken").format(n=used, all=machines)
    return {"day": day, "kind": "buffer" if idle else "busy", "label": label}


def _free_then(today: date, wanted: tuple[date, int], machines: list[list[bool]]) -> int | None:
    """Return how many machines are free on all of these days; nothing if they lie out of sight."""
    first = (wanted[0] - today).days
    last = first + wanted[1]
    if first < 0 or any(len(days) < last for days in machines):
        return None
    return sum(all(days[first:last]) for days in machines)


def _next(form: RunForm, shown: Listing, today: date, machines: list[list[bool]]) -> dict[str, Any]:
    """Return the next days of a run; a shorter one than the owner lets is not looked for."""
    if form.is_bound and not form.is_valid():
        return {"next_free": "", "run": None}
    typed = form.cleaned_data["run"] if form.is_bound else shown.minimum_days
    run = max(typed, shown.minimum_days)
    start = first_run((days[:HORIZON] for days in machines), run)
    found = "" if start is None else _days(today + timedelta(days=start), run)
    return {"next_free": found, "run": run}


def _days(first: date, run: int) -> str:
    last = first + timedelta(days=run - 1)
    return day_text(first) if run == 1 else f"{day_text(first)} – {day_text(last)}"


def _months(first: date, start: date, free: list[int], machines: int) -> list[dict[str, Any]]:
    """Return both months as cells: what is past, then what is free."""
    found = []
    for month in (first, _following(first)):
        length = (_following(month) - month).days
        days = (month + timedelta(days=n) for n in range(length))
        cells = [_cell(day, None if day < start else free[(day - start).days], machines) for day in days]
        found.append({"first": month, "days": cells})
    return found


def _cell(day: date, free: int | None, machines: int) -> dict[str, Any]:
    if free is None:
        return {"day": day, "kind": "past", "label": _("past")}
    note = str(free) if machines > 1 and free else ""
    return {"day": day, "kind": "free" if free else "busy", "label": _said(free, machines), "note": note}


def _said(free: int, machines: int) -> str:
    """Say how many machines are free."""
    if not free:
        return _("taken")
    return _("free") if machines == 1 else _("{n} of {all} free").format(n=free, all=machines)


def _run(start: date, first: int, last: int, free: int, machines: int) -> dict[str, str]:
    return {
        "days": _days(start + timedelta(days=first), last - first + 1),
        "said": _said(free, machines),
        "kind": "free" if free else "busy",
    }


def _month(request: HttpRequest, today: date) -> date:
    """Return the first day of the month asked for, or of this one: not earlier, and not too far ahead."""
    this = today.replace(day=1)
    try:
        asked = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return this
    return min(max(asked, this), _last(today))


def _last(today: date) -> date:
    month = today.replace(day=1)
    for _step in range(MONTHS_AHEAD):
        month = _following(month)
    return month


def _following(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _address(month: date) -> str:
    return f"?month={month:%Y-%m}#free"
