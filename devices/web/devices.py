"""One device: when it was last heard, what it said on a day, and for its owner, how its stream is kept."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from devices.actions import devices as actions
from devices.actions import quarantine
from devices.models import Device
from devices.ownership.actions import refusing
from devices.ownership.queries import (
    bindings_lent,
    gaps_seen,
    own_times,
    quarantine_seen,
    withheld,
)
from devices.rules.refusals import sentence
from devices.web.days import PURPOSE, said_on, whole_day
from marketplace.gateway.files import asked_format, table_answer
from marketplace.models import Organization
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.shared import clock
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period

MOST_ROWS = 50
MOST_IN_A_FILE = 10_000


@login_required
def device(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Show a device to its owner, and to whoever may know it, what the door of rights lets through."""
    at = clock.now()
    try:
        found, within, times = _known(request, public_id, at)
    except Http404:
        _turn_away(request, public_id, at)
        raise
    if form := asked_format(request):
        return table_answer(form, "refused-readings", _heads(), _refused_rows(found, within))
    return page(request, found, within, times=times, at=at)


def _heads() -> list[str]:
    names = [_("Received at"), _("Why it was refused"), _("Epoch"), _("Sequence")]
    return [*names, _("Channel"), _("Content")]


def _refused_rows(found: Device, within: Organization) -> Iterator[list[object]]:
    """Yield what waits in the quarantine as the page tells it: without content where that is withheld."""
    waiting = list(quarantine_seen(found, within)[:MOST_IN_A_FILE])
    hidden = withheld(found, within, waiting)
    for one in waiting:
        said = one.place if one.pk in hidden else one.item
        at = one.received_at.astimezone(ZoneInfo(found.zone)).isoformat("T", "seconds")
        told = [str(said.get(name) or "") for name in ("sequence", "channel")]
        content = "" if one.pk in hidden else json.dumps(one.item, ensure_ascii=False)
        yield [at, _(sentence(one.reason)), one.epoch, *told, content]


def _turn_away(request: HttpRequest, public_id: str, at: datetime) -> None:
    """Write down that somebody asked for what a device said who has no part in it."""
    found = Device.objects.select_related("owner").filter(public_id=public_id).first()
    if found is None:
        return
    on = whole_day(_day(request.GET.get("day", ""), found, at, None), ZoneInfo(found.zone))
    within = acting_organization(request)
    asked: dict[str, Any] = {"by": request.user, "within": within, "at": at}
    refusing.turn_away(device=found, channels=None, period=on, purpose=PURPOSE, **asked)


@require_POST
@login_required
@never_cache
def issue_key(request: HttpRequest, public_id: str) -> HttpResponse:
    """Make a key; its text is shown once, on the answer itself."""
    found = owned(request, public_id)
    _key, text = actions.issue_key(device=found, by=request.user, at=clock.now())  # type: ignore[arg-type]
    return page(request, found, found.owner, key_text=text)


@require_POST
@login_required
def revoke_key(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Revoke a key at once."""
    found = owned(request, public_id)
    key = get_object_or_404(found.keys.select_related("device__owner"), public_id=item)
    actions.revoke_key(key=key, by=request.user, at=clock.now())  # type: ignore[arg-type]
    messages.info(request, _("The key is revoked."))
    return redirect("device", found.public_id)


@require_POST
@login_required
def end_binding(request: HttpRequest, public_id: str, item: str) -> HttpResponse:
    """Let the device stop speaking for a machine now."""
    found = owned(request, public_id)
    binding = get_object_or_404(found.bindings.select_related("device__owner"), public_id=item)
    try:
        actions.unbind(binding=binding, by=request.user, at=clock.now())  # type: ignore[arg-type]
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
        quarantine.replay(quarantined=waiting, by=request.user, at=clock.now())  # type: ignore[arg-type]
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
        quarantine.dismiss(quarantined=waiting, note=note, by=request.user, at=clock.now())  # type: ignore[arg-type]
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
    found, within, _times = _known(request, public_id, clock.now())
    return found, within


def _known(request: HttpRequest, public_id: str, at: datetime) -> tuple[Device, Organization, list[Period]]:
    """Return the device, the organization that looks, and in which times it has a part, if it is no owner."""
    found = get_object_or_404(Device.objects.select_related("owner", "head"), public_id=public_id)
    acting = acting_organization(request)
    if acting == found.owner:
        return found, acting, []
    soon = at + timedelta(microseconds=1)
    lifetime = Period(found.commissioned_at, max(soon, found.commissioned_at + timedelta(days=1)))
    times = own_times(acting, found, lifetime)
    if times:
        return found, acting, times
    if Device.objects.visible_to(request.user).filter(pk=found.pk).exists():  # type: ignore[arg-type]
        return found, found.owner, []
    raise Http404


def page(
    request: HttpRequest,
    found: Device,
    within: Organization,
    key_text: str = "",
    times: Sequence[Period] = (),
    at: datetime | None = None,
) -> HttpResponse:
    """
    Show a device to an organization; ``key_text`` is a new key's text, shown this once.

    ``times`` are those in which it has a part, if it is not the owner: when a machine spoke last is told to
    nobody whose time is over.
    """
    at = at or clock.now()
    bindings = list(bindings_lent(found)) if within == found.owner else []
    on = _day(request.GET.get("day", ""), found, at, _last(found, within, times))
    context: dict[str, Any] = {
        "device": found,
        "key_text": key_text,
        "on": on,
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1) if on < _today(found, at) else None,
        "said": said_on(found, on, by=request.user, within=within, at=at),  # type: ignore[arg-type]
        "is_owner": within == found.owner,
        "has_part": within == found.owner or any(time.contains(at) for time in times),
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


def _last(found: Device, within: Organization, times: Sequence[Period]) -> datetime | None:
    """Return the newest device time that an organization may know of."""
    last = found.head.last_reading_at
    if last is None or within == found.owner:
        return last
    ends = [time.end for time in times if time.start <= last and time.end is not None]
    return min(last, max(ends) - timedelta(microseconds=1)) if ends else None


def _day(text: str, found: Device, at: datetime, last: datetime | None) -> date:
    """Return the day asked for, else the last of which there is something to show, else today."""
    today = _today(found, at)
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        return min(today, timezone.localdate(last, ZoneInfo(found.zone))) if last else today
    return min(max(asked, date(1990, 1, 1)), today)
