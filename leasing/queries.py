"""Reads that several interfaces of leasing share."""

from leasing.rules.terms import CALENDAR_MONTH, DEFAULT_DATA_TERMS, USUAL_GRACE_HOURS, VERSION, Terms
from marketplace.models import Listing


def terms_of(listing: Listing) -> Terms:
    """
    Return the terms that a lease of this listing would have today.

    :raises InvalidTerms: if price plan and count rules do not fit together
    """
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
            "data_terms": DEFAULT_DATA_TERMS,
        }
    )
