"""What every request asks of its person."""

from functools import cache

from django.db import models

from marketplace.models import Listing, Membership, Notification


@cache
def memberships() -> models.QuerySet[Membership]:
    """
    Return what is asked of memberships in every request, written once; whose they are is not in it.

    Beside each stands how much its organization was told that its person has not read, and whether it lists
    machines.
    """
    told = Notification.objects.unread().told_in_each(models.OuterRef("user"))
    told = told.filter(organization=models.OuterRef("organization"))
    counted = told.order_by().values("organization").annotate(many=models.Count("pk")).values("many")
    unread = models.Subquery(counted, output_field=models.IntegerField())
    held = Membership.objects.select_related("organization").annotate(unread=unread)
    held = held.annotate(lists=listing_owned_by("organization"))
    return held.order_by("organization__name", "organization")


def listing_owned_by(organization: str) -> models.Exists:
    """Return whether the organization in a column of a row offers machines, or has paused that."""
    offered = [Listing.Status.PUBLISHED, Listing.Status.PAUSED]
    return models.Exists(Listing.objects.filter(owner=models.OuterRef(organization), status__in=offered))
