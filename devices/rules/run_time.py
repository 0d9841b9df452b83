"""
Run time: how long a machine was in each state, as its execution readings tell.

A state lasts from its reading to the next reading of the same channel, by sequence. Where the clock went back
the length is 0 and the back step is counted. A state that ends in UNAVAILABLE or in silence ends at the last
proof of life: the stamp of the UNAVAILABLE is another clock's, seconds or months later. A state that is still
open bills nothing yet; when the time that is measured is over, it too ends at the last proof of life.
"""

from dataclasses import dataclass

from devices.rules.increments import RUN, STATE, Flag, Increment
from devices.rules.life import Life
from devices.rules.readings import Reading


@dataclass(slots=True)
class RunTime:
    """The open state, and since when; feed it the execution readings in sequence order."""

    state: str | None = None
    since: int = 0
    sequence: int = 0
    heard: int | None = None
    back_steps: int = 0

    def read(self, reading: Reading, life: Life | None, billable: frozenset[str]) -> list[Increment]:
        """Close the open state with this reading and open the next."""
        if self.heard is not None and reading.at < self.heard:
            self.back_steps += 1
        if reading.live:
            found = self._close(reading.at, reading.sequence, Flag.NONE, billable)
        else:
            found = self._close(self._proved(life), reading.sequence, Flag.AT_LAST_LIFE, billable)
        self.state = str(reading.value) if reading.live else None
        self.since = self.heard = reading.at
        self.sequence = reading.sequence
        return found

    def lose(self, life: Life, billable: frozenset[str]) -> list[Increment]:
        """Close the open state because nothing that counts was heard after ``life``."""
        found = self._close(self._proved(life), life.sequence, Flag.AT_LAST_LIFE, billable)
        self.state = None
        return found

    def cut(self, reading: Reading, life: Life | None, billable: frozenset[str]) -> list[Increment]:
        """Close the open state with a reading of another channel and go on in it: what counts may change."""
        at = reading.at if reading.live else self._proved(life)
        if self.state is None or at <= self.since:
            return []
        found = self._close(at, reading.sequence, Flag.NONE, billable)
        self.since, self.sequence = at, reading.sequence
        return found

    def _proved(self, life: Life | None) -> int:
        return life.at if life is not None and life.sequence >= self.sequence else self.since

    def _close(self, at: int, sequence: int, flags: Flag, billable: frozenset[str]) -> list[Increment]:
        if self.state is None or at <= self.since:
            return []
        meters = [STATE + self.state] + ([RUN] if self.state in billable else [])
        return [
            Increment(meter, self.since, at, at - self.since, flags, self.sequence, sequence)
            for meter in meters
        ]
