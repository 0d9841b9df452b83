"""
What a synthetic machine says and what it then has done: two pure functions of a seed and the time.

The machine lives in *ticks* of five minutes since 1970. At a tick it says in which state it is, and half a
tick later what its counter of good parts shows; the two are delivered when the tick is over. The counter
begins again from zero at each midnight UTC. An hour may bring one trouble, by rule: the source says
UNAVAILABLE, four ticks are lost with their numbers, a delivery comes two hours late, or one comes twice.

``work`` says what of it counts. It uses nothing of ``devices.rules``: it is the other side of the check,
written down from docs/telemetry.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

SECONDS = 300  # of a tick
HALF = SECONDS // 2
OF_HOUR = 12
OF_DAY = 288
LOST = 4  # ticks in a row; longer than the machine may be silent
SILENCE = 900  # seconds
LATE = 2 * 3600  # seconds
STATE, PARTS = "execution", "good_parts"
ACTIVE, READY, AWAY = "ACTIVE", "READY", "UNAVAILABLE"
MICRO = 1_000_000


class Trouble(IntEnum):
    """What an hour may bring; every other number is a good hour."""

    AWAY = 0
    LOST = 1
    LATE = 2
    TWICE = 3


KINDS = 16  # hours in which each of the troubles comes once, on average
UNHEARD: dict[int, int] = {Trouble.AWAY: 1, Trouble.LOST: LOST}  # ticks without a live reading


class Said(NamedTuple):
    """One reading: its number, when in microseconds since 1970, of which channel, and what."""

    sequence: int
    at: int
    channel: str
    value: str


class Sent(NamedTuple):
    """One delivery: when it is due, in seconds since 1970, of which tick it is, and what it holds."""

    due: int
    tick: int
    said: tuple[Said, ...]
    twice: bool


class Work(NamedTuple):
    """What counts of one tick: when it began, in seconds since 1970, seconds of run time, good parts."""

    at: int
    run_time: int
    parts: int


@dataclass(frozen=True)
class Machine:
    """A machine by its seed; ``origin`` is the tick in which it begins to speak."""

    seed: int
    origin: int

    def sent(self, after: int, until: int) -> list[Sent]:
        """Return the deliveries that fall due after one moment and up to another, in that order."""
        first = max(self.origin, (after - LATE) // SECONDS - 1)
        found = [self._sent(tick) for tick in range(first, until // SECONDS)]
        return sorted(one for one in found if one is not None and after < one.due <= until)

    def work(self, since: int, until: int) -> Iterator[Work]:
        """
        Yield what counts of the ticks that begin from one moment up to another, in seconds since 1970.

        Run time is known from a state to the next one; where that is UNAVAILABLE or lost it ends at the last
        reading, half a tick on. The first number ever is a baseline, and so is the first of a new count:
        what the counter shows then was never seen to grow. Parts made while nobody listened count
        with the next number.
        """
        baseline = self._first_live()
        for tick in range(max(baseline, -(-since // SECONDS)), -(-until // SECONDS)):
            if not self._is_live(tick):
                continue
            heard = SECONDS if self._is_live(tick + 1) else HALF
            run_time = heard if state_of(self.seed, tick) == ACTIVE else 0
            is_mark = tick == baseline or tick % OF_DAY == 0
            yield Work(tick * SECONDS, run_time, 0 if is_mark else self._made(tick))

    def _sent(self, tick: int) -> Sent | None:
        kind, at = trouble_of(self.seed, tick // OF_HOUR)
        mine = tick % OF_HOUR == at
        if kind == Trouble.LOST and at <= tick % OF_HOUR < at + LOST:
            return None
        late = LATE if mine and kind == Trouble.LATE else 0
        values = (AWAY, AWAY) if mine and kind == Trouble.AWAY else self._values(tick)
        number, start = 2 * (tick - self.origin) + 1, tick * SECONDS * MICRO
        said = (
            Said(number, start, STATE, values[0]),
            Said(number + 1, start + HALF * MICRO, PARTS, values[1]),
        )
        return Sent((tick + 1) * SECONDS + late, tick, said, mine and kind == Trouble.TWICE)

    def _values(self, tick: int) -> tuple[str, str]:
        shown = sum(parts_of(self.seed, one) for one in range(tick - tick % OF_DAY, tick + 1))
        return state_of(self.seed, tick), str(shown)

    def _is_live(self, tick: int) -> bool:
        kind, at = trouble_of(self.seed, tick // OF_HOUR)
        return not at <= tick % OF_HOUR < at + UNHEARD.get(kind, 0)

    def _first_live(self) -> int:
        return next(tick for tick in range(self.origin, self.origin + OF_HOUR) if self._is_live(tick))

    def _made(self, tick: int) -> int:
        """Return what was made since the last number before a tick; both lie in one count."""
        made = parts_of(self.seed, tick)
        while not self._is_live(tick - 1):
            tick -= 1
            made += parts_of(self.seed, tick)
        return made


def tick_of(at: int) -> int:
    """Return the first tick that begins at a moment or after it, in seconds since 1970."""
    return -(-at // SECONDS)


@lru_cache(maxsize=65536)
def chance(seed: int, name: str, number: int) -> int:
    """Return a number that looks random and is always the same."""
    return int.from_bytes(blake2b(f"{seed}:{name}:{number}".encode(), digest_size=8).digest())


def state_of(seed: int, tick: int) -> str:
    """Return the state of a tick: at work in four of five."""
    return READY if chance(seed, "state", tick) % 5 == 0 else ACTIVE


def parts_of(seed: int, tick: int) -> int:
    """Return how many good parts are made in a tick: one to four, none when it rests."""
    return 0 if state_of(seed, tick) == READY else 1 + chance(seed, "parts", tick) % 4


def trouble_of(seed: int, hour: int) -> tuple[int, int]:
    """
    Return what an hour brings, and from which of its ticks on: not in the first three nor the last two.

    So no trouble meets another, nor the new count of a day.
    """
    return chance(seed, "kind", hour) % KINDS, 3 + chance(seed, "tick", hour) % 4
