"""
Pools of equal machines: which machine keeps which time, so that one more use fits.

A claim that may move stands on any machine of its pool until somebody fixes it; the others stay where they
are. A pool whose claims all may move has room exactly when no moment needs more machines than it has (the
intervals are coloured in order of their starts). Fixed claims make the question a hard one: it is searched
with a bound on the tries, so that a pool is never promised twice, and in rare large puzzles a room that could
be made is not found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.shared.period import Period

FEW = 3  # so many moves are searched through before everything is placed anew
TRIES = 2_000
WANTED = NOWHERE = 0  # no claim and no machine has this number


@dataclass(frozen=True)
class Held:
    """One claim on a machine of the pool: its whole time with buffers, and whether it may move."""

    claim: int
    machine: int
    period: Period
    movable: bool


@dataclass(frozen=True)
class Arrangement:
    """The machine for the new use, and where claims go to make room for it: claim by machine."""

    machine: int
    moves: Mapping[int, int]


@dataclass
class _Search:
    """One search for room: the claims of the pool, where each stands now, and how many tries are left."""

    machines: Sequence[int]
    claims: Mapping[int, Held]
    where: dict[int, int | None]
    tries: int

    def place(self, waiting: Sequence[Held], moved: frozenset[int], left: int) -> bool:
        """Place what waits, one after the other; each may displace others, ``left`` of them altogether."""
        if not waiting:
            return True
        now, *later = waiting
        for machine in self.machines:
            in_the_way = self._on(machine, now.period)
            fixed = any(not one.movable or one.claim in moved for one in in_the_way)
            if machine == now.machine or fixed or len(in_the_way) > left:
                continue
            if self.tries == 0:
                return False
            self.tries -= 1
            names = {one.claim for one in in_the_way}
            self.where |= {now.claim: machine} | dict.fromkeys(names)
            if self.place([*later, *in_the_way], moved | names, left - len(names)):
                return True
            self.where |= {now.claim: None} | dict.fromkeys(names, machine)
        return False

    def _on(self, machine: int, period: Period) -> list[Held]:
        found = (one for one in self.claims.values() if self.where[one.claim] == machine)
        return sorted((one for one in found if one.period.overlaps(period)), key=_in_time)


def arrange(
    machines: Sequence[int], held: Iterable[Held], wanted: Period, *, tries: int = TRIES
) -> Arrangement | None:
    """
    Return a machine for ``wanted`` (buffers included), moving as few claims as are found, or nothing.

    Machines are tried in the given order and claims in the order of their starts, so that the same calendar
    gives the same answer. Claims on machines outside the pool are not looked at.
    """
    pool = {one.claim: one for one in held if one.machine in set(machines)}
    new = Held(WANTED, NOWHERE, wanted, movable=True)
    for most in range(FEW + 1):
        where: dict[int, int | None] = {one.claim: one.machine for one in pool.values()}
        search = _Search(machines, pool | {WANTED: new}, where | {WANTED: None}, tries)
        if search.place([new], frozenset({WANTED}), most):
            return _arrangement(pool, search.where)
    anew = _anew(machines, [*pool.values(), new])
    return _arrangement(pool, anew) if anew else None


def _anew(machines: Sequence[int], pool: list[Held]) -> dict[int, int | None] | None:
    """Place everything that may move anew, in the order of the starts, at its home where it can stay."""
    taken = {
        machine: [one.period for one in pool if one.machine == machine and not one.movable]
        for machine in machines
    }
    where: dict[int, int | None] = {one.claim: one.machine for one in pool}
    for one in sorted((one for one in pool if one.movable), key=_in_time):
        homes = [one.machine] if one.machine in taken else []
        free = (each for each in (*homes, *machines) if not _meets(one.period, taken[each]))
        place = next(free, None)
        if place is None:
            return None
        where[one.claim] = place
        taken[place].append(one.period)
    return where


def _arrangement(pool: Mapping[int, Held], where: Mapping[int, int | None]) -> Arrangement:
    machine = where[WANTED]
    assert machine is not None, "what is wanted was placed"
    gone = {
        claim: to for claim, to in where.items() if claim in pool and to not in (None, pool[claim].machine)
    }
    return Arrangement(machine, {claim: to for claim, to in gone.items() if to is not None})


def _meets(period: Period, others: Iterable[Period]) -> bool:
    return any(period.overlaps(other) for other in others)


def _in_time(one: Held) -> tuple[datetime, int]:
    return one.period.start, one.claim
