"""
Replay recordings through the same door as live deliveries.

Lines of SHDR have no numbers of their own. The first durable reader gives them: a file that was seen before
gets the numbers it had, a new one goes on after the highest. So replaying twice changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext_noop

from devices.actions import deliveries, devices, storing
from devices.actions.deliveries import Delivery, Receipt
from devices.models import Channel, Device, Head, ReplaySource
from devices.rules.admission import Item, Refusal
from devices.rules.portions import portions, shares
from devices.rules.readings import UNAVAILABLE, Refused, number
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotPossible


class RecordingChanged(NotPossible):
    """The file was numbered before with another count of readings."""

    code = "recording_changed"
    text = gettext_noop(
        "{name} was replayed before with {before} readings; now it has {now}. Use a new epoch."
    )


@transaction.atomic
def assign_numbers(
    *, device: Device, epoch: str, digest: str, name: str, count: int, by: User, at: datetime
) -> int:
    """
    Return the first sequence number of a file, by its SHA-256; the same file always gets the same.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    :raises RecordingChanged: if the file had another number of readings before
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    Head.objects.locked().get(device=device)
    numbered = ReplaySource.objects.filter(device=device, epoch=epoch)
    known = numbered.filter(digest=digest).first()
    if known is not None:
        if known.count != count:
            raise RecordingChanged(name=name, before=known.count, now=count)
        return known.base
    base: int = numbered.aggregate(after=Max(F("base") + F("count")))["after"] or 1
    if count:
        ReplaySource.objects.create(
            device=device, epoch=epoch, digest=digest, name=name[:200], base=base, count=count, numbered_at=at
        )
    return base


@transaction.atomic
def keep_unreadable(
    *, device: Device, epoch: str, refusals: Sequence[Refusal], by: User, at: datetime
) -> None:
    """
    Put lines that could not be read into the quarantine, with file and line.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    storing.keep_refused(device=device, epoch=epoch, refusals=refusals, at=at)


def create_channels(*, device: Device, items: Iterable[Item], by: User, at: datetime) -> int:
    """
    Add a channel for every key that the dictionary lacks; they are private until somebody says otherwise.

    :raises MissingRight: if ``by`` may not edit devices of the owner
    """
    known = set(Channel.objects.filter(device=device).values_list("key", flat=True))
    numeric: dict[str, bool] = {}
    for item in items:
        if item.channel not in known and item.value != UNAVAILABLE:
            numeric[item.channel] = numeric.get(item.channel, True) and _is_number(item.value)
        elif item.channel not in known:
            numeric.setdefault(item.channel, True)
    described = [
        {
            "key": key,
            "name": key[:120],
            "kind": "GAUGE" if is_number else "TEXT",
            "category": "process_parameters",
            "retention": "PRIVATE",
        }
        for key, is_number in numeric.items()
    ]
    if described:
        devices.add_channels(device=device, channels=described, by=by, at=at)
    return len(described)


def send(
    *,
    device: Device,
    epoch: str,
    items: Sequence[Item],
    covered: Sequence[tuple[int, int]] = (),
    size: int,
    by: User,
    at: datetime,
) -> Iterator[Receipt]:
    """
    Take the items in deliveries of at most ``size``, one transaction each, yielding each receipt.

    No delivery reaches over a quarter-hour (``devices.rules.portions``); times are in microseconds.
    """
    pieces = portions(items, size)
    for batch, mine in zip(pieces, shares(pieces, covered), strict=True):
        delivery = Delivery(epoch, batch, mine)
        yield deliveries.take(device=device, delivery=delivery, by=by, at=at)


def _is_number(value: object) -> bool:
    try:
        number(str(value))
    except Refused:
        return False
    return True
