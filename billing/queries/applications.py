"""
What a lessee may hand over to a lender of its lease: figures of contract, invoices, payments, and use.

Each kind is handed over with the lessee's consent alone. Nothing of it is telemetry: use is told as totals a
month, as it is billed. Amounts are minor units, moments are by the clock of the contract's zone; periods are
half-open.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from billing.models import Invoice, JournalLine, WindowSet
from billing.rules.accounts import RECEIVABLES
from billing.rules.drafting import trimmed
from leasing.models import FinanceLease, Lease
from marketplace.rules.reading import plain

MOST_INVOICES = 500


def loan_data(lease: Lease, kinds: Sequence[str], at: datetime) -> dict[str, Any]:
    """Return the figures of the kinds that are named (of ``LOAN_DATA``), as they stand at a moment."""
    return {kind: LOAN_DATA[kind](lease, at) for kind in sorted(kinds)}


def _contract(lease: Lease, at: datetime) -> dict[str, Any]:
    financed, zone = FinanceLease.objects.filter(lease=lease).first(), lease.agreed.zone
    return {
        "number": lease.number,
        "lessor": lease.lessor.name,
        "machines": lease.units.count(),
        "status": lease.status,
        "starts_at": lease.starts_at.astimezone(zone).isoformat(),
        "ends_at": lease.ends_at.astimezone(zone).isoformat(),
        "currency": lease.agreed.price_plan.currency,
        "deposit_minor": lease.deposit.minor,
        "financed_minor": financed.principal_minor if financed else 0,
    }


def _bills(lease: Lease) -> list[Invoice]:
    found = Invoice.objects.issued().filter(lease=lease, buyer=lease.lessee)
    return list(found.order_by("-pk")[:MOST_INVOICES])


def _invoices(lease: Lease, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number,
            "kind": one.kind,
            "from": one.period_start.astimezone(lease.agreed.zone).isoformat(),
            "to": one.period_end.astimezone(lease.agreed.zone).isoformat(),
            "due_on": one.due_on.isoformat() if one.due_on else "",
            "currency": one.currency,
            "net_minor": one.net_minor,
            "tax_minor": one.tax_minor,
            "gross_minor": one.gross_minor,
        }
        for one in _bills(lease)
    ]


def _payments(lease: Lease, at: datetime) -> list[dict[str, Any]]:
    """Return what of each invoice is open in the books, and what is paid or let off; none without books."""
    bills = _bills(lease)
    lines = JournalLine.objects.filter(invoice__in=bills, account__code__in=RECEIVABLES, posted_at__lte=at)
    grouped = lines.order_by().values("invoice").annotate(open=Sum("amount_minor"))
    open_ = {row["invoice"]: int(row["open"]) for row in grouped}
    return [
        {
            "number": one.number,
            "currency": one.currency,
            "open_minor": open_[one.pk],
            "paid_minor": one.gross_minor - open_[one.pk],
        }
        for one in bills
        if one.pk in open_
    ]


def _usage(lease: Lease, at: datetime) -> list[dict[str, Any]]:
    """Return totals a month and meter, of the newest version of each day."""
    totals: dict[tuple[str, str], Decimal] = {}
    days = WindowSet.objects.filter(unit__lease=lease).newest()
    for one in days.order_by("local_day", "meter"):
        key = (f"{one.local_day:%Y-%m}", one.meter)
        totals[key] = totals.get(key, Decimal(0)) + one.quantity
    return [
        {"month": month, "meter": meter, "quantity": plain(trimmed(total))}
        for (month, meter), total in totals.items()
    ]


LOAN_DATA: Mapping[str, Callable[[Lease, datetime], Any]] = {
    "CONTRACT": _contract,
    "INVOICES": _invoices,
    "PAYMENTS": _payments,
    "USAGE": _usage,
}
