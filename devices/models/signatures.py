"""Who else signs: organizations that countersign heads of the log, and devices that sign their days."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import ClassVar

from django.db import models

from devices.models.devices import Device
from devices.models.log import LogHead
from devices.rules.log import countersigned_text, day_text
from marketplace.models import Organization
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period
from marketplace.shared.signing import key_id


class SigningKeyQuerySet(models.QuerySet["SigningKey"]):
    """Reads of organizations' keys."""

    def locked(self) -> "SigningKeyQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class SigningKey(models.Model):
    """The public Ed25519 key of an organization's system; the private one never comes here."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "sgk"), editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="signing_keys")
    name = models.CharField(max_length=80)
    public_key = models.BinaryField()
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = SigningKeyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["organization", "public_key"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({key_id(bytes(self.public_key))})"


class CountersignatureQuerySet(models.QuerySet["Countersignature"]):
    """Reads of countersignatures."""

    def by_any_of(self, organizations: Collection[int]) -> "CountersignatureQuerySet":
        """Keep those of some organizations, by primary key."""
        return self.filter(key__organization__in=organizations)


class Countersignature(models.Model):
    """An organization's statement that it has seen a head; insert-only."""

    head = models.ForeignKey(LogHead, on_delete=models.PROTECT, related_name="countersignatures")
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="countersignatures")
    signature = models.BinaryField()
    at = models.DateTimeField()

    objects = CountersignatureQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["head", "key"]),
        ]

    def __str__(self) -> str:
        return f"{self.key} → {self.head}"

    @property
    def text(self) -> bytes:
        """What the signature is over."""
        return countersigned_text(organization=self.key.organization.public_id, head=self.head.text)


class DeviceSigningKeyQuerySet(models.QuerySet["DeviceSigningKey"]):
    """Reads of devices' keys."""

    def usable(self) -> "DeviceSigningKeyQuerySet":
        """Keep keys that are not revoked."""
        return self.filter(revoked_at=None)


class DeviceSigningKey(models.Model):
    """The public Ed25519 key of a device, registered by its owner."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dsk"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="signing_keys")
    public_key = models.BinaryField()
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceSigningKeyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "public_key"]),
        ]

    def __str__(self) -> str:
        return f"{self.device} ({key_id(bytes(self.public_key))})"


class DaySignature(models.Model):
    """A device's statement about the arrivals ``first`` to ``last`` of a UTC day; insert-only."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="day_signatures")
    day = models.DateField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    root = models.BinaryField()
    key = models.ForeignKey(DeviceSigningKey, on_delete=models.PROTECT, related_name="signatures")
    signature = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "day", "key"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_empty", condition=models.Q(last__gte=models.F("first"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.day}"

    @property
    def text(self) -> bytes:
        """What the signature is over."""
        return day_text(
            device=self.device.public_id,
            day=self.day,
            first=self.first,
            last=self.last,
            root=bytes(self.root),
        )


def utc_day(day: date) -> Period:
    """Return a day of UTC as a period."""
    start = datetime.combine(day, time.min, UTC)
    return Period(start, start + timedelta(days=1))
