"""
Program cycles: how often a machine began a program, and how each ended.

A cycle begins when a running state is entered from a state of rest or from an unknown start. Coming back
from a pause is the same cycle. So is coming back after the source was away, if the machine was running or
paused before.

A cycle is complete when PROGRAM_COMPLETED is seen. Many machines never say so; for those a contract may
declare that leaving to READY or STOPPED completes it. Every other end is an abort, which is counted apart.
An end that nobody saw, because the source was away, is held, and so is a cycle that was shorter than the
machine can make one.
"""

from dataclasses import dataclass

from devices.rules.increments import ABORTED, COMPLETE, CYCLES, Flag, Increment
from devices.rules.readings import Reading

ACTIVE = "ACTIVE"
COMPLETED = "PROGRAM_COMPLETED"
PAUSES = frozenset({"INTERRUPTED", "FEED_HOLD", "WAIT", "OPTIONAL_STOP"})
RESTS = frozenset({"READY", "STOPPED"})


@dataclass(frozen=True, slots=True)
class CycleTerms:
    """What a cycle is: the states that run it, whether rest completes it, its least length in µs."""

    running: frozenset[str] = frozenset({ACTIVE})
    rest_completes: bool = False
    shortest: int | None = None


USUAL = CycleTerms()


@dataclass(slots=True)
class Cycles:
    """The last known state and the cycle that is open; feed it the execution readings in sequence order."""

    state: str | None = None
    away: bool = False
    resumed: int = 0
    begun: int | None = None
    sequence: int = 0

    def read(self, reading: Reading, terms: CycleTerms = USUAL, *, counts: bool = True) -> list[Increment]:
        """Count a cycle if this reading begins or ends one; where nothing ``counts``, none begins."""
        if not reading.live:
            self.lose()
            return []
        state, away = str(reading.value), self.away
        before, self.state, self.away = self.state, state, False
        if state in PAUSES:
            return []
        if state not in terms.running:
            return self._end(state, away, reading, terms)
        if before in PAUSES or before in terms.running:
            self.resumed += away
            return []
        self.begun, self.sequence = (reading.at if counts else None), reading.sequence
        at, sequence = reading.at, reading.sequence
        return [Increment(CYCLES, at, at, 1, Flag.NONE, sequence, sequence)] if counts else []

    def lose(self) -> None:
        """Remember that the source was away."""
        self.away = True

    def _end(self, state: str, away: bool, reading: Reading, terms: CycleTerms) -> list[Increment]:
        begun, self.begun = self.begun, None
        if begun is None:
            return []
        completes = state == COMPLETED or (terms.rest_completes and state in RESTS)
        unseen = away and state != COMPLETED
        flags = Flag.UNOBSERVED if away else Flag.NONE
        too_short = terms.shortest is not None and reading.at - begun < terms.shortest
        if unseen or (completes and too_short):
            flags |= Flag.HELD
        meter = COMPLETE if completes or unseen else ABORTED
        return [Increment(meter, reading.at, reading.at, 1, flags, self.sequence, reading.sequence)]
