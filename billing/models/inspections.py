"""What inspection found out later: how many of a day's parts were rejected. Corrections, never edits."""

from functools import partial
from typing import ClassVar

from django.db import models

from devices.models import Device
from leasing.models import LeaseUnit
from marketplace.models import Organization, User
from marketplace.shared.ids import new_id


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Reads of inspection results."""

    def newest(self) -> "InspectionQuerySet":
        """Keep the last word on every day: a later result corrects the ones before."""
        later = Inspection.objects.filter(
            device=models.OuterRef("device"),
            unit=models.OuterRef("unit"),
            meter=models.OuterRef("meter"),
            local_day=models.OuterRef("local_day"),
            pk__gt=models.OuterRef("pk"),
        )
        return self.filter(~models.Exists(later))


class Inspection(models.Model):
    """
    A side's word that ``rejected`` of the parts counted on a local day are bad; append-only.

    ``reference`` names the inspection on paper or in the side's own system.
    """

    public_id = models.CharField(max_length=30, unique=True, default=partial(new_id, "ins"), editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="inspections")
    meter = models.CharField(max_length=12)
    local_day = models.DateField()
    rejected = models.PositiveIntegerField()
    reference = models.CharField(max_length=100)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = InspectionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["device", "unit", "meter", "local_day", "-id"])]
        ordering: ClassVar = ["-local_day", "-pk"]

    def __str__(self) -> str:
        return f"{self.unit} {self.local_day}: {self.rejected}"
