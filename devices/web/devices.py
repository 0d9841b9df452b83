"""One device: when it was last heard, what it said on a day, and for its owner, how its stream is kept."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from devices.actions import devices as actions
from devices.actions import quarantine
from devices.models import Device
from devices.ownership.queries import bindings_lent, gaps_seen, may_know, quarantine_seen, withheld
from devices.rules.refusals import sentence
from devices.web.days import said_on
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period

MOST_ROWS = 50


@login_required
def device(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a device to its owner, and to whoever may know it, what the door of rights lets through."""
    found, within = known(request, public_id)
    return page(request, found, within)


@require_POST
@login_required
@never_cache
def issue_key(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a key; its text is shown once, on the answer itself."""
    found = owned(request, public_id)
    _key, text = actions.issue_key(device=found, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return page(request, found, found.owner, key_text=text)


@require_POST
@login_required
def revoke_key(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Revoke a key at once."""
    found = owned(request, public_id)
    key = get_object_or_404(found.keys.select_related("device__owner"), public_id=item)
    actions.revoke_key(key=key, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    messages.info(request, _("The key is revoked."))
    return redirect("device", found.public_id)


@require_POST
@login_required
def end_binding(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Let the device stop speaking for a machine now."""
    found = owned(request, public_id)
    binding = get_object_or_404(found.bindings.select_related("device__owner"), public_id=item)
    try:
        actions.unbind(binding=binding, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("From now on the device speaks for no machine."))
    return redirect("device", found.public_id)


@require_POST
@login_required
def replay(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Deliver a refused item again; if it is refused once more, the page says why."""
    found = owned(request, public_id)
    waiting = get_object_or_404(found.quarantined, public_id=item)
    try:
        quarantine.replay(quarantined=waiting, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.success(request, _("The reading is stored."))
    return redirect("device", found.public_id)


@require_POST
@login_required
def dismiss(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Decide that a refused item is not needed."""
    found = owned(request, public_id)
    waiting = get_object_or_404(found.quarantined, public_id=item)
    note = request.POST.get("note", "").replace("\x00", "")[:300]
    try:
        quarantine.dismiss(quarantined=waiting, note=note, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except NotPossible as error:
        messages.error(request, _(error.text).format(**error.facts))
    else:
        messages.info(request, _("The reading is dismissed and stays on record."))
    return redirect("device", found.public_id)


def refused(request: HttpRequest, found: Device, error: NotPossible) -> HttpResponse:
    """Go back to the device with a refusal."""
    messages.error(request, _(error.text).format(**error.facts))
    return redirect("device", found.public_id)


def owned(request: HttpRequest, public_id: str) -> Device:
    """Return a device of an organization of the person, or 404."""
    mine = Device.objects.visible_to(request.user)  # type: ignore[arg-type]
    return get_object_or_404(mine.select_related("owner", "head"), public_id=public_id)


def known(request: HttpRequest, public_id: str) -> tuple[Device, Organization]:
    """Return the device and the organization that looks: the acting one if it has a part in it."""
    found = get_object_or_404(Device.objects.select_related("owner", "head"), public_id=public_id)
    acting = acting_organization(request)
    lifetime = Period(found.commissioned_at, max(timezone.now(), found.commissioned_at + timedelta(days=1)))
    if acting == found.owner or may_know(acting, found, lifetime):
        return found, acting
    if Device.objects.visible_to(request.user).filter(pk=found.pk).exists():  # type: ignore[arg-type]
        return found, found.owner
    raise Http404


def page(request: HttpRequest, found: Device, within: Organization, key_text: str = "") -> HttpResponse:
    """Show a device to an organization; ``key_text`` is a new key's text, shown this once."""
    at = timezone.now()
    bindings = list(bindings_lent(found)) if within == found.owner else []
    on = _day(request.GET.get("day", ""), found, at)
    context: dict[str, Any] = {
        "device": found,
        "key_text": key_text,
        "on": on,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1) if on < _today(found, at) else None,
        "said": said_on(found, on, by=request.user, within=within, at=at),  # type: ignore[arg-type]
        "is_owner": within == found.owner,
        "now": at,
        **_missing(found, within, bindings),
    }
    if within == found.owner:
        context |= _upkeep(request, found, bindings[:MOST_ROWS], at)
    return render(request, "devices/device.html", context)


def _missing(found: Device, within: Organization, bindings: list[Any]) -> dict[str, Any]:
    """What was not taken: gaps and refused items, to a lessee those of its own time."""
    gaps, gap_count = _first_rows(gaps_seen(found, within))
    waiting, waiting_count = _first_rows(quarantine_seen(found, within))
    hidden = withheld(found, within, waiting, bindings)
    rows = [
        {
            "item": one,
            "sentence": _(sentence(one.reason)),
            "said": one.place if one.pk in hidden else one.item,
        }
        for one in waiting
    ]
    return {
        "gaps": gaps,
        "gap_count": gap_count,
        "waiting": rows,
        "waiting_count": waiting_count,
        "withheld": bool(hidden),
    }


def _upkeep(request: HttpRequest, found: Device, bindings: list[Any], at: datetime) -> dict[str, Any]:
    """What only the owner's people see: bindings, keys, and what they may do."""
    return {
        "bindings": bindings,
        "speaking": next((binding for binding in bindings if binding.span.contains(at)), None),
        "keys": list(found.keys.order_by("-pk")[:MOST_ROWS]),
        "may_edit": allowed(request.user, Permission.DEVICE_EDIT, within=found.owner),  # type: ignore[arg-type]
        "may_replay": allowed(request.user, Permission.TELEMETRY_REPLAY, within=found.owner),  # type: ignore[arg-type]
    }


def _first_rows(found: QuerySet[Any]) -> tuple[list[Any], int]:
    """Return the first rows and how many there are; that is asked only where not all are shown."""
    rows = list(found[:MOST_ROWS])
    return rows, found.count() if len(rows) == MOST_ROWS else len(rows)


def _today(found: Device, at: datetime) -> date:
    return timezone.localdate(at, ZoneInfo(found.zone))


def _day(text: str, found: Device, at: datetime) -> date:
    """Return the day asked for, else the last on which the device said anything, else today."""
    today = _today(found, at)
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        last = found.head.last_reading_at
        return min(today, timezone.localdate(last, ZoneInfo(found.zone))) if last else today
    return min(max(asked, date(1990, 1, 1)), today)
