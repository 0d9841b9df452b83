"""The terms that a lease of a listing would have."""

from collections.abc import Sequence

from devices.ownership.rules import data_terms
from leasing.rules.terms import (
    CALENDAR_MONTH,
    DEFAULT_DATA_TERMS,
    USUAL_GRACE_HOURS,
    VERSION,
    InvalidTerms,
    Terms,
)
from marketplace.models import Listing, ListingService
from marketplace.rules.services import Service


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
