"""
Count rules: which signal is billed, what counts and what does not. Part of the contract, frozen in the lease.

A lease has one rule per meter that its price plan bills. Rules are values; metering follows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.rules.msgids import Phrase, gettext_noop
from marketplace.rules.pricing.plans import read_version
from marketplace.rules.reading import Reader, flaw
from marketplace.shared.errors import Flaw, Invalid

VERSION = 1

RUN_TIME, CYCLES, PARTS, GOOD_PARTS, ENERGY = "run_time", "cycles", "parts", "good_parts", "energy"
METERS = (RUN_TIME, CYCLES, PARTS, GOOD_PARTS, ENERGY)
COUNTED = (PARTS, GOOD_PARTS, ENERGY)
SUBTYPES = ("ALL", "GOOD", "COMPLETE")

DEFAULT, RESTARTS, ROLLS_OVER, HOLD = "DEFAULT", "RESTARTS_FROM_ZERO", "ROLLS_OVER", "HOLD"
BEGUN, COMPLETED, ENDED = "BEGUN", "COMPLETED", "ENDED"
CYCLE_ENDS = (BEGUN, COMPLETED, ENDED)

BEHAVIOURS = (DEFAULT, RESTARTS, ROLLS_OVER, HOLD)


FIELDS = (
    "version",
    "meter",
    "channel",
    "states",
    "counter",
    "subtype",
    "behaviour",
    "shortest_cycle_seconds",
    "reclassify_days",
    "excluded_modes",
    "allowed_modes",
    "mode_channel",
    "cycle",
    "scale",
    "witness",
)
SPOKEN = {
    RUN_TIME: gettext_noop("Run time counts while “{channel}” is {states}"),
    CYCLES: gettext_noop("A cycle counts when “{channel}” becomes {states}"),
    PARTS: gettext_noop("Parts are the growth of the counter “{counter}”"),
    GOOD_PARTS: gettext_noop("Good parts are the growth of the counter “{counter}”"),
    ENERGY: gettext_noop("Energy is the growth of the counter “{counter}”"),
}
SPOKEN_CYCLE = {
    COMPLETED: gettext_noop("it counts when the machine says that the program is completed"),
    ENDED: gettext_noop("it counts when the machine comes to rest"),
}
SPOKEN_WITNESS = gettext_noop(
    "the timer “{channel}” is a second witness of {states}: what it does not confirm is held"
)
SPOKEN_SCALE = gettext_noop("one step of the counter is {scale} kWh")
SPOKEN_BEHAVIOUR = {
    RESTARTS: gettext_noop("when the counter falls it has started again from zero"),
    ROLLS_OVER: gettext_noop("the counter rolls over at {width}"),
    HOLD: gettext_noop("when the counter falls a person decides what counts"),
}
SPOKEN_SHORTEST = gettext_noop("what is faster than one in {seconds} seconds is held until both sides agree")
SPOKEN_EXCLUDED = gettext_noop("nothing counts in the modes {modes}")
SPOKEN_ALLOWED = gettext_noop("it counts in the modes {modes} alone")
SPOKEN_RECLASSIFY = gettext_noop("what counts can be corrected for {days} days")


class InvalidCountRules(Invalid):
    """The count rules are wrong, or do not cover the price plan; ``flaws`` hold every fault."""

    code = "invalid_count_rules"
    text = gettext_noop("The count rules have {count} faults.")


@dataclass(frozen=True)
class Witness:
    """A timer of the machine that runs in some states; one step of it is ``seconds`` long."""

    channel: str
    states: tuple[str, ...]
    seconds: Decimal = Decimal(1)

    def dump(self) -> dict[str, Any]:
        """Write the witness in its JSON form."""
        return {
            "channel": self.channel,
            "states": list(self.states),
            "seconds": format(self.seconds, "f"),
        }


@dataclass(frozen=True)
class CountRule:
    """
    How one meter is counted.

    Run time and cycles come from the states of ``channel``; parts and energy from the growth of ``counter``.
    ``behaviour`` says what a fall of the counter means, ``cycle`` what counts of a cycle. Nothing counts
    while ``mode_channel`` (for counters: ``channel``, unless another is named) is in an excluded mode, or in
    none of those that are allowed. One step of an energy counter is ``scale`` kWh.
    """

    meter: str
    channel: str
    states: tuple[str, ...] = ()
    counter: str | None = None
    subtype: str = "ALL"
    behaviour: str = DEFAULT
    width: int | None = None
    shortest_cycle_seconds: int | None = None
    reclassify_days: int = 7
    excluded_modes: tuple[str, ...] = ()
    allowed_modes: tuple[str, ...] = ()
    mode_channel: str | None = None
    cycle: str = BEGUN
    scale: Decimal = Decimal(1)
    witness: Witness | None = None

    @property
    def modes_from(self) -> str | None:
        """The channel that tells the mode, if modes matter."""
        if not self.excluded_modes and not self.allowed_modes:
            return None
        return self.mode_channel or (self.channel if self.counts_a_counter else None)

    @property
    def counts_a_counter(self) -> bool:
        """Tell whether the quantity is the growth of a counter, not derived from states."""
        return self.meter in COUNTED

    def evidence_channels(self) -> frozenset[str]:
        """Return the channels whose readings prove the quantity."""
        named = (self.channel, self.counter, self.modes_from, self.witness.channel if self.witness else None)
        return frozenset(channel for channel in named if channel is not None)

    def dump(self) -> dict[str, Any]:
        """Write the rule in its JSON form."""
        return {
            "version": VERSION,
            "meter": self.meter,
            "channel": self.channel,
            "states": list(self.states),
            "counter": self.counter,
            "subtype": self.subtype,
            "behaviour": {"kind": self.behaviour, "width": self.width},
            "shortest_cycle_seconds": self.shortest_cycle_seconds,
            "reclassify_days": self.reclassify_days,
            "excluded_modes": list(self.excluded_modes),
        } | self._rare()

    def _rare(self) -> dict[str, Any]:
        """Write what few rules say, so that the others keep their form and fingerprint."""
        said = {
            "allowed_modes": list(self.allowed_modes),
            "mode_channel": self.mode_channel,
            "cycle": self.cycle if self.cycle != BEGUN else None,
            "scale": format(self.scale, "f") if self.scale != 1 else None,
            "witness": self.witness.dump() if self.witness else None,
        }
        return {name: value for name, value in said.items() if value}

    def phrases(self) -> list[Phrase]:
        """Say what the rule means."""
        head = {"channel": self.channel, "states": " / ".join(self.states), "counter": self.counter or ""}
        spoken = [Phrase(SPOKEN[self.meter], head)]
        if self.behaviour in SPOKEN_BEHAVIOUR:
            spoken.append(Phrase(SPOKEN_BEHAVIOUR[self.behaviour], {"width": str(self.width)}))
        if self.shortest_cycle_seconds is not None:
            spoken.append(Phrase(SPOKEN_SHORTEST, {"seconds": str(self.shortest_cycle_seconds)}))
        if self.cycle in SPOKEN_CYCLE:
            spoken.append(Phrase(SPOKEN_CYCLE[self.cycle], {}))
        if self.witness is not None:
            facts = {"channel": self.witness.channel, "states": " / ".join(self.witness.states)}
            spoken.append(Phrase(SPOKEN_WITNESS, facts))
        if self.scale != 1:
            spoken.append(Phrase(SPOKEN_SCALE, {"scale": format(self.scale, "f")}))
        if self.allowed_modes:
            spoken.append(Phrase(SPOKEN_ALLOWED, {"modes": " / ".join(self.allowed_modes)}))
        if self.excluded_modes:
            spoken.append(Phrase(SPOKEN_EXCLUDED, {"modes": " / ".join(self.excluded_modes)}))
        return [*spoken, Phrase(SPOKEN_RECLASSIFY, {"days": str(self.reclassify_days)})]


def parse(document: object, *, meters: Iterable[str] = (), agreed: bool = False) -> tuple[CountRule, ...]:
    """
    Read the list of a lease's count rules; ``meters`` are those that its price plan bills.

    Rules that were ``agreed`` before are read as they stand, also where metering will not count them.

    :raises InvalidCountRules: with all flaws at once, among them a meter that nothing counts, and what
        metering cannot count yet
    """
    flaws: list[Flaw] = []
    rules: list[CountRule] = []
    if not isinstance(document, list):
        flaws.append(flaw("", "not_a_list"))
    for index, node in enumerate(document if isinstance(document, list) else []):
        rule = _read(Reader(node, FIELDS, f"/{index}", flaws))
        if rule.meter in [earlier.meter for earlier in rules]:
            flaws.append(flaw(f"/{index}/meter", "meter_counted_twice", meter=rule.meter))
        if not agreed:
            flaws += [flaw(f"/{index}/{field}", code) for field, code in uncountable(rule)]
        rules.append(rule)
    flaws += uncovered(rules, meters) if not flaws else []
    if flaws:
        raise InvalidCountRules(flaws=flaws, count=len(flaws))
    return tuple(rules)


def dump(rules: Sequence[CountRule]) -> list[dict[str, Any]]:
    """Write count rules in their JSON form."""
    return [rule.dump() for rule in rules]


def uncovered(rules: Iterable[CountRule], meters: Iterable[str]) -> list[Flaw]:
    """Return a flaw for every meter that is billed but not counted."""
    counted = {rule.meter for rule in rules}
    return [flaw("", "meter_not_counted", meter=meter) for meter in meters if meter not in counted]


def uncountable(rule: CountRule) -> list[tuple[str, str]]:
    """Return what metering cannot count, as fields with the code of their flaw."""
    found = []
    if (rule.excluded_modes or rule.allowed_modes) and rule.modes_from is None:
        found.append(("mode_channel", "mode_channel_needed"))
    if rule.shortest_cycle_seconds and rule.meter == RUN_TIME:
        found.append(("shortest_cycle_seconds", "shortest_cycle_not_counted"))
    if rule.shortest_cycle_seconds and rule.meter == CYCLES and rule.cycle == BEGUN:
        found.append(("shortest_cycle_seconds", "shortest_needs_an_end"))
    return found


def evidence_channels(rules: Iterable[CountRule]) -> frozenset[str]:
    """Return all channels that the rules name: billing counters, which both parties see in full."""
    return frozenset().union(*(rule.evidence_channels() for rule in rules))


def _read(reader: Reader) -> CountRule:
    read_version(reader, VERSION)
    meter = reader.choice("meter", METERS)
    behaviour, width = _read_behaviour(reader)
    shortest = reader.get("shortest_cycle_seconds", None)
    rule = CountRule(
        meter=meter,
        channel=_read_channel(reader, "channel"),
        states=reader.words("states", []),
        counter=None if reader.get("counter", None) is None else _read_channel(reader, "counter"),
        subtype=reader.choice("subtype", SUBTYPES, "GOOD" if meter == GOOD_PARTS else "ALL"),
        behaviour=behaviour,
        width=width,
        shortest_cycle_seconds=None if shortest is None else reader.whole("shortest_cycle_seconds"),
        reclassify_days=reader.whole("reclassify_days", 7, most=365),
        excluded_modes=reader.words("excluded_modes", []),
        allowed_modes=reader.words("allowed_modes", []),
        mode_channel=None
        if reader.get("mode_channel", None) is None
        else _read_channel(reader, "mode_channel"),
        cycle=reader.choice("cycle", CYCLE_ENDS, BEGUN),
        scale=Decimal(1) if reader.get("scale", None) is None else reader.decimal("scale"),
        witness=_read_witness(reader),
    )
    _check(reader, rule)
    return rule


def _check(reader: Reader, rule: CountRule) -> None:
    if rule.counts_a_counter and rule.counter is None:
        reader.refuse("counter", "counter_needed")
    if not rule.counts_a_counter and rule.counter is not None:
        reader.refuse("counter", "counter_not_needed")
    if not rule.counts_a_counter and not rule.states:
        reader.refuse("states", "states_needed")
    if rule.meter != CYCLES and rule.cycle != BEGUN:
        reader.refuse("cycle", "cycle_not_needed")
    if rule.meter != RUN_TIME and rule.witness is not None:
        reader.refuse("witness", "witness_not_needed")
    if rule.meter != ENERGY and rule.scale != 1:
        reader.refuse("scale", "scale_not_needed")
    if rule.meter == GOOD_PARTS and rule.subtype != "GOOD":
        reader.refuse("subtype", "good_parts_subtype")


def _read_channel(reader: Reader, field: str) -> str:
    value = reader.get(field)
    if isinstance(value, str) and 0 < len(value.strip()) <= 200:
        return value
    if field in reader.node:
        reader.refuse(field, "not_text", most=200)
    return ""


def _read_witness(reader: Reader) -> Witness | None:
    node = reader.get("witness", None)
    if node is None:
        return None
    told = Reader(node, ("channel", "states", "seconds"), reader.at("witness"), reader.flaws)
    states = told.words("states")
    if not states and "states" in told.node:
        told.refuse("states", "states_needed")
    seconds = Decimal(1) if told.get("seconds", None) is None else told.decimal("seconds", above_zero=True)
    return Witness(_read_channel(told, "channel"), states, seconds)


def _read_behaviour(reader: Reader) -> tuple[str, int | None]:
    node = reader.get("behaviour", {"kind": DEFAULT})
    behaviour = Reader(node, ("kind", "width"), reader.at("behaviour"), reader.flaws)
    kind = behaviour.choice("kind", BEHAVIOURS)
    width = behaviour.get("width", None)
    if kind == ROLLS_OVER and width is None:
        behaviour.refuse("width", "width_needed")
    if kind != ROLLS_OVER and width is not None:
        behaviour.refuse("width", "width_not_needed")
    return kind, None if width is None else behaviour.whole("width", least=2, most=2**63)
