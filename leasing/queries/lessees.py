"""Which machines an organization leases: under contract, until they are back."""

from typing import Any

from django.db.models import QuerySet

from leasing.models import LeaseUnit
from leasing.rules.leases import BOUND
from marketplace.models import Organization


def machines_let_to(organization: Organization) -> "QuerySet[LeaseUnit, Any]":
    """Return the keys of the machines that an organization leases, as a subquery."""
    found = LeaseUnit.objects.filter(lease__lessee=organization, lease__status__in=BOUND)
    return found.values("equipment")
