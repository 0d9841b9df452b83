"""The log of every read, denials included."""

from functools import partial
from secrets import token_bytes
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from devices.ownership.models.persons import LoggedPerson
from devices.ownership.rules import persons
from devices.ownership.rules.event_log import SEED, Logged, committed
from marketplace.models import Organization
from marketplace.shared.ids import new_id


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    """Reads of the log."""

    def visible_in(self, organization: Organization) -> "AccessEventQuerySet":
        """Keep what the organization asked for, and what was asked of its machines and leases."""
        asked = models.Q(organization=organization.public_id)
        return self.filter(asked | models.Q(concerns__contains=[organization.public_id]))

    def decisions_made(self) -> "AccessEventQuerySet":
        """Leave out the closing counts; erasures are decisions, too."""
        return self.exclude(kind=AccessEvent.Kind.COUNT)


class AccessEvent(models.Model):
    """
    One line of the log, without foreign keys; a database trigger refuses to change or delete it.

    Who the person was stands beside it (``LoggedPerson``), so that a name can go: the line holds a pseudonym
    and ``sealed_person``, the commitment that its entry says. ``veil`` is empty but for the oldest events.

    A DECISION is committed before the first byte is read; a COUNT closes it with what was handed out.
    ``decisions`` holds one entry per stretch of time and group of channels that were decided alike.
    """

    class Kind(models.TextChoices):
        DECISION = "DECISION", _("Decision")
        COUNT = "COUNT", _("Closing count")
        ERASURE = "ERASURE", _("Erasure")

    class Outcome(models.TextChoices):
        PERMIT = "PERMIT", _("permitted")
        PARTLY = "PARTLY", _("permitted in part")
        DENY = "DENY", _("refused")

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "acc"), editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    closes = models.CharField(max_length=30, blank=True)
    at = models.DateTimeField(db_index=True)
    person = models.ForeignKey(
        LoggedPerson,
        to_field="public_id",
        db_column="person",
        db_constraint=False,
        db_index=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    sealed_person = models.BinaryField()
    veil = models.BinaryField(default=bytes)
    organization = models.CharField(max_length=30, blank=True, db_index=True)
    organization_name = models.CharField(max_length=120, blank=True)
    device = models.CharField(max_length=30, db_index=True)
    device_name = models.CharField(max_length=80)
    channels = models.JSONField(default=list)
    asked_from = models.DateTimeField(null=True)
    asked_to = models.DateTimeField(null=True)
    purpose = models.CharField(max_length=60)
    decisions = models.JSONField(default=list)
    outcome = models.CharField(max_length=6, choices=Outcome)
    delivered = models.PositiveBigIntegerField(null=True)
    concerns = ArrayField(models.CharField(max_length=30), default=list)
    agreements = ArrayField(models.CharField(max_length=30), default=list)
    reference = models.CharField(max_length=30, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    salt = models.BinaryField(default=partial(token_bytes, SEED))

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.organization_name} {self.device_name} {self.outcome}"

    @property
    def logged(self) -> Logged:
        """The event as it is hashed."""
        own = ("id", "salt", "person")
        fields = {name: getattr(self, name) for name in Logged._fields if name not in own}
        person = bytes(self.sealed_person).hex()
        return Logged(id=self.public_id, salt=bytes(self.salt), person=person, **fields)

    @property
    def opened_person(self) -> tuple[bytes, dict[str, Any]]:
        """The salt and content of its commitment on the person; worth nothing once the name is erased."""
        told = persons.content(self.person.user, self.person.name)
        return persons.salt(bytes(self.person.secret), self.public_id, bytes(self.veil)), told

    def seal_person(self) -> "AccessEvent":
        """Write down the commitment on the person; return the event."""
        self.sealed_person = bytes.fromhex(committed(*self.opened_person))
        return self
