"""
Gaps: when a machine's state was not known.

A gap opens at the first UNAVAILABLE after a known state, or at the last proof of life before a silence, and
ends with the next known state. Its two stamps may come from two clocks, so its length may be off or even
negative: a gap is a marker, never a quantity that is billed.
"""

from dataclasses import dataclass
from typing import NamedTuple

from devices.rules.life import Life
from devices.rules.readings import Reading


class Gap(NamedTuple):
    """One closed gap: stamps as written, the proof of life before it, and the states on both sides."""

    start: int
    end: int
    last_life: int | None
    state_before: str
    state_after: str
    first_sequence: int
    last_sequence: int
    silent: bool


@dataclass(slots=True)
class Gaps:
    """The last known state and the open gap, if any; feed it the execution readings in sequence order."""

    state: str | None = None
    start: int | None = None
    last_life: int | None = None
    sequence: int = 0
    silent: bool = False

    def read(self, reading: Reading, life: Life | None) -> list[Gap]:
        """Open a gap, or close the open one."""
        if not reading.live:
            self._open(reading.at, life, reading.sequence, silent=False)
            return []
        before, self.state = self.state, str(reading.value)
        if self.start is None or before is None:
            return []
        start, self.start = self.start, None
        sides = before, self.state, self.sequence, reading.sequence
        return [Gap(start, reading.at, self.last_life, *sides, self.silent)]

    def lose(self, life: Life) -> None:
        """Open a gap because nothing was heard for too long after ``life``."""
        self._open(life.at, life, life.sequence, silent=True)

    @property
    def open(self) -> tuple[int, bool] | None:
        """Since when the state is unknown, from the last proof of life on, and whether nothing was heard."""
        if self.start is None:
            return None
        return self.start if self.last_life is None else self.last_life, self.silent

    def _open(self, at: int, life: Life | None, sequence: int, *, silent: bool) -> None:
        if self.start is None and self.state is not None:
            self.start, self.sequence, self.silent = at, sequence, silent
            self.last_life = None if life is None else life.at
