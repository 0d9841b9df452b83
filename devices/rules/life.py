"""
The life trace: when a machine was last heard, without what it said.

Run time that ends because the source fell silent closes at the last proof of life, which is nearly always a
reading of another channel, often a private one. So ingest writes a trace of times beside the evidence, and
metering needs nothing else.

A trace is made from ONE delivery, knowing nothing of others, and the traces of all deliveries together are
exact. A *run* is a stretch of sequence numbers that the delivery holds without a hole (or that it is known to
cover). Every run notes its first and last live reading; inside a run, the last live reading before each
closing (an evidence channel that became UNAVAILABLE) and before each quarter-hour, and both sides of each
silence. Then the last proof of life before a closing is simply the entry with the highest sequence below it:
if the last live reading stands in the run of the closing, it was noted for that closing; if it stands in
another, it is that run's last. So cutting, repeating or reordering deliveries changes nothing. The same holds
for the last proof of life before a quarter-hour, at which a unit's time may end.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import NamedTuple

from devices.rules.readings import Channel, Reading

QUARTER = 15 * 60 * 1_000_000  # microseconds; contracts begin and end at such instants, as a rule
SILENCE = 60_000_000  # shortest silence that a trace notes; no contract may set a shorter limit


class Life(NamedTuple):
    """
    One noted proof of life.

    ``quiet`` says that nothing is known to follow it until the next entry, so the time between the two is a
    silence. Without it the machine went on talking, and the time to the next entry proves nothing.
    """

    sequence: int
    at: int
    quiet: bool


def trace(
    readings: Iterable[Reading],
    *,
    closers: Container[Channel],
    covered: Sequence[tuple[int, int]] = (),
    silence: int = SILENCE,
) -> list[Life]:
    """
    Note the proofs of life of one delivery, given in sequence order.

    ``closers`` are the evidence channels, whose UNAVAILABLE may close run time. ``covered`` are half-open
    ranges of sequence numbers of which the delivery holds all that concern this device: an agent shares its
    numbers between devices, so holes in them would otherwise make many short runs.
    """
    noted: list[Life] = []
    for run in _runs(readings, covered):
        noted.extend(_trace_of_run(run, closers, silence))
    return noted


def merge(traces: Iterable[Iterable[Life]]) -> list[Life]:
    """
    Put the traces of several deliveries in order; it does not matter in which order they came.

    Where two deliveries held the same reading, one of them knowing what followed it is enough.
    """
    found: dict[int, Life] = {}
    for entries in traces:
        for entry in entries:
            known = found.get(entry.sequence)
            if known is not None and known.quiet != entry.quiet:
                entry = entry._replace(quiet=False)
            found[entry.sequence] = entry
    return sorted(found.values())


def _runs(readings: Iterable[Reading], covered: Sequence[tuple[int, int]]) -> Iterator[list[Reading]]:
    ranges = iter(sorted(covered))
    start, end = next(ranges, (0, 0))
    run: list[Reading] = []
    for reading in readings:
        while end and end <= reading.sequence:
            start, end = next(ranges, (0, 0))
        joined = run and (run[-1].sequence + 1 == reading.sequence or start <= run[-1].sequence < end)
        if run and not joined:
            yield run
            run = []
        run.append(reading)
    if run:
        yield run


def _trace_of_run(run: list[Reading], closers: Container[Channel], silence: int) -> list[Life]:
    noted: dict[int, Life] = {}
    last: Reading | None = None
    for reading in run:
        if not reading.live:
            if last is not None and reading.channel in closers:
                noted.setdefault(last.sequence, Life(last.sequence, last.at, False))
            continue
        if last is None:
            noted[reading.sequence] = Life(reading.sequence, reading.at, False)
        elif reading.at - last.at >= silence:
            noted[last.sequence] = Life(last.sequence, last.at, True)
            noted[reading.sequence] = Life(reading.sequence, reading.at, False)
        elif reading.at // QUARTER != last.at // QUARTER:
            noted.setdefault(last.sequence, Life(last.sequence, last.at, False))
        last = reading
    if last is not None:
        noted[last.sequence] = Life(last.sequence, last.at, True)
    return sorted(noted.values())
