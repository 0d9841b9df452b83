"""Where metering goes on from: what a stretch of evidence found, and the state at its end."""

from typing import ClassVar

from django.db import models

from billing.rules.completeness import GapSpan
from billing.rules.cutting import Cut
from billing.rules.stretches import Cuts, Plan, Stretch
from devices.models import Binding, Device
from leasing.models import LeaseUnit


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    """Reads of checkpoints."""

    def upto(self, order: int) -> "CheckpointQuerySet":
        """Keep what begins at an order of the source or before, the latest first."""
        return self.filter(first_order__lte=order).order_by("-first_order")

    def behind(self, order: int) -> "CheckpointQuerySet":
        """Keep what begins behind an order of the source, the earliest first."""
        return self.filter(first_order__gt=order).order_by("first_order")

    def newest(self) -> "Checkpoint | None":
        """Return the last of all."""
        return self.order_by("-first_order").first()


class Checkpoint(models.Model):
    """
    One stretch of a device's evidence for a unit, made while a binding held (``billing.rules.stretches``).

    Checkpoints can be made again from the evidence and are replaced where late data changes them; what was
    billed stands in window sets, which never change. ``lowest_day`` is the earliest day to which the
    stretch adds, ``first_order`` the source's order of its first entry.
    """

    pk = models.CompositePrimaryKey("device_id", "unit_id", "binding_id", "local_day")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey(LeaseUnit, on_delete=models.PROTECT, related_name="+")
    binding = models.ForeignKey(Binding, on_delete=models.PROTECT, related_name="+", db_index=False)
    local_day = models.DateField()
    lowest_day = models.DateField()
    first_order = models.BigIntegerField()
    basis = models.CharField(max_length=64)
    state = models.JSONField()
    arrivals = models.JSONField()
    cuts = models.JSONField()
    closing = models.JSONField()
    heard = models.BigIntegerField()
    gaps = models.JSONField()
    lasting = models.JSONField()
    watermark = models.BigIntegerField()

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_adds_to_no_later_day",
                condition=models.Q(lowest_day__lte=models.F("local_day")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.local_day}"

    def stretch(self) -> Stretch:
        """Return what is kept here, for the rules."""
        arrivals = {int(order): arrival for order, arrival in self.arrivals.items()}
        cuts, closing = _loaded(self.cuts), _loaded(self.closing)
        gaps, lasting = (tuple(GapSpan(*gap) for gap in found) for found in (self.gaps, self.lasting))
        found = cuts, closing, self.heard, gaps, lasting, self.watermark
        return Stretch(self.local_day, self.first_order, self.state, arrivals, *found)

    @classmethod
    def of(
        cls, stretch: Stretch, plan: Plan, *, unit: LeaseUnit, binding: Binding, basis: str
    ) -> "Checkpoint":
        """Return a row that keeps a stretch; it is not written yet."""
        return cls(
            device_id=binding.device_id,
            unit=unit,
            binding=binding,
            local_day=stretch.local_day,
            lowest_day=min({stretch.local_day} | stretch.days(plan)),
            first_order=stretch.first,
            basis=basis,
            state=stretch.state,
            arrivals=stretch.arrivals,
            cuts=_dumped(stretch.cuts),
            closing=_dumped(stretch.closing),
            heard=stretch.heard,
            gaps=[list(gap) for gap in stretch.gaps],
            lasting=[list(gap) for gap in stretch.lasting],
            watermark=stretch.watermark,
        )


def _loaded(cuts: dict[str, list[list[object]]]) -> Cuts:
    return {meter: [Cut.load(row) for row in rows] for meter, rows in cuts.items()}


def _dumped(cuts: Cuts) -> dict[str, list[list[object]]]:
    return {meter: [cut.dump() for cut in found] for meter, found in cuts.items()}
