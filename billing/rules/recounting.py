"""Count a unit's usage once more, from the readings of a bundle alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.rules import bundles
from billing.rules.beginnings import Beginning, before
from billing.rules.cutting import Cut, Span, merged
from billing.rules.metering import Day, beside, days, told_beside, witnessed
from billing.rules.proofs import Difference, Heard
from billing.rules.reviews import Verdict, decided, held_in, outcome
from billing.rules.scrap import Rejected, inspected, less_bad
from billing.rules.stretches import (
    BAD,
    NEVER,
    STATES,
    TIMER,
    Evidence,
    Plan,
    Stretch,
    closing,
    counter_marks,
    edge_growth,
    end_growth,
    first_numbers,
    walk,
)
from billing.rules.terms import factor_of
from devices.rules.changes import Change
from devices.rules.increments import Increment, add
from devices.rules.readings import WIDE, Reading, instant, is_number
from leasing.rules.terms import Terms
from marketplace.rules.count_rules import CountRule

MICROSECONDS = 1_000_000
NOTHING = Heard()


@dataclass(frozen=True)
class Counted:
    """
    The days of one unit on one device, counted from its readings; verdicts are applied.

    ``begins`` are the fingerprints of the states before the period, ``reaches`` those of the states behind it
    to which counting came.
    """

    unit: str
    device: str
    days: Sequence[Day]
    begins: Sequence[str] = ()
    reaches: Sequence[str] = ()


def recount(
    terms: Terms,
    documents: Mapping[str, Mapping[str, Any]],
    heard: Mapping[str, Heard],
    found: list[Difference],
) -> list[Counted]:
    """Count all units on all their devices; add what differs to ``found``."""
    handovers, reviews = documents[bundles.HANDOVERS], documents[bundles.REVIEWS]
    at = datetime.fromisoformat(handovers["counted_at"])
    first, behind = _edges(terms, documents[bundles.INVOICE])
    begins = documents[bundles.CHECKPOINTS]
    result = []
    for unit in handovers["units"]:
        for device in unit["devices"]:
            said = heard.get(device["device"], NOTHING)
            stretches, started, reached = list[Stretch](), list[str](), list[str]()
            for piece in device["spoken"]:
                plan = _plan(terms, device, piece)
                name = {"unit": unit["unit"], "device": device["device"], "since": piece["from"]}
                told = _told(begins, name)
                if not begins["whole"] and _is_over(plan, first):
                    continue
                chain = _chain(plan, device["edges"], said, at, None if begins["whole"] else told)
                stretches += chain
                if told is not None:
                    started.append(told.digest(**name))
                    _compare_beginning(name, told, before(first, chain), begins["whole"], found)
                reached += [one.digest(**name) for one in (before(behind, chain),) if one is not None]
            mine = [one for one in reviews["items"] if _is_of(one, unit, device)]
            bad = [one for one in reviews["inspections"] if _is_of(one, unit, device)]
            rejected = {(one["meter"], date.fromisoformat(one["day"])): one["rejected"] for one in bad}
            counted, beside_told = _days(terms, device["meters"], stretches, rejected)
            verdicts = _verdicts(mine, counted, found)
            rules = _rules(terms, device)
            done = less_bad([decided(day, verdicts) for day in counted], beside_told, rules, rejected)
            result.append(Counted(unit["unit"], device["device"], done, started, reached))
    return result


def _edges(terms: Terms, invoice: Mapping[str, Any]) -> tuple[date, date]:
    """Return the first local day of the period, and the one behind its last."""
    start, end = (datetime.fromisoformat(invoice["period"][edge]) for edge in ("from", "to"))
    last = end.astimezone(UTC) - timedelta(microseconds=1)
    return start.astimezone(terms.zone).date(), last.astimezone(terms.zone).date() + timedelta(days=1)


def _told(begins: Mapping[str, Any], name: Mapping[str, str]) -> Beginning | None:
    for row in begins["states"]:
        if (row["unit"], row["device"], row["from"]) == tuple(name.values()):
            return Beginning.load(row)
    return None


def _is_over(plan: Plan, day: date) -> bool:
    """Tell whether the time of a plan ended before a local day, so that nothing of it is in the period."""
    end = plan.within.end
    return end is not None and plan.day_of(end - 1) < day


def _compare_beginning(
    name: Mapping[str, str],
    told: Beginning,
    counted: Beginning | None,
    whole: bool,
    found: list[Difference],
) -> None:
    """With all deliveries from the handover on, the state before the period is counted, too."""
    if whole and (counted is None or counted.digest(**name) != told.digest(**name)):
        text = f"the state of {name['device']} before the period is not the one that the deliveries lead to"
        found.append(Difference("checkpoint", text))


def _is_of(one: Mapping[str, Any], unit: Mapping[str, Any], device: Mapping[str, Any]) -> bool:
    return (one["unit"], one["device"]) == (unit["unit"], device["device"])


def _days(
    terms: Terms,
    meters: Sequence[str],
    stretches: Iterable[Stretch],
    rejected: Rejected,
) -> tuple[list[Day], list[Day]]:
    """
    Put the days together; what second witnesses and inspections do not confirm is held.

    The other days are those of what the machine itself called bad.
    """
    wanted = [*meters, *beside(meters, STATES, TIMER, BAD)]
    found = days(stretches, meters=wanted, zone=terms.zone)
    rule_of = {rule.meter: rule for rule in terms.count_rules}
    counted = [
        inspected(day, rejected.get((day.meter, day.local_day), 0), rule_of[day.meter])
        for day in witnessed(found, meters)
    ]
    return counted, told_beside(found, BAD)


def _rules(terms: Terms, device: Mapping[str, Any]) -> list[CountRule]:
    return [rule for rule in terms.count_rules if rule.meter in device["meters"]]


def _plan(terms: Terms, device: Mapping[str, Any], piece: Mapping[str, Any]) -> Plan:
    rules = _rules(terms, device)
    start, end = (piece[edge] and instant(datetime.fromisoformat(piece[edge])) for edge in ("from", "to"))
    limit = device["silence_limit_seconds"]
    silence = None if limit is None else limit * MICROSECONDS
    return Plan(rules, Span(start, end), terms.zone, silence, _changes(device))


def _changes(device: Mapping[str, Any]) -> dict[str, tuple[Change, ...]]:
    """Read the recorded changes of a device's counters; they stand in order of their moments."""
    found: dict[str, tuple[Change, ...]] = {}
    for one in device["meter_changes"]:
        at = instant(datetime.fromisoformat(one["at"]))
        change = Change(at, add(Decimal(one["final"]), 0), add(Decimal(one["first"]), 0))
        found[one["channel"]] = (*found.get(one["channel"], ()), change)
    return found


def _chain(
    plan: Plan, edges: Sequence[Mapping[str, Any]], said: Heard, at: datetime, begin: Beginning | None
) -> list[Stretch]:
    """Fold what was said in the time of a plan, as metering does; what is open ends with the time."""
    first, after = (NEVER, None) if begin is None else (begin.order, begin.stretch)
    channels = {channel for rule in plan.rules for channel in rule.evidence_channels()}
    timely = [one for one in said.readings if one.sequence >= first and plan.within.holds(one.at)]
    readings = [one for one in timely if one.channel in channels]
    trace = [one for one in said.trace if one.sequence >= first and plan.within.holds(one.at)]
    evidence = Evidence(readings, trace, said.arrivals)
    held, arrivals = _held_edges(plan, edges, evidence, after)
    known = replace(evidence, arrivals={**said.arrivals, **arrivals})
    stretches = walk(plan, known, after=after, edges=held)
    end = plan.within.end
    if stretches:
        over = end is not None and end <= instant(at)
        ended = closing(plan, stretches[-1], over=over)
        for meter, cuts in (_held_behind(plan, edges, stretches[-1], said) if over else {}).items():
            ended[meter] = merged([*ended.get(meter, ()), *cuts])
        stretches[-1] = replace(stretches[-1], closing=ended)
    return stretches


def _held_behind(
    plan: Plan, edges: Sequence[Mapping[str, Any]], last: Stretch, said: Heard
) -> dict[str, list[Cut]]:
    """Hold the growth of counters over the end of the time, as the bundle states it; see `_held_edges`."""
    found: dict[str, list[Cut]] = {}
    for meter, mark in counter_marks(plan, last).items():
        stated = [one for one in edges if (one["meter"], one["first_order"]) == (meter, mark.sequence)]
        for edge in stated[-1:]:
            assert is_number(mark.value)
            rule = next(rule for rule in plan.rules if rule.meter == meter)
            growth = WIDE.divide(Decimal(edge["quantity"]), factor_of(rule))
            after = Reading(edge["last_order"], mark.at, mark.channel, add(mark.value, growth))
            mine = said.arrivals[mark.sequence]
            arrival = min({edge["arrival_lo"], edge["arrival_hi"]} - {mine}, default=mine)
            found[meter] = end_growth(plan, last, mark, after, meter=meter, arrival=arrival)
    return {meter: cuts for meter, cuts in found.items() if cuts}


def _held_edges(
    plan: Plan, edges: Sequence[Mapping[str, Any]], evidence: Evidence, after: Stretch | None
) -> tuple[list[Increment], dict[int, int]]:
    """
    Hold the growth of counters over the edge of the time, as the bundle states it.

    The reading before the edge is from somebody else's time, so only its order and the growth are told. It is
    billed only if both sides have agreed that it counts.
    """
    held, arrivals = list[Increment](), dict[int, int]()
    for meter, baseline in first_numbers(plan, evidence, after).items():
        for edge in edges:
            if (edge["meter"], edge["last_order"]) != (meter, baseline.sequence):
                continue
            assert is_number(baseline.value)
            rule = next(rule for rule in plan.rules if rule.meter == meter)
            growth = WIDE.divide(Decimal(edge["quantity"]), factor_of(rule))
            value = add(baseline.value, -growth)
            before = Reading(edge["first_order"], baseline.at, baseline.channel, value)
            held += edge_growth(plan, meter, before, baseline)
            others = {edge["arrival_lo"], edge["arrival_hi"]} - {evidence.arrivals[baseline.sequence]}
            arrivals[before.sequence] = min(others, default=evidence.arrivals[baseline.sequence])
    return held, arrivals


def _verdicts(
    reviews: Sequence[Mapping[str, Any]], counted: Iterable[Day], found: list[Difference]
) -> dict[str, Verdict]:
    """Return what was decided of what is held; nothing is billed that both sides did not agree on."""
    held = {one.digest() for day in counted for one in held_in(day)}
    verdicts: dict[str, Verdict] = {}
    for item in reviews:
        said = {one["side"]: Verdict(one["verdict"]) for one in item["decisions"]}
        agreed = outcome(said.values())
        verdict = {"BILLED": Verdict.BILL, "DROPPED": Verdict.DROP}[item["outcome"]]
        if verdict != agreed and not (item["by_rule"] and verdict is Verdict.DROP):
            text = f"the review item {item['id']} is {item['outcome']}, but the sides did not say so"
            found.append(Difference("review", text))
        elif item["digest"] in held:
            verdicts[item["digest"]] = verdict
    return verdicts


def cut_of(row: Mapping[str, Any]) -> Cut:
    """Read a window of the bundle."""
    start, end = (instant(datetime.fromisoformat(row[edge])) for edge in ("from", "to"))
    proof = row["first_order"], row["last_order"], row["arrival_lo"], row["arrival_hi"]
    return Cut(start, end, add(Decimal(row["quantity"]), 0), row["flags"], *proof)
