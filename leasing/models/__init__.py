"""Leases, their machines, offers, contracts, limits and terms, and the evidence of every step."""

from leasing.models.annex_approvals import AnnexApproval
from leasing.models.annexes import Annex
from leasing.models.commission import CommissionProposal, CommissionRate, LeaseCommission
from leasing.models.condition import ConditionRecord, RecordAnswer
from leasing.models.contracts import Contract, Signature
from leasing.models.credit_limits import CreditLimit
from leasing.models.damage import DamageClaim, DamageWord
from leasing.models.deposits import Deposit, DepositMovement, DepositOrder
from leasing.models.feeds import CalendarFeed
from leasing.models.finance import FinanceInstalment, FinanceLease, FinanceLicence, FinanceRegistration
from leasing.models.health import HealthWarning
from leasing.models.insurance import InsurancePolicy
from leasing.models.leases import Lease, LeaseUnit
from leasing.models.maintenance import MaintenanceMeter, MaintenanceRule, MaintenanceTicket
from leasing.models.offers import Offer
from leasing.models.orders import OrderBook, ProductionOrder
from leasing.models.overdue import AtRisk, Overdue
from leasing.models.photos import Photo
from leasing.models.plans import PlanAcceptance, PlanAcceptedAnnex, PlanAcceptedLease
from leasing.models.ratings import Rating, RatingAnswer, RatingModeration, RatingRound
from leasing.models.referrals import ReferralWord
from leasing.models.service_orders import ServiceOrder, ServiceOrderStep
from leasing.models.settlements import Settlement
from leasing.models.slots import SlotBooking, SlotStep
from leasing.models.subleases import Sublease, SubleaseStep
from leasing.models.suspensions import DefaultNotice, Suspension
from leasing.models.templates import TermsTemplate
from leasing.models.ticket_photos import TicketPhoto
from leasing.models.tickets import DowntimeCredit, Ticket, TicketStep
from leasing.models.transitions import Transition

__all__ = [
    "Annex",
    "AnnexApproval",
    "AtRisk",
    "CalendarFeed",
    "CommissionProposal",
    "CommissionRate",
    "ConditionRecord",
    "Contract",
    "CreditLimit",
    "DamageClaim",
    "DamageWord",
    "DefaultNotice",
    "Deposit",
    "DepositMovement",
    "DepositOrder",
    "DowntimeCredit",
    "FinanceInstalment",
    "FinanceLease",
    "FinanceLicence",
    "FinanceRegistration",
    "HealthWarning",
    "InsurancePolicy",
    "Lease",
    "LeaseCommission",
    "LeaseUnit",
    "MaintenanceMeter",
    "MaintenanceRule",
    "MaintenanceTicket",
    "Offer",
    "OrderBook",
    "Overdue",
    "Photo",
    "PlanAcceptance",
    "PlanAcceptedAnnex",
    "PlanAcceptedLease",
    "ProductionOrder",
    "Rating",
    "RatingAnswer",
    "RatingModeration",
    "RatingRound",
    "RecordAnswer",
    "ReferralWord",
    "ServiceOrder",
    "ServiceOrderStep",
    "Settlement",
    "Signature",
    "SlotBooking",
    "SlotStep",
    "Sublease",
    "SubleaseStep",
    "Suspension",
    "TermsTemplate",
    "Ticket",
    "TicketPhoto",
    "TicketStep",
    "Transition",
]
