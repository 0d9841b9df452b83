"""What is offered: one or several equal machines under one price plan."""

from collections.abc import Collection
from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models.chains import Chain
from marketplace.models.equipment import Category, Equipment, Site
from marketplace.models.parties import Organization, User
from marketplace.shared.ids import new_id


class ListingQuerySet(models.QuerySet["Listing"]):
    """Reads of listings."""

    def offered(self) -> "ListingQuerySet":
        """Keep what is on offer to anybody at all; a synthetic organization offers nothing."""
        return self.filter(status=Listing.Status.PUBLISHED, owner__is_synthetic=False)

    def published(self) -> "ListingQuerySet":
        """Keep what anybody may see: on offer, and not to the members of a chain alone."""
        return self.offered().filter(chain=None)

    def open_in(self, chains: Collection[int]) -> "ListingQuerySet":
        """Keep what is on offer to anybody, or to the members of these chains (by their keys)."""
        return self.offered().filter(models.Q(chain=None) | models.Q(chain__in=chains))

    def open_to(self, organization: Organization) -> "ListingQuerySet":
        """Keep what is on offer to an organization: to anybody, to its chains, and its own."""
        chains = Chain.objects.open_to(organization).values("pk")
        return self.offered().filter(models.Q(chain=None) | models.Q(chain__in=chains))

    def visible_to(self, user: User | None, acting: Organization | None) -> "ListingQuerySet":
        """
        Keep what is on offer to the organization for which ``user`` acts, and everything of the person's own.

        What is open to a chain alone is read as one of its members: to belong to another one is not enough.
        """
        if user is None or not user.is_authenticated:
            return self.published()
        mine = models.Q(owner__in=Organization.objects.of(user))
        offered = models.Q(status=Listing.Status.PUBLISHED, owner__is_synthetic=False)
        audience = models.Q(chain=None)
        if acting is not None:
            audience |= models.Q(chain__in=Chain.objects.open_to(acting).values("pk"))
        return self.filter(mine | (offered & audience))

    def owned_by(self, user: User) -> "ListingQuerySet":
        """Keep the listings of the organizations of ``user``."""
        return self.filter(owner__in=Organization.objects.of(user))

    def locked(self) -> "ListingQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Listing(models.Model):
    """
    An offer. ``price_plan`` and ``count_rules`` are validated value objects (see ``docs/money.md``); a lease
    freezes copies of them, so that editing a listing never changes an agreement. With a ``chain``, which its
    owner leads, it is open to the members of that chain alone.
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
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, null=True, blank=True, related_name="listings")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ListingQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "category", "-id"]),
            models.Index(
                name="marketplace_listing_by_age",
                fields=["published_at", "id"],
                condition=models.Q(status="PUBLISHED", chain=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def is_open_to(self, organization: Organization) -> bool:
        """Tell whether an organization may ask for it now: who left the chain may not any more."""
        if self.status != Listing.Status.PUBLISHED:
            return False
        return self.chain_id is None or Chain.objects.open_to(organization).filter(pk=self.chain_id).exists()


class ListingUnit(models.Model):
    """One machine of a listing; a machine stands in one listing at a time."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="units")
    equipment = models.OneToOneField(Equipment, on_delete=models.PROTECT, related_name="listing_unit")

    def __str__(self) -> str:
        return f"{self.listing} · {self.equipment}"
