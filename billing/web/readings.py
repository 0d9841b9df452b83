"""The readings behind a quarter-hour, through the door of data ownership."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from billing.models import UsageWindow
from billing.rules.metering import moment_of
from billing.web import words
from billing.web.invoices import evident
from devices.models import Device
from devices.ownership.actions import access
from devices.ownership.rules.explanations import ARTICLES, REASONS
from devices.ownership.rules.rulings import Ruling
from devices.ownership.rules.sentences import listed, rule_words
from marketplace.queries import acting_organization
from marketplace.rules.count_rules import evidence_channels
from marketplace.shared import clock
from marketplace.shared.period import Period

MOST = 500
PURPOSE = "billing"  # for which both sides see in full what their count rules name


@login_required
def readings(request: HttpRequest, public_id: str, position: int, window: int) -> HttpResponse:
    """Show the readings of one window as far as the reader may see them; what is refused says why."""
    invoice = evident(request, public_id)
    line = get_object_or_404(invoice.lines, position=position)
    counted = UsageWindow.objects.filter(set__in=line.usage.values("window_set"))
    shown = get_object_or_404(counted.select_related("device__owner", "set"), pk=window)
    within = acting_organization(request)
    rules = [rule for rule in invoice.of_lease.agreed.count_rules if rule.meter == line.meter]
    answer = access.read(
        device=shown.device,
        channels=sorted(evidence_channels(rules)),
        period=Period(shown.starts_at, shown.ends_at),
        purpose=PURPOSE,
        by=request.user,  # type: ignore[arg-type]
        within=within,
        at=clock.now(),
    )
    names = dict(_names(shown.device))
    found = [_point(names[series.channel], *point) for series in answer.series for point in series.points]
    context = {
        "invoice": invoice,
        "line": words.invoice_line(line),
        "window": shown,
        "zone": invoice.zone.key,
        "quantity": words.shown(line.meter, shown.quantity),
        "unit": words.unit_name(line.meter),
        "flags": words.flag_words(shown.flags),
        "rows": sorted(found, key=lambda row: row["at"])[:MOST],
        "more": max(len(found) - MOST, 0),
        "decisions": [_decision(names[ruling.channel], ruling) for ruling in answer.rulings],
        "event": answer.event,
    }
    return render(request, "billing/invoices_readings.html", context)


def _names(device: Device) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each channel's key with what people call it."""
    for channel in device.channels.all():
        yield channel.key, {"label": channel.label, "key": channel.key}


def _point(channel: dict[str, str], at: int, value: object) -> dict[str, Any]:
    known = _("no value") if value is None else value
    return {"at": moment_of(at), "channel": channel, "value": known}


def _decision(channel: dict[str, str], ruling: Ruling) -> dict[str, Any]:
    decision = ruling.decision
    return {
        "channel": channel,
        "outcome": "PERMIT" if ruling.permits else "DENY",
        "sentence": _(REASONS[decision.reason]),
        "rule": rule_words(decision.rule, _, ruling.table),
        "article": listed((_(ARTICLES[one]) for one in decision.basis), _),
    }
