"""Calendar feeds: addresses that calendar programs read without signing in."""

from functools import partial
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.models import Organization, User
from marketplace.shared.ids import new_id


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    """Reads of feeds."""

    def visible_to(self, user: User) -> "CalendarFeedQuerySet":
        """Keep the feeds of the organizations that ``user`` belongs to."""
        return self.filter(organization__in=Organization.objects.of(user))

    def usable(self) -> "CalendarFeedQuerySet":
        """Keep feeds that nobody revoked, and whose maker still belongs to the organization."""
        member = models.Q(organization__memberships__user=models.F("user"))
        return self.filter(member, revoked_at=None, user__is_active=True).distinct()


class CalendarFeed(models.Model):
    """
    ``/calendar/<identifier>.<secret>.ics``: the identifier finds the row, the secret is stored hashed with a
    pepper, as that of an API key is, and shown once. ``shows`` is what the calendar holds.
    """

    class Shows(models.TextChoices):
        MACHINES = "MACHINES", _("Our machines: everything that takes them")
        LEASES = "LEASES", _("What we lease")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "cal"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="calendar_feeds")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    shows = models.CharField(max_length=8, choices=Shows)
    language = models.CharField(max_length=10)
    identifier = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_named", condition=~models.Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.identifier}.…)"
