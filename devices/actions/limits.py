"""Say between which limits a measured value should stay, and who says so."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.models import Channel, Device, Head
from devices.rules.limits import limit_flaws
from marketplace.actions import audit
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import Invalid


class BadLimits(Invalid):
    """A limit of a channel is wrong; ``flaws`` say which and what to send."""

    code = "bad_limits"
    text = gettext_noop("The limits have {count} faults.")


@dataclass(frozen=True)
class Limits:
    """The measured value ``channel`` should stay between these, in its unit; ``None`` is no limit."""

    channel: str
    warn_low: Decimal | None = None
    warn_high: Decimal | None = None
    limits_source: str = ""


@transaction.atomic
def write(*, device: Device, limits: Limits, by: User, at: datetime) -> Channel:
    """
    Write the limits of a measured value into the dictionary, in the place of those before.

    Without any, they are taken away.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    :raises BadLimits: with one flaw per wrong field
    """
    require(by, Permission.DEVICE_EDIT, within=device.owner)
    Head.objects.locked().get(device=device)
    channel = device.channels.filter(kind=Channel.Kind.GAUGE, key=limits.channel).first()
    flaws = limit_flaws(
        known=channel is not None, low=limits.warn_low, high=limits.warn_high, source=limits.limits_source
    )
    if flaws or channel is None:
        raise BadLimits(flaws=flaws, count=len(flaws))
    before = _told(channel)
    channel.warn_low, channel.warn_high = limits.warn_low, limits.warn_high
    channel.limits_source = limits.limits_source.strip()
    channel.save(update_fields=["warn_low", "warn_high", "limits_source"])
    audit.record(
        by=by,
        action="device.limit",
        subject=device.public_id,
        at=at,
        within=device.owner,
        channel=channel.key,
        before=before,
        now=_told(channel),
    )
    return channel


def _told(channel: Channel) -> list[str]:
    limits = (channel.warn_low, channel.warn_high)
    return ["" if one is None else f"{one:f}" for one in limits] + [channel.limits_source]
