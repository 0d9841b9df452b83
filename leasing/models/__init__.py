"""Leases, their machines, their offers, and the evidence of every step."""

from leasing.models.condition import ConditionRecord, RecordAnswer
from leasing.models.deposits import Deposit, DepositMovement, DepositOrder
from leasing.models.leases import Lease, LeaseUnit
from leasing.models.offers import Offer
from leasing.models.photos import Photo
from leasing.models.subleases import Sublease, SubleaseStep
from leasing.models.transitions import Transition

__all__ = [
    "ConditionRecord",
    "Deposit",
    "DepositMovement",
    "DepositOrder",
    "Lease",
    "LeaseUnit",
    "Offer",
    "Photo",
    "RecordAnswer",
    "Sublease",
    "SubleaseStep",
    "Transition",
]
