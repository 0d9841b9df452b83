"""Reads that several interfaces of leasing share."""

from django.db.models import Q

from devices.ownership.rules import data_terms
from leasing.rules.terms import (
    CALENDAR_MONTH,
    DEFAULT_DATA_TERMS,
    USUAL_GRACE_HOURS,
    VERSION,
    InvalidTerms,
    Terms,
)
from marketplace.models import Listing, Organization


def organization_named(text: str) -> Organization | None:
    """Return the organization with a public id or a credit code."""
    named = text.strip()
    return Organization.objects.filter(Q(public_id=named) | Q(credit_code=named.upper())).first()


def terms_of(listing: Listing) -> Terms:
    """
    Return the terms that a lease of this listing would have today.

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
        }
    )
