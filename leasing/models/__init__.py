"""Leases, their machines, their offers, and the evidence of every step."""

from leasing.models.annexes import Annex
from leasing.models.leases import Lease, LeaseUnit
from leasing.models.offers import Offer
from leasing.models.subleases import Sublease, SubleaseStep
from leasing.models.suspensions import DefaultNotice, Suspension
from leasing.models.tickets import DowntimeCredit, Ticket, TicketStep
from leasing.models.transitions import Transition

__all__ = [
    "Annex",
    "DefaultNotice",
    "DowntimeCredit",
    "Lease",
    "LeaseUnit",
    "Offer",
    "Sublease",
    "SubleaseStep",
    "Suspension",
    "Ticket",
    "TicketStep",
    "Transition",
]
