"""Standstills of leased machines, and who stands before one."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from leasing.models import Lease, LeaseUnit, Ticket
from leasing.rules import downtime
from leasing.rules.sla import sla_of
from marketplace.models import Organization
from marketplace.shared.period import billing_periods


def unit_here(equipment: str, organization: Organization) -> LeaseUnit | None:
    """
    Return the running unit by which a machine is leased, if an organization is a side of its lease.

    ``equipment`` is a public id; an address made of it can stand on the machine as a QR code.
    """
    mine = Lease.objects.active().filter(Q(lessor=organization) | Q(lessee=organization))
    found = LeaseUnit.objects.running().filter(equipment__public_id=equipment, lease__in=mine)
    return found.select_related("equipment", "lease__lessor", "lease__lessee").first()


def availability_of(lease: Lease, at: datetime) -> list[dict[str, Any]]:
    """
    Return the billing periods of a lease up to ``at``, newest first: service, standstill, and what is
    recorded.

    Lengths are seconds of service; a standstill is what the lessor bears, agreed or decided. The availability
    of the period that runs is of all of it, so it can only fall.
    """
    if lease.active_from is None:
        return []
    sla, terms = sla_of(lease.terms), lease.agreed
    tickets = Ticket.objects.borne_by_lessor().filter(lease=lease)
    stands = downtime.joined(stand for one in tickets for stand in one.stands)
    recorded = list(lease.downtime_credits.order_by("starts_at").select_related("ticket"))
    end = lease.active_to or lease.ends_at
    rows = []
    for month in billing_periods(lease.active_from, end, terms.zone, terms.billing_anchor_day):
        if month.start > at:
            break
        down, service = downtime.stood(stands, month, sla, terms.zone), sla.seconds(month, terms.zone)
        rows.append(
            {
                "period": month,
                "service_seconds": service,
                "down_seconds": down,
                "availability_percent": downtime.availability(down, service),
                "credits": [one for one in recorded if month.contains(one.starts_at)],
            }
        )
    return rows[::-1]
