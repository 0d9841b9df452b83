"""Facts of leasing: the agreement, its machines, and the evidence of each step."""

from leasing.models.leases import Lease, LeaseUnit
from leasing.models.subleases import Sublease, SubleaseStep
from leasing.models.transitions import Transition

__all__ = ["Lease", "LeaseUnit", "Sublease", "SubleaseStep", "Transition"]
