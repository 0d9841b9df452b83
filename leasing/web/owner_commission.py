"""What an owner reads of the platform's commission on the pages of a lease."""

from typing import Any

from django.http import HttpRequest

from leasing.models import Lease
from leasing.queries import commission as queries
from leasing.queries.commission_words import told
from leasing.rules.commission import local_day
from marketplace.permissions import Permission, allowed
from marketplace.queries import acting_organization
from marketplace.rules.pricing.sellers import SellerTax, rate_for
from marketplace.rules.pricing.tax import SERVICE
from marketplace.shared import clock


def part(request: HttpRequest, lease: Lease, tax: SellerTax | None = None) -> dict[str, Any]:
    """
    Return what an owner reads of the commission on the pages of a lease: before it agrees, and after.

    ``tax`` is how the platform is taxed today, where that was read already.
    """
    acting = acting_organization(request)
    if acting.pk != lease.lessor_id or not allowed(request.user, Permission.INVOICE_READ, within=acting):  # type: ignore[arg-type]
        return {}
    on = local_day(clock.now())
    vat_rate = queries.service_vat(on) if tax is None else rate_for(SERVICE, on, tax).rate
    found = queries.of_lease(lease, on=on, vat_rate=vat_rate)
    if found is None:
        return {}
    return {"commission": told(found) | {"is_financed": lease.agreed.finance is not None}}
