"""Photos of a fault: those of its lease that were taken for one ticket."""

from typing import ClassVar

from django.db import models

from leasing.models.photos import Photo
from leasing.models.tickets import Ticket
from leasing.rules.tickets import MOST_PHOTOS


class TicketPhotoQuerySet(models.QuerySet["TicketPhoto"]):
    """Reads of the photos of tickets."""

    def known(self) -> "TicketPhotoQuerySet":
        """Fetch what is known of each photo, without its bytes, in the order in which they came."""
        return self.select_related("photo").defer("photo__content").order_by("position")


class TicketPhoto(models.Model):
    """A photo belongs to a ticket for good; ``position`` counts from 1, and no ticket has a sixth."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="shots")
    photo = models.OneToOneField(Photo, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    objects = TicketPhotoQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["ticket", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["ticket", "position"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_too_many",
                condition=models.Q(position__gte=1, position__lte=MOST_PHOTOS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket} · {self.position}"
