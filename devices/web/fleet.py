"""All devices of an owner: which are heard, for which machine each speaks."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from devices.models import Device
from devices.queries import devices_of
from devices.web.life import WORDS
from marketplace.gateway.files import asked_format, table_answer
from marketplace.queries import acting_organization
from marketplace.shared import clock

PAGE = 50
SHOWN = 5


@require_GET
@login_required
def listed(request: HttpRequest) -> HttpResponseBase:
    """List the devices of the acting organization; those silent in a lease first, or those alone."""
    organization, at = acting_organization(request), clock.now()
    mine = devices_of(organization, at)
    tab = "silent" if request.GET.get("tab") == "silent" else ""
    shown = mine.exclude(silent_since=None) if tab else mine
    if form := asked_format(request):
        return table_answer(form, "devices", _heads(), (_cells(_row(one, at)) for one in shown))
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_row(one, at) for one in page],
        "tab": tab,
        "tabs": [
            {"label": _("All devices"), "url": "?", "active": not tab, "count": None},
            {"label": _("Silent in a lease"), "url": "?tab=silent", "active": bool(tab), "count": None},
        ],
        "any": bool(page.paginator.count) or (bool(tab) and mine.exists()),
    }
    return render(request, "devices/devices_list.html", context)


@require_GET
@login_required
def summary(request: HttpRequest) -> HttpResponse:
    """Show, for the page of the day, which devices are silent although their machines are leased."""
    organization, at = acting_organization(request), clock.now()
    mine = devices_of(organization, at)
    silent = mine.exclude(silent_since=None)
    shown = list(silent[: SHOWN + 1])
    context = {
        "rows": [_row(one, at) for one in shown[:SHOWN]],
        "more": len(shown) > SHOWN,
        "any": bool(shown) or mine.exists(),
    }
    return render(request, "devices/_silent.html", context)


def _row(device: Any, at: datetime) -> dict[str, Any]:
    presence = device.presence(at)
    word, kind = WORDS[presence]
    binding = device.speaking[0] if device.speaking else None
    return {
        "device": device,
        "presence": presence,
        "word": word,
        "kind": kind,
        "heard": device.head.last_received_at,
        "machine": binding.equipment if binding else None,
        "silent_since": device.silent_since,
    }


def _heads() -> list[str]:
    names = [_("Device"), _("Code"), _("Machine"), _("Serial number"), _("How it is")]
    return [*names, _("Last heard"), _("Silent in a lease since")]


def _cells(row: dict[str, Any]) -> list[object]:
    device, machine = row["device"], row["machine"]
    plate = [machine.name, machine.serial_number] if machine else ["", ""]
    moments = [_moment(row[name], device) for name in ("heard", "silent_since")]
    return [device.name, device.code, *plate, str(row["word"]), *moments]


def _moment(at: datetime | None, device: Device) -> str:
    return at.astimezone(ZoneInfo(device.zone)).isoformat(" ", "minutes")[:16] if at else ""
