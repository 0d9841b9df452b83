"""What a count rule asks for, in the words of the fold that measures a device."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from devices.rules.changes import Change
from devices.rules.counters import Behaviour, CounterTerms, RestartTerms
from devices.rules.cycles import CycleTerms
from devices.rules.increments import ABOVE, BAD, COMPLETE, COUNTER, CYCLES, GAUGE, JOBS, RUN
from devices.rules.jobs import JobTerms, Partial
from devices.rules.modes import ModeTerms
from devices.rules.quantities import Terms
from devices.rules.verdicts import VerdictTerms
from marketplace.rules.count_rules import (
    BEGUN,
    ENDED,
    GAUGED,
    LOAD_TIME,
    RUN_TIME,
    CountRule,
    uncountable,
)
from marketplace.rules.count_rules import JOBS as JOBS_METERS
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import NotPossible

SECOND = 1_000_000
MICRO = Decimal(1).scaleb(-6)
NOTHING: Mapping[str, tuple[Change, ...]] = MappingProxyType({})


class RuleNotCounted(NotPossible):
    """The count rule asks for what this version does not count; nothing is guessed."""

    code = "count_rule_not_supported"
    text = gettext_noop("The count rule for “{meter}” names “{field}”, which is not counted yet.")


def fold_terms(
    rule: CountRule, *, silence: int | None, changes: Mapping[str, tuple[Change, ...]] = NOTHING
) -> Terms:
    """
    Say in the words of the fold what a count rule asks for; ``silence`` is the device's limit in µs.

    ``changes`` are the recorded changes of its counters in the time that is measured, by channel.

    New offers with such rules are refused by ``marketplace.rules.count_rules``; this is the last guard, for
    terms that were agreed before.

    :raises RuleNotCounted: if modes matter and no channel tells them, or a length is asked of what has none
    """
    for field, _code in uncountable(rule):
        raise RuleNotCounted(meter=rule.meter, field=field)
    shortest = rule.shortest_cycle_seconds
    least = shortest * SECOND if shortest else None
    beside = _beside(rule, changes)
    states = frozenset(rule.states)
    terms = Terms(rule.channel, frozenset(), beside, silence, modes=_modes(rule), verdicts=_verdicts(rule))
    if rule.counter is not None:
        return replace(terms, counters=(_counter(rule, least, changes), *beside))
    if rule.gauge is not None:
        return replace(terms, gauges=(rule.gauge,), threshold=rule.above)
    if rule.meter in JOBS_METERS:
        jobs = JobTerms(rule.channel, states, frozenset(rule.done), Partial(rule.partial), least)
        return replace(terms, jobs=jobs)
    if rule.counts_cycles:
        return replace(terms, cycles=CycleTerms(states, rule.cycle == ENDED, least))
    return replace(terms, billable=states)


def _counter(
    rule: CountRule, shortest: int | None, changes: Mapping[str, tuple[Change, ...]]
) -> CounterTerms:
    assert rule.counter is not None
    behaviour, changed = Behaviour(rule.behaviour), changes.get(rule.counter, ())
    told = rule.restart
    restart = None if told is None else RestartTerms(told.channel, frozenset(told.words))
    return CounterTerms(rule.counter, behaviour, rule.width or 0, shortest, changed, restart)


def _beside(rule: CountRule, changes: Mapping[str, tuple[Change, ...]]) -> tuple[CounterTerms, ...]:
    """Return the counters that a rule reads beside what it bills: a timer, and that of bad parts."""
    channels = [] if rule.witness is None else [rule.witness.channel]
    channels += [] if rule.bad is None or rule.bad.words else [rule.bad.channel]
    return tuple(CounterTerms(channel, changes=changes.get(channel, ())) for channel in channels)


def _verdicts(rule: CountRule) -> VerdictTerms | None:
    if rule.bad is None or not rule.bad.words:
        return None
    return VerdictTerms(rule.bad.channel, frozenset(rule.bad.words))


def meter_of(rule: CountRule) -> str:
    """Name the increments that a rule bills."""
    if rule.meter == RUN_TIME:
        return RUN
    if rule.counts_cycles:
        return CYCLES if rule.cycle == BEGUN else COMPLETE
    if rule.meter in JOBS_METERS:
        return JOBS
    if rule.gauge is not None:
        return f"{ABOVE if rule.meter == LOAD_TIME else GAUGE}{rule.gauge}"
    return f"{COUNTER}{rule.counter}"


def bad_meter_of(rule: CountRule) -> str | None:
    """Name the increments that a rule takes off, if it takes any."""
    if rule.bad is None:
        return None
    return BAD if rule.bad.words else f"{COUNTER}{rule.bad.channel}"


def factor_of(rule: CountRule) -> Decimal:
    """
    Return what one unit of the fold is in the unit of the meter.

    That is seconds for time, kW × seconds and m³/h × seconds for levels, else pieces, cycles, kWh, m³, m.
    """
    if rule.meter in (RUN_TIME, *GAUGED):
        return (rule.scale * MICRO).normalize()
    return rule.scale * rule.per_cycle


def _modes(rule: CountRule) -> ModeTerms | None:
    if rule.modes_from is None:
        return None
    allowed = frozenset(rule.allowed_modes) or None
    return ModeTerms(rule.modes_from, frozenset(rule.excluded_modes), allowed)
