"""Facts of data ownership: agreements, notices, grants, register, duties, certificates, log of reads."""

from devices.ownership.models.agreements import Agreement
from devices.ownership.models.assets import DataAsset, Grading, asset_of, core_data, grade_of
from devices.ownership.models.borders import BorderCheck
from devices.ownership.models.competitors import DeclaredCompetitor, compete
from devices.ownership.models.duties import Certificate, Duty, Hold, TakenCopy, erasures_of, records_of
from devices.ownership.models.events import AccessEvent
from devices.ownership.models.grants import Grant
from devices.ownership.models.log import EventEntry, EventHead, EventNode, UnsealedEvent
from devices.ownership.models.notices import Notice, NoticeAcceptance
from devices.ownership.models.payments import PaymentDuty
from devices.ownership.models.persons import LoggedPerson
from devices.ownership.models.products import (
    DataLicence,
    DataProduct,
    LicenceStep,
    ProductStep,
    ProductVersion,
)
from devices.ownership.models.registrations import Registration, RegistrationEntry, RegistrationSignature
from devices.ownership.models.sharing import (
    GatekeeperEntry,
    SharingObjection,
    SharingRequest,
    gatekeeper,
)
from devices.ownership.models.versions import AgreementVersion, Proposal

__all__ = [
    "AccessEvent",
    "Agreement",
    "AgreementVersion",
    "BorderCheck",
    "Certificate",
    "DataAsset",
    "DataLicence",
    "DataProduct",
    "DeclaredCompetitor",
    "Duty",
    "EventEntry",
    "EventHead",
    "EventNode",
    "GatekeeperEntry",
    "Grading",
    "Grant",
    "Hold",
    "LicenceStep",
    "LoggedPerson",
    "Notice",
    "NoticeAcceptance",
    "PaymentDuty",
    "ProductStep",
    "ProductVersion",
    "Proposal",
    "Registration",
    "RegistrationEntry",
    "RegistrationSignature",
    "SharingObjection",
    "SharingRequest",
    "TakenCopy",
    "UnsealedEvent",
    "asset_of",
    "compete",
    "core_data",
    "erasures_of",
    "gatekeeper",
    "grade_of",
    "records_of",
]
