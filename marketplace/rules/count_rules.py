"""
Count rules: which signal is billed, what counts and what does not. Part of the contract, frozen in the lease.

A lease has one rule per meter that its price plan bills. Rules are values; metering follows them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.rules.count_signals import (
    Signal,
    Witness,
    read_channel,
    read_optional,
    read_signal,
    read_witness,
)
from marketplace.rules.msgids import gettext_noop
from marketplace.rules.pricing.plans import read_version
from marketplace.rules.reading import Reader, flaw, plain
from marketplace.shared.errors import Flaw, Invalid

VERSION = 1

RUN_TIME, CYCLES, PARTS, GOOD_PARTS, ENERGY = "run_time", "cycles", "parts", "good_parts", "energy"
BATCHES, MISSIONS, SLOTS = "batches", "missions", "slots"
POWER, FLOW, LOAD_TIME, VOLUME, LENGTH = "power", "flow", "load_time", "volume", "length"
JOBS = (BATCHES, MISSIONS, SLOTS)
GAUGED = (POWER, FLOW, LOAD_TIME)
COUNTED = (PARTS, GOOD_PARTS, ENERGY, VOLUME, LENGTH)
SCALED = (ENERGY, VOLUME, LENGTH, POWER, FLOW)
METERS = (RUN_TIME, CYCLES, PARTS, GOOD_PARTS, ENERGY, *JOBS, *GAUGED, VOLUME, LENGTH)
SUBTYPES = ("ALL", "GOOD", "COMPLETE")

DEFAULT, RESTARTS, ROLLS_OVER, HOLD = "DEFAULT", "RESTARTS_FROM_ZERO", "ROLLS_OVER", "HOLD"
BEHAVIOURS = (DEFAULT, RESTARTS, ROLLS_OVER, HOLD)
BEGUN, COMPLETED, ENDED = "BEGUN", "COMPLETED", "ENDED"
CYCLE_ENDS = (BEGUN, COMPLETED, ENDED)
COUNT, FREE = "COUNT", "FREE"
PARTIALS = (HOLD, COUNT, FREE)
MOST_PER_CYCLE = 10_000


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
    "gauge",
    "above",
    "done",
    "partial",
    "restart",
    "bad",
    "scrap_allowance",
    "per_cycle",
)


class InvalidCountRules(Invalid):
    """The count rules are wrong, or do not cover the price plan; ``flaws`` hold every fault."""

    code = "invalid_count_rules"
    text = gettext_noop("The count rules have {count} faults.")


@dataclass(frozen=True)
class CountRule:
    """
    How one meter is counted.

    Run time and cycles come from the states of ``channel``; parts, energy, volume and length from the growth
    of ``counter``; power, flow and load time from the level of ``gauge``; batches, missions and slots from
    ``channel``: its ``states`` while they run (none: it tells their names) and those that are ``done``.
    ``behaviour`` says what a fall of the counter means, ``cycle`` what counts of a cycle. Nothing counts
    while ``mode_channel`` (for counters: ``channel``, unless another is named) is in an excluded mode, or in
    none of those that are allowed. One step of a counter of energy is ``scale`` kWh, of others m³ or m, a
    level of one is ``scale`` kW or m³/h. Good parts without a counter are ``per_cycle`` of each complete
    cycle. What ``bad`` tells is taken off, but for the share of a day's parts that is allowed as scrap.
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
    gauge: str | None = None
    above: Decimal | None = None
    done: tuple[str, ...] = ()
    partial: str = HOLD
    restart: Signal | None = None
    bad: Signal | None = None
    scrap_allowance: Decimal = Decimal(0)
    per_cycle: int = 1

    @property
    def modes_from(self) -> str | None:
        """The channel that tells the mode, if modes matter."""
        if not self.excluded_modes and not self.allowed_modes:
            return None
        return self.mode_channel or (self.channel if self.counts_a_counter or self.gauge else None)

    @property
    def counts_a_counter(self) -> bool:
        """Tell whether the quantity is the growth of a counter, not derived from states or levels."""
        return self.meter in COUNTED and not self.counts_cycles

    @property
    def counts_cycles(self) -> bool:
        """Tell whether the quantity is a number of cycles."""
        is_good = self.meter == GOOD_PARTS and self.counter is None and bool(self.states)
        return self.meter == CYCLES or is_good

    def evidence_channels(self) -> frozenset[str]:
        """Return the channels whose readings prove the quantity."""
        named = {self.channel, self.counter, self.gauge, self.modes_from}
        named |= {one.channel for one in (self.witness, self.restart, self.bad) if one is not None}
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
            "gauge": self.gauge,
            "above": None if self.above is None else plain(self.above),
            "done": list(self.done),
            "partial": self.partial if self.partial != HOLD else None,
            "restart": self.restart.dump() if self.restart else None,
            "bad": self.bad.dump() if self.bad else None,
            "scrap_allowance": plain(self.scrap_allowance) if self.scrap_allowance else None,
            "per_cycle": self.per_cycle if self.per_cycle != 1 else None,
        }
        return {name: value for name, value in said.items() if value}


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
    if rule.shortest_cycle_seconds and rule.meter in (RUN_TIME, *GAUGED):
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
        channel=read_channel(reader, "channel"),
        states=reader.words("states", []),
        counter=read_optional(reader, "counter"),
        subtype=reader.choice("subtype", SUBTYPES, "GOOD" if meter == GOOD_PARTS else "ALL"),
        behaviour=behaviour,
        width=width,
        shortest_cycle_seconds=None if shortest is None else reader.whole("shortest_cycle_seconds"),
        reclassify_days=reader.whole("reclassify_days", 7, most=365),
        excluded_modes=reader.words("excluded_modes", []),
        allowed_modes=reader.words("allowed_modes", []),
        mode_channel=read_optional(reader, "mode_channel"),
        cycle=reader.choice("cycle", CYCLE_ENDS, BEGUN),
        scale=Decimal(1) if reader.get("scale", None) is None else reader.decimal("scale"),
        witness=read_witness(reader),
        gauge=read_optional(reader, "gauge"),
        above=None if reader.get("above", None) is None else reader.decimal("above"),
        done=reader.words("done", []),
        partial=reader.choice("partial", PARTIALS, HOLD),
        restart=read_signal(reader, "restart"),
        bad=read_signal(reader, "bad"),
        scrap_allowance=reader.decimal("scrap_allowance", "0", most=Decimal(1)),
        per_cycle=reader.whole("per_cycle", 1, least=1, most=MOST_PER_CYCLE),
    )
    _check(reader, rule)
    return rule


def _check(reader: Reader, rule: CountRule) -> None:
    for name, code in (*_missing(rule), *_needless(rule)):
        reader.refuse(name, code)
    if rule.meter == GOOD_PARTS and rule.subtype not in (("GOOD", "ALL") if rule.bad else ("GOOD",)):
        reader.refuse("subtype", "good_parts_subtype")
    if rule.meter == GOOD_PARTS and rule.counts_cycles and rule.cycle == BEGUN:
        reader.refuse("cycle", "good_parts_need_an_end")


def _missing(rule: CountRule) -> list[tuple[str, str]]:
    """Return what a rule does not say and must, as fields with the code of their flaw."""
    found = []
    if rule.counts_a_counter and rule.counter is None:
        found.append(("counter", "counter_needed"))
    if rule.meter in (RUN_TIME, CYCLES) and not rule.states:
        found.append(("states", "states_needed"))
    if rule.meter in GAUGED and rule.gauge is None:
        found.append(("gauge", "gauge_needed"))
    if rule.meter == LOAD_TIME and rule.above is None:
        found.append(("above", "above_needed"))
    if rule.meter in JOBS and rule.states and not rule.done:
        found.append(("done", "done_needed"))
    return found


def _needless(rule: CountRule) -> list[tuple[str, str]]:
    """Return what a rule says that means nothing for its meter, as fields with the code of their flaw."""
    is_counted_by_cycles = rule.counts_cycles and rule.meter == GOOD_PARTS
    said = [
        ("counter", "counter_not_needed", rule.counter, rule.counts_a_counter),
        ("cycle", "cycle_not_needed", rule.cycle != BEGUN, rule.counts_cycles),
        ("witness", "witness_not_needed", rule.witness, rule.meter == RUN_TIME),
        ("scale", "scale_not_needed", rule.scale != 1, rule.meter in SCALED),
        ("gauge", "gauge_not_needed", rule.gauge, rule.meter in GAUGED),
        ("above", "above_not_needed", rule.above is not None, rule.meter == LOAD_TIME),
        ("done", "done_not_needed", rule.done, rule.meter in JOBS),
        ("partial", "done_not_needed", rule.partial != HOLD, rule.meter in JOBS),
        ("restart", "restart_not_needed", rule.restart, rule.counts_a_counter),
        ("bad", "bad_not_needed", rule.bad, rule.meter == GOOD_PARTS),
        ("scrap_allowance", "scrap_not_needed", rule.scrap_allowance, rule.meter in (PARTS, GOOD_PARTS)),
        ("per_cycle", "per_cycle_not_needed", rule.per_cycle != 1, is_counted_by_cycles),
    ]
    return [(field, code) for field, code, is_said, is_needed in said if is_said and not is_needed]


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
