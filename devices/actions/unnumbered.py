"""
Deliver what a source without numbers says, numbering it as its first durable reader.

Number and content are committed together: a number never stands for two readings, whoever else is reading.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from devices import queries
from devices.actions import deliveries, storing
from devices.actions.deliveries import Delivery, Receipt
from devices.models import Channel, Device, Head
from devices.rules.admission import Item, Refusal
from devices.rules.portions import portions
from devices.rules.readings import UNAVAILABLE, Observation, instant
from marketplace.models import User
from marketplace.permissions import Permission, require

LOST = " lost"


@transaction.atomic
def take(
    *,
    device: Device,
    epoch: str,
    said: Sequence[Observation],
    refusals: Sequence[Refusal] = (),
    by: User,
    at: datetime,
) -> Receipt:
    """
    Number observations after the last of the epoch and store them; what could not be read is quarantined.

    They are cut at quarter-hours (``devices.rules.portions``); the answer is that of the last delivery.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    Head.objects.locked().get(device=device)
    base = queries.next_sequence(device, epoch=epoch) or 1
    items = [Item(base + place, one.at, one.key, one.text) for place, one in enumerate(said)]
    if refusals:
        storing.keep_refused(device=device, epoch=epoch, refusals=refusals, at=at)
    receipt = Receipt()
    for piece in portions(items, max(1, len(items))) or [[]]:
        receipt = deliveries.take(device=device, delivery=Delivery(epoch, piece), by=by, at=at)
    return receipt


@transaction.atomic
def lose(*, device: Device, epoch: str, by: User, at: datetime) -> Receipt:
    """
    Note with our own clock that the source is gone: every evidence channel becomes UNAVAILABLE.

    Run time then ends at the machine's last proof of life before it, not at this stamp. An epoch in which
    nothing was said yet is left as it is.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    if queries.next_sequence(device, epoch=epoch) is None:
        return Receipt()
    return take(device=device, epoch=epoch, said=_gone(device, at), by=by, at=at)


@transaction.atomic
def end(*, device: Device, epoch: str, by: User, at: datetime) -> Receipt:
    """
    Note that an epoch of the source's own numbers is over, as :func:`lose`, in an epoch that follows it.

    It is noted once, however often this is called; an epoch of which nothing is stored is left as it is.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    Head.objects.locked().get(device=device)
    after = f"{epoch}{LOST}"
    if queries.next_sequence(device, epoch=epoch) is None:
        return Receipt()
    if queries.next_sequence(device, epoch=after) is not None:
        return Receipt()
    return take(device=device, epoch=after, said=_gone(device, at), by=by, at=at)


def _gone(device: Device, at: datetime) -> list[Observation]:
    evidence = Channel.objects.filter(device=device, retention=Channel.Retention.EVIDENCE)
    keys = evidence.order_by("number").values_list("key", flat=True)
    return [Observation(instant(at), key, UNAVAILABLE) for key in keys]
