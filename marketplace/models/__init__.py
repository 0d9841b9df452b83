"""Facts of the marketplace: parties, equipment, listings, the calendar of claims, the audit trail."""

from marketplace.models.apikeys import ApiKey
from marketplace.models.audit import AuditEntry
from marketplace.models.claims import Claim
from marketplace.models.encumbrances import EncumbranceSearch
from marketplace.models.equipment import Category, Equipment, Site, SpecField
from marketplace.models.equipment_records import EquipmentRecord
from marketplace.models.events import Event, EventHead
from marketplace.models.idempotency import IdempotencyRecord
from marketplace.models.listings import Listing, ListingUnit
from marketplace.models.messages import Conversation, Message, ReadMark
from marketplace.models.notifications import Notification
from marketplace.models.parties import Membership, Organization, User
from marketplace.models.saved_filters import SavedFilter
from marketplace.models.search import SearchDocument, SearchTerm, StaleTimes, TakenTimes
from marketplace.models.services import ListingService
from marketplace.models.slots import SlotSchedule
from marketplace.models.vat import VatStatement
from marketplace.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookSecret

__all__ = [
    "ApiKey",
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
    "Listing",
    "ListingService",
    "ListingUnit",
    "Membership",
    "Message",
    "Notification",
    "Organization",
    "ReadMark",
    "SavedFilter",
    "SearchDocument",
    "SearchTerm",
    "Site",
    "SlotSchedule",
    "SpecField",
    "StaleTimes",
    "TakenTimes",
    "User",
    "VatStatement",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookSecret",
]
