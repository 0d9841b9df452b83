"""
Everything that one device's evidence says, in one pass: run time, states, cycles, counters, gaps.

A :class:`Fold` takes evidence readings and the life trace in sequence order. It can be saved between any two
readings and resumed later: folding in two goes gives what one go gives. Nothing in it knows of leases:
whoever bills starts a fresh fold at a border, so that neither value nor state crosses it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from devices.rules.counters import Counter, CounterTerms, Fall
from devices.rules.cycles import ACTIVE, USUAL, Cycles, CycleTerms
from devices.rules.gaps import Gap, Gaps
from devices.rules.gauges import Gauge
from devices.rules.increments import Increment
from devices.rules.jobs import Jobs, JobTerms
from devices.rules.life import SILENCE, Life
from devices.rules.modes import Mode, ModeTerms
from devices.rules.readings import Channel, Number, Reading, Refused
from devices.rules.run_time import RunTime
from devices.rules.verdicts import Verdicts, VerdictTerms

VERSION = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What is to be measured on a device: its execution channel, the states that are billed, its counters.

    ``silence`` is the longest time in microseconds without any reading that does not end run time; ``None``
    where the source sends only changes and no heartbeat. ``threshold`` is that of the gauges.
    """

    execution: Channel | None = None
    billable: frozenset[str] = frozenset({ACTIVE})
    counters: tuple[CounterTerms, ...] = ()
    silence: int | None = None
    gauges: tuple[Channel, ...] = ()
    cycles: CycleTerms = USUAL
    modes: ModeTerms | None = None
    threshold: Number | None = None
    jobs: JobTerms | None = None
    verdicts: VerdictTerms | None = None

    def __post_init__(self) -> None:
        if self.silence is not None and self.silence < SILENCE:
            raise ValueError(f"a silence limit is at least {SILENCE // 1_000_000} seconds")

    @property
    def channels(self) -> frozenset[Channel]:
        """The channels whose readings the fold needs."""
        counted = {*self.gauges, *(counter.channel for counter in self.counters)}
        signals = {told.channel for told in (self.modes, self.jobs, self.verdicts) if told is not None}
        signals |= {one.restart.channel for one in self.counters if one.restart is not None}
        return frozenset(counted | signals | ({self.execution} if self.execution is not None else set()))


class Found(NamedTuple):
    """What a piece of evidence added, in sequence order."""

    increments: list[Increment]
    gaps: list[Gap]
    resets: dict[Channel, list[Fall]]
    dips: dict[Channel, list[Fall]]


@dataclass(slots=True)
class Fold:
    """The state of measuring one device; :meth:`feed` it, :meth:`save` it, :meth:`resume` it."""

    terms: Terms
    sequence: int = -1
    life: Life | None = None
    run_time: RunTime = field(default_factory=RunTime)
    cycles: Cycles = field(default_factory=Cycles)
    gaps: Gaps = field(default_factory=Gaps)
    counters: dict[Channel, Counter] = field(default_factory=dict)
    gauges: dict[Channel, Gauge] = field(default_factory=dict)
    mode: Mode = field(default_factory=Mode)
    jobs: Jobs = field(default_factory=Jobs)
    verdicts: Verdicts = field(default_factory=Verdicts)

    def __post_init__(self) -> None:
        for channel in self.terms.gauges:
            self.gauges.setdefault(channel, Gauge(channel, self.terms.threshold))
        for terms in self.terms.counters:
            self.counters.setdefault(terms.channel, Counter(terms))

    def feed(self, readings: Iterable[Reading], trace: Iterable[Life] = ()) -> Found:
        """
        Take readings and trace entries, each in sequence order and later than all that were fed before.

        Readings of other channels are passed over.

        :raises Refused: ``order``, if a sequence does not rise
        """
        found = Found([], [], {}, {})
        for entry in _merged(readings, trace):
            if isinstance(entry, Life):
                found.increments.extend(self._heard(entry))
            else:
                self._read(entry, found)
        for channel, counter in self.counters.items():
            if counter.resets:
                found.resets[channel], counter.resets = counter.resets, []
            if counter.dips:
                found.dips[channel], counter.dips = counter.dips, []
        return found

    def _heard(self, life: Life) -> list[Increment]:
        before, limit = self.life, self.terms.silence
        self._check_order(life.sequence, max(self.sequence, -1 if before is None else before.sequence))
        self.life = life
        if limit is None or before is None or not before.quiet or life.at - before.at <= limit:
            return []
        for one in (self.cycles, self.jobs, self.verdicts):
            one.lose()
        self.gaps.lose(before)
        return self._lost(before)

    def _lost(self, life: Life) -> list[Increment]:
        found = self.run_time.lose(life, self._billable)
        levels = [one for gauge in self.gauges.values() for one in gauge.lose(life)]
        return found + (levels if self._counts else [])

    def _read(self, reading: Reading, found: Found) -> None:
        self._check_order(reading.sequence, self.sequence)
        self.sequence = reading.sequence
        if self.terms.modes is not None and reading.channel == self.terms.modes.channel:
            found.increments.extend(self._changed(reading))
        if reading.channel == self.terms.execution:
            found.increments.extend(self.run_time.read(reading, self.life, self._billable))
            found.increments.extend(self.cycles.read(reading, self.terms.cycles, counts=self._counts))
            found.gaps.extend(self.gaps.read(reading, self.life))
        found.increments.extend(self._counted(reading))

    def _counted(self, reading: Reading) -> list[Increment]:
        """
        Take a reading of what is counted by itself: counters and their signals, gauges, verdicts, jobs.

        Of what is found where nothing counts, only jobs are kept: they are asked when they begin.
        """
        found, channel, terms = list[Increment](), reading.channel, self.terms
        for counter in self.counters.values():
            if counter.terms.restart is not None and channel == counter.terms.restart.channel:
                found += counter.signal(reading)
        if channel in self.counters:
            found += self.counters[channel].read(reading)
        if channel in self.gauges:
            found += self.gauges[channel].read(reading, self.life)
        if terms.verdicts is not None and channel == terms.verdicts.channel:
            found += self.verdicts.read(reading, terms.verdicts.bad)
        kept = found if self._counts else []
        if terms.jobs is not None and channel == terms.jobs.channel:
            kept += self.jobs.read(reading, terms.jobs, counts=self._counts)
        return kept

    @property
    def _counts(self) -> bool:
        return self.terms.modes is None or self.terms.modes.counts(self.mode.mode)

    @property
    def _billable(self) -> frozenset[str]:
        return self.terms.billable if self._counts else frozenset()

    def _changed(self, reading: Reading) -> list[Increment]:
        """Let what lasts over a change of mode count up to it by the old mode, then by the new."""
        found = self.run_time.cut(reading, self.life, self._billable)
        levels = [one for gauge in self.gauges.values() for one in gauge.cut(reading, self.life)]
        found += levels if self._counts else []
        self.mode.read(reading)
        return found

    def close(self) -> list[Increment]:
        """
        End what is open at the last proof of life, because the time that is measured is over.

        Call it at a border, once everything before it was fed: what follows is somebody else's. A fall of a
        counter that nothing explained is held.
        """
        ended = [] if self.life is None else self._lost(self.life)
        if self.terms.jobs is not None and self.life is not None:
            ended += self.jobs.close(self.life.at, self.life.sequence, self.terms.jobs)
        return ended + [one for counter in self.counters.values() for one in counter.close(over=True)]

    def pending(self) -> list[Increment]:
        """Return what a person must decide before the time is over: falls of counters that are held."""
        return [one for counter in self.counters.values() for one in counter.close(over=False)]

    @property
    def open_since(self) -> int | None:
        """The beginning of a billable state or a level that lasts: from there on more may yet be added."""
        state = self.run_time.state
        since = [gauge.since for gauge in self.gauges.values() if gauge.level is not None and self._counts]
        since += [self.run_time.since] if state is not None and state in self._billable else []
        return min(since, default=None)

    @staticmethod
    def _check_order(sequence: int, last: int) -> None:
        if sequence <= last:
            raise Refused("order", f"sequence {sequence} came after {last}")

    def save(self) -> dict[str, Any]:
        """Write the state as plain JSON values, to go on from later."""
        return {
            "version": VERSION,
            "sequence": self.sequence,
            "life": None if self.life is None else list(self.life),
            "run_time": asdict(self.run_time),
            "cycles": asdict(self.cycles),
            "mode": self.mode.mode,
            "gaps": asdict(self.gaps),
            "counters": {str(channel): _saved(counter) for channel, counter in self.counters.items()},
            "gauges": {str(channel): _saved_gauge(gauge) for channel, gauge in self.gauges.items()},
            "jobs": asdict(self.jobs),
            "verdicts": asdict(self.verdicts),
        }

    @classmethod
    def resume(cls, terms: Terms, saved: dict[str, Any]) -> "Fold":
        """
        Go on from a saved state, under the same terms.

        :raises ValueError: if another version of the rules saved it
        """
        if saved["version"] != VERSION:
            raise ValueError(f"saved by version {saved['version']} of the rules; this is version {VERSION}")
        return cls(
            terms=terms,
            sequence=saved["sequence"],
            life=None if saved["life"] is None else Life(*saved["life"]),
            run_time=RunTime(**saved["run_time"]),
            cycles=Cycles(**saved["cycles"]),
            gaps=Gaps(**saved["gaps"]),
            mode=Mode(saved["mode"]),
            counters={
                counter.channel: _resumed(counter, saved["counters"][str(counter.channel)])
                for counter in terms.counters
            },
            gauges={
                channel: _resumed_gauge(channel, terms.threshold, saved["gauges"][str(channel)])
                for channel in terms.gauges
            },
            jobs=Jobs(**saved["jobs"]),
            verdicts=Verdicts(**saved["verdicts"]),
        )


def _merged(readings: Iterable[Reading], trace: Iterable[Life]) -> Iterator[Reading | Life]:
    """Interleave by sequence; a proof of life comes before the reading that is it."""
    entries = iter(trace)
    entry = next(entries, None)
    for reading in readings:
        while entry is not None and entry.sequence <= reading.sequence:
            yield entry
            entry = next(entries, None)
        yield reading
    if entry is not None:
        yield entry
        yield from entries


def _saved(counter: Counter) -> dict[str, Any]:
    return {
        "mark": _text(counter.mark),
        "marked_at": counter.marked_at,
        "sequence": counter.sequence,
        "away": counter.away,
        "low": _text(counter.low),
        "low_at": counter.low_at,
        "latest": _text(counter.latest),
        "latest_sequence": counter.latest_sequence,
        "changed": counter.changed,
        "word": counter.word,
        "armed": _text(counter.armed),
        "fell": counter.fell,
    }


def _resumed(terms: CounterTerms, saved: dict[str, Any]) -> Counter:
    numbers = {name: _number(saved[name]) for name in ("mark", "low", "latest", "armed")}
    return Counter(terms, **{**saved, **numbers})


def _saved_gauge(gauge: Gauge) -> dict[str, Any]:
    return {"level": _text(gauge.level), "since": gauge.since, "sequence": gauge.sequence}


def _resumed_gauge(channel: Channel, threshold: Number | None, saved: dict[str, Any]) -> Gauge:
    return Gauge(channel, threshold, **{**saved, "level": _number(saved["level"])})


def _text(number: Number | None) -> int | str | None:
    return str(number) if isinstance(number, Decimal) else number


def _number(saved: int | str | None) -> Number | None:
    return Decimal(saved) if isinstance(saved, str) else saved
