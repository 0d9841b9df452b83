"""The months and days for which a lease can have an energy report."""

from datetime import date, datetime, timedelta

from leasing.models import Lease
from marketplace.shared.period import Period, local_midnight


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


def days_between(first: str, last: str, lease: Lease, at: datetime) -> Period | None:
    """
    Return the time of a lease up to ``at`` from one local day to another, the last included (2026-03-01).

    Nothing if these are no days, in no order, or none of the lease.
    """
    try:
        since, until = date.fromisoformat(first), date.fromisoformat(last)
        zone = lease.agreed.zone
        asked = Period(local_midnight(since, zone), local_midnight(until + timedelta(days=1), zone))
    except (ValueError, OverflowError):
        return None
    end = min(lease.active_to or lease.ends_at, at)
    if lease.active_from is None or end <= lease.active_from:
        return None
    return asked.intersect(Period(lease.active_from, end))
