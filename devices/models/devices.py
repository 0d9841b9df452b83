"""Devices: what reports for a machine, what it can say, and by which key it may speak."""

from datetime import datetime
from functools import partial

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from devices.rules.silence import Presence, presence
from marketplace.models import Equipment, Organization, User
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class DeviceQuerySet(models.QuerySet["Device"]):
    """Reads of devices."""

    def visible_to(self, user: User) -> "DeviceQuerySet":
        """Keep the devices owned by an organization of ``user``; lessees reach them through their leases."""
        return self.filter(owner__in=Organization.objects.of(user))


class Device(models.Model):
    """A controller, gateway or sensor that reports readings; ``code`` is what people call it."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dev"), editable=False)
    owner = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="devices")
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    silence_limit_seconds = models.PositiveIntegerField(null=True, blank=True)
    commissioned_at = models.DateTimeField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_silence_is_a_minute_or_more",
                condition=models.Q(silence_limit_seconds=None) | models.Q(silence_limit_seconds__gte=60),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def presence(self, at: datetime) -> Presence:
        """Tell whether it is heard, of a device that was read with its head."""
        return presence(self.head.last_received_at, self.silence_limit_seconds, at=at)


class Channel(models.Model):
    """
    One entry of a device's channel dictionary: what it is, whose data it is, how it is kept.

    ``warn_low`` and ``warn_high`` are in its unit: where its owner wants to be warned, and by which source.
    """

    class Kind(models.TextChoices):
        STATE = "STATE", _("State")
        COUNTER = "COUNTER", _("Counter")
        GAUGE = "GAUGE", _("Measured value")
        TEXT = "TEXT", _("Text")
        CONDITION = "CONDITION", _("Condition")

    class Retention(models.TextChoices):
        EVIDENCE = "EVIDENCE", _("Evidence of bills")
        ORDINARY = "ORDINARY", _("Ordinary")
        PRIVATE = "PRIVATE", _("Private to the lessee")

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="channels")
    number = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    category = models.CharField(max_length=24)
    retention = models.CharField(max_length=10, choices=Retention)
    unit = models.CharField(max_length=24, blank=True)
    counter_behaviour = models.JSONField(default=dict, blank=True)
    warn_low = models.DecimalField(max_digits=36, decimal_places=18, null=True, blank=True)
    warn_high = models.DecimalField(max_digits=36, decimal_places=18, null=True, blank=True)
    limits_source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_number_once", fields=["device", "number"]),
            models.UniqueConstraint(name="%(app_label)s_%(class)s_key_once", fields=["device", "key"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_private_categories_stay_private",
                condition=~models.Q(category__in=["process_parameters", "operator_data"])
                | models.Q(retention="PRIVATE"),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_limits_of_gauges_with_source",
                condition=models.Q(warn_low=None, warn_high=None, limits_source="")
                | models.Q(kind="GAUGE")
                & (models.Q(warn_low__isnull=False) | models.Q(warn_high__isnull=False))
                & ~models.Q(limits_source=""),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_limits_in_order",
                condition=models.Q(warn_low=None)
                | models.Q(warn_high=None)
                | models.Q(warn_low__lt=models.F("warn_high")),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return self.name_zh if self.name_zh and (get_language() or "").startswith("zh") else self.name

    @property
    def is_numeric(self) -> bool:
        """Counters and gauges hold exact numbers, everything else text."""
        return self.kind in (self.Kind.COUNTER, self.Kind.GAUGE)


class BindingQuerySet(models.QuerySet["Binding"]):
    """Reads of bindings."""

    def overlapping(self, start: datetime, end: datetime | None) -> "BindingQuerySet":
        """Keep the bindings that meet [start, end); ``None`` is without end."""
        return self.filter(period__overlap=(start, end))


class Binding(models.Model):
    """A device speaks for one machine during a half-open period; never for two at once (migration 0002)."""

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "bnd"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="bindings")
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="bindings")
    period = DateTimeRangeField()

    objects = BindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_period_not_empty", condition=models.Q(period__isempty=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.device} → {self.equipment}"

    @property
    def span(self) -> Period:
        """The period as the rules know it; an end of ``None`` is open."""
        return Period(self.period.lower, self.period.upper)


class DeviceKeyQuerySet(models.QuerySet["DeviceKey"]):
    """Reads of device keys."""

    def usable(self, at: datetime) -> "DeviceKeyQuerySet":
        """Keep keys that are neither revoked nor at their end, of devices that are in use."""
        lasting = models.Q(ends_at=None) | models.Q(ends_at__gt=at)
        return self.filter(lasting, revoked_at=None, device__closed_at=None)

    def locked(self) -> "DeviceKeyQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class DeviceKey(models.Model):
    """
    ``jjd_<identifier>.<secret>``: a key that may only deliver readings of its device.

    A key that was rotated goes on until ``ends_at``; ``replaces`` leads from the new key to it.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "dky"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="keys")
    identifier = models.CharField(max_length=16, unique=True)
    secret_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replacements"
    )

    objects = DeviceKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"jjd_{self.identifier}.…"
