"""The parts of taking a delivery that touch blocks: what is stored, and storing what is new."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from psycopg.types.multirange import Int8Multirange
from psycopg.types.range import Range

from devices.models import Block, Device, Epoch, Gap, Head, Holding, Quarantined, StateCode, vocabulary_of
from devices.models.holdings import Words, rows_of
from devices.rules import digests, ranges
from devices.rules.admission import ERASED, Item, Refusal, Unreadable, numbered
from devices.rules.preparing import Prepared
from devices.rules.ranges import Span
from devices.rules.readings import Reading, moment
from devices.rules.vocabularies import CLASSES, Vocabulary

if TYPE_CHECKING:
    from devices.actions.deliveries import Receipt

MOST_GAPS = 50  # a delivery with more holes than this is noted as one gap from its first to its last


def stored(*, device: Device, epoch: Epoch, sequences: Sequence[int]) -> dict[int, Reading]:
    """Return those of the sequences that the epoch holds already, with their content."""
    covered = spans(epoch=epoch)
    wanted = {number for number in sequences if ranges.holds(covered, number)}
    if not wanted:
        return {}
    overlapping = Holding.objects.of(device).filter(
        epoch_number=epoch.number, sequence_hi__gte=min(wanted), sequence_lo__lte=max(wanted)
    )
    words = Words(device.pk)
    found: dict[int, Reading] = {}
    shown = overlapping.showing("evidence", "ordinary", "private").order_by("sequence_hi")
    for row in rows_of(shown):
        for name in CLASSES:
            pairs = row.said(name, words=words)
            found |= {reading.sequence: reading for reading, _ in pairs if reading.sequence in wanted}
        if len(found) == len(wanted):
            break
    return found


def store(*, head: Head, epoch: Epoch, prepared: Prepared, at: datetime) -> Block:
    """Write prepared readings as the device's next block; the head is locked and saved after."""
    head.arrivals += 1
    head.leaf = digests.leaf(
        device=head.device.public_id,
        arrival=head.arrivals,
        previous=bytes(head.leaf),
        groups=prepared.groups,
    )
    latest = moment(prepared.latest)
    head.last_reading_at = max(head.last_reading_at or latest, latest)
    return Block.objects.create(
        device=head.device,
        arrival=head.arrivals,
        received_at=at,
        epoch_number=epoch.number,
        sequence_lo=prepared.first,
        sequence_hi=prepared.last,
        count=prepared.size,
        at_lo=prepared.earliest,
        at_hi=prepared.latest,
        evidence=prepared.evidence,
        ordinary=prepared.ordinary,
        private=prepared.private,
        life=prepared.life,
        body_hash=prepared.body,
        leaf=head.leaf,
        salt=prepared.salt,
    )


def teach(*, vocabulary: Vocabulary, readings: Iterable[Reading]) -> Vocabulary:
    """Give every state word in the readings a code; the head is locked. Returns what is known then."""
    spoken = {
        reading.value
        for reading in readings
        if isinstance(reading.value, str) and int(reading.channel) in vocabulary.states
    }
    new = sorted(spoken - set(vocabulary.codes))
    if not new:
        return vocabulary
    last = max(vocabulary.codes.values(), default=0)
    StateCode.objects.bulk_create(
        StateCode(device_id=vocabulary.device, code=last + place, word=word)
        for place, word in enumerate(new, start=1)
    )
    return vocabulary_of(vocabulary.device, fresh=True)


def keep_refused(*, device: Device, epoch: str, refusals: Sequence[Refusal], at: datetime) -> None:
    """
    Put refused items where a person finds them; the same item is kept once.

    What belongs to a time that was erased is kept nowhere.
    """
    rows = []
    for refusal in refusals:
        if refusal.reason == ERASED:
            continue
        item = _kept(refusal.item)
        text = json.dumps([epoch, item, refusal.reason], ensure_ascii=False, sort_keys=True)
        rows.append(
            Quarantined(
                device=device,
                digest=hashlib.sha256(text.encode()).hexdigest(),
                epoch=epoch,
                item=item,
                reason=refusal.reason,
                detail=refusal.text[:300],
                received_at=at,
            )
        )
    Quarantined.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def cover(
    *, epoch: Epoch, items: Sequence[Item], covered: Sequence[Span], receipt: "Receipt", at: datetime
) -> None:
    """
    Add the delivery's sequences, refused ones too, to what the epoch covers; close the gaps this fills.

    Numbers that are passed over beyond what was covered before are new gaps; fills the receipt's ``gaps``.
    """
    before = spans(epoch=epoch)
    mine = ranges.union(ranges.spans_of(sorted(item.sequence for item in items if numbered(item))), covered)
    after = ranges.union(before, mine)
    if after == before:
        return
    epoch.covered = Int8Multirange([Range(start, end) for start, end in after])
    epoch.save(update_fields=["covered"])
    for gap in Gap.objects.open().filter(epoch=epoch, first__lt=mine[-1][1], last__gte=mine[0][0]):
        if not ranges.holes(after, gap.first, gap.last + 1):
            gap.filled_at = at
            gap.save(update_fields=["filled_at"])
    known = before or mine
    found = [
        *_new_holes(after, mine[0][0], known[0][0]),
        *_new_holes(after, known[-1][1] if before else mine[0][0], mine[-1][1]),
    ]
    Gap.objects.bulk_create(
        Gap(device=epoch.device, epoch=epoch, first=low, last=high - 1, noticed_at=at) for low, high in found
    )
    receipt.gaps = found


def _new_holes(covered: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return the holes of a stretch that nothing was known of; where they are many, as one."""
    found = ranges.holes(covered, start, end) if start < end else []
    return found if len(found) <= MOST_GAPS else [(found[0][0], found[-1][1])]


def spans(*, epoch: Epoch) -> list[Span]:
    """Return what the epoch covers as rising half-open ranges."""
    return [(part.lower, part.upper) for part in epoch.covered]


def _kept(item: Item) -> dict[str, Any]:
    """Return an item as the quarantine keeps it; what cannot be delivered again stands as ``raw`` text."""
    fields = {name: _json(value) for name, value in item._asdict().items()}
    if isinstance(item.value, Unreadable):
        fields["raw"] = fields.pop("value")
    elif any("\x00" in value for value in fields.values() if isinstance(value, str)):
        fields = {"raw": json.dumps(fields, ensure_ascii=False)}
    return {
        name: value.replace("\x00", "\\u0000") if isinstance(value, str) else value
        for name, value in fields.items()
    }


def _json(value: Any) -> Any:
    if isinstance(value, Unreadable):
        return value.raw
    plain = value is None or isinstance(value, str | bool) or (type(value) is int and abs(value) < 2**63)
    return value if plain else str(value)
