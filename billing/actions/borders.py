"""
Growth of a counter over a border is held on both sides of it and can count on one side only.

The item of the lease that ended and that of the lease that followed stand for the same readings. Where both
sides of one lease say that it counts, the other item is dropped.
"""

from collections.abc import Iterator

from billing.models import ReviewItem, UsageWindow
from billing.models.reviews import ReviewItemQuerySet
from devices.models import Device
from devices.rules.increments import Flag
from leasing.models import LeaseUnit

EDGE = int(Flag.HELD | Flag.EDGE)


def _counter_of(unit: LeaseUnit, meter: str) -> str | None:
    """Return the counter whose growth a meter of a lease is."""
    return next((rule.counter for rule in unit.lease.agreed.count_rules if rule.meter == meter), None)


def others_of(*, device: Device, unit: LeaseUnit, meter: str, first: int, last: int) -> ReviewItemQuerySet:
    """Return the items of other units for growth of the same counter between the same readings."""
    windows = UsageWindow.objects.filter(
        device=device, reason=EDGE, first_order__lt=last, last_order__gt=first
    ).exclude(set__unit=unit)
    counter = _counter_of(unit, meter)
    found = {
        item.pk
        for window in windows.select_related("set__unit__lease")
        if _counter_of(window.set.unit, window.set.meter) == counter
        for item in _items_of(window)
    }
    return ReviewItem.objects.filter(pk__in=found)


def spans_of(*, item: ReviewItem) -> Iterator[tuple[int, int]]:
    """Yield the orders of the first and last reading of what an item holds."""
    windows = UsageWindow.objects.filter(
        device=item.device_id,
        set__unit=item.unit_id,
        set__meter=item.meter,
        set__local_day=item.local_day,
        reason=EDGE,
    )
    yield from windows.values_list("first_order", "last_order").distinct()


def _items_of(window: UsageWindow) -> ReviewItemQuerySet:
    about = {"unit": window.set.unit_id, "meter": window.set.meter, "local_day": window.set.local_day}
    return ReviewItem.objects.filter(device=window.device_id, reason=ReviewItem.Reason.EDGE, **about)
