"""
How what is held is read: which rows, which of their readings, in which order. ``devices.queries`` asks here.

Rows hold one delivery or many; whoever reads sees readings, each with the number of its delivery.
"""

import heapq
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

from devices.models.devices import Channel, Device
from devices.models.holdings import (
    EPOCH,
    WHAT,
    WIDEST,
    Holding,
    HoldingQuerySet,
    Orders,
    Words,
    rows_of,
)
from devices.rules import blocks, life
from devices.rules.life import Life
from devices.rules.readings import Reading, instant
from marketplace.shared.period import Period

PLAIN_AT_ONCE = 1000  # rows: one has some hundred bytes while it is hot, an archive some thousand
GATHERED = (*WHAT, "evidence", "life")


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


class Dictionary(NamedTuple):
    keys: dict[int, str]
    by_class: dict[str, set[int]]


def dictionary_of(device: Device, channels: Collection[str] | None) -> Dictionary:
    keys: dict[int, str] = {}
    by_class: dict[str, set[int]] = {}
    for number, key, retention in Channel.objects.filter(device=device).values_list(
        "number", "key", "retention"
    ):
        if channels is None or key in channels:
            keys[number] = key
            by_class.setdefault(retention, set()).add(number)
    return Dictionary(keys, by_class)


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
        return rows_of(self._found().showing(*columns))

    def _found(self) -> HoldingQuerySet:
        lowest, highest = self.bounds
        found = Holding.objects.of(self.device, last=self.last).reaching(self.orders)
        return found.filter(at_hi__gte=lowest, at_lo__lt=highest).order_by("epoch_number", "sequence_lo")

    def plain(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """Yield the same rows as plain tuples of these columns."""
        return iter(self._found().values_list(*columns).iterator(chunk_size=PLAIN_AT_ONCE))

    @property
    def last(self) -> int:
        """The last arrival number that is asked for."""
        return WIDEST if self.upto_arrival is None else self.upto_arrival

    def said(self, row: Holding, dictionary: Dictionary, words: Words) -> list[Said]:
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


def in_order(rows: Iterable[Holding], asked: Asked, dictionary: Dictionary) -> Iterator[Said]:
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


def backwards(
    rows: Iterable[Holding], asked: Asked, dictionary: Dictionary
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


def gather(asked: Asked, dictionary: Dictionary) -> Evidence:
    """Return the evidence readings and the life trace that are asked for, of one moment."""
    gathered = _Gathered(asked, dictionary)
    for values in asked.plain(*GATHERED):
        gathered.add(values)
    return gathered.evidence()


class _Gathered:
    """
    Evidence on its way: rows as plain tuples, for most of its cost would be making objects of them.

    Hot deliveries are one each, and most lie whole in what is asked for; archives are looked at closely.
    """

    def __init__(self, asked: Asked, dictionary: Dictionary) -> None:
        self._asked, self._dictionary, self._words = asked, dictionary, Words(asked.device.pk)
        self._bounds = asked.bounds
        self._numbers = dictionary.by_class.get("EVIDENCE", set())
        self._readings: list[Reading] = []
        self._traces: list[list[Life]] = []
        self._arrivals: dict[int, int] = {}
        self._arrival = 0

    def add(self, values: tuple[Any, ...]) -> None:
        """Add what a row of ``GATHERED`` says."""
        arrival, _, epoch, low, high, _, at_lo, at_hi, facts, content, trace = values
        if facts is not None:
            self._look(Holding(device_id=self._asked.device.pk, **dict(zip(GATHERED, values, strict=True))))
            return
        (lowest, highest), (first, below), base = self._bounds, self._asked.orders, epoch * EPOCH
        said = blocks.decode(
            content, words=self._words, channels=self._numbers, base=base, keys=self._dictionary.keys
        )
        lives = blocks.decode_trace(trace, base)
        if not (lowest <= at_lo and at_hi < highest and first <= base + low and base + high < below):
            said = [one for one in said if lowest <= one.at < highest and first <= one.sequence < below]
            lives = [one for one in lives if lowest <= one.at < highest and first <= one.sequence < below]
        if said:
            self._readings += said
            self._arrivals.update((one[0], arrival) for one in said)
        self._note(arrival, lives)

    def _look(self, row: Holding) -> None:
        for one in self._asked.said(row, self._dictionary, self._words):
            self._readings.append(Reading(one.order, one.at, one.channel, one.value))  # type: ignore[arg-type]
            self._arrivals[one.order] = one.arrival
        for arrival, lives in self._asked.lives(row):
            self._note(arrival, lives)

    def _note(self, arrival: int, lives: list[Life]) -> None:
        if arrival > self._arrival:
            self._arrival = arrival
        if lives:
            self._traces.append(lives)
            arrivals = self._arrivals
            for one in lives:
                arrivals[one[0]] = arrival

    def evidence(self) -> Evidence:
        """Return it in source order."""
        self._readings.sort(key=attrgetter("sequence"))
        return Evidence(self._readings, life.merge(self._traces), self._arrival, self._arrivals)
