"""By which interface an act came, carried to the histories that say so."""

from contextvars import ContextVar
from enum import StrEnum


class Channel(StrEnum):
    """An interface; outside a request it is the program itself."""

    WEB = "WEB"
    REST = "REST"
    PROGRAM = "PROGRAM"


_CHANNEL: ContextVar[Channel] = ContextVar("channel", default=Channel.PROGRAM)


def current_channel() -> Channel:
    """Return the interface by which the act came."""
    return _CHANNEL.get()


def set_channel(value: Channel) -> None:
    """Remember the interface for the rest of this request."""
    _CHANNEL.set(value)
