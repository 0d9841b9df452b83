"""Leases, their machines, their offers, and the evidence of every step."""

from leasing.models.leases import Lease, LeaseUnit
from leasing.models.offers import Offer
from leasing.models.orders import OrderBook, ProductionOrder
from leasing.models.plans import PlanAcceptance, PlanAcceptedLease
from leasing.models.subleases import Sublease, SubleaseStep
from leasing.models.transitions import Transition

__all__ = [
    "Lease",
    "LeaseUnit",
    "Offer",
    "OrderBook",
    "PlanAcceptance",
    "PlanAcceptedLease",
    "ProductionOrder",
    "Sublease",
    "SubleaseStep",
    "Transition",
]
