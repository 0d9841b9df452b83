"""
Take several deliveries at once: those that are common in one statement and one commit, the others one by one.

A gateway posts for many machines. Each delivery has the outcome that a post of its own would have had; one
that is refused costs no other anything. Those of one device are taken in the order in which they stand.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext_noop

from devices.actions import deliveries, quick
from devices.actions.deliveries import Delivery, Receipt
from devices.actions.readying import prepared_of
from devices.models import Device, vocabulary_of
from devices.rules import envelopes
from devices.rules.admission import FUTURE
from devices.rules.envelopes import MOST_READINGS, Envelope, Malformed
from devices.rules.pace import Pace
from devices.rules.posts import Part, check_size
from devices.rules.readings import instant
from devices.rules.spoken import Spoken
from devices.rules.spoken import read as read_spoken
from devices.rules.vocabularies import Vocabulary
from marketplace.models import Organization, User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import DomainError, Invalid


class UnknownDevice(Invalid):
    """A delivery names no device that the sender may deliver for; nothing of it was stored."""

    status = 404
    code = "unknown_device"
    text = gettext_noop("You may deliver for no such device. Name one that is in use by its id, dev_….")


@dataclass
class Taken:
    """What became of one delivery: a receipt, or why nothing of it was taken."""

    device: str | None
    receipt: Receipt | None = None
    envelope: Envelope | None = None
    refusal: DomainError | Malformed | None = None


@dataclass
class _Heard:
    """A delivery on its way: read at one go, or into an envelope to be judged item by item."""

    taken: Taken
    vocabulary: Vocabulary
    body: bytes
    spoken: Spoken | None

    @property
    def size(self) -> int:
        """Return the number of readings; reads the envelope if nothing else is known."""
        if self.spoken is not None:
            return self.spoken.size
        return len(self.envelope().items)

    def envelope(self) -> Envelope:
        """
        Return the delivery as items.

        :raises Malformed: if it is none
        """
        if self.taken.envelope is None:
            self.taken.envelope = envelopes.read(self.body)
        return self.taken.envelope


def take(
    *,
    parts: Sequence[Part],
    within: Organization,
    only: Device | None = None,
    by: User,
    at: datetime,
    pace: Pace,
) -> list[Taken]:
    """
    Store deliveries of devices of an organization, or of ``only`` one of them; return what became of each.

    When this returns outside of a transaction, everything accepted is durable. A part that names no device is
    one of ``only``.

    :raises MissingRight: if ``by`` may not deliver readings for the organization
    :raises Malformed: if all deliveries together have too many readings; nothing was stored then
    """
    require(by, Permission.TELEMETRY_DELIVER, within=within)
    known = _known(parts, within, only)
    found = [Taken(part.device or (only.public_id if only else None)) for part in parts]
    heard = [
        one
        for taken, part in zip(found, parts, strict=True)
        if (one := _hear(taken, known.get(taken.device or ""), part.body, at)) is not None
    ]
    check_size([one.size for one in heard], most=MOST_READINGS)
    _take_common(heard, pace, at)
    for one in heard:
        if one.taken.receipt is None and one.taken.refusal is None:
            _take_other(one, by, pace, at)
    return found


def _known(parts: Sequence[Part], within: Organization, only: Device | None) -> dict[str, int]:
    """Return the devices in use that may be delivered for, of those that are named."""
    if only is not None:
        return {only.public_id: only.pk}
    names = {part.device for part in parts if part.device and "\x00" not in part.device}
    mine = Device.objects.filter(owner=within, closed_at=None, public_id__in=names)
    return dict(mine.values_list("public_id", "pk"))


def _hear(taken: Taken, device: int | None, body: bytes, at: datetime) -> _Heard | None:
    """Read one delivery; note why, if it cannot be read or taken."""
    if device is None:
        taken.refusal = UnknownDevice()
        return None
    vocabulary = vocabulary_of(device)
    spoken = read_spoken(
        body, vocabulary.entries, not_before=vocabulary.open_from, not_after=instant(at) + FUTURE
    )
    heard = _Heard(taken, vocabulary, body, spoken)
    if spoken is None:
        try:
            heard.envelope()
        except Malformed as error:
            taken.refusal = error
            return None
    return heard


def _take_common(heard: Sequence[_Heard], pace: Pace, at: datetime) -> None:
    """Store what one statement can store; leave the rest as it is."""
    ready: list[tuple[_Heard, quick.Ready]] = []
    for _, mine in groupby(_in_lock_order(heard), key=lambda one: one.vocabulary.device):
        for one in mine:
            prepared = one.spoken and prepared_of(spoken=one.spoken, vocabulary=one.vocabulary)
            if not one.spoken or not prepared:
                break  # those after it must not overtake it
            ready.append((one, quick.Ready(one.vocabulary, one.spoken.epoch, prepared)))
    outcomes = quick.store_many(entries=[entry for _, entry in ready], pace=pace, at=at)
    for (one, entry), outcome in zip(ready, outcomes, strict=True):
        try:
            one.taken.receipt = deliveries.receipt_of(
                prepared=entry.prepared, outcome=outcome, pace=pace, at=at
            )
        except deliveries.TooManyReadings as error:
            one.taken.refusal = error


def _in_lock_order(heard: Iterable[_Heard]) -> list[_Heard]:
    """Return deliveries by rising device, for heads are locked so; those of one device as they stood."""
    return sorted(heard, key=lambda one: one.vocabulary.device)


def _take_other(one: _Heard, by: User, pace: Pace, at: datetime) -> None:
    """Take one delivery by itself, reading by reading if need be."""
    device = Device.objects.select_related("owner").get(pk=one.vocabulary.device)
    envelope = one.envelope()
    delivery = Delivery(envelope.epoch, envelope.items)
    try:
        one.taken.receipt = deliveries.take(device=device, delivery=delivery, by=by, at=at, pace=pace)
    except deliveries.TooManyReadings as error:
        one.taken.refusal = error
