"""Leases, their machines, offers, contracts, limits and terms, and the evidence of every step."""

from leasing.models.annex_approvals import AnnexApproval
from leasing.models.annexes import Annex
from leasing.models.condition import ConditionRecord, RecordAnswer
from leasing.models.contracts import Contract, Signature
from leasing.models.credit_limits import CreditLimit
from leasing.models.deposits import Deposit, DepositMovement, DepositOrder
from leasing.models.leases import Lease, LeaseUnit
from leasing.models.offers import Offer
from leasing.models.orders import OrderBook, ProductionOrder
from leasing.models.photos import Photo
from leasing.models.plans import PlanAcceptance, PlanAcceptedAnnex, PlanAcceptedLease
from leasing.models.slots import SlotBooking, SlotStep
from leasing.models.subleases import Sublease, SubleaseStep
from leasing.models.suspensions import DefaultNotice, Suspension
from leasing.models.templates import TermsTemplate
from leasing.models.tickets import DowntimeCredit, Ticket, TicketStep
from leasing.models.transitions import Transition

__all__ = [
    "Annex",
    "AnnexApproval",
    "ConditionRecord",
    "Contract",
    "CreditLimit",
    "DefaultNotice",
    "Deposit",
    "DepositMovement",
    "DepositOrder",
    "DowntimeCredit",
    "Lease",
    "LeaseUnit",
    "Offer",
    "OrderBook",
    "Photo",
    "PlanAcceptance",
    "PlanAcceptedAnnex",
    "PlanAcceptedLease",
    "ProductionOrder",
    "RecordAnswer",
    "Signature",
    "SlotBooking",
    "SlotStep",
    "Sublease",
    "SubleaseStep",
    "Suspension",
    "TermsTemplate",
    "Ticket",
    "TicketStep",
    "Transition",
]
