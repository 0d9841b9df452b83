"""Which machines of an owner stand in no listing, or were let little."""

from collections import defaultdict
from datetime import timedelta

from marketplace.models import Claim, Equipment, Organization
from marketplace.shared.period import Period

LITTLE = 4  # let for less than one of so many parts of the time


def little_used(organization: Organization, period: Period) -> list[Equipment]:
    """Return the machines in service that are unlisted, or were let for less than a quarter of a period."""
    assert period.end is not None, "a period that is over"
    mine = Equipment.objects.filter(owner=organization, status=Equipment.Status.IN_SERVICE)
    let = Claim.objects.filter(equipment__in=mine, reason__in=[Claim.Reason.LEASE, Claim.Reason.SLOT])
    used: dict[int, timedelta] = defaultdict(timedelta)
    for claim in let.active().overlapping(period.start, period.end):
        since = max(claim.core.lower, period.start)
        until = min(claim.core.upper or period.end, period.end)
        used[claim.equipment_id] += max(until - since, timedelta())
    least = (period.end - period.start) / LITTLE
    found = mine.select_related("owner", "listing_unit__listing").order_by("name", "pk")
    return [one for one in found if not hasattr(one, "listing_unit") or used[one.pk] < least]
