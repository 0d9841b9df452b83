"""How fast a lessor answered the requests of the last year."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from leasing.models import Lease, Transition
from leasing.rules.answering import WITHIN, median
from leasing.rules.leases import Move
from marketplace.models import Organization

ANSWERS = (Move.QUOTE, Move.ACCEPT, Move.REFUSE)
MOST = 500  # requests, the latest


def answered_within(owner: Organization, at: datetime) -> timedelta | None:
    """Return the median time to a lessor's first answer, from one query; nothing if too few asked."""
    first = Transition.objects.filter(
        lease=OuterRef("pk"), move__in=ANSWERS, organization=owner.public_id
    ).order_by("position")
    asked = Lease.objects.filter(lessor=owner, requested_at__gte=at - WITHIN, requested_at__lte=at)
    rows = asked.annotate(answered_at=Subquery(first.values("occurred_at")[:1]))
    found = rows.exclude(answered_at=None).order_by("-pk")
    pairs = found.values_list("lessee", "requested_at", "answered_at")[:MOST]
    return median([(lessee, answered - requested) for lessee, requested, answered in pairs])
