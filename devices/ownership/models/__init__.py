"""Facts of data ownership: agreements, the log of every read, and its seals."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.duties import Certificate, Duty, Hold, erasures_of, records_of
from devices.ownership.models.events import AccessEvent
from devices.ownership.models.log import EventEntry, EventHead, EventNode, UnsealedEvent

__all__ = [
    "AccessEvent",
    "Agreement",
    "Certificate",
    "Duty",
    "EventEntry",
    "EventHead",
    "EventNode",
    "Hold",
    "UnsealedEvent",
    "erasures_of",
    "records_of",
]
