"""What a leased machine did, and what it costs so far."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from billing.models import Acceptance, Invoice, ReviewItem, Watermark, WindowSet
from billing.permissions import reads_cost
from billing.queries import (
    completeness,
    day_edges,
    known_use,
    period_around,
    periods_of,
    running_cost,
    usage_sets,
)
from billing.rules.completeness import GapSpan, Known, State
from billing.web import words
from billing.web.budget_words import budget_beside, may_budget, with_budget
from devices.rules.readings import moment
from leasing.models import Lease
from marketplace.shared import clock
from marketplace.shared.period import Period

WORST = (State.COMPLETE, State.INCOMPLETE, State.PROVISIONAL)


@login_required
def usage(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show the usage of one billing period by day, one meter at a time, and the cost so far."""
    lease = _lease(request, public_id)
    now = clock.now()
    terms = lease.agreed
    meters = [rule.meter for rule in terms.count_rules]
    meter = request.GET.get("meter", "")
    meter = meter if meter in meters else meters[0]
    periods = periods_of(lease, until=now)
    period = _chosen(request, periods) or period_around(lease, now)
    use = known_use(lease)
    rows = _days(lease, period, meter, completeness(lease, now, use=use)) if period else []
    metered = list(
        Watermark.objects.filter(unit__lease=lease).select_related("device").order_by("-metered_at")
    )
    costs = _cost(request, lease, period.start if period else now)
    context = {
        "lease": lease,
        "zone": terms.zone.key,
        "meter": {"code": meter, "name": words.meter_name(meter), "unit": words.unit_name(meter)},
        "tabs": [_tab(request, name, meter) for name in meters],
        "periods": [_period(request, one, period, terms.zone) for one in periods],
        "period": period,
        "rows": rows,
        "total": words.shown(meter, sum((row["raw"] for row in rows), Decimal(0))),
        "exact": words.exactly(meter, sum((row["raw"] for row in rows), Decimal(0))),
        "bars": [{"day": row["day"], "value": row["quantity"], "flag": row["flag"]} for row in rows],
        "provisional": any(row["state"] == State.PROVISIONAL for row in rows),
        "known": _known(use, {mark.device_id: mark.device.name for mark in metered}),
        "reviews": ReviewItem.objects.visible_to(request.user)  # type: ignore[arg-type]
        .waiting()
        .filter(unit__lease=lease)
        .count(),
        "rules": words.rule_words(terms.count_rules),
        "plan": words.plan_words(costs["cost"].plan if costs["cost"] else terms.price_plan),
        "metered": metered[0] if metered else None,
        **costs,
    }
    return render(request, "billing/usage_detail.html", context)


@login_required
def summary(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show, for the page of the lease, its use and cost so far in a few figures."""
    lease = _lease(request, public_id)
    now = clock.now()
    cost = _cost(request, lease, now)
    running = cost["cost"]
    figures = [
        {
            "name": words.meter_name(meter),
            "value": words.shown(meter, total),
            "unit": words.unit_name(meter),
        }
        for meter, total in (running.usage.items() if running else ())
    ]
    failed = Acceptance.objects.filter(unit__lease=lease).newest().filter(passed=False)
    names = sorted({words.meter_name(meter) for meter in failed.values_list("meter", flat=True)})
    context = {"lease": lease, "figures": figures, "failed": names, **cost}
    return render(request, "billing/_usage_summary.html", context)


def _lease(request: HttpRequest, public_id: str) -> Lease:
    visible = Lease.objects.visible_to(request.user).select_related("lessor", "lessee")  # type: ignore[arg-type]
    return get_object_or_404(with_budget(request, visible), public_id=public_id)


def _cost(request: HttpRequest, lease: Lease, moment: datetime) -> dict[str, Any]:
    """Return the running cost, or if the period is billed, those of its invoices that the reader may read."""
    cost = running_cost(lease, moment)
    if cost is None:
        return {"cost": None, "invoices": [], "billed": False, "lines": [], "reads_cost": False}
    readable = Invoice.objects.visible_to(request.user).filter(pk=models.OuterRef("pk"))  # type: ignore[arg-type]
    whole = Invoice.objects.of_periods().issued()
    issued = whole.filter(lease=lease, period_start=cost.period.start).with_parties()
    billed = list(issued.annotate(is_readable=models.Exists(readable)).order_by("pk"))
    may = reads_cost(lease, request.user)  # type: ignore[arg-type]
    return {
        "cost": cost,
        "invoices": [one for one in billed if one.is_readable],
        "billed": bool(billed),
        "lines": [words.running_line(taxed) for taxed in cost.lines] if may else [],
        "reads_cost": may,
        "budget": budget_beside(request, cost, billed) if may else None,
        "may_budget": may_budget(request, lease),
    }


def _days(lease: Lease, period: Period, meter: str, about: Any) -> list[dict[str, Any]]:
    sets = usage_sets(lease, period).filter(meter=meter).order_by("local_day")
    by_day = groupby(sets.select_related(None), key=attrgetter("local_day"))
    return [_day(lease, meter, day, list(found), about) for day, found in by_day]


def _day(lease: Lease, meter: str, day: date, sets: list[WindowSet], about: Any) -> dict[str, Any]:
    total, held = (sum((getattr(one, name) for one in sets), Decimal(0)) for name in ("quantity", "held"))
    known = [about(one, *day_edges(day, lease)) for one in sets]
    state = max((one.state for one in known), key=WORST.index)
    return {
        "day": day,
        "raw": total,
        "quantity": words.shown(meter, total),
        "exact": words.exactly(meter, total),
        "held": words.shown(meter, held) if held else None,
        "version": max(one.version for one in sets),
        "state": state,
        "gaps": [_gap(gap) for one in known for gap in one.gaps],
        "flag": "held" if held else "provisional" if state == State.PROVISIONAL else "",
    }


def _gap(gap: GapSpan) -> dict[str, Any]:
    end = None if gap.end is None else moment(gap.end)
    return {"start": moment(gap.start), "end": end, "missing": gap.missing}


def _known(use: Mapping[tuple[int, int], Known], names: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        {"device": names[device], "heard": moment(one.heard), "watermark": moment(one.watermark)}
        for (_, device), one in sorted(use.items())
        if device in names
    ]


def _chosen(request: HttpRequest, periods: list[Period]) -> Period | None:
    asked = request.GET.get("from", "")
    return next((period for period in periods if period.start.isoformat() == asked), None)


def _period(request: HttpRequest, period: Period, shown: Period | None, zone: Any) -> dict[str, Any]:
    query = request.GET.copy()
    query["from"] = period.start.isoformat()
    first = period.start.astimezone(zone).date()
    return {"label": first, "url": f"?{query.urlencode()}", "active": period == shown}


def _tab(request: HttpRequest, meter: str, active: str) -> dict[str, Any]:
    query = request.GET.copy()
    query["meter"] = meter
    return {"label": words.meter_name(meter), "url": f"?{query.urlencode()}", "active": meter == active}
