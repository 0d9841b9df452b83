"""
Counters: how much a counter grew, past false zeros, resets and roll-overs, and never by guessing.

The first reading is a baseline. A rise is usage. A fall opens a *dip*, and bills nothing until the next
different value tells what it was: at or above the old mark, the counter had only read wrong and the growth
over the mark is billed; between dip and mark, the counter began again and the growth over the dip is billed.
A dip that is never resolved bills nothing.

A record of a changed counter (``devices.rules.changes``) decides at once: growth up to the final reading of
the old one and from the first of the new one counts, the step between them does not.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from devices.rules.changes import Change, Sign, explains, sign
from devices.rules.increments import COUNTER, Flag, Increment, add
from devices.rules.readings import Channel, Number, Reading


class Behaviour(StrEnum):
    """What the channel dictionary says a fall of the counter means."""

    DEFAULT = "DEFAULT"
    RESTARTS_FROM_ZERO = "RESTARTS_FROM_ZERO"
    ROLLS_OVER = "ROLLS_OVER"
    HOLD = "HOLD"


@dataclass(frozen=True, slots=True)
class CounterTerms:
    """
    How one counter is to be read.

    ``modulus`` is the number of values of a counter that rolls over (65 536 for 16 bits); ``shortest_cycle``
    is the least time in microseconds that one unit takes, if that is known; ``changes`` are those recorded,
    in order of their moments; ``restart`` says where the machine tells that the counter begins again.
    """

    channel: Channel
    behaviour: Behaviour = Behaviour.DEFAULT
    modulus: int = 0
    shortest_cycle: int | None = None
    changes: tuple[Change, ...] = ()
    restart: "RestartTerms | None" = None

    def __post_init__(self) -> None:
        if self.behaviour is Behaviour.ROLLS_OVER and self.modulus < 2:
            raise ValueError("a counter that rolls over needs its modulus, the number of its values")
        if self.shortest_cycle is not None and self.shortest_cycle <= 0:
            raise ValueError("the shortest cycle is a length of time above zero")


@dataclass(frozen=True, slots=True)
class RestartTerms:
    """
    The channel that says that a counter begins again from zero: at each of some words, or at a new word.

    A program, an order, a shift that follows another is such a new word; ``words`` is then empty.
    """

    channel: Channel
    words: frozenset[str] = frozenset()


class Fall(NamedTuple):
    """A fall that has been explained: where the counter stood, how low it read, and what came next."""

    at: int
    mark: Number
    low: Number
    next_at: int
    next_value: Number


@dataclass(slots=True)
class Counter:
    """The mark of one counter, and the open dip if there is one; feed it readings in sequence order."""

    terms: CounterTerms
    mark: Number | None = None
    marked_at: int = 0
    sequence: int = 0
    away: bool = False
    low: Number | None = None
    low_at: int = 0
    latest: Number = 0
    latest_sequence: int = 0
    changed: int = 0
    word: str | None = None
    armed: Number | None = None
    fell: bool = False
    resets: list[Fall] = field(default_factory=list)
    dips: list[Fall] = field(default_factory=list)

    def read(self, reading: Reading) -> list[Increment]:
        """Take the next reading; UNAVAILABLE only marks that the source was away."""
        value = reading.value
        if value is None or isinstance(value, str):
            self.away = True
            return []
        found = self._changes(value, reading)
        found += self._first(value, reading) if self.mark is None else self._next(self.mark, value, reading)
        self.away = False
        self.latest, self.latest_sequence = value, reading.sequence
        return found

    def signal(self, reading: Reading) -> list[Increment]:
        """
        Take a reading of the channel that tells of new beginnings.

        The fall before it, or the next one behind it, is then a restart from zero at once. Where the counter
        was never seen to fall it may have passed its old mark again unseen: growth over the mark is billed,
        and the mark itself held when the next beginning is told or the time is over.
        """
        terms = self.terms.restart
        assert terms is not None, "signals come from a channel that is named"
        if not reading.live:
            return []
        word, before = str(reading.value), self.word
        self.word = word
        is_told = word in terms.words if terms.words else before not in (None, word)
        if not is_told or self.fell:  # what fell before it was told has been explained
            self.fell = self.fell and not is_told
            return []
        found = self._unseen(reading.at, reading.sequence)
        if self.mark is not None and self.low is not None:
            self.resets.append(Fall(self.low_at, self.mark, 0, reading.at, self.low))
            found += self._bill(self.low, self.low, reading, Flag.RESET)
            self.fell = False
            return found
        self.armed = self.mark
        return found

    def _unseen(self, at: int, sequence: int) -> list[Increment]:
        """Hold a mark that a restart may have hidden, if the counter has passed it since."""
        armed, self.armed = self.armed, None
        if armed is None or self.mark is None or self.mark <= armed or armed <= 0:
            return []
        flags = Flag.HELD | Flag.CHANGED
        return [Increment(self.meter, at, at, armed, flags, self.sequence, sequence)]

    def close(self, *, over: bool) -> list[Increment]:
        """
        Hold what a fall that nothing explained may have hidden: all parts since a restart from zero.

        Where a person decides about falls they are held at once, else when the time is ``over``. Then what a
        counter grew up to its recorded end is held too, if nothing was heard of its successor.
        """
        found = self._unfinished() + self._unseen(self.marked_at, self.sequence) if over else []
        if self.low is None or self.latest <= 0 or not (over or self.terms.behaviour is Behaviour.HOLD):
            return found
        flags, proof = Flag.HELD | Flag.DIP, (self.sequence, self.latest_sequence)
        return [*found, Increment(self.meter, self.low_at, self.low_at, self.latest, flags, *proof)]

    @property
    def meter(self) -> str:
        """The name of what is counted."""
        return f"{COUNTER}{self.terms.channel}"

    @property
    def open_dip(self) -> tuple[Number, Number] | None:
        """Say from what mark to what value the counter fell, if that is not explained yet."""
        return None if self.mark is None or self.low is None else (self.mark, self.low)

    def _changes(self, value: Number, reading: Reading) -> list[Increment]:
        """Pass the recorded changes that this reading bears out, or should have borne out."""
        found: list[Increment] = []
        while (change := self._pending) is not None:
            said = self._said(change, value, reading)
            if said is Sign.NOT_YET:
                break
            if said is Sign.BORNE_OUT:
                found += self._replace(change, reading)
                continue
            self.changed += 1
            if change.final > change.first:
                rest, proof = add(change.final, -change.first), (self.sequence, reading.sequence)
                flags = Flag.HELD | Flag.CHANGED
                found.append(Increment(self.meter, reading.at, reading.at, rest, flags, *proof))
        return found

    @property
    def _pending(self) -> Change | None:
        """The next recorded change that nothing has been said of yet."""
        return self.terms.changes[self.changed] if self.changed < len(self.terms.changes) else None

    def _said(self, change: Change, value: Number, reading: Reading) -> Sign:
        """Ask a reading about a change; the first of all, if behind it, can only be its successor's."""
        if self.mark is not None:
            return sign(change, self.mark, value, reading.at)
        return Sign.NOT_YET if reading.at < change.at else Sign.BORNE_OUT

    def _replace(self, change: Change, reading: Reading) -> list[Increment]:
        """Bill the old counter up to its end and begin with its successor; that explains a fall."""
        at = min(max(change.at, self.marked_at), reading.at)
        grown = 0 if self.mark is None else add(change.final, -self.mark)
        found = self._bounded(grown, at, reading, Flag.CHANGED) if grown > 0 else []
        self.mark, self.marked_at, self.sequence = change.first, at, reading.sequence
        self.low = self.armed = None
        self.changed += 1
        return found

    def _unfinished(self) -> list[Increment]:
        change = self._pending
        if change is None or self.mark is None or change.final <= self.mark:
            return []
        at, rest = max(change.at, self.marked_at), add(change.final, -self.mark)
        return [Increment(self.meter, at, at, rest, Flag.HELD | Flag.CHANGED, self.sequence, self.sequence)]

    def _first(self, value: Number, reading: Reading) -> list[Increment]:
        self._rise(value, reading)
        return []

    def _next(self, mark: Number, value: Number, reading: Reading) -> list[Increment]:
        if self.low is not None:
            return self._in_dip(mark, self.low, value, reading)
        if value < mark:
            return self._fall(mark, value, reading)
        return self._bill(add(value, -mark), value, reading, Flag.NONE)

    def _fall(self, mark: Number, value: Number, reading: Reading) -> list[Increment]:
        if self.terms.behaviour is Behaviour.RESTARTS_FROM_ZERO or self.armed is not None:
            self.resets.append(Fall(reading.at, mark, 0, reading.at, value))
            return self._bill(value, value, reading, Flag.RESET)
        if self._rolled_over(mark, value):
            return self._bill(add(self.terms.modulus, add(value, -mark)), value, reading, Flag.ROLLED_OVER)
        self.low, self.low_at = value, reading.at
        return []

    def _rolled_over(self, mark: Number, value: Number) -> bool:
        """Believe a roll-over only from the top tenth of the width to the bottom tenth."""
        modulus = self.terms.modulus
        return (
            self.terms.behaviour is Behaviour.ROLLS_OVER
            and mark * 10 >= modulus * 9
            and value * 10 <= modulus
        )

    def _in_dip(self, mark: Number, low: Number, value: Number, reading: Reading) -> list[Increment]:
        if value >= mark:
            self.dips.append(Fall(self.low_at, mark, low, reading.at, value))
            return self._bill(add(value, -mark), value, reading, Flag.AFTER_DIP)
        if value < low:
            self.low, self.low_at = value, reading.at
        elif value > low and self.terms.behaviour is not Behaviour.HOLD:
            if (change := self._pending) is not None and explains(change, self.low_at):
                return [*self._replace(change, reading), *self._next(change.first, value, reading)]
            self.resets.append(Fall(self.low_at, mark, low, reading.at, value))
            self.marked_at = self.low_at
            return self._bill(add(value, -low), value, reading, Flag.RESET)
        return []

    def _bill(self, quantity: Number, value: Number, reading: Reading, flags: Flag) -> list[Increment]:
        found = self._bounded(quantity, reading.at, reading, flags)
        self._rise(value, reading)
        return found

    def _bounded(self, quantity: Number, at: int, reading: Reading, flags: Flag) -> list[Increment]:
        """Bill a rise as far as it is plausible; the rest is held."""
        flags |= Flag.UNOBSERVED if self.away else Flag.NONE
        bound = self._bound(reading)
        increment = Increment(self.meter, at, at, quantity, flags, self.sequence, reading.sequence)
        if bound is not None and quantity > bound:
            rest = add(quantity, -bound)
            held = increment._replace(quantity=rest, flags=flags | Flag.HELD)
            return [increment._replace(quantity=bound), held]
        return [increment] if quantity else []

    def _bound(self, reading: Reading) -> int | None:
        if self.terms.shortest_cycle is None:
            return None
        return max(0, reading.at - self.marked_at) // self.terms.shortest_cycle + 1

    def _rise(self, value: Number, reading: Reading) -> None:
        if self.mark is not None and value < self.mark:
            self.fell, self.armed = self.armed is None, None
        self.mark, self.marked_at, self.sequence = value, reading.at, reading.sequence
        self.low = None
