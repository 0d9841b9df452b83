"""What owners have done as lessors, as everybody may know it."""

from collections.abc import Collection

from django.db.models import Count

from leasing.models import Lease
from leasing.rules.leases import Move, Status

FINISHED = (Status.ENDED, Status.SETTLED, Status.CLOSED)
BROKEN_OFF = (Move.TERMINATE, Move.LOSE, Move.BUY_OUT)


def finished_leases(owners: Collection[int]) -> dict[int, int]:
    """Return how many leases of each lessor were carried to their end."""
    over = Lease.objects.filter(lessor__in=owners, status__in=FINISHED)
    over = over.exclude(transitions__move__in=BROKEN_OFF)
    return dict(over.order_by().values_list("lessor").annotate(many=Count("pk")))
