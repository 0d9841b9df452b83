"""
The lean twin of :mod:`devices.rules.preparing` for few readings: the same bytes, channel by channel.

A real machine says some dozens of readings at a time, over nearly as many channels; there the arrays of
:mod:`devices.rules.bulk` cost more than they save. It takes and leaves what bulk does. Property tests prove
that all three give the same.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from devices.rules import blocks, digests
from devices.rules.bulk import Series
from devices.rules.columns import column, varints
from devices.rules.life import QUARTER, SILENCE, Life
from devices.rules.preparing import Prepared, body
from devices.rules.vocabularies import CLASSES, EVIDENCE, ORDINARY, PRIVATE, Vocabulary

HEAD = bytes((blocks.VERSION,))
NOTHING = blocks.encode((), states=(), codes={})


class _Table(NamedTuple):
    """All readings in sequence order, from ``first`` on; ``places`` says of which series each is."""

    first: int
    times: list[int]
    places: list[int]


def prepare(series: Sequence[Series], vocabulary: Vocabulary, *, epoch: str, salt: bytes) -> Prepared | None:
    """
    Prepare a delivery whose sequences have no hole and whose channels never fall silent; else ``None``.

    Channels are given in order of their numbers, each series in sequence order.
    """
    table = _table(series)
    if table is None or any(not one.whole and None in one.values for one in series):
        return None
    states, codes, by_number = vocabulary.states, vocabulary.codes, vocabulary.by_number
    try:
        values = [blocks.values_of(one.values, one.number in states, codes) for one in series]
    except KeyError:  # a state word that has no code yet
        return None
    classes: dict[str, list[int]] = {name: [] for name in CLASSES}
    for place, one in enumerate(series):
        classes[by_number[one.number].retention].append(place)
    stored = {name: _block(table, places, series, values) for name, places in classes.items()}
    trace = blocks.encode_trace(_trace(table))
    salts = {name: digests.class_salt(salt, name) for name in CLASSES}
    groups = {digests.LIFE: digests.group_digest(salts[EVIDENCE], digests.LIFE, trace)}
    for place in classes[EVIDENCE]:
        name = digests.evidence(by_number[series[place].number].key)
        content = _content(_alone(series[place], values[place]), [series[place]], vocabulary)
        groups[name] = digests.group_digest(salts[EVIDENCE], name, content)
    for retention, name in ((ORDINARY, digests.ORDINARY), (PRIVATE, digests.PRIVATE)):
        content = _content(stored[retention], [series[place] for place in classes[retention]], vocabulary)
        groups[name] = digests.group_digest(salts[retention], name, content)
    return Prepared(
        first=table.first,
        last=table.first + len(table.times) - 1,
        size=len(table.times),
        earliest=min(table.times),
        latest=max(table.times),
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
    first = min(one.sequences[0] for one in series)
    size = sum(len(one.sequences) for one in series)
    times, places = [0] * size, [-1] * size
    for place, (_, sequences, stamps, _, _) in enumerate(series):
        before = -1
        for sequence, at in zip(sequences, stamps, strict=True):
            row = sequence - first
            if row <= before or row >= size or places[row] >= 0:
                return None
            times[row], places[row], before = at, place, row
    return _Table(first, times, places)


def _block(table: _Table, chosen: Sequence[int], series: Sequence[Series], values: Sequence[bytes]) -> bytes:
    """Write the readings of some series as :func:`blocks.encode` does."""
    if len(chosen) < 2:
        return _alone(series[chosen[0]], values[chosen[0]]) if chosen else NOTHING
    at_of = {place: index for index, place in enumerate(chosen)}
    rows = [row for row, place in enumerate(table.places) if place in at_of]
    numbers = [series[place].number for place in chosen]
    head = [len(rows), len(chosen), numbers[0], *(after - before for before, after in pairwise(numbers))]
    return b"".join(
        (
            HEAD,
            varints(head),
            blocks.stamps([table.first + row for row in rows], [table.times[row] for row in rows]),
            column([at_of[table.places[row]] for row in rows]),
            *(values[place] for place in chosen),
        )
    )


def _alone(one: Series, values: bytes) -> bytes:
    """Write the block of one series."""
    count = len(one.sequences)
    head = HEAD + varints([count, 1, one.number])
    return head + blocks.stamps(one.sequences, one.times) + bytes(count + 1) + values


def _trace(table: _Table) -> list[Life]:
    """Note the proofs of life of one run in which everything is live, as :func:`life.trace` does."""
    times, last = table.times, len(table.times) - 1
    noted = {0: False}
    for row in range(last):
        here, after = times[row], times[row + 1]
        if after - here >= SILENCE:
            noted[row], noted[row + 1] = True, False
        elif here // QUARTER != after // QUARTER:
            noted.setdefault(row, False)
    noted[last] = True
    return [Life(table.first + row, times[row], noted[row]) for row in sorted(noted)]


def _content(block: bytes, chosen: Sequence[Series], vocabulary: Vocabulary) -> bytes:
    spoken = [one for one in chosen if one.number in vocabulary.states]
    words = vocabulary.coded({str(word) for one in spoken for word in one.values}) if spoken else ()
    return digests.content(block, vocabulary.named([one.number for one in chosen]), words)
