"""Pictures of what is offered: three sizes, written anew from one upload; what a picture is never changes."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import get_language

from marketplace.models.listings import Listing
from marketplace.models.parties import Organization, OrganizationKind, User
from marketplace.rules.content_cases import HIDING
from marketplace.rules.listing_photos import LONGEST_ALT, Size, fitted
from marketplace.shared.ids import new_id

HIDDEN = models.Q(content_cases__state__in=[one.value for one in HIDING])


class ListingPhotoQuerySet(models.QuerySet["ListingPhoto"]):
    """Reads of pictures."""

    def visible_to(self, user: User | None, acting: Organization | None) -> "ListingPhotoQuerySet":
        """
        Keep the pictures of listings that ``user`` may see, acting for an organization; what the platform hid
        is seen by the owner and by the platform alone.
        """
        seen = self.filter(listing__in=Listing.objects.visible_to(user, acting))
        if acting is not None and acting.kind == OrganizationKind.PLATFORM:
            return seen
        if user is None or not user.is_authenticated:
            return seen.shown()
        return seen.filter(~HIDDEN | models.Q(listing__owner__in=Organization.objects.of(user)))

    def shown(self) -> "ListingPhotoQuerySet":
        """Leave out what the platform hid."""
        return self.filter(~HIDDEN)

    def known(self) -> "ListingPhotoQuerySet":
        """Leave the bytes where they are, in the owner's order: the first is the cover."""
        return self.defer(*(size.value for size in Size)).order_by("position", "pk")

    def covers_of(self, listings: Iterable[Listing]) -> "dict[int, ListingPhoto]":
        """Return the first picture of each listing that has one, by the listing's key."""
        mine = self.shown().filter(listing__in=[one.pk for one in listings])
        found = mine.defer(*(size.value for size in Size)).order_by("listing", "position", "pk")
        return {one.listing_id: one for one in found.distinct("listing")}


class ListingPhoto(models.Model):
    """
    One picture in three sizes (WebP, ``marketplace.rules.listing_photos``); ``width`` and ``height`` are of
    the largest, ``sha256`` is of the picture as it was decoded: a listing has the same one once.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "lph"), editable=False)
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="photos")
    position = models.PositiveSmallIntegerField()
    alt_zh = models.CharField(max_length=LONGEST_ALT)
    alt_en = models.CharField(max_length=LONGEST_ALT)
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    full = models.BinaryField()
    card = models.BinaryField()
    thumb = models.BinaryField()
    added_at = models.DateTimeField()

    objects = ListingPhotoQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["listing", "sha256"]),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_one_at_a_place",
                fields=["listing", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_is_described",
                condition=~models.Q(alt_zh="") & ~models.Q(alt_en="") & models.Q(width__gte=1, height__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.width}×{self.height}"

    @property
    def alt(self) -> str:
        """What is to be seen, in the reader's language."""
        return self.alt_zh if (get_language() or "").startswith("zh") else self.alt_en

    def shown(self, size: Size) -> dict[str, object]:
        """Return what an ``img`` needs: address, sides in dots, words."""
        width, height = fitted(self.width, self.height, size)
        address = reverse("listing-photo", args=[self.public_id, size.value])
        return {"src": address, "width": width, "height": height, "alt": self.alt}
