"""
Read what devices said. Only the ownership door calls :func:`readings`, :func:`evidence`,
:func:`last_number` and :func:`next_number`.

Order is the source's own: epochs in the order of their first arrival, sequences within. ``order`` packs both
in one rising number (epoch × 2^48 + sequence).
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import models
from django.db.models import Max, Min, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual

from devices.models import Binding, Block, Channel, Device, Epoch, Gap, LogEntry, StateCode
from devices.models.log import tree
from devices.models.signatures import utc_day
from devices.rules import blocks, life
from devices.rules.life import Life
from devices.rules.log import day_root
from devices.rules.ranges import holes
from devices.rules.readings import Reading, instant, moment
from marketplace.models import Equipment
from marketplace.shared import merkle
from marketplace.shared.period import Period

EPOCH = 2**48
WIDEST = 2**62
LOOK_BACK = 5000  # deliveries; a counter that was silent for longer has no last number
CLASSES = {"EVIDENCE": "evidence", "ORDINARY": "ordinary", "PRIVATE": "private"}


class Orders(NamedTuple):
    """A half-open stretch of the source's order."""

    first: int = 0
    below: int = WIDEST


EVERYTHING = Orders()


class Said(NamedTuple):
    """One stored reading: ``order`` rises with epoch and sequence, ``at`` is µs since 1970 UTC."""

    order: int
    sequence: int
    at: int
    channel: str
    value: object
    arrival: int


class Evidence(NamedTuple):
    """
    What metering folds: evidence readings by channel key, and the life trace; sequence is ``order``.

    ``arrivals`` says of each of them with which delivery it came.
    """

    readings: list[Reading]
    trace: list[Life]
    arrival: int
    arrivals: dict[int, int]


def bindings_of(equipment: Equipment, period: Period) -> "QuerySet[Binding]":
    """Return the bindings by which devices spoke for a machine within a period, oldest first."""
    found = Binding.objects.filter(equipment=equipment).overlapping(period.start, period.end)
    return found.select_related("device").order_by("period")


def evidence_of_others(
    device: Device, equipment: Equipment, period: Period, *, keys: Collection[str]
) -> list[Channel]:
    """Return the evidence channels with one of ``keys`` of other devices that speak for the machine then."""
    others = bindings_of(equipment, period).exclude(device=device).order_by().values("device")
    found = Channel.objects.filter(device__in=others, retention=Channel.Retention.EVIDENCE, key__in=keys)
    return list(found.select_related("device").order_by("device", "number"))


def next_sequence(device: Device, *, epoch: str) -> int | None:
    """Return the number after the last that is recorded of an epoch; ``None`` if nothing is."""
    found = Epoch.objects.filter(device=device, label=epoch).first()
    if found is None or not found.covered:
        return None
    after: int = max(part.upper for part in found.covered)
    return after


def latest_epoch(device: Device) -> str:
    """Return the label of the epoch that was heard of last, or nothing."""
    found = Epoch.objects.filter(device=device).order_by("-number").values_list("label", flat=True)
    return found.first() or ""


def was_heard(device: Device) -> bool:
    """Say whether anything at all is recorded of a device."""
    return Epoch.objects.filter(device=device).exists()


def words_of(device: Device) -> dict[int, str]:
    """Return the device's dictionary of state words by code."""
    return dict(StateCode.objects.filter(device=device).values_list("code", "word"))


def readings(
    device: Device,
    *,
    channels: Collection[str] | None,
    period: Period | None = None,
    upto_arrival: int | None = None,
    orders: Orders = EVERYTHING,
) -> Iterator[Said]:
    """Yield the stored readings of some channels (``None``: all), each exactly once, in source order."""
    dictionary = _dictionary(device, channels)
    wanted = dictionary.by_class
    words, (lowest, highest) = words_of(device), _bounds(period)
    pending: list[Said] = []
    for block in _blocks(device, period, upto_arrival, wanted, orders):
        start = block.epoch_number * EPOCH + block.sequence_lo
        pending.sort()
        ready = [said for said in pending if said.order < start]
        pending = pending[len(ready) :]
        yield from ready
        for retention, numbers in wanted.items():
            content = bytes(getattr(block, CLASSES[retention]))
            for reading in blocks.decode(content, words=words, channels=numbers):
                order = block.epoch_number * EPOCH + reading.sequence
                if lowest <= reading.at < highest and orders.first <= order < orders.below:
                    pending.append(_said(block, reading, order, dictionary.keys))
    yield from sorted(pending)


def evidence(
    device: Device,
    *,
    channels: Collection[str],
    period: Period | None = None,
    upto_arrival: int | None = None,
    orders: Orders = EVERYTHING,
) -> Evidence:
    """
    Return evidence readings and the life trace, ready for ``devices.rules.quantities``.

    ``arrival`` is the highest arrival number that was looked at. Only blocks that reach into ``orders`` are
    read, so what lies before a checkpoint costs nothing.
    """
    keys = {channel.key for channel in Channel.objects.filter(device=device, retention="EVIDENCE")}
    said = list(
        readings(
            device, channels=keys & set(channels), period=period, upto_arrival=upto_arrival, orders=orders
        )
    )
    found = [Reading(one.order, one.at, one.channel, one.value) for one in said]  # type: ignore[arg-type]
    arrivals = {one.order: one.arrival for one in said}
    traces, arrival, (lowest, highest) = [], 0, _bounds(period)
    for block in _blocks(device, period, upto_arrival, {}, orders):
        arrival = max(arrival, block.arrival)
        base = block.epoch_number * EPOCH
        entries = [
            entry._replace(sequence=base + entry.sequence)
            for entry in blocks.decode_trace(bytes(block.life))
            if lowest <= entry.at < highest and orders.first <= base + entry.sequence < orders.below
        ]
        traces.append(entries)
        arrivals |= dict.fromkeys((entry.sequence for entry in entries), block.arrival)
    return Evidence(found, life.merge(traces), arrival, arrivals)


def last_number(device: Device, *, channel: str, before: int, upto_arrival: int) -> Said | None:
    """Return the last number of a channel before an order of the source, looking back through its blocks."""
    dictionary, words = _dictionary(device, [channel]), words_of(device)
    found: Said | None = None
    blocks_back = _reaching(Block.objects.filter(device_id=device.pk), Orders(0, before))
    for block in blocks_back.filter(arrival__lte=upto_arrival).order_by("-epoch_number", "-sequence_hi")[
        :LOOK_BACK
    ]:
        if found is not None and block.epoch_number * EPOCH + block.sequence_hi < found.order:
            break
        for retention, numbers in dictionary.by_class.items():
            for reading in blocks.decode(
                bytes(getattr(block, CLASSES[retention])), words=words, channels=numbers
            ):
                order = block.epoch_number * EPOCH + reading.sequence
                is_number = not isinstance(reading.value, str | None)
                if is_number and order < before and (found is None or found.order < order):
                    found = _said(block, reading, order, dictionary.keys)
    return found


def next_number(device: Device, *, channel: str, after: int, upto_arrival: int) -> Said | None:
    """Return the first number of a channel behind an order of the source, looking ahead."""
    dictionary, words = _dictionary(device, [channel]), words_of(device)
    found: Said | None = None
    ahead = _reaching(Block.objects.filter(device_id=device.pk), Orders(after + 1)).filter(
        arrival__lte=upto_arrival
    )
    for block in ahead.order_by("epoch_number", "sequence_lo")[:LOOK_BACK]:
        if found is not None and block.epoch_number * EPOCH + block.sequence_lo > found.order:
            break
        for retention, numbers in dictionary.by_class.items():
            content = bytes(getattr(block, CLASSES[retention]))
            for reading in blocks.decode(content, words=words, channels=numbers):
                order = block.epoch_number * EPOCH + reading.sequence
                is_number = not isinstance(reading.value, str | None)
                if is_number and order > after and (found is None or order < found.order):
                    found = _said(block, reading, order, dictionary.keys)
    return found


def missing_orders(device: Device) -> list[tuple[int, int]]:
    """Return the numbers that a source passed over and that never came, as rising half-open orders."""
    found = []
    for gap in Gap.objects.open().filter(device=device).select_related("epoch"):
        covered = [(part.lower, part.upper) for part in gap.epoch.covered]
        base = gap.epoch.number * EPOCH
        found += [(base + low, base + high) for low, high in holes(covered, gap.first, gap.last + 1)]
    return sorted(found)


def spans_of_arrivals(device: Device, *, after: int, upto: int) -> list[tuple[int, int]]:
    """Return, delivery by delivery, the first and last order of what came with some arrival numbers."""
    found = Block.objects.filter(device_id=device.pk, arrival__gt=after, arrival__lte=upto)
    columns = found.order_by("arrival").values_list("epoch_number", "sequence_lo", "sequence_hi")
    return [(epoch * EPOCH + low, epoch * EPOCH + high) for epoch, low, high in columns]


class DayOfArrivals(NamedTuple):
    """
    What a device delivered in a UTC day: a stretch of arrival numbers, and the root over their leaves.

    ``said`` is the time that its readings are from, by device time: late ones may be much older than the day.
    """

    first: int
    last: int
    root: bytes
    said: Period


def day_of(device: Device, day: date) -> DayOfArrivals | None:
    """Return the arrivals of a UTC day, ``None`` if there were none; each arrival is in exactly one day."""
    period = utc_day(day)
    assert period.end is not None
    before, last = _last_before(device, period.start), _last_before(device, period.end)
    if last == before:
        return None
    said = _span(device, before + 1, last)
    assert said is not None
    return DayOfArrivals(before + 1, last, root_of(device, before + 1, last), said)


def root_of(device: Device, first: int, last: int) -> bytes:
    """Return the root over the leaves of the arrivals ``first`` to ``last`` of a device."""
    found = Block.objects.filter(device_id=device.pk, arrival__range=(first, last)).order_by("arrival")
    leaves = found.values_list("leaf", flat=True).iterator(chunk_size=2000)
    return day_root(device=device.public_id, first=first, leaves=map(bytes, leaves))


def entry_of(device: Device, arrival: int) -> LogEntry | None:
    """Return the place of a delivery in the log, if it is sealed."""
    return LogEntry.objects.filter(device=device, arrival=arrival).first()


def inclusion(position: int, size: int) -> list[bytes]:
    """Return the proof that an entry of the log is in its tree of ``size`` entries."""
    return merkle.inclusion_proof(position, size, tree(merkle.inclusion_path(position, size)))


def consistency(first: int, second: int) -> list[bytes]:
    """Return the proof that the log of ``second`` entries continues the one of ``first``."""
    return merkle.consistency_proof(first, second, tree(merkle.consistency_path(first, second)))


def said_in(device: Device, arrival: int) -> Period | None:
    """Return the time that the readings of a delivery are from, by device time; ``None`` if there is none."""
    return _span(device, arrival, arrival)


def _span(device: Device, first: int, last: int) -> Period | None:
    found = Block.objects.filter(device_id=device.pk, arrival__range=(first, last))
    edges = found.aggregate(low=Min("at_lo"), high=Max("at_hi"))
    if edges["low"] is None:
        return None
    return Period(moment(edges["low"]), moment(edges["high"]) + timedelta(microseconds=1))


def _last_before(device: Device, at: datetime) -> int:
    """Return the last arrival before a moment: requests that overlap at midnight still split in one place."""
    found = Block.objects.filter(device_id=device.pk, received_at__lt=at).order_by("-arrival")
    return found.values_list("arrival", flat=True).first() or 0


class _Dictionary(NamedTuple):
    keys: dict[int, str]
    by_class: dict[str, set[int]]


def _dictionary(device: Device, channels: Collection[str] | None) -> _Dictionary:
    keys: dict[int, str] = {}
    by_class: dict[str, set[int]] = {}
    for number, key, retention in Channel.objects.filter(device=device).values_list(
        "number", "key", "retention"
    ):
        if channels is None or key in channels:
            keys[number] = key
            by_class.setdefault(retention, set()).add(number)
    return _Dictionary(keys, by_class)


def _blocks(
    device: Device, period: Period | None, upto_arrival: int | None, classes: Iterable[str], orders: Orders
) -> Iterator[Block]:
    found = _reaching(Block.objects.filter(device_id=device.pk), orders)
    if upto_arrival is not None:
        found = found.filter(arrival__lte=upto_arrival)
    lowest, highest = _bounds(period)
    found = found.filter(at_hi__gte=lowest, at_lo__lt=highest)
    columns = [CLASSES[retention] for retention in classes] or ["life"]
    shown = found.only("device_id", "arrival", "received_at", "epoch_number", "sequence_lo", *columns)
    return shown.order_by("epoch_number", "sequence_lo").iterator(chunk_size=200)


def _reaching(found: "QuerySet[Block]", orders: Orders) -> "QuerySet[Block]":
    """Keep the blocks that reach into a stretch of the source's order: a range of the index, not a scan."""
    epoch, sequence = divmod(orders.first, EPOCH)
    if orders.first > 0:
        found = found.filter(TupleGreaterThanOrEqual(Tuple("epoch_number", "sequence_hi"), (epoch, sequence)))
    if orders.below < WIDEST:
        epoch, sequence = divmod(orders.below, EPOCH)
        found = found.filter(
            models.Q(epoch_number__lt=epoch) | models.Q(epoch_number=epoch, sequence_lo__lt=sequence)
        )
    return found


def _said(block: Block, reading: Reading, order: int, keys: dict[int, str]) -> Said:
    key = keys[int(reading.channel)]
    return Said(order, reading.sequence, reading.at, key, reading.value, block.arrival)


def _bounds(period: Period | None) -> tuple[int, int]:
    """Return a period as microseconds, open ends as the widest there are."""
    if period is None:
        return -WIDEST, WIDEST
    return instant(period.start), WIDEST if period.end is None else instant(period.end)
