"""What a count rule asks for, in the words of the fold that measures a device."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from devices.rules.changes import Change
from devices.rules.counters import Behaviour, CounterTerms
from devices.rules.cycles import CycleTerms
from devices.rules.increments import COMPLETE, COUNTER, CYCLES, RUN
from devices.rules.modes import ModeTerms
from devices.rules.quantities import Terms
from marketplace.rules.count_rules import BEGUN, ENDED, RUN_TIME, CountRule, uncountable
from marketplace.rules.count_rules import CYCLES as CYCLE_METER
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import NotPossible

SECOND = 1_000_000
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
    modes, shortest = _modes(rule), rule.shortest_cycle_seconds
    least = shortest * SECOND if shortest else None
    if rule.counter is not None:
        behaviour = Behaviour(rule.behaviour)
        changed = changes.get(rule.counter, ())
        counter = CounterTerms(rule.counter, behaviour, rule.width or 0, least, changed)
        return Terms(rule.channel, frozenset(), (counter,), silence, modes=modes)
    states = frozenset(rule.states)
    if rule.meter == CYCLE_METER:
        cycles = CycleTerms(states, rule.cycle == ENDED, least)
        return Terms(rule.channel, frozenset(), silence=silence, cycles=cycles, modes=modes)
    timer = () if rule.witness is None else (_timer(rule.witness.channel, changes),)
    return Terms(rule.channel, states, timer, silence, modes=modes)


def _timer(channel: str, changes: Mapping[str, tuple[Change, ...]]) -> CounterTerms:
    return CounterTerms(channel, changes=changes.get(channel, ()))


def meter_of(rule: CountRule) -> str:
    """Name the increments that a rule bills."""
    if rule.meter == RUN_TIME:
        return RUN
    if rule.meter == CYCLE_METER:
        return CYCLES if rule.cycle == BEGUN else COMPLETE
    return f"{COUNTER}{rule.counter}"


def factor_of(rule: CountRule) -> Decimal:
    """Return what one unit of the fold is in the unit of the meter: seconds, pieces, cycles or kWh."""
    return Decimal(1).scaleb(-6) if rule.meter == RUN_TIME else rule.scale


def _modes(rule: CountRule) -> ModeTerms | None:
    if rule.modes_from is None:
        return None
    allowed = frozenset(rule.allowed_modes) or None
    return ModeTerms(rule.modes_from, frozenset(rule.excluded_modes), allowed)
