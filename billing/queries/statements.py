"""What was issued for a period of a lease, by seller, and what of it is to be paid."""

from datetime import datetime
from typing import NamedTuple

from django.db import models

from billing.models import Invoice, InvoiceLine, LineDispute
from billing.models.invoices import InvoiceQuerySet
from billing.rules.standing import Frozen, frozen
from leasing.models import Lease


def versions_of(invoice: Invoice) -> InvoiceQuerySet:
    """Return what was issued of a lease, period and seller: an invoice and the notes that correct it."""
    return Invoice.objects.issued().filter(
        lease=invoice.lease_id, period_start=invoice.period_start, seller=invoice.seller_id
    )


class OfSeller(NamedTuple):
    """What one seller issued for a period of a lease, and what of it is to be paid."""

    versions: list[Invoice]
    sums: Frozen


def statement_of(lease: Lease, start: datetime, readable: InvoiceQuerySet) -> list[OfSeller]:
    """Return what was issued for the period of a lease that begins at ``start``, by seller."""
    issued = readable.issued().filter(lease=lease, period_start=start).with_parties()
    found: dict[int, list[Invoice]] = {}
    for one in issued.order_by("seller", "version"):
        found.setdefault(one.seller_id, []).append(one)
    parts = [OfSeller(versions, standing_of(versions_of(versions[0]))) for versions in found.values()]
    return sorted(parts, key=lambda part: part.versions[0].pk)


def billed_starts(lease: Lease, readable: InvoiceQuerySet) -> list[datetime]:
    """Return when the periods of a lease begin of which something is issued, the newest first."""
    found = readable.issued().filter(lease=lease).order_by().values_list("period_start", flat=True)
    return sorted(set(found), reverse=True)


def standing_of(versions: InvoiceQuerySet) -> Frozen:
    """Return what issued versions of one seller bill together, and what of it is disputed, in minor units."""
    lines = InvoiceLine.objects.filter(invoice__in=versions).order_by()
    grosses = lines.values_list("component", "tax_category").annotate(models.Sum("gross_minor"))
    open_ = LineDispute.objects.freezing().filter(line__invoice__in=versions)
    return frozen(
        {(component, category): int(gross) for component, category, gross in grosses},
        open_.values_list("line__component", "line__tax_category"),
    )
