"""
Gauges: a level that lasts until the next reading, weighted by the time it lasted.

The quantity is level × time: 3 kW for two hours are 6 kWh. As with states, a level that ends in UNAVAILABLE
or in silence ends at the last proof of life, and a clock that goes back gives no time. The time that was
observed is a meter of its own, so that a mean can be taken; of nothing observed there is no mean. So is the
time at a threshold or above, if there is one.
"""

from dataclasses import dataclass
from decimal import Decimal

from devices.rules.increments import ABOVE, GAUGE, OBSERVED, Flag, Increment, multiply
from devices.rules.life import Life
from devices.rules.readings import WIDE, Channel, Number, Reading, is_number


@dataclass(slots=True)
class Gauge:
    """
    The level that lasts, and since when; feed it the gauge's readings in sequence order.

    ``threshold`` is that of the time at it or above, if that is asked for.
    """

    channel: Channel
    threshold: Number | None = None
    level: Number | None = None
    since: int = 0
    sequence: int = 0

    def read(self, reading: Reading, life: Life | None) -> list[Increment]:
        """End the level with this reading, and begin the next; a text is no level."""
        value = reading.value
        if is_number(value):
            found = self._close(reading.at, reading.sequence, Flag.NONE)
            self.level = value
        else:
            found = self._close(self._proved(life), reading.sequence, Flag.AT_LAST_LIFE)
            self.level = None
        self.since, self.sequence = reading.at, reading.sequence
        return found

    def cut(self, reading: Reading, life: Life | None) -> list[Increment]:
        """End the level with a reading of another channel and go on in it: what counts may change."""
        at = reading.at if reading.live else self._proved(life)
        found = self._close(at, reading.sequence, Flag.NONE)
        if found:
            self.since, self.sequence = at, reading.sequence
        return found

    def lose(self, life: Life) -> list[Increment]:
        """End the level because nothing that counts was heard after ``life``."""
        found = self._close(self._proved(life), life.sequence, Flag.AT_LAST_LIFE)
        self.level = None
        return found

    def _proved(self, life: Life | None) -> int:
        return life.at if life is not None and life.sequence >= self.sequence else self.since

    def _close(self, at: int, sequence: int, flags: Flag) -> list[Increment]:
        if self.level is None or at <= self.since:
            return []
        length, proof = at - self.since, (flags, self.sequence, sequence)
        found = [
            Increment(f"{GAUGE}{self.channel}", self.since, at, multiply(self.level, length), *proof),
            Increment(f"{OBSERVED}{self.channel}", self.since, at, length, *proof),
        ]
        if self.threshold is not None and self.level >= self.threshold:
            found.append(Increment(f"{ABOVE}{self.channel}", self.since, at, length, *proof))
        return found


def mean(integral: Number, observed: Number) -> Decimal | None:
    """Return the mean level of an integral over the time that was observed; None if nothing was."""
    return WIDE.divide(Decimal(integral), Decimal(observed)) if observed else None
