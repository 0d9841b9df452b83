"""How fast a device may deliver, as the RateLimit fields of draft-ietf-httpapi-ratelimit-headers-10."""

from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework.request import Request

from devices.models import DeviceKey, Head
from devices.rules.pace import SECOND, Pace
from devices.rules.readings import instant
from marketplace.shared import clock


def pace() -> Pace:
    """Return the pace of every device."""
    return Pace(settings.TELEMETRY_READINGS_PER_SECOND, settings.TELEMETRY_BURST)


def headers(paid_until: datetime | None, at: datetime) -> dict[str, str]:
    """
    Return the fields: ``q`` readings refill within ``w`` seconds; ``r`` may come now, all of them in ``t`` s.

    The unit of the quota is readings, not requests.
    """
    limit, paid, now = pace(), instant(paid_until) if paid_until else None, instant(at)
    window = max(1, limit.most // SECOND)
    left, full_in = limit.left(paid, at=now), limit.full_in(paid, at=now)
    return {
        "RateLimit-Policy": f'"readings";q={limit.burst};w={window};qu="readings"',
        "RateLimit": f'"readings";r={left};t={full_in}',
    }


def room(paid_until: datetime | None, at: datetime) -> dict[str, int]:
    """Return for one of several devices: what may come now, and in how many seconds all of it may."""
    limit, paid, now = pace(), instant(paid_until) if paid_until else None, instant(at)
    return {"remaining": limit.left(paid, at=now), "reset": limit.full_in(paid, at=now)}


class Paced:
    """Part of a view: every answer says how much the device may still send."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        paid_until = None
        if isinstance(request.auth, DeviceKey):
            heads = Head.objects.filter(device=request.auth.device_id)
            paid_until = heads.values_list("paid_until", flat=True).get()
        for name, value in headers(paid_until, clock.now()).items():
            response[name] = value
        return super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
