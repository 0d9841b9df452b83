"""
What is plausible but not proved: held until both parties agree, or the contract's time is over.

A review item stands for what one device holds of one meter on one local day for one reason. Its fingerprint
is that of the held windows: a verdict is about exactly these, and late data that changes them opens a new
item.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from billing.rules.cutting import Cut, merged
from billing.rules.metering import Day, total
from devices.rules.increments import REASONS, Flag
from leasing.rules.canonical import digest
from marketplace.shared.period import local_midnight


class Kind(StrEnum):
    """Why something is held."""

    IMPLAUSIBLE = "IMPLAUSIBLE"  # more than the machine can make in the time
    EDGE = "EDGE"  # the counter grew over an edge of the lease, without a reading there
    DIP = "DIP"  # the counter fell, and nothing explained it
    WITNESS = "WITNESS"  # another meter of the machine saw less
    REJECTED = "REJECTED"  # inspection found it bad
    CHANGED = "CHANGED"  # a change or new beginning was told, and the readings do not bear it out
    PARTIAL = "PARTIAL"  # it ended before it was done


class Verdict(StrEnum):
    """What a party says of it, and what came of it."""

    BILL = "BILL"
    DROP = "DROP"


REASON_OF = {
    Kind.IMPLAUSIBLE: Flag.NONE,
    Kind.EDGE: Flag.EDGE,
    Kind.DIP: Flag.DIP,
    Kind.WITNESS: Flag.WITNESS,
    Kind.REJECTED: Flag.REJECTED,
    Kind.CHANGED: Flag.CHANGED,
    Kind.PARTIAL: Flag.PARTIAL,
}
KIND_OF = {reason: kind for kind, reason in REASON_OF.items()}


@dataclass(frozen=True)
class Held:
    """What is held of one meter on one local day for one reason."""

    meter: str
    local_day: date
    kind: Kind
    cuts: tuple[Cut, ...]

    @property
    def quantity(self) -> Decimal:
        """How much is held; run time in seconds."""
        return total(self.cuts)

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last instant of its windows, in microseconds."""
        return min(cut.start for cut in self.cuts), max(cut.end for cut in self.cuts)

    def digest(self) -> str:
        """Return the fingerprint of exactly what is held."""
        rows = [cut.dump() for cut in self.cuts]
        return digest({"meter": self.meter, "day": str(self.local_day), "kind": self.kind, "windows": rows})


def held_in(day: Day) -> list[Held]:
    """Return what a day holds, by reason."""
    found: dict[Kind, list[Cut]] = {}
    for cut in day.cuts:
        if cut.held:
            found.setdefault(KIND_OF[Flag(cut.flags) & REASONS], []).append(cut)
    return [Held(day.meter, day.local_day, kind, tuple(cuts)) for kind, cuts in sorted(found.items())]


def decided(day: Day, verdicts: Mapping[str, Verdict]) -> Day:
    """
    Apply verdicts, by fingerprint, to what a day holds.

    What is to be billed is added to its window and marked as agreed; what is dropped stays to be seen.
    """
    cuts = [cut for cut in day.cuts if not cut.held]
    for held in held_in(day):
        verdict = verdicts.get(held.digest())
        cuts += [_with(cut, verdict) for cut in held.cuts]
    return replace(day, cuts=tuple(merged(cuts)))


def outcome(said: Iterable[Verdict]) -> Verdict | None:
    """Return what both parties agree on; None while one has not spoken, or they differ."""
    verdicts = list(said)
    return verdicts[0] if len(verdicts) == 2 and len(set(verdicts)) == 1 else None


def deadline(local_day: date, *, days: int, zone: ZoneInfo) -> datetime:
    """
    Return the moment from which the contract's rule decides: what is not agreed by then is not billed.

    ``days`` are those of the count rule within which what counts can be corrected.
    """
    return local_midnight(local_day + timedelta(days=days + 1), zone)


def _with(cut: Cut, verdict: Verdict | None) -> Cut:
    if verdict is Verdict.BILL:
        return replace(cut, flags=cut.flags & ~Flag.HELD | Flag.AGREED)
    return replace(cut, flags=cut.flags | Flag.DROPPED) if verdict is Verdict.DROP else cut
