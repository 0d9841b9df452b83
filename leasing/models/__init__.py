"""Leases, their machines, their offers, and the evidence of every step."""

from leasing.models.leases import Lease, LeaseUnit
from leasing.models.offers import Offer
from leasing.models.slots import SlotBooking, SlotStep
from leasing.models.subleases import Sublease, SubleaseStep
from leasing.models.transitions import Transition

__all__ = ["Lease", "LeaseUnit", "Offer", "SlotBooking", "SlotStep", "Sublease", "SubleaseStep", "Transition"]
