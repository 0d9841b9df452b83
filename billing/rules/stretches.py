"""
Fold evidence day by day, so that later evidence goes on from where it stopped.

A *stretch* is a part of the evidence in the source's order: all entries from the first that reaches a local
day up to the first that reaches a later one. It holds what it found, cut into windows, and the state of
every fold at its end, which is the checkpoint from which the next stretch goes on. Clocks may go back, so a
stretch may add to earlier days; it never adds to a later one. A day is therefore the sum of what the
stretches of that day and of later days found in it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.rules.completeness import GapSpan, joined, placed
from billing.rules.cutting import Cut, Span, cut, merged
from billing.rules.terms import bad_meter_of, factor_of, fold_terms, meter_of
from devices.rules.changes import Change
from devices.rules.gaps import Gap
from devices.rules.increments import COUNTER, STATE, Flag, Increment, add
from devices.rules.life import Life
from devices.rules.quantities import Fold
from devices.rules.readings import Number, Reading, instant, is_number, moment
from marketplace.rules.count_rules import CountRule
from marketplace.shared.period import local_midnight

Cuts = dict[str, list[Cut]]
NEVER = -(2**62)
STATES, TIMER = "/states", "/timer"  # beside a meter: what its second witness is compared by
BAD = "/bad"  # beside a meter: what is taken off
BOUNDARY = 60 * 1_000_000


@dataclass(frozen=True)
class Plan:
    """
    What is measured of a device for a unit: the count rules, the time, the zone that makes its days.

    ``changes`` are the recorded changes of the device's counters that stand, by channel, in order of time.
    """

    rules: Sequence[CountRule]
    within: Span
    zone: ZoneInfo
    silence: int | None
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)

    def changes_within(self) -> dict[str, tuple[Change, ...]]:
        """Return the changes in the time that is measured; others are of others' time."""
        inside = {
            channel: tuple(change for change in found if self.within.holds(change.at))
            for channel, found in self.changes.items()
        }
        return {channel: found for channel, found in inside.items() if found}

    def day_of(self, at: int) -> date:
        """Return the local day of an instant."""
        return moment(at).astimezone(self.zone).date()

    def midnight_after(self, day: date) -> int:
        """Return the instant at which a local day ends."""
        return instant(local_midnight(day + timedelta(days=1), self.zone))


@dataclass(frozen=True)
class Evidence:
    """
    Readings and life trace of a part of the source's order, and with which delivery each came.

    ``holes`` are the numbers of the source that never came, as rising half-open orders.
    """

    readings: Sequence[Reading] = ()
    trace: Sequence[Life] = ()
    arrivals: Mapping[int, int] = field(default_factory=dict)
    holes: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True)
class Stretch:
    """
    What one stretch found, and the state at its end.

    ``first`` is the order of its first entry; ``arrivals`` those of the readings that the state still needs;
    ``closing`` is what ends with the time that is measured, as long as nothing follows. ``heard`` is the
    latest device time up to its end; ``gaps`` are those that ended in it, ``lasting`` those open at its end.
    Nothing before ``watermark`` changes any more unless something arrives late.
    """

    local_day: date
    first: int
    state: dict[str, Any]
    arrivals: Mapping[int, int]
    cuts: Cuts
    closing: Cuts = field(default_factory=dict)
    heard: int = NEVER
    gaps: tuple[GapSpan, ...] = ()
    lasting: tuple[GapSpan, ...] = ()
    watermark: int = NEVER

    def ends_like(self, other: "Stretch") -> bool:
        """Tell whether all that follows this stretch is what follows the other."""
        return (self.local_day, self.state, self.heard) == (other.local_day, other.state, other.heard)

    def found(self, meter: str) -> list[Cut]:
        """Return the windows of one meter, also what ended with the time."""
        return [*self.cuts.get(meter, ()), *self.closing.get(meter, ())]

    def days(self, plan: Plan) -> set[date]:
        """Return the local days to which this stretch adds."""
        found = (*self.cuts.values(), *self.closing.values())
        return {plan.day_of(one.start) for cuts in found for one in cuts}


def first_numbers(plan: Plan, evidence: Evidence, after: Stretch | None) -> dict[str, Reading]:
    """Return, by meter, the baselines among evidence: the first number of each counter that has none yet."""
    folds = _folds(plan, after)
    found: dict[str, Reading] = {}
    for rule in plan.rules:
        if rule.counter is not None and folds[rule.meter].counters[rule.counter].mark is None:
            of_counter = (one for one in evidence.readings if one.channel == rule.counter)
            baseline = next((one for one in of_counter if is_number(one.value)), None)
            if baseline is not None:
                found[rule.meter] = baseline
    return found


def edge_growth(plan: Plan, meter: str, before: Reading, baseline: Reading) -> list[Increment]:
    """
    Hold what a counter grew by from before the time that is measured to its first number in it.

    A number within a minute of the edge is a boundary reading: all growth before it belongs to others. Where
    the counter was changed in between, both sides of the change are growth, the step is not; what grew behind
    a change inside the time is no matter of the edge.
    """
    assert is_number(before.value) and is_number(baseline.value)
    rule = next(rule for rule in plan.rules if rule.meter == meter)
    growth = _grown(plan, rule, before, baseline)
    if growth <= 0 or baseline.at < plan.within.start + BOUNDARY:
        return []
    flags = Flag.HELD | Flag.EDGE
    at = baseline.at
    return [Increment(meter_of(rule), at, at, growth, flags, before.sequence, baseline.sequence)]


def counter_marks(plan: Plan, last: Stretch) -> dict[str, Reading]:
    """Return, by meter, where each counter that is billed stood at the end; not one whose fall is open."""
    found: dict[str, Reading] = {}
    for rule, fold in zip(plan.rules, _folds(plan, last).values(), strict=True):
        if rule.counter is None:
            continue
        counter = fold.counters[rule.counter]
        if counter.mark is not None and counter.low is None:
            found[rule.meter] = Reading(counter.sequence, counter.marked_at, rule.counter, counter.mark)
    return found


def end_growth(
    plan: Plan, last: Stretch, mark: Reading, after: Reading, *, meter: str, arrival: int
) -> list[Cut]:
    """
    Hold what a counter grew by from its last number in the time to the first one behind it.

    It stands where the counter was last read. A last number within a minute of the end is a boundary reading.
    ``arrival`` is that of ``after``, a number of somebody else's time.
    """
    end = plan.within.end
    assert end is not None, "only what has ended has an end"
    rule = next(rule for rule in plan.rules if rule.meter == meter)
    growth = _grown(plan, rule, mark, after, to_the_end=True)
    if growth <= 0 or mark.at >= end - BOUNDARY or mark.sequence not in last.arrivals:
        return []
    held = Increment(
        meter_of(rule), mark.at, mark.at, growth, Flag.HELD | Flag.EDGE, mark.sequence, after.sequence
    )
    cuts = _cut(plan, rule, [held], {**last.arrivals, after.sequence: arrival})
    taken = {cut.start for cut in last.cuts.get(meter, ()) if cut.flags & Flag.EDGE}
    return [cut for cut in cuts if cut.start not in taken]  # what began there as well is held already


def _grown(
    plan: Plan, rule: CountRule, before: Reading, baseline: Reading, *, to_the_end: bool = False
) -> Number:
    assert is_number(before.value) and is_number(baseline.value)
    growth, mark = add(0, 0), before.value
    for change in plan.changes.get(str(rule.counter), ()):
        if before.at < change.at <= baseline.at:
            is_inside = plan.within.holds(change.at)
            if not (is_inside and to_the_end):  # else that is held already: nothing bore the record out
                growth = add(growth, max(0, add(change.final, -mark)))
            if is_inside and not to_the_end:
                return growth
            mark = change.first
    return add(growth, add(baseline.value, -mark))


def walk(
    plan: Plan,
    evidence: Evidence,
    *,
    after: Stretch | None = None,
    extend: bool = False,
    edges: Sequence[Increment] = (),
) -> list[Stretch]:
    """
    Fold evidence that follows ``after`` in the source's order (``None``: from the beginning), day by day.

    With ``extend`` the evidence may still belong to the day of ``after``; the first stretch of the answer
    then takes its place. ``edges`` are what :func:`edge_growth` held.
    """
    found: list[Stretch] = []
    folds = _folds(plan, after)
    known, heard = ({}, NEVER) if after is None else (after.arrivals, after.heard)
    last = after if extend else None
    for day, first, part in _parts(plan, evidence, None if after is None else after.local_day):
        arrivals = {**known, **part.arrivals}
        lives = [fold.life for fold in folds.values()]
        missing, open_ended = placed(
            evidence.holes, lives[0] if lives else None, part.trace, start=plan.within.start
        )
        new = {meter: fold.feed(part.readings, part.trace) for meter, fold in folds.items()}
        here = {one.sequence for one in part.readings}
        held = [edge for edge in edges if edge.last_sequence in here]
        cuts = {
            rule.meter: _cut(plan, rule, new[rule.meter].increments + held, arrivals) for rule in plan.rules
        }
        for rule in plan.rules:
            cuts |= _witnesses(plan, rule, new[rule.meter].increments, arrivals)
            cuts |= _bad(plan, rule, new[rule.meter].increments, arrivals)
        state = {meter: _settled(fold) for meter, fold in folds.items()}
        known = {order: arrivals[order] for order in sorted(_named(state)) if order in arrivals}
        heard = max([heard, *(one.at for one in part.readings), *(one.at for one in part.trace)])
        gaps = joined([*missing, *(_span(gap) for each in new.values() for gap in each.gaps)])
        lasting, watermark = _open(folds.values(), heard)
        stretch = Stretch(
            day, first, state, known, cuts, {}, heard, gaps, joined([*lasting, *open_ended]), watermark
        )
        found.append(_joined(last, stretch) if last is not None and last.local_day == day else stretch)
    return found


def closing(plan: Plan, last: Stretch, *, over: bool) -> Cuts:
    """
    Return what ends behind the last stretch: an open state, at its last proof of life, once time is ``over``.

    Falls of counters that nothing explained are held: then too, or at once where a person decides them.
    """
    found: Cuts = {}
    for rule, (meter, fold) in zip(plan.rules, _folds(plan, last).items(), strict=True):
        ended = fold.close() if over else fold.pending()
        cuts = _cut(plan, rule, ended, last.arrivals)
        found |= {meter: cuts} if cuts else {}
    return found


def _open(folds: Iterable[Fold], heard: int) -> tuple[tuple[GapSpan, ...], int]:
    """Return the gaps that last, and the time before which all is known."""
    lasting, since = [], [heard]
    for fold in folds:
        if fold.gaps.open is not None:
            start, silent = fold.gaps.open
            lasting.append(GapSpan(start, None, silent))
        if fold.open_since is not None:
            since.append(fold.open_since)
    return joined(lasting), min(since)


def _span(gap: Gap) -> GapSpan:
    start = gap.start if gap.last_life is None else gap.last_life
    return GapSpan(start, max(start, gap.end), gap.silent)


def _folds(plan: Plan, after: Stretch | None) -> dict[str, Fold]:
    changes = plan.changes_within()
    terms = {rule.meter: fold_terms(rule, silence=plan.silence, changes=changes) for rule in plan.rules}
    if after is None:
        return {meter: Fold(asked) for meter, asked in terms.items()}
    return {meter: Fold.resume(asked, after.state[meter]) for meter, asked in terms.items()}


def _parts(plan: Plan, evidence: Evidence, day: date | None) -> Iterator[tuple[date, int, Evidence]]:
    """Cut evidence where an entry reaches a new local day; yield day, first order, and the part."""
    readings, trace = evidence.readings, evidence.trace
    orders = [one.sequence for one in readings], [one.sequence for one in trace]
    place, lives = 0, 0
    while place < len(readings) or lives < len(trace):
        first = min((*orders[0][place : place + 1], *orders[1][lives : lives + 1]))
        limit = NEVER if day is None else plan.midnight_after(day)
        reached = _reached(readings, place, trace, lives, limit)
        if reached is not None and reached[0] == first:
            day = plan.day_of(reached[1])
            reached = _reached(readings, place, trace, lives, plan.midnight_after(day))
        assert day is not None, "the first entry of all reaches its day"
        ends = [len(one) if reached is None else bisect_left(one, reached[0]) for one in orders]
        part = Evidence(readings[place : ends[0]], trace[lives : ends[1]], evidence.arrivals)
        place, lives = ends
        yield day, first, part


def _reached(
    readings: Sequence[Reading], place: int, trace: Sequence[Life], lives: int, limit: int
) -> tuple[int, int] | None:
    """Return order and time of the first entry at ``limit`` or later."""
    found = [
        next(((one.sequence, one.at) for one in entries if one.at >= limit), None)
        for entries in (_from(readings, place), _from(trace, lives))
    ]
    return min((one for one in found if one is not None), default=None)


def _from(entries: Sequence[Any], place: int) -> Iterable[Any]:
    return (entries[index] for index in range(place, len(entries)))


def _cut(plan: Plan, rule: CountRule, found: Sequence[Increment], arrivals: Mapping[int, int]) -> list[Cut]:
    meter = meter_of(rule)
    wanted = (increment for increment in found if increment.meter == meter)
    return cut(wanted, plan.within, arrivals=arrivals, factor=factor_of(rule))


def _witnesses(plan: Plan, rule: CountRule, found: Sequence[Increment], arrivals: Mapping[int, int]) -> Cuts:
    """Cut what the second witness of a rule saw: its own growth, and the states in which it runs."""
    if rule.witness is None:
        return {}
    meters = {f"{STATE}{state}" for state in rule.witness.states}
    states = [one for one in found if one.meter in meters]
    unseen = Flag.UNOBSERVED | Flag.HELD
    timer = f"{COUNTER}{rule.witness.channel}"
    grown = [one for one in found if one.meter == timer and not one.flags & unseen]
    in_seconds = Decimal(1).scaleb(-6)
    return {
        f"{rule.meter}{STATES}": cut(states, plan.within, arrivals=arrivals, factor=in_seconds),
        f"{rule.meter}{TIMER}": cut(grown, plan.within, arrivals=arrivals, factor=rule.witness.seconds),
    }


def _bad(plan: Plan, rule: CountRule, found: Sequence[Increment], arrivals: Mapping[int, int]) -> Cuts:
    """Cut what a rule takes off; what a person must decide about a counter of bad parts takes nothing."""
    meter = bad_meter_of(rule)
    if meter is None:
        return {}
    wanted = (one for one in found if one.meter == meter and not one.flags & Flag.HELD)
    return {f"{rule.meter}{BAD}": cut(wanted, plan.within, arrivals=arrivals, factor=Decimal(1))}


def _settled(fold: Fold) -> dict[str, Any]:
    """Save a fold without its running totals for people, so that equal states look equal."""
    saved = fold.save()
    saved["run_time"]["back_steps"] = saved["cycles"]["resumed"] = 0
    return saved


def _named(state: Any) -> set[int]:
    """Return the orders of the readings that a saved state names: what it finds next may begin there."""
    if isinstance(state, dict):
        own = {state[name] for name in ("sequence", "latest_sequence") if name in state}
        life = {state["life"][0]} if state.get("life") else set()
        return own.union(life, *(_named(value) for value in state.values()))
    return set()


def _joined(before: Stretch, after: Stretch) -> Stretch:
    cuts = {meter: merged([*before.cuts.get(meter, ()), *after.cuts[meter]]) for meter in after.cuts}
    return replace(after, first=before.first, cuts=cuts, gaps=joined([*before.gaps, *after.gaps]))
