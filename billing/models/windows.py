"""What machines did, in the windows that lines of invoices point to; versions are added, never changed."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from billing.rules.counted import Named
from devices.models import Device
from leasing.models import Lease, LeaseUnit
from marketplace.models import User
from marketplace.rules.pricing.spread import Slice


class WindowSetQuerySet(models.QuerySet["WindowSet"]):
    """Reads of window sets."""

    def visible_to(self, user: User) -> "WindowSetQuerySet":
        """Keep the usage of leases that ``user`` may see."""
        return self.filter(unit__lease__in=Lease.objects.visible_to(user))

    def newest(self, *, known_at: datetime | None = None) -> "WindowSetQuerySet":
        """Keep the newest version of every day, or what was the newest at a moment."""
        newer = WindowSet.objects.filter(
            device=models.OuterRef("device"),
            unit=models.OuterRef("unit"),
            meter=models.OuterRef("meter"),
            local_day=models.OuterRef("local_day"),
            version__gt=models.OuterRef("version"),
        )
        if known_at is None:
            return self.filter(~models.Exists(newer))
        known = models.Q(created_at__lte=known_at)
        return self.filter(known, ~models.Exists(newer.filter(known)))

    def by_day(self) -> Iterator[tuple[str, date, Decimal]]:
        """Yield meter, local day and quantity, added up in the database."""
        found = self.order_by().values_list("meter", "local_day")
        yield from found.annotate(total=models.Sum("quantity")).order_by("meter", "local_day")


class WindowSet(models.Model):
    """
    One local day of one meter of one unit, as it was known at an arrival number.

    Late data makes a new version of the whole day; old versions stay. ``quantity`` is what is billed,
    ``held`` what a person must decide; run time is in seconds, exact to the microsecond. ``arrival_hi`` is
    the device's last arrival that the version knows; its windows name the deliveries that prove them.
    A version that was replaced before anything was billed from the day, and that no review item opened with,
    goes after some time (``billing.actions.superseded``).
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="window_sets")
    meter = models.CharField(max_length=12)
    local_day = models.DateField()
    version = models.PositiveIntegerField()
    quantity = models.DecimalField(max_digits=40, decimal_places=18)
    held = models.DecimalField(max_digits=40, decimal_places=18, default=0)
    arrival_hi = models.BigIntegerField()
    rule_version = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    objects = WindowSetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once",
                fields=["device", "unit", "meter", "local_day", "version"],
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_negative", condition=models.Q(quantity__gte=0, held__gte=0)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "meter", "local_day", "-version"]),
            BrinIndex(fields=["created_at"], name="billing_windowset_made"),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.meter} {self.local_day} v{self.version}"


class UsageWindowQuerySet(models.QuerySet["UsageWindow"]):
    """Reads of windows."""

    def slices(self, sets: Iterable[WindowSet | Named], meters: Iterable[str]) -> dict[str, list[Slice]]:
        """Return what is billed of window sets by quarter-hour, added up in the database, by meter."""
        found: dict[str, list[Slice]] = {meter: [] for meter in meters}
        named = [one.pk for one in sets if one.meter in found]
        rows = self.filter(set__in=named, held=False).order_by().values_list("set__meter", "starts_at")
        for meter, start, quantity in rows.annotate(total=models.Sum("quantity")).order_by("starts_at"):
            found[meter].append(Slice(start, quantity))
        return found


class UsageWindow(models.Model):
    """
    A quarter-hour, or the part of it that an edge of the unit cuts out.

    The readings from ``first_order`` to ``last_order`` (epoch × 2^48 + sequence, as ``devices.queries`` packs
    them) prove it; they came with the device's deliveries ``arrival_lo`` to ``arrival_hi``.
    ``reason`` says why it is held (``Cut.reason``).
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    set = models.ForeignKey(WindowSet, on_delete=models.PROTECT, related_name="windows")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=40, decimal_places=18)
    held = models.BooleanField(default=False)
    reason = models.PositiveSmallIntegerField(default=0)
    flags = models.PositiveSmallIntegerField(default=0)
    first_order = models.BigIntegerField()
    last_order = models.BigIntegerField()
    arrival_lo = models.BigIntegerField(default=0)
    arrival_hi = models.BigIntegerField(default=0)

    objects = UsageWindowQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(app_label)s_%(class)s_once", fields=["device", "set", "starts_at", "held", "reason"]
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_empty",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            ),
        ]
        ordering: ClassVar = ["starts_at", "reason"]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.quantity}"


class Watermark(models.Model):
    """
    How far the metering of a unit on a device has come: two limits that make a run repeatable.

    ``arrival`` is the last arrival number that was looked at, ``event_limit`` the latest device time among
    the evidence found. ``order`` is the furthest in the source's order that was looked at: what arrives
    before it is late, what arrives behind it goes on from the newest checkpoint. ``basis`` is the
    fingerprint of all that decides what evidence amounts to.
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="watermarks")
    arrival = models.BigIntegerField()
    order = models.BigIntegerField(default=-1)
    basis = models.CharField(max_length=64, default="")
    rule_version = models.PositiveSmallIntegerField()
    active_to = models.DateTimeField(null=True, blank=True)
    event_limit = models.DateTimeField(null=True, blank=True)
    metered_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="%(app_label)s_%(class)s_once", fields=["device", "unit"])
        ]

    def __str__(self) -> str:
        return f"{self.unit} up to arrival {self.arrival}"
