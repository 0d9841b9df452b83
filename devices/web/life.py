"""Whether a device is heard, when it was not, and its clock: a page, and a part of the device's page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from devices.models import Binding, Silence
from devices.ownership.queries import life_of, silences_of
from devices.rules import clocks, silence
from devices.rules.readings import moment
from devices.rules.silence import Presence
from devices.web.devices import known
from marketplace.models import Equipment
from marketplace.shared import clock

SHOWN = 10
WORDS = {
    Presence.NEVER: (_("not heard yet"), "off"),
    Presence.ON: (_("on"), "run"),
    Presence.SILENT: (_("silent"), "idle"),
    Presence.OFFLINE: (_("offline"), "fault"),
}
MANY = 600  # seconds: from here on a length is told in hours and minutes
DAYS = 72  # hours: from here on in days
EXACT = 5  # seconds: a clock that is off by less is called right


@login_required
def life(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show how a device is now to its owner and lessee, and each the silences that concern it."""
    found, within = known(request, public_id)
    seen = life_of(found, within, clock.now())
    word, kind = WORDS[seen.presence] if seen.presence else ("", "")
    context = {
        "device": found,
        "life": seen,
        "word": word,
        "kind": kind,
        "limit": silence.limit(found.silence_limit_seconds),
        "ahead": _length(-seen.offset) if seen.offset is not None and seen.offset <= -EXACT else None,
        "behind": _length(seen.offset) if seen.offset is not None and seen.offset >= EXACT else None,
        "jumps": [
            {"at": moment(one.at), "by": _length(abs(clocks.seconds(one.by))), "back": one.by > 0}
            for one in seen.jumps[-SHOWN:]
        ],
        "silences": silences_of(found, within)[:SHOWN],
    }
    part = "_life" if request.htmx else "life"  # type: ignore[attr-defined]
    return render(request, f"devices/{part}.html", context)


def _length(seconds: float) -> str:
    """Return a length of time in seconds, or where these are many, in larger units."""
    if seconds < MANY:
        return gettext("%(seconds)d s") % {"seconds": seconds}
    hours, minutes = divmod(int(seconds) // 60, 60)
    if hours >= DAYS:
        return gettext("%(days)d d %(hours)d h") % {"days": hours // 24, "hours": hours % 24}
    if hours:
        return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return gettext("%(minutes)d min") % {"minutes": minutes}


@login_required
def of_equipment(request: HttpRequest, public_id: str) -> HttpResponse:
    """List the devices that report for a machine; inside the machine's own page when asked by script."""
    visible, at = Equipment.objects.visible_to(request.user), clock.now()  # type: ignore[arg-type]
    machine = get_object_or_404(visible, public_id=public_id)
    bindings = list(
        Binding.objects.filter(equipment=machine).select_related("device__head").order_by("-period")
    )
    alerts = Silence.objects.open().filter(device__in=[binding.device_id for binding in bindings])
    since = dict(alerts.values_list("device", "since"))
    rows = []
    for binding in bindings:
        presence = binding.device.presence(at)
        word, kind = WORDS[presence]
        silent_since = since.get(binding.device_id)
        rows.append(
            {
                "binding": binding,
                "presence": presence,
                "word": word,
                "kind": kind,
                "silent_since": silent_since,
            }
        )
    part = "_of_equipment" if request.htmx else "of_equipment"  # type: ignore[attr-defined]
    return render(request, f"devices/{part}.html", {"machine": machine, "rows": rows})
