"""Deliveries as they were stored, one by one in order of arrival: the one place that knows where they lie."""

from collections.abc import Iterator

from django.db.models import Min, Q

from devices.models.blocks import Block
from devices.models.devices import Device
from devices.rules.groups import Stored
from devices.rules.readings import instant
from marketplace.shared.period import Period

AT_ONCE = 200
EPOCH = 2**48


def deliveries(device: Device, *, first: int, last: int) -> Iterator[Stored]:
    """Yield the deliveries ``first`` to ``last`` of a device with their contents, a few at a time."""
    found = Block.objects.filter(device_id=device.pk, arrival__range=(first, last)).order_by("arrival")
    for block in found.iterator(chunk_size=AT_ONCE):
        columns = (block.evidence, block.ordinary, block.private, block.life, block.salt, block.leaf)
        received = instant(block.received_at)
        yield Stored(block.arrival, received, block.epoch_number, *(bytes(column) for column in columns))


def leaf_of(device: Device, arrival: int) -> bytes | None:
    """Return the leaf of a delivery, ``None`` if there is no such delivery."""
    found = Block.objects.filter(device_id=device.pk, arrival=arrival).values_list("leaf", flat=True).first()
    return None if found is None else bytes(found)


def first_saying(device: Device, period: Period, *, upto: int) -> int | None:
    """Return the first arrival, up to ``upto``, with a reading from a period by device time, if any."""
    found = Block.objects.filter(device_id=device.pk, arrival__lte=upto, at_hi__gte=instant(period.start))
    if period.end is not None:
        found = found.filter(at_lo__lt=instant(period.end))
    answer: int | None = found.aggregate(first=Min("arrival"))["first"]
    return answer


def first_behind(device: Device, order: int, *, upto: int) -> int | None:
    """Return the first arrival, up to ``upto``, that reaches an order (epoch × 2^48 + sequence)."""
    epoch, sequence = divmod(order, EPOCH)
    behind = Q(epoch_number__gt=epoch) | Q(epoch_number=epoch, sequence_hi__gte=sequence)
    found = Block.objects.filter(behind, device_id=device.pk, arrival__lte=upto)
    answer: int | None = found.aggregate(first=Min("arrival"))["first"]
    return answer


def came_late(device: Device, order: int, *, after: int) -> bool:
    """Say whether anything before an order of the source arrived later than the arrival ``after``."""
    epoch, sequence = divmod(order, EPOCH)
    before = Q(epoch_number__lt=epoch) | Q(epoch_number=epoch, sequence_lo__lt=sequence)
    return Block.objects.filter(before, device_id=device.pk, arrival__gt=after).exists()
