"""Facts of the marketplace: parties, equipment, listings, the calendar of claims, the audit trail."""

from marketplace.models.apikeys import ApiKey
from marketplace.models.audit import AuditEntry
from marketplace.models.claims import Claim
from marketplace.models.encumbrances import EncumbranceSearch
from marketplace.models.equipment import Category, Equipment, Site, SpecField
from marketplace.models.equipment_records import EquipmentRecord
from marketplace.models.events import Event, EventHead
from marketplace.models.idempotency import IdempotencyRecord
from marketplace.models.joining import AskedIn, Invitation, JoinRequest
from marketplace.models.listings import Listing, ListingUnit
from marketplace.models.maturity import MaturityDeclaration
from marketplace.models.messages import Conversation, Message, ReadMark
from marketplace.models.notifications import Notification
from marketplace.models.parties import Membership, Organization, User
from marketplace.models.saved_filters import SavedFilter
from marketplace.models.search import SearchDocument, SearchTerm
from marketplace.models.services import ListingService
from marketplace.models.sign_ins import Letter, RecoveryCode, SecondFactor, SignIn, Throttle
from marketplace.models.slots import SlotSchedule
from marketplace.models.vat import VatStatement
from marketplace.models.verifications import Verification, VerificationPaper, VerificationStep
from marketplace.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookSecret

__all__ = [
    "ApiKey",
    "AskedIn",
    "AuditEntry",
    "Category",
    "Claim",
    "Conversation",
    "EncumbranceSearch",
    "Equipment",
    "EquipmentRecord",
    "Event",
    "EventHead",
    "IdempotencyRecord",
    "Invitation",
    "JoinRequest",
    "Letter",
    "Listing",
    "ListingService",
    "ListingUnit",
    "MaturityDeclaration",
    "Membership",
    "Message",
    "Notification",
    "Organization",
    "ReadMark",
    "RecoveryCode",
    "SavedFilter",
    "SearchDocument",
    "SearchTerm",
    "SecondFactor",
    "SignIn",
    "Site",
    "SlotSchedule",
    "SpecField",
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
