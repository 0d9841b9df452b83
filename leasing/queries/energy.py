"""The months for which a lease can have an energy report."""

from datetime import datetime

from leasing.models import Lease
from marketplace.shared.period import Period


def energy_months(lease: Lease, at: datetime) -> list[Period]:
    """Return the local months of a lease up to ``at``, newest first, the first and last cut at its edges."""
    if lease.active_from is None:
        return []
    end = min(lease.active_to or lease.ends_at, at)
    if end <= lease.active_from:
        return []
    return Period(lease.active_from, end).local_months(lease.agreed.zone)[::-1]


def month_named(months: list[Period], name: str, lease: Lease) -> Period | None:
    """Return the month of that name (2026-03), the newest without a name, or nothing if there is none."""
    if not name:
        return months[0] if months else None
    return next((one for one in months if name_of(one, lease) == name), None)


def name_of(month: Period, lease: Lease) -> str:
    """Name a month: 2026-03."""
    return f"{month.start.astimezone(lease.agreed.zone):%Y-%m}"
