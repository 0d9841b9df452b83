"""Facts of data ownership: agreements, notices, grants, register, duties, certificates, log of reads."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.assets import DataAsset, Grading, core_data, grade_of
from devices.ownership.models.borders import BorderCheck
from devices.ownership.models.competitors import DeclaredCompetitor, compete
from devices.ownership.models.duties import Certificate, Duty, Hold, TakenCopy, erasures_of, records_of
from devices.ownership.models.events import AccessEvent
from devices.ownership.models.grants import Grant
from devices.ownership.models.log import EventEntry, EventHead, EventNode, UnsealedEvent
from devices.ownership.models.notices import Notice, NoticeAcceptance
from devices.ownership.models.payments import PaymentDuty
from devices.ownership.models.persons import LoggedPerson
from devices.ownership.models.registrations import Registration, RegistrationEntry, RegistrationSignature
from devices.ownership.models.versions import AgreementVersion, Proposal

__all__ = [
    "AccessEvent",
    "Agreement",
    "AgreementVersion",
    "BorderCheck",
    "Certificate",
    "DataAsset",
    "DeclaredCompetitor",
    "Duty",
    "EventEntry",
    "EventHead",
    "EventNode",
    "Grading",
    "Grant",
    "Hold",
    "LoggedPerson",
    "Notice",
    "NoticeAcceptance",
    "PaymentDuty",
    "Proposal",
    "Registration",
    "RegistrationEntry",
    "RegistrationSignature",
    "TakenCopy",
    "UnsealedEvent",
    "compete",
    "core_data",
    "erasures_of",
    "grade_of",
    "records_of",
]
