"""
Take deliveries: validate, deduplicate exactly, store durably, and answer item by item.

The row lock of the device's head orders deliveries. A reading is (device, epoch, sequence): seen again with
the same content it is a duplicate and a success, with other content a conflict that goes to the quarantine.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from devices.actions import overlaps, quick, storing
from devices.actions.readying import prepared_of
from devices.actions.speakers import Speaker
from devices.models import Device, Epoch, Head, vocabulary_of
from devices.rules import bulk
from devices.rules.admission import FUTURE, Admitted, Item, Refusal, admit, numbered
from devices.rules.pace import Pace
from devices.rules.preparing import Prepared, prepare
from devices.rules.ranges import Span
from devices.rules.readings import Reading, instant, moment
from devices.rules.spoken import Spoken
from devices.rules.spoken import read as read_spoken
from devices.rules.vocabularies import Vocabulary
from marketplace.models import User
from marketplace.permissions import Permission, require
from marketplace.shared.errors import NotPossible

CONFLICT = "conflict"
CONFLICT_TEXT = "this sequence was delivered before with other content; the first one stands"


class TooManyReadings(NotPossible):
    """The device delivers faster than it may; nothing of the delivery was stored."""

    status = 429
    code = "too_many_readings"
    text = gettext_noop(
        "The device delivers faster than it may. Nothing was stored: send it again in {retry_after} s."
    )


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
    so the source may forget them all. ``arrival`` is ``None`` when nothing new was stored. ``paid_until`` is
    the device's bucket of readings afterwards (``devices.rules.pace``).
    """

    accepted: int = 0
    duplicates: int = 0
    conflicts: list[Refusal] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    gaps: list[Span] = field(default_factory=list)
    ack: int | None = None
    arrival: int | None = None
    paid_until: datetime | None = None


def take(*, device: Device, delivery: Delivery, by: User, at: datetime, pace: Pace | None = None) -> Receipt:
    """
    Store a delivery; when this returns outside of a transaction, everything accepted is durable.

    A delivery that goes on where the source stopped is stored by one statement; every other one is looked at
    reading by reading, under the same locks.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    :raises TooManyReadings: if ``pace`` leaves no room for them; nothing was stored then
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    vocabulary = vocabulary_of(device.pk)
    admitted = _admit(delivery, vocabulary, at)
    spoken = None if delivery.covered else _spoken(delivery, admitted)
    found = spoken and _take_spoken(spoken, vocabulary, None, pace, at)
    return found or _look(device, delivery, vocabulary, admitted, pace, at)


def take_body(*, speaker: Speaker, body: bytes, at: datetime, pace: Pace | None = None) -> Receipt | None:
    """
    Store the body of a request at one go, if nothing in it is out of the ordinary; else ``None``, and nothing
    has happened.

    The permission is the speaker's key: the statement that stores looks whether it may still speak.

    :raises TooManyReadings: if ``pace`` leaves no room for them; nothing was stored then
    """
    vocabulary = vocabulary_of(speaker.device)
    spoken = read_spoken(
        body, vocabulary.entries, not_before=vocabulary.open_from, not_after=instant(at) + FUTURE
    )
    return spoken and _take_spoken(spoken, vocabulary, speaker.key, pace, at)


@transaction.atomic
def pay(*, device: Device, readings: int, pace: Pace, by: User, at: datetime) -> None:
    """
    Take readings out of the device's bucket that come as several deliveries, before any of them is stored.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    :raises TooManyReadings: if ``pace`` leaves no room for them
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    head = Head.objects.locked().get(device=device)
    _pay(head, readings, pace, at)
    head.save(update_fields=["paid_until"])


def receipt_of(
    *, prepared: Prepared, outcome: quick.Outcome, pace: Pace | None, at: datetime
) -> Receipt | None:
    """
    Say what became of a delivery, if one statement dealt with it.

    :raises TooManyReadings: if ``pace`` left no room for it
    """
    word, arrival, paid_until = outcome
    if word == quick.OVER and pace is not None:
        raise _too_many(pace, paid_until, prepared.size, at)
    if word == quick.STORED:
        return Receipt(accepted=prepared.size, ack=prepared.last, arrival=arrival, paid_until=paid_until)
    if word == quick.AGAIN:
        return Receipt(duplicates=prepared.size, ack=prepared.last, paid_until=paid_until)
    return None


def _pay(head: Head, readings: int, pace: Pace, at: datetime) -> None:
    """Take readings out of the device's bucket, or refuse; the head is locked."""
    before = instant(head.paid_until) if head.paid_until else None
    paid = pace.pay(before, readings, at=instant(at))
    if paid is None:
        raise _too_many(pace, head.paid_until, readings, at)
    head.paid_until = moment(paid)


def _too_many(pace: Pace, paid_until: datetime | None, readings: int, at: datetime) -> TooManyReadings:
    before = instant(paid_until) if paid_until else None
    return TooManyReadings(retry_after=max(1, pace.room_in(before, readings, at=instant(at))))


def _admit(delivery: Delivery, vocabulary: Vocabulary, at: datetime) -> Admitted:
    return admit(
        delivery.items,
        dictionary=vocabulary.entries,
        not_before=vocabulary.commissioned,
        not_after=instant(at) + FUTURE,
        erased=vocabulary.erased,
    )


def _spoken(delivery: Delivery, admitted: Admitted) -> Spoken | None:
    """Return a delivery in which nothing is refused as one series a channel."""
    if admitted.refusals or not admitted.readings:
        return None
    return Spoken(delivery.epoch, bulk.grouped(sorted(admitted.readings)))


def _take_spoken(
    spoken: Spoken, vocabulary: Vocabulary, key: int | None, pace: Pace | None, at: datetime
) -> Receipt | None:
    """Store a delivery that goes on where the source stopped, or overlaps it; ``None`` leaves it undone."""
    ready = prepared_of(spoken=spoken, vocabulary=vocabulary)
    if ready is None:
        return None
    outcome = quick.store(
        vocabulary=vocabulary, epoch=spoken.epoch, prepared=ready, key=key, pace=pace, at=at
    )
    if outcome.word == quick.STALE:
        vocabulary_of(vocabulary.device, fresh=True)
    if outcome.word != quick.LOOK:
        return receipt_of(prepared=ready, outcome=outcome, pace=pace, at=at)
    overlap = overlaps.store(vocabulary=vocabulary, spoken=spoken, key=key, pace=pace, at=at)
    found = overlap and receipt_of(prepared=ready, outcome=overlap.outcome, pace=pace, at=at)
    if overlap and found and overlap.outcome.word == quick.STORED:
        found.accepted, found.duplicates = ready.size - overlap.known, overlap.known
    return found or None


@transaction.atomic
def _look(
    device: Device,
    delivery: Delivery,
    vocabulary: Vocabulary,
    admitted: Admitted,
    pace: Pace | None,
    at: datetime,
) -> Receipt:
    """Deal with a delivery reading by reading."""
    head = Head.objects.locked().select_related("device").get(device=device)
    if pace is not None:
        _pay(head, len(delivery.items), pace, at)
    if head.revision != vocabulary.revision:
        vocabulary = vocabulary_of(device.pk, fresh=True)
        admitted = _admit(delivery, vocabulary, at)
    receipt = Receipt(refusals=admitted.refusals, ack=_ack(delivery.items), paid_until=head.paid_until)
    head.last_received_at = at
    if receipt.ack is not None or delivery.covered:
        epoch = _epoch(device, delivery.epoch, at)
        fresh = _fresh(device, epoch, delivery, admitted, receipt)
        if fresh:
            vocabulary = storing.teach(vocabulary=vocabulary, readings=fresh)
            prepared = prepare(
                fresh, vocabulary, epoch=epoch.label, salt=secrets.token_bytes(16), covered=delivery.covered
            )
            storing.store(head=head, epoch=epoch, prepared=prepared, at=at)
            receipt.accepted, receipt.arrival = len(fresh), head.arrivals
        storing.cover(epoch=epoch, items=delivery.items, covered=delivery.covered, receipt=receipt, at=at)
    head.save(update_fields=["arrivals", "leaf", "last_received_at", "last_reading_at", "paid_until"])
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
