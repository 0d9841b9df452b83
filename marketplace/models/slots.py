"""When and how a listing is let by the slot: every version of its schedule."""

from typing import ClassVar

from django.db import models

from marketplace.models.listings import Listing
from marketplace.rules.slot_schedules import Schedule


class SlotScheduleQuerySet(models.QuerySet["SlotSchedule"]):
    """Reads of schedules."""

    def newest(self, listing: Listing) -> "SlotSchedule | None":
        """Return the schedule in force, also one by which nothing is offered any more."""
        return self.filter(listing=listing).order_by("-version").first()

    def offered(self, listing: Listing) -> "SlotSchedule | None":
        """Return the schedule by which slots can be booked, if there is one."""
        newest = self.newest(listing)
        return newest if newest is not None and newest.is_offered else None


class SlotSchedule(models.Model):
    """
    One version of a schedule, which a trigger refuses to change: bookings name the version they were made by.

    ``document`` is that of ``marketplace.rules.slot_schedules.Schedule``; the newest version holds.
    """

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="slot_schedules")
    version = models.PositiveIntegerField()
    is_offered = models.BooleanField(default=True)
    document = models.JSONField()
    made_by = models.CharField(max_length=30)
    made_at = models.DateTimeField()

    objects = SlotScheduleQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["listing", "version"])
        ]

    def __str__(self) -> str:
        return f"{self.listing} {self.version}"

    @property
    def schedule(self) -> Schedule:
        """The schedule as a value."""
        return Schedule.parse(self.document)
