"""Erasures: what of a device was ordered to go, how far that is, and what stays written down of it."""

from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models

from devices.models.devices import Channel, Device
from devices.rules.erasing import Record, unpacked
from devices.rules.readings import instant
from marketplace.shared.ids import new_id
from marketplace.shared.period import Period


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Reads of erasures."""

    def meeting(self, device: Device, period: Period) -> "ErasureQuerySet":
        """Keep the erasures of a device that concern some moment of a period."""
        return self.filter(device=device, period__overlap=(period.start, period.end))

    def undone(self) -> "ErasureQuerySet":
        """Keep those that are not done."""
        return self.filter(done_at=None)


class Erasure(models.Model):
    """
    The readings of one class that a device said in a period go; ``reference`` says by whose order.

    With ``channels`` (keys of that class) only those of these channels go.
    From ``ordered_at`` on nobody reads them and none is taken any more. ``reached`` is the arrival up to
    which deliveries were looked at, of ``upto``; ``items`` and ``words`` count what went beside readings.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ers"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="erasures")
    retention = models.CharField(max_length=10, choices=Channel.Retention)
    channels = ArrayField(models.CharField(max_length=200), default=list)
    period = DateTimeRangeField()
    reference = models.CharField(max_length=30)
    ordered_at = models.DateTimeField()
    upto = models.BigIntegerField()
    reached = models.BigIntegerField(default=0)
    items = models.PositiveIntegerField(default=0)
    words = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["reference"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["reference", "device", "retention", "channels", "period"],
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_bounded",
                condition=models.Q(period__isempty=False, period__upper_inf=False, period__lower_inf=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.retention} {self.period}"

    @property
    def span(self) -> Period:
        """The period as the rules know it."""
        return Period(self.period.lower, self.period.upper)

    @property
    def time(self) -> tuple[int, int]:
        """The period in microseconds since 1970 UTC."""
        return instant(self.period.lower), instant(self.period.upper)

    def concerns(self, key: str, retention: str) -> bool:
        """Tell whether readings of a channel, of a class, go."""
        return key in self.channels if self.channels else retention == self.retention

    @property
    def percent(self) -> int:
        """How far it is, in whole percent of the deliveries; 100 only when all else is gone, too."""
        if self.done_at is not None:
            return 100
        return min(99, 100 * self.reached // self.upto) if self.upto else 0


class ErasedRunQuerySet(models.QuerySet["ErasedRun"]):
    """Reads of what was erased."""

    def digests(self, device_id: int, arrivals: Iterable[int]) -> dict[int, dict[str, bytes]]:
        """Return, by arrival, the digests of the groups that were erased, as far as there are."""
        wanted = set(arrivals)
        if not wanted:
            return {}
        met = self.filter(device_id=device_id, first__lte=max(wanted), last__gte=min(wanted))
        found: dict[int, dict[str, bytes]] = {}
        for run in met.order_by("pk"):
            for record in run.records():
                if record.arrival in wanted:
                    found.setdefault(record.arrival, {}).update(record.groups)
        return found


class ErasedRun(models.Model):
    """
    What was erased of one row, in one transaction with erasing it; a trigger refuses to change or delete it.

    ``groups`` holds of each delivery the names and digests of the class as its leaf hashes them
    (``devices.rules.erasing.packed``). Only a function of the database writes here (migration 0013).
    """

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="runs")
    device = models.ForeignKey(
        Device, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    retention = models.CharField(max_length=10)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    deliveries = models.PositiveIntegerField()
    readings = models.PositiveBigIntegerField()
    groups = models.BinaryField()
    at = models.DateTimeField()

    objects = ErasedRunQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["device", "first"])]

    def __str__(self) -> str:
        return f"{self.device_id} #{self.first}–{self.last} {self.retention}"

    def records(self) -> list[Record]:
        """Return what stays of each delivery."""
        return unpacked(bytes(self.groups))


def erased_times(device_id: int) -> dict[str, list[tuple[int, int]]]:
    """Return by channel the times of a device whose readings are erased, in µs since 1970 UTC."""
    erasures = list(Erasure.objects.filter(device_id=device_id))
    if not erasures:
        return {}
    channels = Channel.objects.filter(device_id=device_id).values_list("key", "retention")
    return {key: [one.time for one in erasures if one.concerns(key, kept)] for key, kept in channels}
