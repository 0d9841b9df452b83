"""
Take deliveries: validate, deduplicate exactly, store durably, and answer item by item.

The row lock of the device's head orders deliveries. A reading is (device, epoch, sequence): seen again with
the same content it is a duplicate and a success, with other content a conflict that goes to the quarantine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from devices.actions import storing
from devices.models import Channel, Device, Epoch, Head
from devices.rules.admission import FUTURE, Admitted, Entry, Item, Refusal, admit, numbered
from devices.rules.ranges import Span
from devices.rules.readings import Reading, instant
from marketplace.models import User
from marketplace.permissions import Permission, require

CONFLICT = "conflict"
CONFLICT_TEXT = "this sequence was delivered before with other content; the first one stands"


@dataclass(frozen=True)
class Delivery:
    """
    Items of one epoch as a source sent them.

    ``covered`` are half-open ranges of sequences of which the delivery holds all that concern the device: an
    MTConnect agent shares its numbers between machines, so holes in them are no gaps.
    """

    epoch: str
    items: Sequence[Item]
    covered: Sequence[Span] = ()


@dataclass
class Receipt:
    """
    What became of a delivery.

    ``ack`` is the highest sequence in it: every item has been stored, was known, or stands in the quarantine,
    so the source may forget them all. ``arrival`` is ``None`` when nothing new was stored.
    """

    accepted: int = 0
    duplicates: int = 0
    conflicts: list[Refusal] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    gaps: list[Span] = field(default_factory=list)
    ack: int | None = None
    arrival: int | None = None


@transaction.atomic
def take(*, device: Device, delivery: Delivery, by: User, at: datetime) -> Receipt:
    """
    Store a delivery; when its transaction has committed, everything accepted is durable.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    channels = {channel.key: channel for channel in Channel.objects.filter(device=device)}
    admitted = admit(
        delivery.items,
        dictionary={key: Entry(channel.number, channel.is_numeric) for key, channel in channels.items()},
        not_before=instant(device.commissioned_at),
        not_after=instant(at) + FUTURE,
    )
    receipt = Receipt(refusals=admitted.refusals, ack=_ack(delivery.items))
    head = Head.objects.locked().get(device=device)
    head.last_received_at = at
    if receipt.ack is not None:
        epoch = _epoch(device, delivery.epoch, at)
        fresh = _fresh(device, epoch, delivery, admitted, receipt)
        if fresh:
            storing.store(
                head=head,
                epoch=epoch,
                channels=channels,
                readings=fresh,
                covered=delivery.covered,
                receipt=receipt,
                at=at,
            )
        storing.cover(epoch=epoch, items=delivery.items, covered=delivery.covered, receipt=receipt, at=at)
    head.save()
    storing.keep_refused(
        device=device, epoch=delivery.epoch, refusals=[*receipt.refusals, *receipt.conflicts], at=at
    )
    return receipt


def _ack(items: Sequence[Item]) -> int | None:
    return max((item.sequence for item in items if numbered(item)), default=None)


def _epoch(device: Device, label: str, at: datetime) -> Epoch:
    """Return the epoch of a label, numbered in the order of first arrival; the head is locked."""
    found = Epoch.objects.filter(device=device, label=label).first()
    if found is None:
        number = Epoch.objects.filter(device=device).count() + 1
        found = Epoch.objects.create(device=device, number=number, label=label, began_at=at)
    return found


def _fresh(
    device: Device, epoch: Epoch, delivery: Delivery, admitted: Admitted, receipt: Receipt
) -> list[Reading]:
    """Return the readings that are new, in sequence order; count duplicates, note conflicts."""
    fresh: dict[int, Reading] = {}
    sequences = [reading.sequence for reading in admitted.readings]
    stored = storing.stored(device=device, epoch=epoch, sequences=sequences)
    for place, reading in zip(admitted.places, admitted.readings, strict=True):
        known = stored.get(reading.sequence) or fresh.get(reading.sequence)
        if known is None:
            fresh[reading.sequence] = reading
        elif known == reading:
            receipt.duplicates += 1
        else:
            receipt.conflicts.append(Refusal(place, delivery.items[place], CONFLICT, CONFLICT_TEXT))
    return [fresh[sequence] for sequence in sorted(fresh)]
