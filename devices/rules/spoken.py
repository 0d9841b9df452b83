"""
The body of a delivery read at one go, as one series a channel; ``None`` where anything is out of the common.

What this module takes, :mod:`devices.rules.envelopes` and :mod:`devices.rules.admission` take with the same
outcome; what it leaves, they judge item by item. So it may be strict, and never needs to explain.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, cast

import msgspec

from devices.rules.admission import LARGEST_SEQUENCE, LONGEST_WORD, Entry
from devices.rules.bulk import Series
from devices.rules.envelopes import BROKEN, MOST_READINGS, UNITS, decimal, sound_epoch
from devices.rules.readings import UNAVAILABLE, Refused, Value, exact, microseconds, value_of


class Spoken(NamedTuple):
    """An epoch and its readings: one series a channel, in order of the channels' numbers."""

    epoch: str
    series: list[Series]

    @property
    def size(self) -> int:
        """Return the number of readings."""
        return sum(len(one.sequences) for one in self.series)


class _Row(msgspec.Struct):
    sequence: int
    at: str
    channel: str
    value: Any


class _Column(msgspec.Struct):
    sequence: list[int]
    at: list[int]
    value: list[Any]


class _Body(msgspec.Struct):
    epoch: str
    device: str | None = None  # of a post with several deliveries
    readings: list[_Row] | None = None
    start: str | None = None
    unit: str | None = None
    channels: dict[str, _Column] | None = None


_DECODER = msgspec.json.Decoder(_Body, float_hook=decimal)


def read(body: bytes, entries: Mapping[str, Entry], *, not_before: int, not_after: int) -> Spoken | None:
    """Read a delivery in row or compact form; times in microseconds since 1970 UTC."""
    try:
        found = _DECODER.decode(body)
        if not sound_epoch(found.epoch) or (found.readings is None) is (found.channels is None):
            return None
        if not _only_once(body, found):
            return None
        series = _rows(found.readings, entries) if found.readings else _columns(found, entries)
        admitted = [_admitted(one, entries[key], not_before, not_after) for key, one in series.items()]
    except (*BROKEN, Refused, KeyError, OverflowError):
        return None
    spoken = Spoken(found.epoch, sorted(one for one in admitted if one is not None))
    sound = len(spoken.series) == len(series) and 0 < spoken.size <= MOST_READINGS
    return spoken if sound else None


def _only_once(body: bytes, found: _Body) -> bool:
    """
    Say whether no name stands twice, and none is unknown: the decoder passes over both.

    Nothing but names and texts has colons. A time stamp has two, so most bodies need no look at their texts.
    """
    if b"\\" in body and b"\\u003" in body:  # a colon may be written with an escape
        return False
    rows, columns = found.readings or (), found.channels or {}
    start = found.start or ""
    named = 2 + 6 * len(rows) if rows else 2 + (found.start is not None) + 4 * len(columns)
    named += found.epoch.count(":") + start.count(":") + (found.unit is not None)
    named += 0 if found.device is None else 1 + found.device.count(":")
    colons = body.count(b":")
    if colons == named:
        return True
    texts = [text for row in rows for text in (row.at[19:], row.channel, row.value)] + list(columns)
    texts += [value for column in columns.values() for value in column.value]
    return colons == named + sum(text.count(":") for text in texts if isinstance(text, str))


def _rows(rows: Sequence[_Row], entries: Mapping[str, Entry]) -> dict[str, Series]:
    series: dict[str, Series] = {}
    for row in rows:
        one = series.get(row.channel)
        if one is None:
            one = series[row.channel] = Series(entries[row.channel].number, [], [], [])
        one.sequences.append(row.sequence)
        one.times.append(microseconds(row.at))
        one.values.append(row.value)
    return series


def _columns(found: _Body, entries: Mapping[str, Entry]) -> dict[str, Series]:
    start, unit = microseconds(found.start or ""), UNITS["ms" if found.unit is None else found.unit]
    return {
        key: Series(entries[key].number, one.sequence, [start + at * unit for at in one.at], one.value)
        for key, one in (found.channels or {}).items()
    }


def _admitted(series: Series, entry: Entry, not_before: int, not_after: int) -> Series | None:
    sequences, times, values = series.sequences, series.times, cast(list[Any], series.values)
    if not len(sequences) == len(times) == len(values) > 0:
        return None
    if min(sequences) < 0 or max(sequences) > LARGEST_SEQUENCE:
        return None
    if min(times) < not_before or max(times) > not_after:
        return None
    kinds = set(map(type, values))
    if kinds == {int} and entry.numeric:
        exact(max(values))
        exact(min(values))
        return Series(entry.number, sequences, times, values, whole=True)
    return series._replace(values=_values(values, kinds, entry))


def _values(values: list[Any], kinds: set[type], entry: Entry) -> list[Value]:
    """
    Return values in the form in which they are stored.

    :raises Refused: if one of them is none
    """
    if entry.state and any(isinstance(value, str) and len(value) > LONGEST_WORD for value in values):
        raise Refused("text_too_long", "left to admission")
    if kinds == {str} and not entry.numeric:
        same = {word: value_of(word, numeric=False) for word in set(values)}
        return values if UNAVAILABLE not in same else [same[word] for word in values]
    return [_value(value, entry) for value in values]


def _value(value: Any, entry: Entry) -> Value:
    if value is None:
        return None
    if isinstance(value, str):
        return value_of(value, numeric=entry.numeric)
    if not entry.numeric or type(value) not in (int, Decimal):
        raise Refused("value_invalid", "left to admission")
    return exact(value)
