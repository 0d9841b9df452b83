"""A device's stream of deliveries: the head that orders them, numberings, gaps, and the state dictionary."""

from typing import Any

from django.db import models
from psycopg.types.multirange import Multirange

from devices.models.devices import Device


class Int8MultiRangeField(models.Field):
    """A set of integer ranges (PostgreSQL ``int8multirange``); Python holds a psycopg ``Multirange``."""

    def db_type(self, connection: Any) -> str:
        return "int8multirange"

    def get_prep_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, str) else value


def no_ranges() -> Multirange:
    """Return the empty set."""
    return Multirange()


class HeadQuerySet(models.QuerySet["Head"]):
    """Reads of heads."""

    def locked(self) -> "HeadQuerySet":
        """Lock the rows in the one order that all writers use."""
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)


class Head(models.Model):
    """
    The end of a device's chain of deliveries.

    Its row lock orders them: arrival numbers have no holes, and each leaf is hashed over the one before.
    ``revision`` changes with what a delivery may speak of; the database keeps it (migration 0003).
    ``paid_until`` is the device's bucket of readings (``devices.rules.pace``).
    """

    device = models.OneToOneField(Device, primary_key=True, on_delete=models.PROTECT, related_name="head")
    arrivals = models.BigIntegerField(default=0)
    leaf = models.BinaryField(default=b"")
    revision = models.BigIntegerField(default=0)
    last_received_at = models.DateTimeField(null=True, blank=True)
    last_reading_at = models.DateTimeField(null=True, blank=True)
    paid_until = models.DateTimeField(null=True, blank=True)

    objects = HeadQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.device} #{self.arrivals}"


class Epoch(models.Model):
    """One life of a source's numbering; ``covered`` holds the sequences that were taken or dealt with."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="epochs")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=80)
    covered = Int8MultiRangeField(default=no_ranges)
    began_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_number_once", fields=["device", "number"]),
            models.UniqueConstraint(name="%(app_label)s_%(class)s_label_once", fields=["device", "label"]),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.label}"


class GapQuerySet(models.QuerySet["Gap"]):
    """Reads of gaps."""

    def open(self) -> "GapQuerySet":
        """Keep gaps that nothing has filled."""
        return self.filter(filled_at=None)


class Gap(models.Model):
    """Sequence numbers ``first`` to ``last`` that the source passed over; late readings may fill it."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="gaps")
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT, related_name="gaps")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    noticed_at = models.DateTimeField()
    filled_at = models.DateTimeField(null=True, blank=True)

    objects = GapQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "epoch", "first"]),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_empty", condition=models.Q(last__gte=models.F("first"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first}–{self.last}"


class StateCode(models.Model):
    """The device's own dictionary of state words; blocks hold the codes."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="state_codes")
    code = models.PositiveIntegerField()
    word = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_code_once", fields=["device", "code"]),
            models.UniqueConstraint(name="%(app_label)s_%(class)s_word_once", fields=["device", "word"]),
        ]

    def __str__(self) -> str:
        return self.word


class ReplaySource(models.Model):
    """A file without numbers of its own, numbered once by its first durable reader: us."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="replay_sources")
    epoch = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    base = models.BigIntegerField()
    count = models.BigIntegerField()
    numbered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["device", "epoch", "digest"]
            ),
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_base_once", fields=["device", "epoch", "base"]
            ),
        ]

    def __str__(self) -> str:
        return self.name
