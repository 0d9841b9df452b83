"""Channels that live sources bring with them, when a command was asked to add them."""

from collections.abc import Iterable
from datetime import datetime

from devices.actions import replays
from devices.models import Channel, Device
from devices.rules.admission import Item, Unreadable
from devices.rules.readings import UNAVAILABLE
from devices.rules.registration import MOST_CHANNELS
from marketplace.models import User

KEY_LENGTH = 200


def add_unknown(*, device: Device, items: Iterable[Item], by: User, at: datetime) -> int:
    """
    Add, as private, what the dictionary lacks; return how many.

    Whether a channel holds numbers shows in its first value; until then it is not added. A key that cannot
    be one, and whatever is beyond the most that a dictionary may have, is left to the quarantine: a source
    gone mad cannot fill the dictionary.
    """
    room = MOST_CHANNELS - Channel.objects.filter(device=device).count()
    known: set[str] = set(Channel.objects.filter(device=device).values_list("key", flat=True))
    fresh: list[Item] = []
    keys: set[str] = set()
    for item in items:
        if item.channel in known or not _is_key(item.channel) or not _is_value(item.value):
            continue
        if item.channel not in keys and len(keys) >= room:
            continue
        keys.add(item.channel)
        fresh.append(item)
    return replays.create_channels(device=device, items=fresh, by=by, at=at) if fresh else 0


def _is_value(told: object) -> bool:
    return told is not None and told != UNAVAILABLE and not isinstance(told, Unreadable)


def _is_key(told: object) -> bool:
    return isinstance(told, str) and 0 < len(told) <= KEY_LENGTH and told.isprintable()
