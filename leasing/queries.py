"""Reads that several interfaces of leasing share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from devices.ownership.rules import data_terms
from leasing.models import Lease, LeaseUnit, Ticket
from leasing.rules import downtime
from leasing.rules.sla import sla_of
from leasing.rules.terms import (
    CALENDAR_MONTH,
    DEFAULT_DATA_TERMS,
    USUAL_GRACE_HOURS,
    VERSION,
    InvalidTerms,
    Terms,
)
from marketplace.models import Listing, ListingService, Organization
from marketplace.queries import organization_named as organization_named
from marketplace.rules.services import Service
from marketplace.shared.period import billing_periods


def services_of(listing: Listing) -> tuple[Service, ...]:
    """Return what its providers have agreed to do with a listing, as terms hold it."""
    found = ListingService.objects.filter(listing=listing).agreed().select_related("provider")
    return tuple(one.value for one in found)


def terms_of(listing: Listing, services: Sequence[Service] = ()) -> Terms:
    """
    Return the terms that a lease of this listing would have today, with the services that come with it.

    :raises InvalidTerms: if price plan and count rules do not fit together, or a data term is void
    """
    flaws = data_terms.flaws(listing.data_terms or DEFAULT_DATA_TERMS, "/data_terms")
    if flaws:
        raise InvalidTerms(flaws=flaws, count=len(flaws))
    return Terms.parse(
        {
            "version": VERSION,
            "price_plan": listing.price_plan,
            "count_rules": listing.count_rules,
            "zone": listing.zone,
            "billing_anchor_day": CALENDAR_MONTH,
            "deposit_minor": listing.deposit_minor,
            "currency": listing.currency,
            "grace_hours": USUAL_GRACE_HOURS,
            "listing_id": listing.public_id,
            "listing_title": listing.title,
            "data_terms": listing.data_terms or DEFAULT_DATA_TERMS,
            **({"services": [service.dump() for service in services]} if services else {}),
        }
    )


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
