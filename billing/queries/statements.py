"""What was issued for a period of a lease, by seller, and what of it is to be paid."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import models

from billing.models import Invoice, InvoiceLine, LineDispute
from billing.models.invoices import InvoiceQuerySet
from billing.rules.reasons import Reason
from billing.rules.standing import Frozen, frozen
from leasing.models import Lease

Series = tuple[Any, ...]
SERIES = ("id", "kind", "lease", "booking", "period_start", "seller")


def reasons_for(note: Invoice, *, is_inside: bool) -> list[str]:
    """Return why a note was made; who serves a lease learns nothing of its use."""
    reasons = note.correction.reasons if note.correction else []
    told = (Reason.RECORDED, Reason.SLOT, Reason.CONCEDED)
    return [one for one in reasons if is_inside or one in told]


def versions_of(invoice: Invoice) -> InvoiceQuerySet:
    """Return what one seller issued of a period or a booking: an invoice and its notes; interest alone."""
    if invoice.is_interest:
        return Invoice.objects.issued().filter(pk=invoice.pk)
    return Invoice.objects.of_periods().issued().filter(**invoice.series)


class OfSeller(NamedTuple):
    """What one seller issued for a period of a lease, and what of it is to be paid."""

    versions: list[Invoice]
    sums: Frozen


def statement_of(lease: Lease, start: datetime, readable: InvoiceQuerySet) -> list[OfSeller]:
    """Return what was issued for the period of a lease that begins at ``start``, by seller."""
    issued = readable.of_periods().issued().filter(lease=lease, period_start=start).with_parties()
    found: dict[int, list[Invoice]] = {}
    for one in issued.order_by("seller", "version"):
        found.setdefault(one.seller_id, []).append(one)
    of_sellers = (
        Invoice.objects.of_periods().issued().filter(lease=lease, period_start=start, seller__in=found)
    )
    sums = _standing_by_seller(of_sellers)
    parts = [OfSeller(versions, sums[seller]) for seller, versions in found.items()]
    return sorted(parts, key=lambda part: part.versions[0].pk)


def _standing_by_seller(versions: InvoiceQuerySet) -> dict[int, Frozen]:
    """Return by seller what issued versions bill together and what is disputed; two queries for all."""
    grosses: dict[int, dict[tuple[str, str], int]] = {}
    lines = InvoiceLine.objects.filter(invoice__in=versions).order_by()
    columns = lines.values_list("invoice__seller", "component", "tax_category")
    for seller, component, category, gross in columns.annotate(models.Sum("gross_minor")):
        grosses.setdefault(seller, {})[component, category] = int(gross)
    disputes: dict[int, list[LineDispute]] = {}
    for one in _withholding(versions):
        disputes.setdefault(one.line.invoice.seller_id, []).append(one)
    return {seller: _frozen(of_seller, disputes.get(seller, [])) for seller, of_seller in grosses.items()}


def _withholding(versions: InvoiceQuerySet) -> Iterable[LineDispute]:
    found = LineDispute.objects.withholding().filter(line__invoice__in=versions)
    return found.select_related("line__invoice")


def _frozen(grosses: dict[tuple[str, str], int], disputes: Iterable[LineDispute]) -> Frozen:
    """Return what some disputes freeze: an open one its line, one that was decided what it gave back."""
    given = [(one.line.key, one.conceded_gross_minor) for one in disputes if one.conceded_minor]
    return frozen(grosses, [one.line.key for one in disputes if not one.conceded_minor], given)


def billed_starts(lease: Lease, readable: InvoiceQuerySet) -> list[datetime]:
    """Return when the periods of a lease begin of which something is issued, the newest first."""
    found = (
        readable.of_periods().issued().filter(lease=lease).order_by().values_list("period_start", flat=True)
    )
    return sorted(set(found), reverse=True)


def billed_days(lease: Lease, readable: InvoiceQuerySet) -> dict[date, datetime]:
    """Return those periods by their first local day, the newest first."""
    zone = lease.agreed.zone
    return {start.astimezone(zone).date(): start for start in billed_starts(lease, readable)}


def standings_of(invoices: Sequence[Invoice], withheld: Iterable[LineDispute]) -> dict[int, Frozen]:
    """
    Return by their keys what :func:`standing_of` says of the versions of invoices; one query for all.

    ``withheld`` are the disputes that withhold something of them, and may be of others, too.
    """
    if not invoices:
        return {}
    alike = {one.pk: models.Q(pk=one.pk) if one.is_interest else models.Q(**one.series) for one in invoices}
    versions = Invoice.objects.issued().filter(reduce(or_, alike.values()))
    grosses: dict[Series, dict[tuple[str, str], int]] = {}
    lines = InvoiceLine.objects.filter(invoice__in=versions).order_by()
    columns = lines.values_list(*(f"invoice__{name}" for name in SERIES), "component", "tax_category")
    for *of, component, category, gross in columns.annotate(models.Sum("gross_minor")):
        billed = grosses.setdefault(_series(*of), {})
        billed[component, category] = billed.get((component, category), 0) + int(gross)
    disputes: dict[Series, list[LineDispute]] = {}
    for dispute in withheld:
        disputes.setdefault(_series_of(dispute.line.invoice), []).append(dispute)
    keys = {one.pk: _series_of(one) for one in invoices}
    return {pk: _frozen(grosses.get(key, {}), disputes.get(key, [])) for pk, key in keys.items()}


def _series_of(one: Invoice) -> Series:
    return _series(*(getattr(one, Invoice._meta.get_field(name).attname) for name in SERIES))  # type: ignore[union-attr]


def _series(pk: int, kind: str, *common: Any) -> Series:
    """Return what tells the versions of an invoice from others: a claim of interest stands by itself."""
    return (pk,) if kind == Invoice.Kind.INTEREST else common


def standing_of(versions: InvoiceQuerySet) -> Frozen:
    """Return what issued versions of one seller bill together, and what of it is disputed, in minor units."""
    lines = InvoiceLine.objects.filter(invoice__in=versions).order_by()
    grosses = lines.values_list("component", "tax_category").annotate(models.Sum("gross_minor"))
    return _frozen(
        {(component, category): int(gross) for component, category, gross in grosses},
        list(_withholding(versions)),
    )
