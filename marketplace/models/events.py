"""What happened, for the programs of organizations: written with it, numbered once it stands."""

from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from marketplace.models.parties import Organization
from marketplace.rules.event_types import TYPES, EventType, address_of
from marketplace.shared.ids import new_id


class EventQuerySet(models.QuerySet["Event"]):
    """Reads of events."""

    def told(self) -> "EventQuerySet":
        """Keep what has its place in the sequence."""
        return self.filter(sequence__isnull=False)


class Event(models.Model):
    """
    One thing that an organization's programs are told of; append-only, but for its place (migration 0026).

    ``sequence`` counts from 1 within the organization, without gaps, in the order in which events became
    visible: it is given after the commit, so nobody who reads on from a number passes one over. ``object``
    is the public id of what it is about. What has ``once`` is told an organization at most once.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "evt"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="events")
    type = models.CharField(max_length=30)
    version = models.PositiveSmallIntegerField(default=1)
    object = models.CharField(max_length=30)
    occurred_at = models.DateTimeField()
    sequence = models.PositiveBigIntegerField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    once = models.CharField(max_length=120, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_place_once", fields=["organization", "sequence"]
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_told_once",
                fields=["organization", "once"],
                condition=~models.Q(once=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="%(app_label)s_event_waiting", fields=["id"], condition=models.Q(sequence=None)
            ),
            models.Index(name="%(app_label)s_event_age", fields=["occurred_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.type}"

    @property
    def kind(self) -> EventType:
        """Its type."""
        return EventType(self.type)

    @property
    def data(self) -> dict[str, str]:
        """What it is about, and where that is read."""
        path = address_of(self.kind, self.object)
        return {"object": TYPES[self.kind].object, "id": self.object, "url": f"{settings.SITE_URL}{path}"}

    def document(self) -> dict[str, Any]:
        """Return what is told, the same in a message and in the list."""
        return {
            "id": self.public_id,
            "type": self.type,
            "version": self.version,
            "sequence": self.sequence,
            "organization": self.organization.public_id,
            "occurred_at": self.occurred_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "request_id": self.request_id or None,
            "livemode": settings.JIJIAN_MODE == "live",
            "data": self.data,
        }


class EventHead(models.Model):
    """How far the sequence of an organization is; it goes on when old events are gone."""

    organization = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="event_head")
    last = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.organization_id} {self.last}"
