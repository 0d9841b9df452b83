"""
What other programs are told of: a closed list of types, each about one kind of object.

A type of an upper room stands here as well: the list is one. What is told is thin: the object's id and where
it is read, by whoever may read it (docs/webhooks.md).
"""

from enum import StrEnum
from typing import NamedTuple

from marketplace.rules.msgids import gettext_noop


class EventType(StrEnum):
    """Of what programs are told."""

    INVOICE_ISSUED = "invoice.issued"
    INVOICE_PAID = "invoice.paid"
    INVOICE_REOPENED = "invoice.reopened"
    INVOICE_OVERDUE = "invoice.overdue"
    PAYMENT_RECEIVED = "payment.received"
    CREDIT_NOTE_ISSUED = "credit_note.issued"
    MEDIATION_ASKED = "mediation.asked"
    MEDIATION_PROPOSED = "mediation.proposed"
    MEDIATION_CLOSED = "mediation.closed"
    PAYOUT_SENT = "payout.sent"
    COMMISSION_CHANGED = "commission.changed"
    NEED_INVITED = "need.invited"
    NEED_ANSWERED = "need.answered"
    NEED_CHOSEN = "need.chosen"
    EQUIPMENT_SET_ASIDE = "equipment.set_aside"
    EQUIPMENT_REFURBISHED = "equipment.refurbished"
    EQUIPMENT_SCRAPPED = "equipment.scrapped"
    ANNOUNCEMENT_PUBLISHED = "announcement.published"
    ANNOUNCEMENT_WITHDRAWN = "announcement.withdrawn"
    JOB_FINISHED = "job.finished"
    CLOCK_MOVED = "clock.moved"
    WEBHOOK_TEST = "webhook.test"


class Told(NamedTuple):
    """What a type is about, the version of what is told, and what it means, for people."""

    object: str
    version: int
    means: str


ADDRESSES = {
    "invoice": "/api/v1/invoices/{id}/",
    "mediation": "/api/v1/mediations/{id}/",
    "payment_order": "/api/v1/payment-orders/{id}/",
    "commission_rate": "/api/v1/commission-rates/{id}/",
    "need": "/api/v1/needs/{id}/",
    "equipment": "/api/v1/equipment/{id}/",
    "announcement": "/api/v1/announcements/{id}/",
    "job": "/api/v1/jobs/{id}/",
    "clock": "/api/v1/test/{id}/",
    "webhook_endpoint": "/api/v1/webhook-endpoints/{id}/",
}
TYPES: dict[EventType, Told] = {
    EventType.INVOICE_ISSUED: Told("invoice", 1, gettext_noop("An invoice was issued")),
    EventType.INVOICE_PAID: Told("invoice", 1, gettext_noop("Nothing is open of an invoice any more")),
    EventType.INVOICE_REOPENED: Told("invoice", 1, gettext_noop("A payment of an invoice was taken back")),
    EventType.INVOICE_OVERDUE: Told("invoice", 1, gettext_noop("An invoice is open after its due day")),
    EventType.PAYMENT_RECEIVED: Told("invoice", 1, gettext_noop("A payment came in for an invoice")),
    EventType.CREDIT_NOTE_ISSUED: Told("invoice", 1, gettext_noop("A credit note was issued")),
    EventType.MEDIATION_ASKED: Told("mediation", 1, gettext_noop("The platform was asked to mediate a line")),
    EventType.MEDIATION_PROPOSED: Told("mediation", 1, gettext_noop("The platform proposed an amount")),
    EventType.MEDIATION_CLOSED: Told("mediation", 1, gettext_noop("A case before the platform is over")),
    EventType.PAYOUT_SENT: Told("payment_order", 1, gettext_noop("A payout to you was sent")),
    EventType.COMMISSION_CHANGED: Told(
        "commission_rate", 1, gettext_noop("Another commission applies to your offers from a day on")
    ),
    EventType.NEED_INVITED: Told("need", 1, gettext_noop("You are invited to answer a need")),
    EventType.NEED_ANSWERED: Told("need", 1, gettext_noop("An owner has answered your need")),
    EventType.NEED_CHOSEN: Told("need", 1, gettext_noop("Your answer to a need was chosen")),
    EventType.EQUIPMENT_SET_ASIDE: Told("equipment", 1, gettext_noop("A machine of yours was set aside")),
    EventType.EQUIPMENT_REFURBISHED: Told("equipment", 1, gettext_noop("A machine of yours is refurbished")),
    EventType.EQUIPMENT_SCRAPPED: Told("equipment", 1, gettext_noop("A machine of yours was scrapped")),
    EventType.ANNOUNCEMENT_PUBLISHED: Told(
        "announcement", 1, gettext_noop("The platform announces something")
    ),
    EventType.ANNOUNCEMENT_WITHDRAWN: Told("announcement", 1, gettext_noop("An announcement was withdrawn")),
    EventType.JOB_FINISHED: Told("job", 1, gettext_noop("A background job ended, with a result or without")),
    EventType.CLOCK_MOVED: Told("clock", 1, gettext_noop("The clock of test mode was set ahead")),
    EventType.WEBHOOK_TEST: Told("webhook_endpoint", 1, gettext_noop("Only a test")),
}
EVENT_CHOICES = tuple((one.value, one.value) for one in EventType)
# An endpoint hears of its own tests always, so nobody chooses them.
CHOSEN = tuple(one for one in EventType if one is not EventType.WEBHOOK_TEST)


def address_of(type: EventType, id: str) -> str:
    """Return the path under which the object of an event is read."""
    return ADDRESSES[TYPES[type].object].format(id=id)
