"""What a lease is expected to cost, and whether the credit that its lessor grants is enough."""

import json
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from leasing.models import CreditLimit, Lease
from leasing.rules.approval import Decision, decide
from leasing.rules.estimates import estimate
from leasing.rules.leases import BOUND, RUNNING
from leasing.rules.months import exceeds
from leasing.rules.terms import Terms
from marketplace.shared.money import Money
from marketplace.shared.period import Period


def expected_charges(lease: Lease) -> Money:
    """
    Return what a lease is expected to cost in all, tax included: the total that its page shows, and of a
    finance lease all instalments.
    """
    terms = json.dumps(lease.terms, sort_keys=True)
    return _priced(terms, tuple(sorted(lease.usage_expected.items())), lease.period)


@lru_cache(maxsize=1024)
def _priced(terms: str, usage: tuple[tuple[str, Decimal], ...], period: Period) -> Money:
    """Price what is agreed; a lessor looks at the same leases of a lessee with each that it accepts."""
    found = Terms.parse(json.loads(terms), agreed=True)
    plan, anchor = found.price_plan, found.billing_anchor_day
    made = estimate(plan, dict(usage), period, zone=found.zone, anchor_day=anchor).gross
    if found.finance is None:
        return made
    return made + found.finance.total(period.start.astimezone(found.zone).date())


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
