"""Photos of machines as they change hands; kept as they were written, and never changed."""

from functools import partial
from typing import ClassVar

from django.db import models

from leasing.models.leases import Lease
from marketplace.models import User
from marketplace.shared.ids import new_id


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Reads of photos."""

    def visible_to(self, user: User) -> "PhotoQuerySet":
        """Keep the photos of leases that ``user`` may see."""
        return self.filter(lease__in=Lease.objects.visible_to(user))

    def known(self) -> "PhotoQuerySet":
        """Leave the bytes where they are; what is known about the photo is enough for lists."""
        return self.defer("content")


class Photo(models.Model):
    """A JPEG written anew from what was uploaded (``marketplace.rules.photos``); ``sha256`` is of it."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "pho"), editable=False)
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="photos")
    content = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    taken_by = models.CharField(max_length=30)
    taken_by_name = models.CharField(max_length=80)
    organization = models.CharField(max_length=30)
    organization_name = models.CharField(max_length=120)
    taken_at = models.DateTimeField()

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_has_dots",
                condition=models.Q(width__gte=1, height__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.width}×{self.height}"
