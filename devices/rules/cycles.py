"""
Program cycles: how often a machine began a program.

A cycle begins when ACTIVE is entered from a state of rest or from an unknown start. Coming back from a pause
is the same cycle. So is coming back after the source was away, if the machine was running or paused before.
"""

from dataclasses import dataclass

from devices.rules.increments import CYCLES, Flag, Increment
from devices.rules.readings import Reading

ACTIVE = "ACTIVE"
SAME_CYCLE = frozenset({ACTIVE, "INTERRUPTED", "FEED_HOLD", "WAIT", "OPTIONAL_STOP"})


@dataclass(slots=True)
class Cycles:
    """The last known state; feed it the execution readings in sequence order."""

    state: str | None = None
    away: bool = False
    resumed: int = 0

    def read(self, reading: Reading) -> list[Increment]:
        """Count a cycle if this reading begins one."""
        if not reading.live:
            self.lose()
            return []
        state, away = str(reading.value), self.away
        before, self.state, self.away = self.state, state, False
        if state != ACTIVE:
            return []
        if before in SAME_CYCLE:
            self.resumed += away
            return []
        return [Increment(CYCLES, reading.at, reading.at, 1, Flag.NONE, reading.sequence, reading.sequence)]

    def lose(self) -> None:
        """Remember that the source was away."""
        self.away = True
