"""Whether a device is heard: from when it was last heard and how long it may be silent."""

from datetime import datetime, timedelta
from enum import StrEnum

DEFAULT_SECONDS = 300
OFFLINE_AFTER = 12  # times the limit: an hour by default


class Presence(StrEnum):
    """What people are told of a device."""

    NEVER = "NEVER"
    ON = "ON"
    SILENT = "SILENT"
    OFFLINE = "OFFLINE"


def limit(seconds: int | None) -> timedelta:
    """Return how long a device may be silent; five minutes if nothing was agreed."""
    return timedelta(seconds=DEFAULT_SECONDS if seconds is None else seconds)


def presence(heard: datetime | None, silence_limit_seconds: int | None, *, at: datetime) -> Presence:
    """Tell whether a device speaks: within its limit it is on, within twelve limits silent, then offline."""
    if heard is None:
        return Presence.NEVER
    longest = limit(silence_limit_seconds)
    if at - heard <= longest:
        return Presence.ON
    return Presence.SILENT if at - heard <= OFFLINE_AFTER * longest else Presence.OFFLINE
