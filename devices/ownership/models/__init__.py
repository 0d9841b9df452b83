"""Facts of data ownership: agreements, grants, the log of every read, and its seals."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.competitors import DeclaredCompetitor, compete
from devices.ownership.models.events import AccessEvent
from devices.ownership.models.grants import Grant
from devices.ownership.models.log import EventEntry, EventHead, EventNode, UnsealedEvent

__all__ = [
    "AccessEvent",
    "Agreement",
    "DeclaredCompetitor",
    "EventEntry",
    "EventHead",
    "EventNode",
    "Grant",
    "UnsealedEvent",
    "compete",
]
