"""From evidence to usage windows: fold by the count rules, cut at quarter-hours, group by local day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from devices.rules.counters import Behaviour, CounterTerms
from devices.rules.increments import COUNTER, CYCLES, RUN, Flag, Increment, windows
from devices.rules.life import Life
from devices.rules.quantities import Fold
from devices.rules.quantities import Terms as FoldTerms
from devices.rules.readings import Reading
from leasing.rules.canonical import digest
from marketplace.rules.count_rules import CYCLES as CYCLE_METER
from marketplace.rules.count_rules import RUN_TIME, CountRule, uncountable
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import NotPossible
from marketplace.shared.period import Period

VERSION = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
QUARTER = 15 * 60 * SECOND


class RuleNotCounted(NotPossible):
    """The count rule asks for what this version does not count; nothing is guessed."""

    code = "count_rule_not_supported"
    text = gettext_noop("The count rule for “{meter}” names “{field}”, which is not counted yet.")


class Cut(NamedTuple):
    """The quantity of one meter between two edges; run time in seconds."""

    start: int
    end: int
    quantity: Decimal
    flags: int
    first_sequence: int
    last_sequence: int

    @property
    def held(self) -> bool:
        """Whether a person must decide before it is billed."""
        return bool(self.flags & Flag.HELD)


@dataclass(frozen=True)
class Piece:
    """What a device adds to a meter in one stretch of time at the unit: nothing crosses its edges."""

    within: Period
    increments: Sequence[Increment]


@dataclass(frozen=True)
class Day:
    """All windows of one meter on one local day, and the fingerprint by which versions are compared."""

    meter: str
    local_day: date
    cuts: tuple[Cut, ...]

    @property
    def quantity(self) -> Decimal:
        """What is billed of the day."""
        return sum((cut.quantity for cut in self.cuts if not cut.held), Decimal(0))

    @property
    def held(self) -> Decimal:
        """What a person must decide."""
        return sum((cut.quantity for cut in self.cuts if cut.held), Decimal(0))

    def digest(self) -> str:
        """Return the fingerprint of the windows under this version of the rules."""
        rows = [[*cut[:2], format(cut.quantity, "f"), *cut[3:]] for cut in self.cuts]
        return digest({"rules": VERSION, "meter": self.meter, "day": str(self.local_day), "windows": rows})


def fold_terms(rule: CountRule, *, silence: int | None) -> FoldTerms:
    """
    Say in the words of the fold what a count rule asks for; ``silence`` is the device's limit in µs.

    New offers with such rules are refused by ``marketplace.rules.count_rules``; this is the last guard, for
    terms that were agreed before.

    :raises RuleNotCounted: if the rule excludes modes, or asks more of cycles than that ACTIVE begins them
    """
    for field, _code in uncountable(rule):
        raise RuleNotCounted(meter=rule.meter, field=field)
    shortest = rule.shortest_cycle_seconds
    if rule.counter is not None:
        counter = CounterTerms(
            rule.counter,
            Behaviour(rule.behaviour),
            modulus=rule.width or 0,
            shortest_cycle=shortest * SECOND if shortest else None,
        )
        return FoldTerms(counters=(counter,))
    return FoldTerms(execution=rule.channel, billable=frozenset(rule.states), silence=silence)


def count(
    rule: CountRule, readings: Iterable[Reading], trace: Iterable[Life], *, silence: int | None, over: bool
) -> list[Increment]:
    """
    Return what evidence adds to the rule's meter; the first counter value in it is the baseline.

    ``over`` says that the time of the evidence has ended: a state that is still open then ends at the last
    proof of life in it.
    """
    fold = Fold(fold_terms(rule, silence=silence))
    found = fold.feed(readings, trace).increments
    if over:
        found += fold.close()
    wanted = _meter_of(rule)
    return [increment for increment in found if increment.meter == wanted]


def days(rule: CountRule, pieces: Iterable[Piece], *, zone: ZoneInfo) -> list[Day]:
    """
    Cut increments at local quarter-hours and the edges of their piece, and group them by local day.

    What lies outside the edges is left out; run time across an edge is cut exactly there.
    """
    by_day: dict[date, list[Cut]] = {}
    for piece in pieces:
        for cut in _cuts(rule, piece):
            by_day.setdefault(_local_day(cut.start, zone), []).append(cut)
    return [Day(rule.meter, day, tuple(sorted(cuts))) for day, cuts in sorted(by_day.items())]


def microseconds(moment: datetime) -> int:
    """Return a moment in microseconds since 1970 UTC."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(at: int) -> datetime:
    """Return the moment of microseconds since 1970 UTC."""
    return EPOCH + at * MICROSECOND


def _cuts(rule: CountRule, piece: Piece) -> Iterator[Cut]:
    for window in windows(piece.increments, _edges(piece.increments, piece.within)):
        quantity = Decimal(window.quantity)
        yield Cut(
            window.start,
            window.end,
            quantity / SECOND if rule.meter == RUN_TIME else quantity,
            int(window.flags),
            window.first_sequence,
            window.last_sequence,
        )


def _edges(increments: Sequence[Increment], within: Period) -> list[int]:
    """List the local quarter-hours that the increments touch, cut off at the edges of ``within``."""
    lower = microseconds(within.start)
    upper = max((increment.end + 1 for increment in increments), default=lower)
    if within.end is not None:
        upper = min(upper, microseconds(within.end))
    touched = range(lower // QUARTER * QUARTER, upper, QUARTER)
    last = touched[-1] + QUARTER if touched else lower
    if within.end is not None:
        last = min(last, microseconds(within.end))
    return [lower, *touched[1:], last] if touched else []


def _local_day(at: int, zone: ZoneInfo) -> date:
    return moment_of(at).astimezone(zone).date()


def _meter_of(rule: CountRule) -> str:
    if rule.meter == RUN_TIME:
        return RUN
    return CYCLES if rule.meter == CYCLE_METER else f"{COUNTER}{rule.counter}"
