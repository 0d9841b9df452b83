"""From what stretches of evidence found to the window sets of local days, and their fingerprints."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.rules.cutting import Cut, merged
from billing.rules.stretches import STATES, TIMER, Plan, Stretch
from billing.rules.witness import confirmed
from devices.rules.increments import Flag, add
from devices.rules.quantities import VERSION as FOLD_VERSION
from devices.rules.readings import Number, instant, moment
from leasing.rules.canonical import digest

VERSION = 3


@dataclass(frozen=True)
class Day:
    """All windows of one meter on one local day, and the fingerprint by which versions are compared."""

    meter: str
    local_day: date
    cuts: tuple[Cut, ...]

    @property
    def quantity(self) -> Decimal:
        """What is billed of the day."""
        return total(cut for cut in self.cuts if not cut.held)

    @property
    def held(self) -> Decimal:
        """What a person must decide; what was dropped is decided."""
        return total(cut for cut in self.cuts if cut.held and not cut.flags & Flag.DROPPED)

    def digest(self) -> str:
        """Return the fingerprint of the windows under this version of the rules."""
        rows = [cut.dump() for cut in self.cuts]
        return digest({"rules": VERSION, "meter": self.meter, "day": str(self.local_day), "windows": rows})


def days(stretches: Iterable[Stretch], *, meters: Collection[str], zone: ZoneInfo) -> list[Day]:
    """
    Put the days together from everything that was found in them.

    A level below zero, power that is fed back, is taken off within its day; no day counts less than nothing.
    """
    found: dict[tuple[str, date], list[Cut]] = {}
    for stretch in stretches:
        for meter in meters:
            for cut in stretch.found(meter):
                found.setdefault((meter, moment(cut.start).astimezone(zone).date()), []).append(cut)
    return [_not_below_zero(Day(*key, tuple(merged(cuts)))) for key, cuts in sorted(found.items())]


def _not_below_zero(day: Day) -> Day:
    if day.quantity >= 0:
        return day
    return replace(day, cuts=tuple(cut if cut.held else replace(cut, quantity=0) for cut in day.cuts))


def beside(meters: Iterable[str], *kinds: str) -> list[str]:
    """Name what stands beside meters in what was found."""
    return [f"{meter}{kind}" for meter in meters for kind in kinds]


def told_beside(days: Iterable[Day], kind: str) -> list[Day]:
    """Return the days of what stands beside meters, under the names of these."""
    return [replace(day, meter=day.meter.removesuffix(kind)) for day in days if day.meter.endswith(kind)]


def witnessed(days: Iterable[Day], meters: Collection[str]) -> list[Day]:
    """
    Hold what second witnesses do not confirm; ``days`` hold theirs beside each of ``meters``.

    They are taken out: nobody is billed by them.
    """
    found = {(day.meter, day.local_day): day for day in days}
    heard = {(meter, day) for meter, day in found if meter in meters}
    for meter, day in list(found):
        for kind in (STATES, TIMER):
            if meter.endswith(kind):
                heard.add((meter.removesuffix(kind), day))
    return [
        Day(meter, day, tuple(cuts))
        for meter, day in sorted(heard)
        if (
            cuts := confirmed(
                _cuts(found, meter, day),
                states=_cuts(found, f"{meter}{STATES}", day),
                timer=_cuts(found, f"{meter}{TIMER}", day),
            )
        )
    ]


def _cuts(found: Mapping[tuple[str, date], Day], meter: str, day: date) -> tuple[Cut, ...]:
    known = found.get((meter, day))
    return known.cuts if known is not None else ()


def basis(plan: Plan) -> str:
    """Return the fingerprint of all that decides what evidence amounts to; if it changes, all is redone."""
    return digest(
        {
            "rules": [VERSION, FOLD_VERSION],
            "counted": [rule.dump() for rule in plan.rules],
            "within": list(plan.within),
            "zone": plan.zone.key,
            "silence": plan.silence,
            "changes": {
                channel: [[change.at, str(change.final), str(change.first)] for change in changes]
                for channel, changes in sorted(plan.changes.items())
            },
        }
    )


def microseconds(moment: datetime) -> int:
    """Return a moment in microseconds since 1970 UTC."""
    return instant(moment)


def moment_of(at: int) -> datetime:
    """Return the moment of microseconds since 1970 UTC."""
    return moment(at)


def total(cuts: Iterable[Cut]) -> Decimal:
    """Add up cuts, exactly."""
    result: Number = 0
    for cut in cuts:
        result = add(result, cut.quantity)
    return Decimal(result)
