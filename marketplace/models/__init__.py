"""Facts of the marketplace: parties, equipment, listings, the calendar of claims, the audit trail."""

from marketplace.models.announcements import Announcement
from marketplace.models.apikeys import ApiKey
from marketplace.models.audit import AuditEntry
from marketplace.models.background_jobs import BackgroundJob
from marketplace.models.chains import Chain, ChainMember
from marketplace.models.checks import EquipmentCheck, OrganizationCheck
from marketplace.models.claims import Claim
from marketplace.models.clocks import MovedClock
from marketplace.models.closings import Closing
from marketplace.models.content_cases import ContentCase, ContentStep
from marketplace.models.dictionaries import DictionaryVersion, SpecStatement
from marketplace.models.encumbrances import EncumbranceSearch
from marketplace.models.equipment import Category, Equipment, Site, SpecField
from marketplace.models.equipment_documents import EquipmentDocument
from marketplace.models.equipment_records import EquipmentRecord
from marketplace.models.events import Event, EventHead
from marketplace.models.idempotency import IdempotencyRecord
from marketplace.models.imports import Import, ImportRow
from marketplace.models.joining import AskedIn, Invitation, JoinRequest, PrivacyAcceptance
from marketplace.models.listing_photos import ListingPhoto
from marketplace.models.listings import Listing, ListingUnit
from marketplace.models.maturity import MaturityDeclaration
from marketplace.models.messages import Conversation, Message, ReadMark
from marketplace.models.nameplates import NameplateCase
from marketplace.models.needs import Need, NeedAnswer, NeedInvitation
from marketplace.models.notifications import Notification
from marketplace.models.own_data import DataExport, DataTable
from marketplace.models.parties import Membership, Organization, User
from marketplace.models.requests import ApiRequest
from marketplace.models.saved_filters import SavedFilter, SavedFind
from marketplace.models.search import SearchDocument, SearchTerm, StaleTimes, TakenTimes
from marketplace.models.second_life import Refurbishment, RefurbishmentEntry, Scrapping
from marketplace.models.services import ListingService
from marketplace.models.sign_ins import Letter, RecoveryCode, SecondFactor, SignIn, Throttle
from marketplace.models.slots import SlotSchedule
from marketplace.models.vat import VatStatement
from marketplace.models.verifications import Verification, VerificationPaper, VerificationStep
from marketplace.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookSecret

__all__ = [
    "Announcement",
    "ApiKey",
    "ApiRequest",
    "AskedIn",
    "AuditEntry",
    "BackgroundJob",
    "Category",
    "Chain",
    "ChainMember",
    "Claim",
    "Closing",
    "ContentCase",
    "ContentStep",
    "Conversation",
    "DataExport",
    "DataTable",
    "DictionaryVersion",
    "EncumbranceSearch",
    "Equipment",
    "EquipmentCheck",
    "EquipmentDocument",
    "EquipmentRecord",
    "Event",
    "EventHead",
    "IdempotencyRecord",
    "Import",
    "ImportRow",
    "Invitation",
    "JoinRequest",
    "Letter",
    "Listing",
    "ListingPhoto",
    "ListingService",
    "ListingUnit",
    "MaturityDeclaration",
    "Membership",
    "Message",
    "MovedClock",
    "NameplateCase",
    "Need",
    "NeedAnswer",
    "NeedInvitation",
    "Notification",
    "Organization",
    "OrganizationCheck",
    "PrivacyAcceptance",
    "ReadMark",
    "RecoveryCode",
    "Refurbishment",
    "RefurbishmentEntry",
    "SavedFilter",
    "SavedFind",
    "Scrapping",
    "SearchDocument",
    "SearchTerm",
    "SecondFactor",
    "SignIn",
    "Site",
    "SlotSchedule",
    "SpecField",
    "SpecStatement",
    "StaleTimes",
    "TakenTimes",
    "Throttle",
    "User",
    "VatStatement",
    "Verification",
    "VerificationPaper",
    "VerificationStep",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookSecret",
]
