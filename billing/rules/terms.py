"""What a count rule asks for, in the words of the fold that measures a device."""

from devices.rules.counters import Behaviour, CounterTerms
from devices.rules.increments import COUNTER, CYCLES, RUN
from devices.rules.quantities import Terms
from marketplace.rules.count_rules import CYCLES as CYCLE_METER
from marketplace.rules.count_rules import RUN_TIME, CountRule, uncountable
from marketplace.rules.msgids import gettext_noop
from marketplace.shared.errors import NotPossible

SECOND = 1_000_000


class RuleNotCounted(NotPossible):
    """The count rule asks for what this version does not count; nothing is guessed."""

    code = "count_rule_not_supported"
    text = gettext_noop("The count rule for “{meter}” names “{field}”, which is not counted yet.")


def fold_terms(rule: CountRule, *, silence: int | None) -> Terms:
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
        return Terms(rule.channel, frozenset(), (counter,), silence)
    return Terms(execution=rule.channel, billable=frozenset(rule.states), silence=silence)


def meter_of(rule: CountRule) -> str:
    """Name the increments that a rule bills."""
    if rule.meter == RUN_TIME:
        return RUN
    return CYCLES if rule.meter == CYCLE_METER else f"{COUNTER}{rule.counter}"


def in_seconds(rule: CountRule) -> bool:
    """Tell whether the quantity is a length of time."""
    return rule.meter == RUN_TIME
