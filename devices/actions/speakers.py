"""Recognise a device by its key without asking the database each time; whoever stores for it asks there."""

import hmac
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from devices.actions.devices import hashed
from devices.models import DeviceKey

MOST_KEPT = 20_000  # keys


class Speaker(NamedTuple):
    """A key and its device, by their numbers in the database; the key may have been revoked since."""

    key: int
    device: int


_kept: OrderedDict[str, tuple[Speaker, str]] = OrderedDict()
_lock = Lock()


def recognise(*, secret: str) -> Speaker | None:
    """
    Return who speaks with this key, or ``None`` if no such key was ever issued.

    The answer is no permission: ``devices_take`` looks whether the key may still speak, in the statement that
    stores.
    """
    identifier, _, rest = secret.removeprefix("jjd_").partition(".")
    known = _kept.get(identifier) or _read(identifier)
    if known is None or not hmac.compare_digest(known[1], hashed(secret=rest)):
        return None
    return known[0]


def _read(identifier: str) -> tuple[Speaker, str] | None:
    row = (
        DeviceKey.objects.filter(identifier=identifier).values_list("pk", "device_id", "secret_hash").first()
    )
    if row is None:
        return None
    found = Speaker(row[0], row[1]), str(row[2])
    with _lock:
        _kept[identifier] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found
