"""
What a leased machine used of energy (设备租赁+能耗管理): a day, a part, and while it did not work.

Counters are read by the house's own rule (``devices.rules.counters``): a rise is use, a fall is none, what
is plausible but unproved is left out. The growth between two readings is spread evenly over the time between
them; so it is cut, exactly, at local midnights and where the execution state changes. Nothing is billed by
this report.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from devices.rules.counters import CounterTerms
from devices.rules.increments import Flag, Increment
from devices.rules.quantities import Fold, Terms
from devices.rules.readings import Reading, Value, instant, is_number, moment
from marketplace.rules.msgids import Phrase, gettext_noop
from marketplace.shared.period import Period

KWH: Mapping[str, Decimal] = {"Wh": Decimal("0.001"), "kWh": Decimal(1), "MWh": Decimal(1000)}
WORKS = "ACTIVE"
THOUSANDTH, TENTH = Decimal("0.001"), Decimal("0.1")
MUCH_IDLE = Fraction(15, 100)  # of all energy; from here on switching off is what helps most
MUCH_SPREAD = Fraction(105, 100)  # average above the best day's energy per part

Point = tuple[int, Value]  # microseconds since 1970, and what was said


class Share(StrEnum):
    """What the machine did while it used energy."""

    WORK = "work"
    IDLE = "idle"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Told:
    """
    What one device told of one machine: points of its energy counter, its execution states, its part counter.

    ``scale`` is how many kWh one step of the energy counter is. ``states`` and ``parts`` are ``None`` where
    no channel tells them. What has the same ``meter`` (of one ``device``) continues what came before it, so
    that a long time is told part by part; without a name it stands alone.
    """

    energy: Sequence[Point]
    scale: Decimal
    states: Sequence[Point] | None = None
    parts: Sequence[Point] | None = None
    device: str = ""
    meter: str = ""


@dataclass(frozen=True)
class Day:
    """A local day: kWh in thousandths, of that while the machine did not work, or nobody knows; parts."""

    day: date
    kwh: Decimal
    idle: Decimal
    unknown: Decimal
    parts: Decimal

    @property
    def per_part(self) -> Decimal | None:
        """The kWh of one part, in thousandths; nothing without parts."""
        return _rounded(Fraction(self.kwh) / Fraction(self.parts)) if self.parts else None


@dataclass(frozen=True)
class Report:
    """
    The days of a period, in order; totals are sums of what the days show.

    ``knows_states`` and ``knows_parts`` say whether any channel tells them; ``unclear`` counts steps of
    counters that were left out because a person would have to look.
    """

    days: tuple[Day, ...]
    knows_states: bool
    knows_parts: bool
    unclear: int

    @property
    def kwh(self) -> Decimal:
        """All energy."""
        return sum((day.kwh for day in self.days), Decimal(0))

    @property
    def idle(self) -> Decimal:
        """The energy while the machine did not work."""
        return sum((day.idle for day in self.days), Decimal(0))

    @property
    def unknown(self) -> Decimal:
        """The energy while nobody knows what the machine did."""
        return sum((day.unknown for day in self.days), Decimal(0))

    @property
    def parts(self) -> Decimal:
        """All parts."""
        return sum((day.parts for day in self.days), Decimal(0))

    @property
    def per_part(self) -> Decimal | None:
        """The kWh of one part over the period; nothing without parts."""
        return _rounded(Fraction(self.kwh) / Fraction(self.parts)) if self.parts else None


def report(told: Iterable[Told], *, period: Period, zone: ZoneInfo) -> Report:
    """
    Add up what the devices of one lease told, within a half-open period, by local day.

    Points may reach over the edges of the period: growth is cut there, and what lies outside is left out.
    What one device told is added up before the next one is asked for.
    """
    edges = [*(instant(day.start) for day in period.local_days(zone)), _end(period)]
    sums = _Sums(edges, zone)
    for one in told:
        sums.add(one)
        del one  # a month of points need not wait for the next
    sums.close()
    days = sorted({day for day, _share in sums.energy} | set(sums.parts))
    return Report(
        tuple(_shown(day, sums.energy, sums.parts[day]) for day in days),
        sums.knows_states,
        sums.knows_parts,
        sums.unclear,
    )


def suggestion(found: Report) -> Phrase | None:
    """
    Return the one thing that would save most, with its figures; nothing where nothing was used.

    Much energy while the machine did not work comes first; then days that needed more for a part than the
    best one; else it is said that nothing stands out.
    """
    if not found.kwh:
        return None
    if found.knows_states and Fraction(found.idle) >= MUCH_IDLE * Fraction(found.kwh):
        worst = max(found.days, key=lambda day: day.idle)
        facts = {
            "idle": _text(found.idle),
            "kwh": _text(found.kwh),
            "percent": _percent(found.idle, found.kwh),
            "day": worst.day.isoformat(),
            "most": _text(worst.idle),
        }
        return Phrase(IDLE, facts)
    best = min((day for day in found.days if day.per_part), key=lambda day: day.per_part or 0, default=None)
    average, least = found.per_part, best.per_part if best else None
    if best and average and least and Fraction(average) >= MUCH_SPREAD * Fraction(least):
        saved = _rounded(Fraction(average - least) * Fraction(found.parts))
        facts = {"day": best.day.isoformat(), "best": _text(least), "average": _text(average)}
        return Phrase(SPREAD, facts | {"saved": _text(saved)})
    if found.knows_states:
        return Phrase(FINE, {"percent": _percent(found.idle, found.kwh)})
    return Phrase(NO_STATES)


IDLE = gettext_noop(
    "Of {kwh} kWh, {idle} kWh ({percent} %) were used while the machine did not work, "
    "most on {day}: {most} kWh. Switch it off when it stands for long."
)
SPREAD = gettext_noop(
    "On {day} a part took {best} kWh, on average it took {average} kWh. At the best day's figure the same "
    "parts would have taken {saved} kWh less: see what was different on that day."
)
FINE = gettext_noop("Only {percent} % were used while the machine did not work. Nothing stands out.")
NO_STATES = gettext_noop(
    "No channel tells when the machine worked, so nobody can say what it used while it stood."
)


@dataclass(frozen=True)
class _Step:
    """One growth of a counter, between the reading before (``since``) and the one that shows it (``at``)."""

    since: int
    at: int
    growth: Fraction
    held: bool


@dataclass
class _Sums:
    """What was added up so far, between the first and the last of ``edges``, the midnights of ``zone``."""

    edges: Sequence[int]
    zone: ZoneInfo
    energy: defaultdict[tuple[date, Share], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    parts: defaultdict[date, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    knows_states: bool = False
    knows_parts: bool = False
    unclear: int = 0
    device: str = ""
    open_: dict[str, "_Meter"] = field(default_factory=dict)

    def add(self, one: Told) -> None:
        """Add what one device told, or a further part of it."""
        if not one.meter or one.device != self.device:
            self.close()
        self.device = one.device
        self.knows_states |= one.states is not None
        self.knows_parts |= one.parts is not None
        meter = self.open_.setdefault(one.meter, _Meter(one.scale))
        if one.states is not None:
            meter.hear(one.states)
        self._use(meter, meter.energy.steps(one.energy))
        self._make(meter.parts.steps(one.parts or ()))
        meter.forget()

    def close(self) -> None:
        """Add what the counters of the last device still held back."""
        for meter in self.open_.values():
            self._use(meter, meter.energy.last())
            self._make(meter.parts.last())
        self.open_.clear()

    def _use(self, meter: "_Meter", steps: Iterable[_Step]) -> None:
        for step in steps:
            self.unclear += step.held
            _spread(step, meter, self.edges, self.zone, self.energy)

    def _make(self, steps: Iterable[_Step]) -> None:
        for step in steps:
            self.unclear += step.held
            if not step.held and self.edges[0] <= step.at < self.edges[-1]:
                self.parts[_day(step.at, self.zone)] += step.growth


@dataclass
class _Counter:
    """A counter that is read part by part: the house's rule, and where its last numbers stood."""

    fold: Fold = field(default_factory=lambda: Fold(Terms(counters=(CounterTerms(0),))))
    places: list[int] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)
    place: int = 0

    def steps(self, points: Sequence[Point]) -> Iterator[_Step]:
        """Yield what it grew in one part, each with the time in which it did."""
        del self.places[:-1], self.moments[:-1]
        readings = [Reading(place, at, 0, value) for place, (at, value) in enumerate(points, self.place)]
        self.place += len(readings)
        for one in readings:
            if is_number(one.value):
                self.places.append(one.sequence)
                self.moments.append(one.at)
        return self._made(self.fold.feed(readings).increments)

    def last(self) -> Iterator[_Step]:
        """Yield what it held back to its end."""
        return self._made(self.fold.close())

    def _made(self, found: Iterable[Increment]) -> Iterator[_Step]:
        for one in found:
            before = bisect_right(self.places, one.last_sequence - 1) - 1
            since = self.moments[before] if before >= 0 else one.start
            held = bool(one.flags & Flag.HELD)
            yield _Step(min(since, one.start), one.start, Fraction(one.quantity), held)


@dataclass
class _Meter:
    """An energy counter with what its machine did meanwhile; states that change nothing are not kept."""

    scale: Decimal
    energy: _Counter = field(default_factory=_Counter)
    parts: _Counter = field(default_factory=_Counter)
    states: list[Point] | None = None

    def hear(self, states: Sequence[Point]) -> None:
        """Keep the changes among further states."""
        self.states = self.states or []
        for point in states:
            if not self.states or self.states[-1][1] != point[1]:
                self.states.append(point)

    def forget(self) -> None:
        """Drop the states before the last number of the counter, but for the one that held then."""
        if self.states and self.energy.moments:
            del self.states[: max(0, bisect_right(self.states, self.energy.moments[-1], key=_at) - 1)]


def _at(point: Point) -> int:
    return point[0]


def _spread(
    step: _Step,
    told: _Meter,
    edges: Sequence[int],
    zone: ZoneInfo,
    energy: defaultdict[tuple[date, Share], Fraction],
) -> None:
    """Put one growth where it was used, by day and by what the machine did: in proportion to time."""
    if step.held:
        return
    kwh = step.growth * Fraction(told.scale)
    if step.since == step.at:
        if edges[0] <= step.at < edges[-1]:
            energy[_day(step.at, zone), _share(told.states, step.at)] += kwh
        return
    cuts = {step.since, step.at, *edges[bisect_right(edges, step.since) : bisect_left(edges, step.at)]}
    cuts |= {at for at, _state in _between(told.states or (), step)}
    ordered = sorted(cuts)
    for low, high in pairwise(ordered):
        if edges[0] <= low < edges[-1]:
            part = kwh * Fraction(high - low, step.at - step.since)
            energy[_day(low, zone), _share(told.states, low)] += part


def _between(points: Sequence[Point], step: _Step) -> Sequence[Point]:
    """Return what was told within a growth; a month has too many states to look at all of them each time."""
    first = bisect_right(points, step.since, key=_at)
    return points[first : bisect_left(points, step.at, key=_at)]


def _share(states: Sequence[Point] | None, at: int) -> Share:
    """Say what the machine did at a moment: the last state that it had told by then."""
    if states is None:
        return Share.UNKNOWN
    place = bisect_right(states, at, key=_at) - 1
    state = states[place][1] if place >= 0 else None
    if state is None:
        return Share.UNKNOWN
    return Share.WORK if state == WORKS else Share.IDLE


def _shown(day: date, energy: Mapping[tuple[date, Share], Fraction], parts: Fraction) -> Day:
    """Round the figures of a day once; what it used in all is the sum of what is shown of it."""
    work, idle, unknown = (_rounded(energy.get((day, share), Fraction(0))) for share in Share)
    counted = Decimal(parts.numerator) / Decimal(parts.denominator)
    return Day(day, work + idle + unknown, idle, unknown, counted)


def _rounded(exact: Fraction) -> Decimal:
    """Round to a thousandth, half up; exact for any fraction."""
    scaled = (exact * 2000 + 1) // 2
    return (Decimal(scaled) * THOUSANDTH).quantize(THOUSANDTH)


def _percent(part: Decimal, whole: Decimal) -> str:
    return format((part * 100 / whole).quantize(TENTH, ROUND_HALF_UP), "f")


def _text(figure: Decimal) -> str:
    return format(figure, "f")


def _day(at: int, zone: ZoneInfo) -> date:
    return moment(at).astimezone(zone).date()


def _end(period: Period) -> int:
    assert period.end is not None, "a report is for a closed period"
    return instant(period.end)
