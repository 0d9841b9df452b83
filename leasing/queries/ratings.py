"""What a company is known for as a lessor, counted from leases and published ratings."""

from typing import Any

from django.db import models
from django.db.models import Count, F, Q

from leasing.models import Lease, Rating, Transition
from leasing.models.ratings import SCORES, RatingQuerySet
from leasing.rules.leases import BEGUN, SETTLED, Move, Side, Status
from leasing.rules.ratings import FEWEST, LATE_AFTER, Figures, figures
from marketplace.models import Organization

MOST_SHOWN = 5


def record_of(owner: Organization) -> Figures:
    """Return the figures of a lessor; what rests on less than three is not among them."""
    rated = ratings_of(owner).aggregate(ratings=Count("pk"), **{name: models.Sum(name) for name in SCORES})
    total = sum(rated[name] or 0 for name in SCORES)
    return figures(**_leases_of(owner), ratings=rated["ratings"], total=total)


def ratings_of(owner: Organization) -> RatingQuerySet:
    """Return what lessees wrote of a lessor that is published and not hidden, the newest first."""
    found = Rating.objects.published().filter(about=owner, side=Side.LESSEE).listed().seen()
    return found.order_by("-round__published_at", "-pk")


def told_of(owner: Organization, known: Figures) -> list[Rating]:
    """Return the last ratings that say something in words, if there are enough to hide who wrote which."""
    if known.ratings < FEWEST:
        return []
    return list(ratings_of(owner).exclude(text="")[:MOST_SHOWN])


def _leases_of(owner: Organization) -> dict[str, Any]:
    agreed = Transition.objects.filter(lease=models.OuterRef("pk"), move=Move.ACCEPT)
    lapsed = Q(status__in=[Status.REFUSED, Status.EXPIRED]) & Q(models.Exists(agreed))
    gone = Q(status=Status.CANCELLED) & Q(models.Exists(agreed))
    begun = Q(active_from__isnull=False)
    in_time = Q(active_from__lte=F("starts_at") + LATE_AFTER)
    return Lease.objects.filter(lessor=owner).aggregate(
        settled=Count("pk", filter=Q(status__in=sorted(SETTLED))),
        handovers=Count("pk", filter=begun),
        on_time=Count("pk", filter=begun & in_time),
        accepted=Count("pk", filter=Q(status__in=sorted(BEGUN)) | lapsed | gone),
        cancelled=Count("pk", filter=lapsed),
    )
