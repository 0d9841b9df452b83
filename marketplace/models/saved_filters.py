"""Filters that people keep under a name, and which listings those of the catalogue have found."""

from datetime import datetime
from functools import partial
from typing import ClassVar

from django.db import models

from marketplace.models.listings import Listing
from marketplace.models.parties import Organization, User
from marketplace.rules.saved_filters import LONGEST_NAME, LONGEST_QUERY, MOST, SEARCH
from marketplace.rules.saved_searches import Stopped, Telling
from marketplace.shared.ids import new_id


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    """Reads of kept filters."""

    def of(self, user: User, organization: Organization) -> "SavedFilterQuerySet":
        """Keep those of a person, as a member of an organization."""
        return self.filter(user=user, organization=organization)

    def searches(self) -> "SavedFilterQuerySet":
        """Keep questions to the catalogue."""
        return self.filter(page=SEARCH)

    def due(self, at: datetime) -> "SavedFilterQuerySet":
        """Keep those of which somebody is to be told by a moment, the longest waiting first."""
        return self.filter(due_at__lte=at).order_by("due_at", "pk")

    def locked(self) -> "SavedFilterQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class SavedFilter(models.Model):
    """
    A filter of a page that one person finds again by its name; nobody else sees it.

    ``page`` is the name of its address, ``query`` what stands behind the question mark there: filters, order
    and columns. ``place`` bounds how many there are: each takes one of ``MOST``.

    One of the catalogue is a saved search: ``telling`` is how often its person is told of what is new in it,
    ``due_at`` when next, ``looked_at`` until when the catalogue was looked through, ``stopped`` why nothing
    is told any more. ``whole`` says that everything it found then is known (:class:`SavedFind`), ``failures``
    how often in a row it could not be looked through.
    """

    TELLINGS: ClassVar = [(one.value, one.value) for one in Telling]
    REASONS: ClassVar = [(one.value, one.value) for one in Stopped]

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "flt"), editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_filters")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    place = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()
    telling = models.CharField(max_length=8, choices=TELLINGS, default=Telling.NEVER.value)
    due_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    stopped = models.CharField(max_length=10, choices=REASONS, blank=True)
    whole = models.BooleanField(default=False)
    failures = models.PositiveSmallIntegerField(default=0)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            models.Index(
                name="marketplace_searches_due", fields=["due_at"], condition=models.Q(due_at__isnull=False)
            )
        ]
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
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_told_of_searches",
                condition=models.Q(page=SEARCH) | models.Q(telling=Telling.NEVER.value),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_due",
                condition=models.Q(due_at=None)
                | (~models.Q(telling=Telling.NEVER.value) & models.Q(stopped="", looked_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SavedFind(models.Model):
    """
    A listing that a saved search has found: its person was told of it, or saw it when saving (not ``told``).

    One row a listing and search, for good: of what stands here nobody is told again.
    """

    saved = models.ForeignKey(SavedFilter, on_delete=models.CASCADE, related_name="finds")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="+")
    told = models.BooleanField(default=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["saved", "listing"])
        ]

    def __str__(self) -> str:
        return f"{self.saved_id} {self.listing_id}"
