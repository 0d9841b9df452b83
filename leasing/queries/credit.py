"""What a lease is expected to cost, and whether the credit that its lessor grants is enough."""

from datetime import datetime

from leasing.models import CreditLimit, Lease
from leasing.rules.approval import Decision, decide
from leasing.rules.estimates import estimate
from leasing.rules.leases import BOUND, RUNNING
from leasing.rules.months import exceeds
from marketplace.shared.money import Money


def expected_charges(lease: Lease) -> Money:
    """
    Return what a lease is expected to cost in all, tax included: the total that its page shows, and of a
    finance lease all instalments.
    """
    terms = lease.agreed
    anchor, usage = terms.billing_anchor_day, lease.usage_expected
    made = estimate(terms.price_plan, usage, lease.period, zone=terms.zone, anchor_day=anchor).gross
    if terms.finance is None:
        return made
    return made + terms.finance.total(lease.starts_at.astimezone(terms.zone).date())


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
