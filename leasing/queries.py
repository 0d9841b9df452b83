"""Reads that several interfaces of leasing share."""

from datetime import datetime

from django.db.models import Q

from devices.ownership.rules import data_terms
from leasing.models import CreditLimit, Lease
from leasing.rules.approval import Decision, decide
from leasing.rules.estimates import estimate
from leasing.rules.leases import BOUND, RUNNING
from leasing.rules.months import exceeds
from leasing.rules.terms import (
    CALENDAR_MONTH,
    DEFAULT_DATA_TERMS,
    USUAL_GRACE_HOURS,
    VERSION,
    InvalidTerms,
    Terms,
)
from marketplace.models import Listing, Organization
from marketplace.shared.money import Money


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


def expected_charges(lease: Lease) -> Money:
    """Return what a lease is expected to cost in all, tax included: the total that its page shows."""
    terms = lease.agreed
    anchor, usage = terms.billing_anchor_day, lease.usage_expected
    return estimate(terms.price_plan, usage, lease.period, zone=terms.zone, anchor_day=anchor).gross


def credit_decision(lease: Lease, at: datetime) -> Decision:
    """Look at a lease by the limit that its lessor has set for its lessee; others are those that bind it."""
    found = CreditLimit.objects.in_force(lease.lessor_id, lease.lessee_id, at)
    limit = found.value() if found else None
    binding = Lease.objects.filter(status__in=BOUND | RUNNING).exclude(pk=lease.pk)
    others = binding.filter(lessor=lease.lessor_id, lessee=lease.lessee_id)
    months = limit.months if limit else None
    return decide(
        limit=limit,
        charges=expected_charges(lease),
        others=[expected_charges(one) for one in others],
        is_longer=months is not None and exceeds(lease.period, months, lease.agreed.zone),
    )
