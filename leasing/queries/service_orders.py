"""Which leases miss service orders that their terms promise."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from leasing.models import Lease, ServiceOrder
from leasing.rules.leases import RUNNING, UNDER_CONTRACT
from marketplace.rules.services import Basis


def leases_to_order_for(at: datetime) -> QuerySet[Lease]:
    """Return leases with services whose first orders, or those of the running period, may be missing."""
    orders = ServiceOrder.objects.filter(lease=OuterRef("pk"))
    periodic = Q(terms__services__contains=[{"basis": Basis.MONTH.value}], status__in=RUNNING)
    this_period = Exists(orders.filter(month_to__gt=at))
    ordered = Q(terms__services__contains=[{"basis": Basis.ORDER.value}])
    ordered |= Q(terms__services__contains=[{"basis": Basis.HOUR.value}])
    found = Lease.objects.filter(status__in=RUNNING | UNDER_CONTRACT, terms__has_key="services")
    return found.filter((periodic & ~this_period) | (ordered & ~Exists(orders)))
