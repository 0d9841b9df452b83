"""
Read what devices said. Only the ownership door calls :func:`readings`, :func:`evidence`,
:func:`last_number` and :func:`next_number`.

Order is the source's own: epochs in the order of their first arrival, sequences within. ``order`` packs both
in one rising number (epoch × 2^48 + sequence).
"""

import heapq
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from django.db.models import QuerySet

from devices.models import Binding, Channel, Device, Epoch, Gap, Holding, LogEntry, Logged
from devices.models.deliveries import leaves
from devices.models.holdings import CLASSES, EPOCH, EVERYTHING, WIDEST, Orders, Words, last_before, rows_of
from devices.models.log import Place, tree
from devices.models.signatures import utc_day
from devices.rules import life
from devices.rules.life import Life
from devices.rules.log import day_root
from devices.rules.ranges import holes
from devices.rules.readings import Reading, instant, moment
from marketplace.models import Equipment
from marketplace.shared import merkle
from marketplace.shared.period import Period

LOOK_BACK = 5000  # deliveries; a counter that was silent for longer has no last number


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
    return dict(Words(device.pk))


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
    asked = Asked(device, period, upto_arrival, orders)
    yield from _in_order(
        asked.rows(*(CLASSES[retention] for retention in dictionary.by_class)), asked, dictionary
    )


def _in_order(rows: Iterable[Holding], asked: "Asked", dictionary: "_Dictionary") -> Iterator[Said]:
    """Yield what rows say in source order; they come by where they begin in it."""
    words = Words(asked.device.pk)
    pending: list[Said] = []
    for row in rows:
        start = row.epoch_number * EPOCH + row.sequence_lo
        ready = bisect_left(pending, start, key=attrgetter("order"))
        yield from pending[:ready]
        del pending[:ready]
        pending += asked.said(row, dictionary, words)
        pending.sort()
    yield from pending


def evidence(
    device: Device,
    *,
    channels: Collection[str],
    period: Period | None = None,
    upto_arrival: int | None = None,
    orders: Orders = EVERYTHING,
) -> Evidence:
    """
    Return evidence readings and the life trace, ready for ``devices.rules.quantities``, of one moment.

    ``arrival`` is the highest arrival number that was looked at. Only rows that reach into ``orders`` are
    read, so what lies before a checkpoint costs nothing.
    """
    keys = {channel.key for channel in Channel.objects.filter(device=device, retention="EVIDENCE")}
    dictionary = _dictionary(device, keys & set(channels))
    asked = Asked(device, period, upto_arrival, orders)
    words, arrival = Words(device.pk), 0
    said: list[Said] = []
    traces: list[list[Life]] = []
    arrivals: dict[int, int] = {}
    for row in asked.rows("evidence", "life", "salt"):
        said += asked.said(row, dictionary, words)
        for number, entries in asked.lives(row):
            arrival = max(arrival, number)
            traces.append(entries)
            arrivals |= dict.fromkeys((entry.sequence for entry in entries), number)
    said.sort()
    found = [Reading(one.order, one.at, one.channel, one.value) for one in said]  # type: ignore[arg-type]
    return Evidence(found, life.merge(traces), arrival, {one.order: one.arrival for one in said} | arrivals)


class Asked(NamedTuple):
    """Which deliveries of a device are asked for; a row may hold others beside them."""

    device: Device
    period: Period | None
    upto_arrival: int | None
    orders: Orders

    @property
    def bounds(self) -> tuple[int, int]:
        """The period as microseconds, open ends as the widest there are."""
        if self.period is None:
            return -WIDEST, WIDEST
        end = WIDEST if self.period.end is None else instant(self.period.end)
        return instant(self.period.start), end

    def rows(self, *columns: str) -> Iterator[Holding]:
        """Yield what holds them, by where it begins in the source's order."""
        lowest, highest = self.bounds
        found = Holding.objects.of(self.device, last=self.last).reaching(self.orders)
        found = found.filter(at_hi__gte=lowest, at_lo__lt=highest)
        return rows_of(found.showing(*columns).order_by("epoch_number", "sequence_lo"))

    @property
    def last(self) -> int:
        """The last arrival number that is asked for."""
        return WIDEST if self.upto_arrival is None else self.upto_arrival

    def said(self, row: Holding, dictionary: "_Dictionary", words: Words) -> list[Said]:
        """Return the readings of a row that are asked for, in order within a class."""
        (lowest, highest), (first, below), last = self.bounds, self.orders, self.last
        base, keys = row.epoch_number * EPOCH, dictionary.keys
        return [
            Said(base + one.sequence, one.sequence, one.at, keys[int(one.channel)], one.value, arrival)
            for retention, numbers in dictionary.by_class.items()
            for one, arrival in row.said(retention, words=words, channels=numbers)
            if lowest <= one.at < highest and first <= base + one.sequence < below and arrival <= last
        ]

    def lives(self, row: Holding) -> Iterator[tuple[int, list[Life]]]:
        """Yield the life trace of each delivery in a row that is asked for, with its arrival number."""
        (lowest, highest), (first, below) = self.bounds, self.orders
        base = row.epoch_number * EPOCH
        for about, trace, _ in row.known():
            meets = about.at_hi >= lowest and about.at_lo < highest and about.arrival <= self.last
            if meets and self.orders.reached_by(row.epoch_number, about):
                yield (
                    about.arrival,
                    [
                        entry._replace(sequence=base + entry.sequence)
                        for entry in trace
                        if lowest <= entry.at < highest and first <= base + entry.sequence < below
                    ],
                )


def last_number(device: Device, *, channel: str, before: int, upto_arrival: int) -> Said | None:
    """Return the last number of a channel before an order of the source, looking back through deliveries."""
    dictionary = _dictionary(device, [channel])
    asked = Asked(device, None, upto_arrival, Orders(0, before))
    rows = Holding.objects.of(device, last=upto_arrival).reaching(asked.orders)
    columns = [CLASSES[retention] for retention in dictionary.by_class]
    rows = rows.showing(*columns).order_by("-epoch_number", "-sequence_hi")[:LOOK_BACK]
    found: Said | None = None
    for highest, said in islice(_backwards(rows_of(rows), asked, dictionary), LOOK_BACK):
        if found is not None and highest < found.order:
            break
        numbers = [one for one in said if not isinstance(one.value, str | None)]
        found = max([*numbers, *([found] if found else [])], key=attrgetter("order"), default=None)
    return found


def next_number(device: Device, *, channel: str, after: int, upto_arrival: int) -> Said | None:
    """Return the first number of a channel behind an order of the source, looking ahead."""
    dictionary = _dictionary(device, [channel])
    asked = Asked(device, None, upto_arrival, Orders(after + 1))
    rows = islice(asked.rows(*(CLASSES[retention] for retention in dictionary.by_class)), LOOK_BACK)
    ahead = _in_order(rows, asked, dictionary)
    return next((one for one in ahead if not isinstance(one.value, str | None)), None)


def _backwards(
    rows: Iterable[Holding], asked: Asked, dictionary: "_Dictionary"
) -> Iterator[tuple[int, list[Said]]]:
    """Yield delivery by delivery its highest order and what it says, the highest first."""
    waiting: list[tuple[int, int, list[Said]]] = []
    words = Words(asked.device.pk)
    for row in rows:
        base = row.epoch_number * EPOCH
        while waiting and -waiting[0][0] > base + row.sequence_hi:
            highest, _, said = heapq.heappop(waiting)
            yield -highest, said
        by_arrival: dict[int, list[Said]] = {}
        for one in asked.said(row, dictionary, words):
            by_arrival.setdefault(one.arrival, []).append(one)
        for about in row.abouts():
            if about.arrival <= asked.last and asked.orders.reached_by(row.epoch_number, about):
                entry = (-(base + about.sequence_hi), about.arrival, by_arrival.get(about.arrival, []))
                heapq.heappush(waiting, entry)
    while waiting:
        highest, _, said = heapq.heappop(waiting)
        yield -highest, said


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
    rows = rows_of(Holding.objects.of(device, first=after + 1, last=upto).showing().in_order_of_arrival())
    return [
        (row.epoch_number * EPOCH + about.sequence_lo, row.epoch_number * EPOCH + about.sequence_hi)
        for row in rows
        for about in row.abouts()
        if after < about.arrival <= upto
    ]


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
    before, last = last_before(device, period.start), last_before(device, period.end)
    if last == before:
        return None
    said = _span(device, before + 1, last)
    assert said is not None
    return DayOfArrivals(before + 1, last, root_of(device, before + 1, last), said)


def root_of(device: Device, first: int, last: int) -> bytes:
    """Return the root over the leaves of the arrivals ``first`` to ``last`` of a device."""
    found = leaves(device, first=first, last=last)
    return day_root(device=device.public_id, first=first, leaves=(one.leaf or b"" for one in found))


def entry_of(device: Device, arrival: int) -> Place | None:
    """Return the place of a delivery in the log, if it is sealed."""
    positions = LogEntry.objects.filter(device=device, arrival=arrival).values_list("position", flat=True)
    position = positions.first()
    if position is None:  # not sealed, or in a page: then an archive knew where before the page was made
        rows = Holding.objects.of(device, first=arrival, last=arrival).showing()
        known = (about for row in rows for about in row.abouts() if about.arrival == arrival)
        position = next((about.position for about in known if about.position >= 0), None)
    found = None if position is None else Logged.objects.at([position]).get(position)
    return found if found and (found.device, found.arrival) == (device.public_id, arrival) else None


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
    rows = rows_of(Holding.objects.of(device, first=first, last=last).showing())
    found = [about for row in rows for about in row.abouts() if first <= about.arrival <= last]
    if not found:
        return None
    low, high = min(about.at_lo for about in found), max(about.at_hi for about in found)
    return Period(moment(low), moment(high) + timedelta(microseconds=1))


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
