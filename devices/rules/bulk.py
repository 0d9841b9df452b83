"""
The accelerated twin of :mod:`devices.rules.preparing`: the same bytes, many readings at once.

It takes a delivery as one series a channel. Whatever is out of the ordinary it leaves alone (``None``), and
the exact rules decide. Property tests prove that both give the same.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from devices.rules import blocks, digests
from devices.rules.columns import varint, varints
from devices.rules.life import QUARTER, SILENCE, Life
from devices.rules.preparing import Prepared, body
from devices.rules.readings import LARGEST, Reading, Value
from devices.rules.vocabularies import CLASSES, EVIDENCE, ORDINARY, PRIVATE, Vocabulary

FEW = 64  # up to here the exact rules are as fast
WIDTHS = (np.dtype("<u1"), np.dtype("<u2"), np.dtype("<u4"), np.dtype("<u8"))
NAMES = tuple(bytes((width,)) for width in range(4))
Integers = np.ndarray[Any, np.dtype[np.int64]]


class Series(NamedTuple):
    """
    The admitted readings of one channel, by its number; three lists of equal length.

    ``whole`` says that all values are known to be whole numbers below ``LARGEST``; without it they may be.
    """

    number: int
    sequences: list[int]
    times: list[int]
    values: list[Value]
    whole: bool = False

    def readings(self) -> list[Reading]:
        """Return the same one by one."""
        rows = zip(*self[1:4], strict=True)
        return [Reading(sequence, at, self.number, value) for sequence, at, value in rows]


class _Table(NamedTuple):
    """All readings in sequence order; ``place`` says of which series each is, ``alone`` holds each apart."""

    sequences: Integers
    times: Integers
    place: Integers
    series: Sequence[Series]
    alone: list[tuple[Integers, Integers]]


def prepare(series: Sequence[Series], vocabulary: Vocabulary, *, epoch: str, salt: bytes) -> Prepared | None:
    """
    Prepare a delivery whose sequences have no hole and whose channels never fall silent; else ``None``.

    Channels are given in order of their numbers, each series in sequence order.
    """
    table = _table(series)
    if table is None or any(not one.whole and None in one.values for one in series):
        return None
    try:
        values = [_values(one, vocabulary) for one in series]
    except KeyError:  # a state word that has no code yet
        return None
    classes = {name: _pick(table, series, vocabulary, name) for name in CLASSES}
    stored = {name: _block(table, picked, values) for name, picked in classes.items()}
    trace = blocks.encode_trace(_trace(table))
    salts = {name: digests.class_salt(salt, name) for name in CLASSES}
    groups = {digests.LIFE: digests.group_digest(salts[EVIDENCE], digests.LIFE, trace)}
    for place in classes[EVIDENCE]:
        name = digests.evidence(vocabulary.by_number[series[place].number].key)
        content = _content(_block(table, [place], values), [place], table, vocabulary)
        groups[name] = digests.group_digest(salts[EVIDENCE], name, content)
    for retention, name in ((ORDINARY, digests.ORDINARY), (PRIVATE, digests.PRIVATE)):
        content = _content(stored[retention], classes[retention], table, vocabulary)
        groups[name] = digests.group_digest(salts[retention], name, content)
    return Prepared(
        first=int(table.sequences[0]),
        last=int(table.sequences[-1]),
        size=len(table.sequences),
        earliest=int(table.times.min()),
        latest=int(table.times.max()),
        evidence=stored[EVIDENCE],
        ordinary=stored[ORDINARY],
        private=stored[PRIVATE],
        life=trace,
        body=body(epoch, stored[EVIDENCE], stored[ORDINARY], stored[PRIVATE]),
        groups=digests.joined(groups),
        salt=salt,
    )


def _table(series: Sequence[Series]) -> _Table | None:
    """Put all series in one order; ``None`` if a sequence comes twice, is missing, or goes back."""
    sequences = [np.array(one.sequences, np.int64) for one in series]
    stamps = [np.array(one.times, np.int64) for one in series]
    lengths = [len(one) for one in sequences]
    together = np.concatenate(sequences)
    back = together[1:] <= together[:-1]
    back[np.cumsum(lengths)[:-1] - 1] = False  # where one series ends and the next begins
    first, last = int(together.min()), int(together.max())
    if back.any() or last - first + 1 != len(together):
        return None
    where = together - first
    place = np.full(len(together), -1, np.int64)
    place[where] = np.repeat(np.arange(len(series)), lengths)
    if (place < 0).any():
        return None
    times = np.empty(len(together), np.int64)
    times[where] = np.concatenate(stamps)
    alone = list(zip(sequences, stamps, strict=True))
    return _Table(np.arange(first, last + 1), times, place, series, alone)


def _pick(table: _Table, series: Sequence[Series], vocabulary: Vocabulary, retention: str) -> list[int]:
    return [
        place for place, one in enumerate(series) if vocabulary.by_number[one.number].retention == retention
    ]


def _block(table: _Table, places: Sequence[int], values: Sequence[bytes]) -> bytes:
    """Write the readings of some series as :func:`blocks.encode` does."""
    if not places:
        return blocks.encode((), states=(), codes={})
    if len(places) == 1:
        return _alone(table, places[0], values)
    if len(places) == len(table.series):
        sequences, times, place = table.sequences, table.times, table.place
    else:
        chosen = np.zeros(len(table.series), bool)
        chosen[list(places)] = True
        rows = np.flatnonzero(chosen[table.place])
        sequences, times, place = table.sequences[rows], table.times[rows], table.place[rows]
        place = (np.cumsum(chosen) - 1)[place]
    numbers = [table.series[one].number for one in places]
    head = [len(sequences), len(places), numbers[0], *(after - before for before, after in pairwise(numbers))]
    return b"".join(
        (
            bytes((blocks.VERSION,)),
            varints(head),
            _rising(sequences),
            _times(times),
            column(place),
            *(values[one] for one in places),
        )
    )


def _alone(table: _Table, place: int, values: Sequence[bytes]) -> bytes:
    """Write the readings of one series, whose column of channels is nothing but zeros."""
    sequences, times = table.alone[place]
    count = len(sequences)
    head = bytes((blocks.VERSION,)) + varints([count, 1, table.series[place].number])
    return head + _rising(sequences) + _times(times) + bytes(count + 1) + values[place]


def _rising(numbers: Integers) -> bytes:
    """Write numbers from 0 on that rise, as :func:`walk` does."""
    head = varint(int(numbers[0]) << 1)
    return head + column((numbers[1:] - numbers[:-1]) << 1)


def _times(times: Integers) -> bytes:
    common = int(np.gcd.reduce(times))
    unit = next(place for place, length in enumerate(blocks.UNITS) if common % length == 0)
    return bytes((unit,)) + walk(times // blocks.UNITS[unit])


def walk(numbers: Integers) -> bytes:
    """Write numbers as :func:`columns.walk` does; steps stay below 2^63."""
    first = int(numbers[0])
    head = varint(first << 1 if first >= 0 else (-first << 1) - 1)
    if len(numbers) == 1:
        return head
    step = numbers[1:] - numbers[:-1]
    return head + column((step << 1) ^ (step >> 63))


def column(numbers: Integers) -> bytes:
    """Write numbers from 0 on, taken as unsigned, as :func:`columns.column` does."""
    if not len(numbers):
        return b""
    bits = int(np.maximum.reduce(numbers.view(np.uint64))).bit_length()
    width = 0 if bits <= 8 else 1 if bits <= 16 else 2 if bits <= 32 else 3
    return NAMES[width] + numbers.astype(WIDTHS[width]).tobytes()


def _values(series: Series, vocabulary: Vocabulary) -> bytes:
    """Write the values of one series: whole numbers and states at once, all others one by one."""
    if series.whole:
        return bytes((blocks.NUMBER, 0)) + walk(np.array(series.values, np.int64))
    kinds = set(map(type, series.values))
    if kinds == {int}:
        numbers = np.array(series.values, np.int64)
        if int(numbers.min()) > -LARGEST and int(numbers.max()) < LARGEST:
            return bytes((blocks.NUMBER, 0)) + walk(numbers)
    if kinds == {str} and series.number in vocabulary.states:
        codes = vocabulary.codes
        return bytes((blocks.STATE,)) + column(
            np.array([codes[str(word)] for word in series.values], np.int64)
        )
    return blocks.values_of(series.values, series.number in vocabulary.states, vocabulary.codes)


def _trace(table: _Table) -> list[Life]:
    """Note the proofs of life of one run in which everything is live, as :func:`life.trace` does."""
    times = table.times
    silent = np.diff(times) >= SILENCE
    quarters = np.diff(times // QUARTER) != 0
    noted: dict[int, Life] = {0: Life(int(table.sequences[0]), int(times[0]), False)}
    for before in np.flatnonzero(silent | quarters).tolist():
        here, after = (
            Life(int(table.sequences[row]), int(times[row]), False) for row in (before, before + 1)
        )
        if silent[before]:
            noted[before] = here._replace(quiet=True)
            noted[before + 1] = after
        else:
            noted.setdefault(before, here)
    last = len(times) - 1
    noted[last] = Life(int(table.sequences[last]), int(times[last]), True)
    return [noted[row] for row in sorted(noted)]


def _content(block: bytes, places: Sequence[int], table: _Table, vocabulary: Vocabulary) -> bytes:
    chosen = [table.series[place] for place in places]
    words = {str(word) for one in chosen if one.number in vocabulary.states for word in set(one.values)}
    return digests.content(block, vocabulary.named(one.number for one in chosen), vocabulary.coded(words))


def grouped(readings: Sequence[Reading]) -> list[Series]:
    """Return readings as one series a channel, in order of the channels' numbers."""
    found: dict[int, Series] = {}
    for sequence, at, channel, value in readings:
        number = int(channel)
        series = found.get(number)
        if series is None:
            series = found[number] = Series(number, [], [], [])
        series.sequences.append(sequence)
        series.times.append(at)
        series.values.append(value)
    return [found[number] for number in sorted(found)]
