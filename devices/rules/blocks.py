"""
Blocks: the readings of one delivery in compact columns, one block a retention class.

A block begins with its format version, the number of readings and the channels in it. Then come three columns
over all readings (sequences, times, channels) and one column of values a channel. Numbers are exact: integers
at the least scale that fits all values of the column. States are codes of the device's dictionary.

Times are counted in the largest of 1 s, 1 ms, 10 us and 1 us that loses nothing.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import repeat
from math import gcd
from typing import NamedTuple, TypeVar

from devices.rules.columns import Source, bits, column, read_walk, skip_walk, steps, summed, varints, walk
from devices.rules.life import Life
from devices.rules.readings import Channel, Number, Reading, Refused, Value, number

VERSION = 1
UNITS = (1_000_000, 1_000, 10, 1)
EMPTY, NUMBER, STATE, TEXT, DECIMAL = range(5)
NOTHING = bytes((VERSION, 0, 0, 0))  # a block without readings, as many are
_MASK = 0x20
_WIDEST = 2**63
FEW_CHANNELS = 64  # of which each is looked for by itself

T = TypeVar("T")


def encode(readings: Sequence[Reading], *, states: Container[int], codes: Mapping[str, int]) -> bytes:
    """
    Write readings, given in sequence order, as one block.

    Channels in ``states`` are written as the device's dictionary codes, which start at 1.

    :raises KeyError: if a state has no code
    :raises ValueError: if a channel holds both numbers and texts
    """
    found = by_channel(readings)
    columns = {
        number: values_of([reading.value for reading in rows], number in states, codes)
        for number, rows in found.items()
    }
    return assembled(readings, columns)


def by_channel(readings: Sequence[Reading]) -> dict[int, list[Reading]]:
    """Return the readings of each channel, in the order of their numbers."""
    found: dict[int, list[Reading]] = {}
    for reading in readings:
        found.setdefault(int(reading.channel), []).append(reading)
    return dict(sorted(found.items()))


def assembled(readings: Sequence[Reading], columns: Mapping[int, bytes]) -> bytes:
    """Write a block of readings, in sequence order, around columns of values by channel."""
    place = {channel: index for index, channel in enumerate(columns)}
    return b"".join(
        (
            bytes((VERSION,)),
            varints([len(readings), len(place), *steps(list(place))]),
            stamps([reading.sequence for reading in readings], [reading.at for reading in readings]),
            column([place[int(reading.channel)] for reading in readings]),
            *columns.values(),
        )
    )


def decode(
    block: bytes,
    *,
    words: Mapping[int, str],
    channels: Container[int] | None = None,
    base: int = 0,
    keys: Mapping[int, str] | None = None,
) -> list[Reading]:
    """
    Read a block back; with ``channels``, only those, stepping over the values of all others.

    ``words`` gives each dictionary code its state. ``base`` is added to each sequence, and ``keys`` name the
    channels that are read: whoever needs it so would otherwise make every reading twice.

    :raises Refused: ``block_unreadable``, if the bytes are not a block of this version
    """
    if block == NOTHING:
        return []
    return _guarded(block, lambda source: _readings(source, words, channels, base, keys))


def decode_beside(
    block: bytes, beside: Sequence[T], *, words: Mapping[int, str], channels: Container[int] | None = None
) -> list[tuple[Reading, T]]:
    """
    Read a block back as :func:`decode` does, each reading with what stands beside its row.

    :raises Refused: ``block_unreadable``
    """
    return _guarded(block, lambda source: _pairs(source, words, channels, beside))


def encode_trace(trace: Sequence[Life]) -> bytes:
    """Write a life trace: sequences, times, and which entries are followed by silence."""
    head = bytes((VERSION,)) + varints([len(trace)])
    told = stamps([entry.sequence for entry in trace], [entry.at for entry in trace])
    return head + told + bits([entry.quiet for entry in trace])


def decode_trace(block: bytes, base: int = 0) -> list[Life]:
    """
    Read a life trace back; ``base`` is added to each sequence.

    :raises Refused: ``block_unreadable``
    """
    return _guarded(block, lambda source: _trace(source, base))


def _guarded(block: bytes, read: Callable[[Source], T]) -> T:
    try:
        source = Source(block)
        version = source.byte()
        if version != VERSION:
            raise ValueError(f"format version {version}")
        return read(source)
    except (EOFError, ValueError, LookupError, ArithmeticError, MemoryError) as error:
        raise Refused("block_unreadable", f"not a block of version {VERSION}: {error}") from error


def _readings(
    source: Source,
    words: Mapping[int, str],
    wanted: Container[int] | None,
    base: int,
    keys: Mapping[int, str] | None,
) -> list[Reading]:
    found = _columns(source, words, wanted)
    keep, columns = found.keep, found.values
    if not any(keep):
        return []
    channels: Sequence[Channel] = found.channels
    if keys is not None:
        channels = [keys[one] if kept else one for one, kept in zip(found.channels, keep, strict=True)]
    sequences = [base + sequence for sequence in found.sequences] if base else found.sequences
    if len(channels) == 1 and not any(found.places):
        return list(map(Reading, sequences, found.times, repeat(channels[0]), columns[0]))
    rows = zip(sequences, found.times, found.places, strict=True)
    if all(keep):
        return [Reading(order, at, channels[place], next(columns[place])) for order, at, place in rows]
    return [
        Reading(order, at, channels[place], next(columns[place])) for order, at, place in rows if keep[place]
    ]


def _pairs(
    source: Source, words: Mapping[int, str], wanted: Container[int] | None, beside: Sequence[T]
) -> list[tuple[Reading, T]]:
    found = _columns(source, words, wanted)
    channels, keep, columns = found.channels, found.keep, found.values
    if not any(keep):
        return []
    rows = zip(found.sequences, found.times, found.places, beside, strict=True)
    return [
        (Reading(order, at, channels[place], next(columns[place])), other)
        for order, at, place, other in rows
        if keep[place]
    ]


class _Columns(NamedTuple):
    """A block taken apart: when and of which channel each row is, and the values of those to keep."""

    sequences: list[int]
    times: list[int]
    places: Sequence[int]
    channels: list[int]
    keep: list[bool]
    values: list[Iterator[Value]]


def _columns(source: Source, words: Mapping[int, str], wanted: Container[int] | None) -> _Columns:
    """Take a block apart; nothing more of it is read if none of its channels is to be kept."""
    count, channel_count = source.varint(), source.varint()
    channels = summed(source.varints(channel_count))
    keep = [wanted is None or channel in wanted for channel in channels]
    if channels and not any(keep):
        return _Columns([], [], b"", channels, keep, [])
    sequences, times = _read_stamps(source, count)
    places = source.column(count)
    values: list[Iterator[Value]] = []
    for length, chosen in zip(_lengths(places, channel_count), keep, strict=True):
        values.append(iter(_read_values(source, length, words)) if chosen else _skip(source, length))
    return _Columns(sequences, times, places, channels, keep, values)


def _lengths(places: Sequence[int], channel_count: int) -> Iterable[int]:
    """Count the rows of each channel: a few one by one, many in one walk."""
    if channel_count <= FEW_CHANNELS:
        return map(places.count, range(channel_count))
    counts = Counter(places)
    return (counts[place] for place in range(channel_count))


def _trace(source: Source, base: int) -> list[Life]:
    count = source.varint()
    sequences, times = _read_stamps(source, count)
    if base:
        sequences = [base + sequence for sequence in sequences]
    return list(map(Life, sequences, times, source.bits(count)))


def stamps(sequences: list[int], times: list[int]) -> bytes:
    """Write the two columns that say when: sequences, and times in the largest unit that loses nothing."""
    common, unit = gcd(*times), 0
    while common % UNITS[unit]:
        unit += 1
    length = UNITS[unit]
    return walk(sequences) + bytes((unit,)) + walk([at // length for at in times])


def _read_stamps(source: Source, count: int) -> tuple[list[int], list[int]]:
    sequences = read_walk(source, count)
    length = UNITS[source.byte()]
    return sequences, [at * length for at in read_walk(source, count)]


def values_of(values: list[Value], is_state: bool, codes: Mapping[str, int]) -> bytes:
    if set(map(type, values)) == {int}:
        return _whole(values)  # type: ignore[arg-type]
    told = [value for value in values if value is not None]
    if not told:
        return bytes((EMPTY,))
    texts = [value for value in told if isinstance(value, str)]
    if not texts:
        return _numbers(values, [value for value in told if not isinstance(value, str)])
    if len(texts) < len(told):
        raise ValueError("one channel has numbers and texts in one delivery")
    if is_state:
        return bytes((STATE,)) + column([0 if value is None else codes[str(value)] for value in values])
    return _texts(TEXT, [None if value is None else str(value) for value in values])


def _whole(values: list[int]) -> bytes:
    """Write what is nearly always there: whole numbers, none of them missing."""
    lowest, highest = min(values), max(values)
    if highest - lowest >= _WIDEST or max(abs(lowest), highest) >= _WIDEST:
        return _texts(DECIMAL, [str(value) for value in values])
    return bytes((NUMBER, 0)) + walk(values)


def _numbers(values: list[Value], told: list[Number]) -> bytes:
    scale = max(_scale(value) for value in told)
    counted = [int(value * 10**scale) for value in told]
    if max(counted) - min(counted) >= _WIDEST or max(map(abs, counted)) >= _WIDEST:
        return _texts(DECIMAL, [None if value is None else str(value) for value in values])
    if len(told) == len(values):
        return bytes((NUMBER, scale)) + walk(counted)
    mask = bits([value is not None for value in values])
    return bytes((NUMBER | _MASK, scale)) + mask + walk(counted)


def _texts(kind: int, values: list[str | None]) -> bytes:
    encoded = [None if value is None else value.encode() for value in values]
    lengths = [0 if value is None else len(value) + 1 for value in encoded]
    return bytes((kind,)) + column(lengths) + b"".join(value for value in encoded if value)


def _read_values(source: Source, count: int, words: Mapping[int, str]) -> Sequence[Value]:
    tag = source.byte()
    kind = tag & ~_MASK
    if kind == NUMBER:
        return _read_numbers(source, count, masked=bool(tag & _MASK))
    if kind == STATE:
        return [words[code] if code else None for code in source.column(count)]
    if kind == EMPTY:
        return [None] * count
    if kind not in (TEXT, DECIMAL):
        raise ValueError(f"column of unknown kind {kind}")
    lengths = source.column(count)
    texts = [source.take(length - 1).decode() if length else None for length in lengths]
    return texts if kind == TEXT else [None if text is None else number(text) for text in texts]


def _skip(source: Source, count: int) -> Iterator[Value]:
    """Step over the values of a channel."""
    tag = source.byte()
    kind = tag & ~_MASK
    if kind == NUMBER:
        source.byte()
        skip_walk(source, sum(source.bits(count)) if tag & _MASK else count)
    elif kind == STATE:
        source.skip_column(count)
    elif kind in (TEXT, DECIMAL):
        source.take(sum(length - 1 for length in source.column(count) if length))
    elif kind != EMPTY:
        raise ValueError(f"column of unknown kind {kind}")
    return iter(())


def _read_numbers(source: Source, count: int, *, masked: bool) -> Sequence[Value]:
    scale = source.byte()
    if not masked:
        counted = read_walk(source, count)
        return [_scaled(value, scale) for value in counted] if scale else counted
    told = source.bits(count)
    counted = read_walk(source, sum(told))
    following = iter([_scaled(value, scale) for value in counted] if scale else counted)
    return [next(following) if there else None for there in told]


def _scale(value: Number) -> int:
    return 0 if isinstance(value, int) else max(0, -int(value.as_tuple().exponent))


def _scaled(counted: int, scale: int) -> Number:
    whole, rest = divmod(counted, 10**scale)
    return Decimal(counted).scaleb(-scale).normalize() if rest else whole
