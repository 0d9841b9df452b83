"""What a count rule means, as phrases: English msgids with facts that are ready to print."""

from marketplace.rules.count_rules import (
    BATCHES,
    COMPLETED,
    COUNT,
    CYCLES,
    ENDED,
    ENERGY,
    FLOW,
    FREE,
    GOOD_PARTS,
    HOLD,
    JOBS,
    LENGTH,
    LOAD_TIME,
    MISSIONS,
    PARTS,
    POWER,
    RESTARTS,
    ROLLS_OVER,
    RUN_TIME,
    SLOTS,
    VOLUME,
    CountRule,
)
from marketplace.rules.count_signals import Signal
from marketplace.rules.msgids import Phrase, gettext_noop

SPOKEN = {
    RUN_TIME: gettext_noop("Run time counts while “{channel}” is {states}"),
    CYCLES: gettext_noop("A cycle counts when “{channel}” becomes {states}"),
    PARTS: gettext_noop("Parts are the growth of the counter “{counter}”"),
    GOOD_PARTS: gettext_noop("Good parts are the growth of the counter “{counter}”"),
    ENERGY: gettext_noop("Energy is the growth of the counter “{counter}”"),
    VOLUME: gettext_noop("Volume is the growth of the counter “{counter}”"),
    LENGTH: gettext_noop("Length is the growth of the counter “{counter}”"),
    POWER: gettext_noop("Energy is the level of “{gauge}” times the time for which it lasts"),
    FLOW: gettext_noop("Volume is the level of “{gauge}” times the time for which it lasts"),
    LOAD_TIME: gettext_noop("Time counts while the level of “{gauge}” is {above} or more"),
    BATCHES: gettext_noop("A batch runs while “{channel}” is {states}, and is done when it becomes {done}"),
    MISSIONS: gettext_noop(
        "A mission runs while “{channel}” is {states}, and is done when it becomes {done}"
    ),
    SLOTS: gettext_noop("A slot is used while “{channel}” is {states}, and is done when it becomes {done}"),
}
SPOKEN_NAMED = {
    BATCHES: gettext_noop("Each name on “{channel}” is a batch, and is done when another one follows"),
    MISSIONS: gettext_noop("Each name on “{channel}” is a mission, and is done when another one follows"),
    SLOTS: gettext_noop("Each name on “{channel}” is a slot, and is done when another one follows"),
}
SPOKEN_GOOD_CYCLES = gettext_noop("Good parts are {per_cycle} for each complete cycle of “{channel}”")
SPOKEN_NO_NAME = gettext_noop("{done} says that there is none")
SPOKEN_PARTIAL = {
    HOLD: gettext_noop("both sides decide what counts of one that ends before it is done"),
    COUNT: gettext_noop("one that ends before it is done counts like any other"),
    FREE: gettext_noop("one that ends before it is done is free"),
}
SPOKEN_CYCLE = {
    COMPLETED: gettext_noop("it counts when the machine says that the program is completed"),
    ENDED: gettext_noop("it counts when the machine comes to rest"),
}
SPOKEN_BAD = gettext_noop("less the growth of “{channel}”, which counts bad ones")
SPOKEN_BAD_WORDS = gettext_noop("less one each time “{channel}” says {words}")
SPOKEN_SCRAP = gettext_noop("of each day's parts, bad ones up to {share} count all the same")
SPOKEN_RESTART = gettext_noop("the counter begins again from zero with each new word of “{channel}”")
SPOKEN_RESTART_WORDS = gettext_noop("the counter begins again from zero when “{channel}” says {words}")
SPOKEN_WITNESS = gettext_noop(
    "the timer “{channel}” is a second witness of {states}: what it does not confirm is held"
)
SPOKEN_SCALE = {
    ENERGY: gettext_noop("one step of the counter is {scale} kWh"),
    VOLUME: gettext_noop("one step of the counter is {scale} m³"),
    LENGTH: gettext_noop("one step of the counter is {scale} m"),
    POWER: gettext_noop("a level of one is {scale} kW"),
    FLOW: gettext_noop("a level of one is {scale} m³/h"),
}
SPOKEN_BEHAVIOUR = {
    RESTARTS: gettext_noop("when the counter falls it has started again from zero"),
    ROLLS_OVER: gettext_noop("the counter rolls over at {width}"),
    HOLD: gettext_noop("when the counter falls a person decides what counts"),
}
SPOKEN_SHORTEST = gettext_noop("what is faster than one in {seconds} seconds is held until both sides agree")
SPOKEN_EXCLUDED = gettext_noop("nothing counts in the modes {modes}")
SPOKEN_ALLOWED = gettext_noop("it counts in the modes {modes} alone")
SPOKEN_RECLASSIFY = gettext_noop("what counts can be corrected for {days} days")


def phrases(rule: CountRule) -> list[Phrase]:
    """Say what a rule means, from what counts to until when that can be corrected."""
    return [
        *_head(rule),
        *_counter(rule),
        *_cycle(rule),
        *_bad(rule),
        *_other_signals(rule),
        Phrase(SPOKEN_RECLASSIFY, {"days": str(rule.reclassify_days)}),
    ]


def _head(rule: CountRule) -> list[Phrase]:
    facts = {
        "channel": rule.channel,
        "states": _either(rule.states),
        "counter": rule.counter or "",
        "gauge": rule.gauge or "",
        "above": "" if rule.above is None else _number(rule.above),
        "done": _either(rule.done),
        "per_cycle": str(rule.per_cycle),
    }
    if rule.counts_cycles and rule.meter == GOOD_PARTS:
        return [Phrase(SPOKEN_GOOD_CYCLES, facts)]
    if rule.meter not in JOBS:
        return [Phrase(SPOKEN[rule.meter], facts)]
    partial = Phrase(SPOKEN_PARTIAL[rule.partial])
    if rule.states:
        return [Phrase(SPOKEN[rule.meter], facts), partial]
    none = [Phrase(SPOKEN_NO_NAME, facts)] if rule.done else []
    return [Phrase(SPOKEN_NAMED[rule.meter], facts), *none, partial]


def _counter(rule: CountRule) -> list[Phrase]:
    spoken = []
    if rule.behaviour in SPOKEN_BEHAVIOUR:
        spoken.append(Phrase(SPOKEN_BEHAVIOUR[rule.behaviour], {"width": str(rule.width)}))
    if rule.restart is not None:
        spoken.append(_of(rule.restart, SPOKEN_RESTART, SPOKEN_RESTART_WORDS))
    if rule.shortest_cycle_seconds is not None:
        spoken.append(Phrase(SPOKEN_SHORTEST, {"seconds": str(rule.shortest_cycle_seconds)}))
    return spoken


def _cycle(rule: CountRule) -> list[Phrase]:
    return [Phrase(SPOKEN_CYCLE[rule.cycle], {})] if rule.cycle in SPOKEN_CYCLE else []


def _bad(rule: CountRule) -> list[Phrase]:
    spoken = [] if rule.bad is None else [_of(rule.bad, SPOKEN_BAD, SPOKEN_BAD_WORDS)]
    if rule.scrap_allowance:
        spoken.append(Phrase(SPOKEN_SCRAP, {"share": f"{_number(rule.scrap_allowance * 100)}%"}))
    return spoken


def _other_signals(rule: CountRule) -> list[Phrase]:
    spoken = []
    if rule.witness is not None:
        facts = {"channel": rule.witness.channel, "states": _either(rule.witness.states)}
        spoken.append(Phrase(SPOKEN_WITNESS, facts))
    if rule.scale != 1:
        spoken.append(Phrase(SPOKEN_SCALE[rule.meter], {"scale": format(rule.scale, "f")}))
    if rule.allowed_modes:
        spoken.append(Phrase(SPOKEN_ALLOWED, {"modes": _either(rule.allowed_modes)}))
    if rule.excluded_modes:
        spoken.append(Phrase(SPOKEN_EXCLUDED, {"modes": _either(rule.excluded_modes)}))
    return spoken


def _of(signal: Signal, every: str, some: str) -> Phrase:
    facts = {"channel": signal.channel, "words": _either(signal.words)}
    return Phrase(some if signal.words else every, facts)


def _either(words: tuple[str, ...]) -> str:
    return " / ".join(words)


def _number(number: object) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
