"""
Verdicts: how often a machine called a part bad.

Every reading that says so is one bad part. The first reading of all tells what was said before, and so does
one that repeats the last word after the source was away; neither counts.
"""

from dataclasses import dataclass

from devices.rules.increments import BAD, Flag, Increment
from devices.rules.readings import Channel, Reading


@dataclass(frozen=True, slots=True)
class VerdictTerms:
    """The channel that tells what a part is, and the words that call it bad."""

    channel: Channel
    bad: frozenset[str]


@dataclass(slots=True)
class Verdicts:
    """The last word; feed it the channel's readings in sequence order."""

    word: str | None = None
    away: bool = False

    def read(self, reading: Reading, bad: frozenset[str]) -> list[Increment]:
        """Count a part if this reading calls it bad."""
        if not reading.live:
            self.lose()
            return []
        word, before, away = str(reading.value), self.word, self.away
        self.word, self.away = word, False
        is_known = before is None or (away and word == before)
        if is_known or word not in bad:
            return []
        at, sequence = reading.at, reading.sequence
        return [Increment(BAD, at, at, 1, Flag.NONE, sequence, sequence)]

    def lose(self) -> None:
        """Remember that the source was away."""
        self.away = True
