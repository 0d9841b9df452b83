"""Facts of data ownership: agreements with their versions and notices, the log of every read, its seals."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.events import AccessEvent
from devices.ownership.models.log import EventEntry, EventHead, EventNode, UnsealedEvent
from devices.ownership.models.notices import Notice, NoticeAcceptance
from devices.ownership.models.versions import AgreementVersion, Proposal

__all__ = [
    "AccessEvent",
    "Agreement",
    "AgreementVersion",
    "EventEntry",
    "EventHead",
    "EventNode",
    "Notice",
    "NoticeAcceptance",
    "Proposal",
    "UnsealedEvent",
]
