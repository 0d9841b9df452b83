"""
Take deliveries: validate, deduplicate exactly, store durably, and answer item by item.

The row lock of the device's head orders deliveries. A reading is (device, epoch, sequence): seen again with
the same content it is a duplicate and a success, with other content a conflict that goes to the quarantine.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from django.db import transaction

from devices.actions import quick, storing
from devices.actions.speakers import Speaker
from devices.models import Device, Epoch, Head, vocabulary_of
from devices.rules import bulk
from devices.rules.admission import FUTURE, Admitted, Item, Refusal, admit, numbered
from devices.rules.preparing import Prepared, prepare
from devices.rules.ranges import Span
from devices.rules.readings import Reading, instant
from devices.rules.spoken import Spoken
from devices.rules.spoken import read as read_spoken
from devices.rules.vocabularies import Vocabulary
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


def take(*, device: Device, delivery: Delivery, by: User, at: datetime) -> Receipt:
    """
    Store a delivery; when this returns outside of a transaction, everything accepted is durable.

    A delivery that goes on where the source stopped is stored by one statement; every other one is looked at
    reading by reading, under the same locks.

    :raises MissingRight: if ``by`` may not deliver readings for the device's owner
    """
    require(by, Permission.TELEMETRY_DELIVER, within=device.owner)
    vocabulary = vocabulary_of(device.pk)
    admitted = _admit(delivery, vocabulary, at)
    prepared = None if delivery.covered else _prepared(delivery, admitted, vocabulary)
    if prepared is not None:
        outcome, arrival = quick.store(
            vocabulary=vocabulary, epoch=delivery.epoch, prepared=prepared, key=None, at=at
        )
        receipt = _receipt(prepared, outcome, arrival)
        if receipt is not None:
            return receipt
    return _look(device, delivery, vocabulary, admitted, at)


def take_body(*, speaker: Speaker, body: bytes, at: datetime) -> Receipt | None:
    """
    Store the body of a request at one go, if nothing in it is out of the ordinary; else ``None``, and nothing
    has happened.

    The permission is the speaker's key: the statement that stores looks whether it may still speak.
    """
    vocabulary = vocabulary_of(speaker.device)
    spoken = read_spoken(
        body, vocabulary.entries, not_before=vocabulary.commissioned, not_after=instant(at) + FUTURE
    )
    prepared = spoken and _prepared_series(spoken, vocabulary)
    if not spoken or not prepared:
        return None
    outcome, arrival = quick.store(
        vocabulary=vocabulary, epoch=spoken.epoch, prepared=prepared, key=speaker.key, at=at
    )
    if outcome == quick.STALE:
        vocabulary_of(speaker.device, fresh=True)
    return _receipt(prepared, outcome, arrival)


def _receipt(prepared: Prepared, outcome: str, arrival: int | None) -> Receipt | None:
    """Say what became of a delivery, if one statement dealt with it."""
    if outcome == quick.STORED:
        return Receipt(accepted=prepared.size, ack=prepared.last, arrival=arrival)
    return Receipt(duplicates=prepared.size, ack=prepared.last) if outcome == quick.AGAIN else None


def _admit(delivery: Delivery, vocabulary: Vocabulary, at: datetime) -> Admitted:
    return admit(
        delivery.items,
        dictionary=vocabulary.entries,
        not_before=vocabulary.commissioned,
        not_after=instant(at) + FUTURE,
    )


def _prepared_series(spoken: Spoken, vocabulary: Vocabulary) -> Prepared | None:
    salt = secrets.token_bytes(16)
    if spoken.size > bulk.FEW:
        found = bulk.prepare(spoken.series, vocabulary, epoch=spoken.epoch, salt=salt)
        if found is not None:
            return found
    readings = sorted(reading for series in spoken.series for reading in series.readings())
    return _unbroken(readings, vocabulary, spoken.epoch)


def _unbroken(readings: list[Reading], vocabulary: Vocabulary, epoch: str) -> Prepared | None:
    if any(one.sequence + 1 != other.sequence for one, other in pairwise(readings)):
        return None
    try:
        return prepare(readings, vocabulary, epoch=epoch, salt=secrets.token_bytes(16))
    except KeyError:  # a state word that has no code yet
        return None


def _prepared(delivery: Delivery, admitted: Admitted, vocabulary: Vocabulary) -> Prepared | None:
    """Prepare a delivery in which nothing is refused or missing and no state word is new."""
    if admitted.refusals or not admitted.readings:
        return None
    readings = sorted(admitted.readings)
    return _prepared_series(Spoken(delivery.epoch, bulk.grouped(readings)), vocabulary)


@transaction.atomic
def _look(
    device: Device, delivery: Delivery, vocabulary: Vocabulary, admitted: Admitted, at: datetime
) -> Receipt:
    """Deal with a delivery reading by reading."""
    head = Head.objects.locked().select_related("device").get(device=device)
    if head.revision != vocabulary.revision:
        vocabulary = vocabulary_of(device.pk, fresh=True)
        admitted = _admit(delivery, vocabulary, at)
    receipt = Receipt(refusals=admitted.refusals, ack=_ack(delivery.items))
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
    head.save(update_fields=["arrivals", "leaf", "last_received_at", "last_reading_at"])
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
