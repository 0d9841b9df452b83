"""
Jobs: batches, missions, inspection slots; whatever a machine begins, works at and is done with.

A channel tells either the state of the job or its name. Where it tells the state, a job begins with the first
of the running states and is complete when one of the done states follows; every other state ends it *part
done*. Where it tells the name, a job begins with every other name and is complete when the next one follows,
or a blank, or a word that says that there is none. What part-done jobs count is agreed: nothing, as much as
complete ones, or what both sides decide. A job whose end nobody saw, because the source was away, is held,
unless it said afterwards that it was done; so is one that was shorter than the machine can make it.
"""

from dataclasses import dataclass
from enum import StrEnum

from devices.rules.increments import JOBS, Flag, Increment
from devices.rules.readings import Channel, Reading


class Partial(StrEnum):
    """What a job counts that ended before it was done."""

    HOLD = "HOLD"
    COUNT = "COUNT"
    FREE = "FREE"


@dataclass(frozen=True, slots=True)
class JobTerms:
    """
    What a job is: its channel, the states in which it runs (none: the channel tells names), what ends it.

    ``shortest`` is its least length in µs, if that is known.
    """

    channel: Channel
    running: frozenset[str]
    done: frozenset[str] = frozenset()
    partial: Partial = Partial.HOLD
    shortest: int | None = None


@dataclass(slots=True)
class Jobs:
    """The job that is open; feed it the channel's readings in sequence order."""

    job: str | None = None
    begun: int | None = None
    sequence: int = 0
    away: bool = False

    def read(self, reading: Reading, terms: JobTerms, *, counts: bool = True) -> list[Increment]:
        """Count a job if this reading ends one; one that begins where nothing ``counts`` never does."""
        if not reading.live:
            self.lose()
            return []
        word, away = str(reading.value).strip(), self.away
        self.away = False
        now = self._now(word, terms)
        if now is not None and now == self.job:
            return []
        found = [] if self.job is None else self._end(word, away, reading, terms)
        self.job = now
        if now is not None:
            self.begun, self.sequence = (reading.at if counts else None), reading.sequence
        return found

    def lose(self) -> None:
        """Remember that the source was away."""
        self.away = True

    def close(self, at: int, sequence: int, terms: JobTerms) -> list[Increment]:
        """End the open job part done, because the time that is measured is over."""
        found = [] if self.job is None else self._partial(at, sequence, Flag.NONE, terms)
        self.job = None
        return found

    def _now(self, word: str, terms: JobTerms) -> str | None:
        """Return the job of which a word tells: its name, or that there is one."""
        if terms.running:
            return "" if word in terms.running else None
        return None if word == "" or word in terms.done else word

    def _end(self, word: str, away: bool, reading: Reading, terms: JobTerms) -> list[Increment]:
        told = word in terms.done
        flags = Flag.UNOBSERVED if away else Flag.NONE
        if away and not told:
            return self._count(reading.at, reading.sequence, flags | Flag.HELD | Flag.PARTIAL)
        if terms.running and not told:
            return self._partial(reading.at, reading.sequence, flags, terms)
        too_short = terms.shortest is not None and reading.at - (self.begun or 0) < terms.shortest
        return self._count(reading.at, reading.sequence, flags | (Flag.HELD if too_short else Flag.NONE))

    def _partial(self, at: int, sequence: int, flags: Flag, terms: JobTerms) -> list[Increment]:
        if terms.partial is Partial.FREE:
            return []
        held = Flag.HELD if terms.partial is Partial.HOLD else Flag.NONE
        return self._count(at, sequence, flags | Flag.PARTIAL | held)

    def _count(self, at: int, sequence: int, flags: Flag) -> list[Increment]:
        """Count one, where it ended; what began where nothing counts is none."""
        begun, self.begun = self.begun, None
        return [] if begun is None else [Increment(JOBS, at, at, 1, flags, self.sequence, sequence)]
