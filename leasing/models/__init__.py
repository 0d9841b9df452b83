"""Leases, their machines, offers, contracts, limits and terms, and the evidence of every step."""

from leasing.models.contracts import Contract, Signature
from leasing.models.credit_limits import CreditLimit
from leasing.models.leases import Lease, LeaseUnit
from leasing.models.offers import Offer
from leasing.models.subleases import Sublease, SubleaseStep
from leasing.models.templates import TermsTemplate
from leasing.models.transitions import Transition

__all__ = [
    "Contract",
    "CreditLimit",
    "Lease",
    "LeaseUnit",
    "Offer",
    "Signature",
    "Sublease",
    "SubleaseStep",
    "TermsTemplate",
    "Transition",
]
