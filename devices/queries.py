"""
Read what devices said. Only the ownership door calls :func:`readings` and :func:`evidence`.

Order is the source's own: epochs in the order of their first arrival, sequences within. ``order`` packs both
in one rising number (epoch × 2^48 + sequence).
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from django.db.models import QuerySet

from devices.models import Binding, Block, Channel, Device, Epoch, StateCode
from devices.rules import blocks, life
from devices.rules.life import Life
from devices.rules.readings import Reading, instant
from marketplace.models import Equipment
from marketplace.shared.period import Period

EPOCH = 2**48
WIDEST = 2**62
CLASSES = {"EVIDENCE": "evidence", "ORDINARY": "ordinary", "PRIVATE": "private"}


class Said(NamedTuple):
    """One stored reading: ``order`` rises with epoch and sequence, ``at`` is µs since 1970 UTC."""

    order: int
    sequence: int
    at: int
    channel: str
    value: object
    arrival: int


class Evidence(NamedTuple):
    """What metering folds: evidence readings by channel key, and the life trace; sequence is ``order``."""

    readings: list[Reading]
    trace: list[Life]
    arrival: int


def bindings_of(equipment: Equipment, period: Period) -> "QuerySet[Binding]":
    """Return the bindings by which devices spoke for a machine within a period, oldest first."""
    found = Binding.objects.filter(equipment=equipment).overlapping(period.start, period.end)
    return found.select_related("device").order_by("period")


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
) -> Iterator[Said]:
    """Yield the stored readings of some channels (``None``: all), each exactly once, in source order."""
    dictionary = _dictionary(device, channels)
    wanted = dictionary.by_class
    words, (lowest, highest) = words_of(device), _bounds(period)
    pending: list[Said] = []
    for block in _blocks(device, period, upto_arrival, wanted):
        start = block.epoch_number * EPOCH + block.sequence_lo
        pending.sort()
        ready = [said for said in pending if said.order < start]
        pending = pending[len(ready) :]
        yield from ready
        for retention, numbers in wanted.items():
            content = bytes(getattr(block, CLASSES[retention]))
            for reading in blocks.decode(content, words=words, channels=numbers):
                if lowest <= reading.at < highest:
                    pending.append(_said(block, reading, dictionary.keys))
    yield from sorted(pending)


def evidence(
    device: Device,
    *,
    channels: Collection[str],
    period: Period | None = None,
    upto_arrival: int | None = None,
) -> Evidence:
    """
    Return evidence readings and the life trace, ready for ``devices.rules.quantities``.

    ``arrival`` is the highest arrival number that was looked at.
    """
    keys = {channel.key for channel in Channel.objects.filter(device=device, retention="EVIDENCE")}
    said = readings(device, channels=keys & set(channels), period=period, upto_arrival=upto_arrival)
    found = [Reading(one.order, one.at, one.channel, one.value) for one in said]  # type: ignore[arg-type]
    traces, arrival, (lowest, highest) = [], 0, _bounds(period)
    for block in _blocks(device, None, upto_arrival, {}):
        arrival = max(arrival, block.arrival)
        base = block.epoch_number * EPOCH
        entries = blocks.decode_trace(bytes(block.life))
        traces.append([entry._replace(sequence=base + entry.sequence) for entry in entries])
    merged = [entry for entry in life.merge(traces) if lowest <= entry.at < highest]
    return Evidence(found, merged, arrival)


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
    device: Device, period: Period | None, upto_arrival: int | None, classes: Iterable[str]
) -> Iterator[Block]:
    found = Block.objects.filter(device_id=device.pk)
    if upto_arrival is not None:
        found = found.filter(arrival__lte=upto_arrival)
    lowest, highest = _bounds(period)
    found = found.filter(at_hi__gte=lowest, at_lo__lt=highest)
    columns = [CLASSES[retention] for retention in classes] or ["life"]
    shown = found.only("device_id", "arrival", "received_at", "epoch_number", "sequence_lo", *columns)
    return shown.order_by("epoch_number", "sequence_lo").iterator(chunk_size=200)


def _said(block: Block, reading: Reading, keys: dict[int, str]) -> Said:
    order = block.epoch_number * EPOCH + reading.sequence
    key = keys[int(reading.channel)]
    return Said(order, reading.sequence, reading.at, key, reading.value, block.arrival)


def _bounds(period: Period | None) -> tuple[int, int]:
    """Return a period as microseconds, open ends as the widest there are."""
    if period is None:
        return -WIDEST, WIDEST
    return instant(period.start), WIDEST if period.end is None else instant(period.end)
