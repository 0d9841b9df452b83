"""The parts of taking a delivery that touch blocks: what is stored, and storing what is new."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from psycopg.types.multirange import Int8Multirange
from psycopg.types.range import Range

from devices.models import Block, Channel, Device, Epoch, Gap, Head, Quarantined, StateCode
from devices.rules import blocks, digests, life, ranges
from devices.rules.admission import Item, Refusal, Unreadable, numbered
from devices.rules.ranges import Span
from devices.rules.readings import Reading, moment

if TYPE_CHECKING:
    from devices.actions.deliveries import Receipt

MOST_GAPS = 50  # a delivery with more holes than this is noted as one gap from its first to its last


def stored(*, device: Device, epoch: Epoch, sequences: Sequence[int]) -> dict[int, Reading]:
    """Return those of the sequences that the epoch holds already, with their content."""
    covered = spans(epoch=epoch)
    wanted = {number for number in sequences if ranges.holds(covered, number)}
    if not wanted:
        return {}
    words = dict(StateCode.objects.filter(device=device).values_list("code", "word"))
    overlapping = Block.objects.filter(
        device_id=device.pk,
        epoch_number=epoch.number,
        sequence_hi__gte=min(wanted),
        sequence_lo__lte=max(wanted),
    )
    found: dict[int, Reading] = {}
    for block in overlapping.iterator(chunk_size=50):
        for column in (block.evidence, block.ordinary, block.private):
            for reading in blocks.decode(bytes(column), words=words):
                if reading.sequence in wanted:
                    found[reading.sequence] = reading
    return found


def store(
    *,
    head: Head,
    epoch: Epoch,
    channels: Mapping[str, Channel],
    readings: Sequence[Reading],
    covered: Sequence[Span],
    receipt: "Receipt",
    at: datetime,
) -> Block:
    """
    Write new readings, in sequence order, as the device's next block; the head is locked and saved after.

    Fills the receipt's ``accepted`` and ``arrival``.
    """
    by_number = {channel.number: channel for channel in channels.values()}
    groups = _by_class(readings, by_number)
    closers = {number for number, channel in by_number.items() if channel.retention == "EVIDENCE"}
    trace = life.trace(readings, closers=closers, covered=covered)
    codes = _codes(head.device, readings, by_number)
    states = {number for number, channel in by_number.items() if channel.kind == Channel.Kind.STATE}
    salt = secrets.token_bytes(16)
    keys = {number: channel.key for number, channel in by_number.items()}
    head.arrivals += 1
    head.leaf = digests.leaf(
        device=head.device.public_id,
        arrival=head.arrivals,
        previous=bytes(head.leaf),
        groups=_digests(salt, groups, trace, keys),
    )
    times = [reading.at for reading in readings]
    latest = moment(max(times))
    head.last_reading_at = max(head.last_reading_at or latest, latest)
    block = Block.objects.create(
        device=head.device,
        arrival=head.arrivals,
        received_at=at,
        epoch_number=epoch.number,
        sequence_lo=readings[0].sequence,
        sequence_hi=readings[-1].sequence,
        count=len(readings),
        at_lo=min(times),
        at_hi=max(times),
        life=blocks.encode_trace(trace),
        body_hash=_body_hash(epoch, readings),
        leaf=head.leaf,
        salt=salt,
        **{name.lower(): blocks.encode(rows, states=states, codes=codes) for name, rows in groups.items()},
    )
    receipt.accepted, receipt.arrival = len(readings), head.arrivals
    return block


def keep_refused(*, device: Device, epoch: str, refusals: Sequence[Refusal], at: datetime) -> None:
    """Put refused items where a person finds them; the same item is kept once."""
    rows = []
    for refusal in refusals:
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


def _by_class(readings: Sequence[Reading], by_number: Mapping[int, Channel]) -> dict[str, list[Reading]]:
    groups: dict[str, list[Reading]] = {str(name): [] for name in Channel.Retention.values}
    for reading in readings:
        groups[by_number[int(reading.channel)].retention].append(reading)
    return groups


def _codes(device: Device, readings: Sequence[Reading], by_number: Mapping[int, Channel]) -> dict[str, int]:
    """Return the dictionary codes of all state words in the readings, adding what is new."""
    words = {
        reading.value
        for reading in readings
        if isinstance(reading.value, str) and by_number[int(reading.channel)].kind == Channel.Kind.STATE
    }
    known = dict(StateCode.objects.filter(device=device, word__in=words).values_list("word", "code"))
    new = sorted(words - set(known))
    if new:
        last = StateCode.objects.filter(device=device).aggregate(last=Max("code"))["last"] or 0
        known |= {word: last + place for place, word in enumerate(new, start=1)}
        StateCode.objects.bulk_create(StateCode(device=device, code=known[word], word=word) for word in new)
    return known


def _digests(
    salt: bytes, groups: Mapping[str, list[Reading]], trace: Sequence[life.Life], keys: Mapping[int, str]
) -> dict[str, bytes]:
    """Return the digest of every group: each evidence channel by itself, the trace, and the two classes."""
    parts: dict[str, Iterable[Reading]] = {}
    evidence: dict[str, list[Reading]] = {}
    for reading in groups["EVIDENCE"]:
        evidence.setdefault(f"evidence:{keys[int(reading.channel)]}", []).append(reading)
    parts |= evidence
    parts |= {digests.ORDINARY: groups["ORDINARY"], digests.PRIVATE: groups["PRIVATE"]}
    found = {name: digests.group_digest(salt, digests.canonical(rows, keys)) for name, rows in parts.items()}
    found[digests.LIFE] = digests.group_digest(salt, digests.canonical_life(trace))
    return found


def _body_hash(epoch: Epoch, readings: Sequence[Reading]) -> bytes:
    total = hashlib.sha256(epoch.label.encode())
    for reading in readings:
        total.update(f"{reading.sequence},{reading.at},{reading.channel},{reading.value}\n".encode())
    return total.digest()[:16]


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
