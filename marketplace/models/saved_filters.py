"""Filters that people keep under a name."""

from functools import partial
from typing import ClassVar

from django.db import models

from marketplace.models.parties import Organization, User
from marketplace.rules.saved_filters import LONGEST_NAME, LONGEST_QUERY, MOST
from marketplace.shared.ids import new_id


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    """Reads of kept filters."""

    def of(self, user: User, organization: Organization) -> "SavedFilterQuerySet":
        """Keep those of a person, as a member of an organization."""
        return self.filter(user=user, organization=organization)


class SavedFilter(models.Model):
    """
    A filter of a page that one person finds again by its name; nobody else sees it.

    ``page`` is the name of its address, ``query`` what stands behind the question mark there: filters, order
    and columns. ``place`` bounds how many there are: each takes one of ``MOST``.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "flt"), editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    place = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_name", fields=["user", "organization", "page", "name"]
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_place", fields=["user", "organization", "page", "place"]
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_bounded", condition=models.Q(place__range=(1, MOST))
            ),
            models.CheckConstraint(name="%(app_label)s_%(class)s_named", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name
