"""What is offered: one or several equal machines under one price plan."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.equipment import Category, Equipment, Site
from marketplace.models.parties import Organization, User
from marketplace.shared.ids import new_id


class ListingQuerySet(models.QuerySet["Listing"]):
    """Reads of listings."""

    def published(self) -> "ListingQuerySet":
        """Keep what anybody may see; a synthetic organization offers nothing to anybody."""
        return self.filter(status=Listing.Status.PUBLISHED, owner__is_synthetic=False)

    def visible_to(self, user: User | None) -> "ListingQuerySet":
        """Keep what is published, and everything of the organizations of ``user``."""
        if user is None or not user.is_authenticated:
            return self.published()
        mine = models.Q(owner__in=Organization.objects.of(user))
        anybodys = models.Q(status=Listing.Status.PUBLISHED, owner__is_synthetic=False)
        return self.filter(mine | anybodys)

    def owned_by(self, user: User) -> "ListingQuerySet":
        """Keep the listings of the organizations of ``user``."""
        return self.filter(owner__in=Organization.objects.of(user))

    def locked(self) -> "ListingQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Listing(models.Model):
    """
    An offer. ``price_plan`` and ``count_rules`` are validated value objects (see ``docs/money.md``); a lease
    freezes copies of them, so that editing a listing never changes an agreement.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        PUBLISHED = "PUBLISHED", _("Published")
        PAUSED = "PAUSED", _("Paused")
        RETIRED = "RETIRED", _("Retired")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "lst"), editable=False)
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="listings")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="listings")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="listings")
    title = models.CharField(max_length=120)
    summary = models.TextField(max_length=2000, blank=True)
    specs = models.JSONField(default=dict, blank=True)
    price_plan = models.JSONField()
    count_rules = models.JSONField(default=list)
    data_terms = models.JSONField(default=dict, blank=True)
    deposit_minor = models.PositiveBigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="CNY")
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    buffer_before_hours = models.PositiveSmallIntegerField(default=24)
    buffer_after_hours = models.PositiveSmallIntegerField(default=24)
    minimum_days = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["status", "category", "-id"])]

    def __str__(self) -> str:
        return self.title


class ListingUnit(models.Model):
    """One machine of a listing; a machine stands in one listing at a time."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="units")
    equipment = models.OneToOneField(Equipment, on_delete=models.PROTECT, related_name="listing_unit")

    def __str__(self) -> str:
        return f"{self.listing} · {self.equipment}"
