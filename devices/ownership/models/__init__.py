"""Facts of data ownership: agreements, notices, grants, the register of data, the log of every read."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.assets import DataAsset, Grading, core_data, grade_of
from devices.ownership.models.competitors import DeclaredCompetitor, compete
from devices.ownership.models.events import AccessEvent
from devices.ownership.models.grants import Grant
from devices.ownership.models.log import EventEntry, EventHead, EventNode, UnsealedEvent
from devices.ownership.models.notices import Notice, NoticeAcceptance
from devices.ownership.models.versions import AgreementVersion, Proposal

__all__ = [
    "AccessEvent",
    "Agreement",
    "AgreementVersion",
    "DataAsset",
    "DeclaredCompetitor",
    "EventEntry",
    "EventHead",
    "EventNode",
    "Grading",
    "Grant",
    "Notice",
    "NoticeAcceptance",
    "Proposal",
    "UnsealedEvent",
    "compete",
    "core_data",
    "grade_of",
]
