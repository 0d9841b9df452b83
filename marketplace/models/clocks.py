"""How far the clock of a test installation is set ahead of the machine's."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from marketplace.rules.clocks import FARTHEST


class MovedClockQuerySet(models.QuerySet["MovedClock"]):
    """Reads of the one row."""

    def locked(self) -> "MovedClockQuerySet":
        """Lock it: moves come one after the other."""
        return self.select_for_update(of=("self",))


class MovedClock(models.Model):
    """
    The one row that a test installation has and a live one has not: by it a database knows what it is for.

    ``ahead`` only grows (a trigger, migration 0041): what was billed at a time cannot have happened later.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    ahead = models.DurationField(default=timedelta(0))
    moved_at = models.DateTimeField(null=True, blank=True)
    moved_by = models.CharField(max_length=30, blank=True)

    objects = MovedClockQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_one", condition=Q(id=1)),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ahead_of_the_machines",
                condition=Q(ahead__gte=timedelta(0), ahead__lte=FARTHEST),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_moved_by_somebody",
                condition=Q(moved_at=None, moved_by="") | (Q(moved_at__isnull=False) & ~Q(moved_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ahead}"
