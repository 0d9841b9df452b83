"""Meter tests: what the meter counted beside what people counted by hand. Added to, never changed."""

from functools import partial
from typing import ClassVar

from django.db import models

from devices.models import Device
from leasing.models import LeaseUnit
from marketplace.models import Organization, User
from marketplace.shared.ids import new_id


class AcceptanceQuerySet(models.QuerySet["Acceptance"]):
    """Reads of meter tests."""

    def visible_to(self, user: User) -> "AcceptanceQuerySet":
        """Keep the tests on leases of which an organization of ``user`` is a side."""
        mine = Organization.objects.of(user)
        return self.filter(models.Q(unit__lease__lessor__in=mine) | models.Q(unit__lease__lessee__in=mine))

    def newest(self) -> "AcceptanceQuerySet":
        """Keep the last test of each meter of each unit: that is the one that stands."""
        later = Acceptance.objects.filter(
            unit=models.OuterRef("unit"), meter=models.OuterRef("meter"), pk__gt=models.OuterRef("pk")
        )
        return self.filter(~models.Exists(later))


class Acceptance(models.Model):
    """
    A known use of a machine in [``starts_at``, ``ends_at``): ``expected`` by hand, ``counted`` by the meter.

    Quantities are in the unit of the meter, as usage windows are (seconds for time); ``held`` is what the
    meter saw and would not bill. ``arrival`` is the device's last delivery that was looked at.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "acc"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="acceptances")
    meter = models.CharField(max_length=12)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expected = models.DecimalField(max_digits=40, decimal_places=18)
    tolerance = models.DecimalField(max_digits=40, decimal_places=18)
    counted = models.DecimalField(max_digits=40, decimal_places=18)
    held = models.DecimalField(max_digits=40, decimal_places=18)
    passed = models.BooleanField()
    arrival = models.BigIntegerField()
    rule_version = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=200, blank=True)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = AcceptanceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_empty",
                condition=models.Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_not_negative",
                condition=models.Q(expected__gte=0, tolerance__gte=0, counted__gte=0, held__gte=0),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "meter", "-id"])]
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.unit} {self.meter}: {self.counted} of {self.expected}"
