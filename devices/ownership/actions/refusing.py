"""Whoever has no part in a device is told that there is none; that it asked stands in the log."""

from collections.abc import Sequence
from datetime import datetime

from devices.models import Device
from devices.ownership.actions import deciding, log
from devices.ownership.actions.deciding import Asked
from devices.ownership.models import AccessEvent
from marketplace.models import Organization, User
from marketplace.permissions import Permission, allowed
from marketplace.shared.period import Period

MOST = 200  # channels that are written down


def turn_away(
    *,
    device: Device,
    channels: Sequence[str] | None,
    period: Period,
    purpose: str,
    by: User,
    within: Organization,
    at: datetime,
) -> AccessEvent:
    """
    Write down that ``within`` asked for readings of a device in which it has no part, and why it gets none.

    Nothing is handed out whatever is decided here. Channels that the device lacks are written down as asked.
    """
    named = list(channels or [])[:MOST]
    asked = Asked(device, period, purpose, within, by, at)
    known = [one.key for one in device.channels.all() if channels is None or one.key in named]
    rulings = []
    if allowed(by, Permission.TELEMETRY_READ, within=within):
        wanted = deciding.channels(device=device, keys=known)
        rulings = deciding.rule(asked=asked, wanted=wanted)
    rulings = [ruling for ruling in rulings if not ruling.permits]
    event = deciding.write_down(asked=asked, channels=named or known, rulings=rulings)
    log.close(event=event, delivered=0, at=at)
    return event
