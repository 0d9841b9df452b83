"""When a lease is billed: the periods between its handover and its end."""

from datetime import datetime

from billing.rules.periods import period_at
from leasing.models import Lease
from marketplace.shared.period import Period, billing_periods


def running_of(lease: Lease) -> Period | None:
    """Return the time in which a lease is billed: from handover to its end, or to the agreed end."""
    if lease.active_from is None:
        return None
    return Period(lease.active_from, lease.active_to or lease.ends_at)


def periods_of(lease: Lease, *, until: datetime) -> list[Period]:
    """Return the billing periods of a lease that begin at ``until`` or before."""
    running = running_of(lease)
    if running is None:
        return []
    terms = lease.agreed
    periods = billing_periods(running.start, running.end, terms.zone, terms.billing_anchor_day)
    return [period for period in periods if period.start <= until]


def whole_of(lease: Lease) -> list[Period]:
    """Return all billing periods of a lease, to its end as it is known."""
    running = running_of(lease)
    return [] if running is None or running.end is None else periods_of(lease, until=running.end)


def is_final(lease: Lease, period_end: datetime | None) -> bool:
    """Tell whether a period is the last one of a lease that has ended."""
    return lease.active_to is not None and lease.active_to == period_end


def period_around(lease: Lease, at: datetime) -> Period | None:
    """Return the billing period of a lease around a moment: its first before, its last after it."""
    running, terms = running_of(lease), lease.agreed
    if running is None:
        return None
    return period_at(running, at, zone=terms.zone, anchor_day=terms.billing_anchor_day)
