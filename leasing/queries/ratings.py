"""What a company is known for as a lessor, counted from leases and published ratings."""

from typing import Any

from django.db import models
from django.db.models import Count, F, Q

from leasing.models import Lease, Rating, Transition
from leasing.models.ratings import SCORES, RatingQuerySet
from leasing.rules.leases import BEGUN, SETTLED, Move, Side, Status
from leasing.rules.ratings import FEWEST, LATE_AFTER, Counted, Figures, figures
from marketplace.models import Membership, Organization

MOST_SHOWN = 5
SORTS = ("settled", "ratings", "handovers", "accepted")


def record_of(owner: Organization) -> Figures:
    """
    Return the figures of a lessor, from one query; what rests on less than three lessees is not among them.

    Leases with a company that has a member in common with it count nowhere.
    """
    found = _counted(owner)
    sorts: dict[str, Any] = {name: Counted(found.pop(name), found.pop(f"{name}_lessees")) for name in SORTS}
    sums: dict[str, Any] = {name: many or 0 for name, many in found.items()}
    return figures(**sorts, **sums)


def ratings_of(owner: Organization) -> RatingQuerySet:
    """
    Return what lessees wrote of a lessor that is published and not hidden, the newest first, without those
    that have a member in common with it.
    """
    found = Rating.objects.published().filter(about=owner, side=Side.LESSEE).listed().seen()
    return found.exclude(_shares_a_member(owner, "rated_by")).order_by("-round__published_at", "-pk")


def told_of(owner: Organization, known: Figures) -> list[Rating]:
    """Return the last ratings that say something in words, if there are enough to hide who wrote which."""
    if known.ratings < FEWEST:
        return []
    return list(ratings_of(owner).exclude(text="")[:MOST_SHOWN])


def _counted(owner: Organization) -> dict[str, Any]:
    agreed = Transition.objects.filter(lease=models.OuterRef("pk"), move=Move.ACCEPT)
    lapsed = Q(status__in=[Status.REFUSED, Status.EXPIRED], was_agreed=True)
    gone = Q(status=Status.CANCELLED, was_agreed=True)
    begun = Q(active_from__isnull=False)
    in_time = Q(active_from__lte=F("starts_at") + LATE_AFTER)
    known = {
        "settled": Q(status__in=sorted(SETTLED)),
        "ratings": Q(points__isnull=False),
        "handovers": begun,
        "accepted": Q(status__in=sorted(BEGUN)) | lapsed | gone,
    }
    leases = Lease.objects.filter(lessor=owner).exclude(_shares_a_member(owner, "lessee"))
    return leases.annotate(points=_points(), was_agreed=models.Exists(agreed)).aggregate(
        **{name: Count("pk", filter=which) for name, which in known.items()},
        **{f"{name}_lessees": Count("lessee", filter=which, distinct=True) for name, which in known.items()},
        total=models.Sum("points"),
        on_time=Count("pk", filter=begun & in_time),
        cancelled=Count("pk", filter=lapsed),
    )


def _points() -> models.Subquery:
    """Add up the scores of what the lessee of a lease wrote, if that is published and not hidden."""
    mine = Rating.objects.published().filter(round__lease=models.OuterRef("pk"), side=Side.LESSEE)
    points = sum((F(name) for name in SCORES[1:]), F(SCORES[0]))
    written = mine.listed().seen().annotate(points=points).order_by().values("points")[:1]
    return models.Subquery(written, output_field=models.IntegerField())


def _shares_a_member(owner: Organization, column: str) -> models.Exists:
    """Tell whether somebody belongs to the owner and to the organization of a column: it praises itself."""
    people = Membership.objects.filter(organization=owner).values("user")
    return models.Exists(Membership.objects.filter(organization=models.OuterRef(column), user__in=people))
