"""Every case of ``odrl.json`` through the oracle and through the index; the stated deviations by name."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from devices.ownership.rules.odrl import policies as p
from devices.ownership.rules.odrl.compiling import Compiled
from devices.ownership.rules.odrl.conflicts import conflicts
from devices.ownership.rules.odrl.evaluating import Basis, evaluate
from devices.ownership.rules.odrl.questions import Performance, Request, World

VECTORS = Path("tests/data/vectors/odrl.json")
CASES = {case["case_id"]: case for case in json.loads(VECTORS.read_text(encoding="utf-8"))["cases"]}
CONFLICTS = {key: case for key, case in CASES.items() if case.get("kind") == "conflict_detection"}
# The case's own note: a purpose that nobody stated must not satisfy a permission.
DEVIATIONS = {"ODRL-Evaluator/newTestCases-8": (False, Basis.NO_ACTIVE_PERMISSION, ("purpose",))}
DECISIONS = [key for key in CASES if key not in CONFLICTS and key not in DEVIATIONS]


def policies_of(case):
    return [
        p.Policy(
            policy["id"],
            policy["type"],
            tuple(rule_of(rule) for rule in policy["rules"]),
            p.Strategy(policy["conflict"]) if "conflict" in policy else None,
        )
        for policy in case["policies"]
    ]


def rule_of(rule):
    return p.Rule(
        rule["rule"],
        p.RuleKind(rule["type"]),
        action_of(rule["action"]) if "action" in rule else None,
        rule.get("assignee"),
        rule.get("target"),
        conditions_of(rule.get("constraint", [])),
        tuple(
            p.Duty(duty["id"], action_of(duty["action"]), conditions_of(duty.get("constraint", [])))
            for duty in rule.get("duty", [])
        ),
    )


def action_of(action):
    if isinstance(action, str):
        return p.Action(action)
    return p.Action(action["value"], conditions_of(action["refinement"]))


def conditions_of(found):
    return tuple(condition_of(one) for one in found)


def condition_of(one):
    for how in ("and", "or"):
        if how in one:
            return p.Logical(how, conditions_of(parts_of(one[how])))
    right = one["rightOperand"]
    values = right if isinstance(right, list) else [right]
    return p.Constraint(
        one["leftOperand"], one["operator"], tuple(str(value) for value in values), one.get("unit", "")
    )


def parts_of(found):
    """Return the parts of a logical constraint; the cases write many windows of a year as a recipe."""
    if isinstance(found, list):
        return found
    first = date(found["year"], 1, 1)
    days = [
        first + timedelta(days=n) for n in range(366) if (first + timedelta(days=n)).year == found["year"]
    ]
    chosen = [day for day in days if day.weekday() in found["weekdays"]]
    assert len(chosen) == found["count"]
    text = json.dumps(found["each"])
    return [json.loads(text.replace("<day>", day.isoformat())) for day in chosen]


def request_of(case):
    asked = case["request"]
    context = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in asked.get("context", {}).items()
    }
    return Request(asked["assignee"], asked["action"], asked["target"], context)


def world_of(case):
    world = case["world"]
    return World(
        now=datetime.fromisoformat(world["now"]).astimezone(UTC) if "now" in world else None,
        member_of=frozenset(map(tuple, world.get("memberOf", []))),
        duties={
            duty["duty"]: Performance(duty["deontic"] == "Fulfilled", duty["deontic"] == "Violated")
            for duty in world.get("duties", [])
        },
    )


@pytest.mark.parametrize("key", DECISIONS)
def test_a_case_is_decided_as_published(key):
    case = CASES[key]
    expected = case["expected"]

    found = evaluate(policies_of(case), request_of(case), world_of(case))

    assert ("permit" if found.permits else "deny", found.basis) == (
        expected["decision_closed_world"],
        expected["basis"],
    )
    assert found.is_void == expected.get("policy_void", False)


@pytest.mark.parametrize("key", [key for key in DECISIONS if "rules" in CASES[key]["expected"]])
def test_a_case_finds_of_each_rule_what_is_published(key):
    case = CASES[key]
    expected = case["expected"]["rules"]

    found = evaluate(policies_of(case), request_of(case), world_of(case))

    reports = {one.rule.id: one for one in found.reports}
    assert set(reports) == {one["rule"] for one in expected}
    for one in expected:
        report = reports[one["rule"]]
        assert one["report"] == f"{report.rule.kind.capitalize()}Report"
        assert one["activation"] == ("Active" if report.active else "Inactive")
        premises = {name: truth.value for name, truth in report.premises.items()}
        assert premises.items() >= one.get("premises", {}).items()
        if "attempt" in one and "premises" in one:
            assert set(premises) == set(one["premises"])


@pytest.mark.parametrize("key", [*DECISIONS, *DEVIATIONS])
def test_the_index_decides_the_same(key):
    case = CASES[key]
    policies, request, world = policies_of(case), request_of(case), world_of(case)

    plain, indexed = evaluate(policies, request, world), Compiled(policies).decide(request, world)

    assert (indexed.permits, indexed.deciding) == (plain.permits, plain.deciding)
    assert indexed.basis == plain.basis


@pytest.mark.parametrize("key", DEVIATIONS)
def test_a_deviation_is_the_one_that_the_case_allows(key):
    case = CASES[key]

    found = evaluate(policies_of(case), request_of(case), world_of(case))

    assert case["expected"]["decision_closed_world"] == "permit"
    assert (found.permits, found.basis, found.missing) == DEVIATIONS[key]


@pytest.mark.parametrize("key", CONFLICTS)
def test_a_conflict_is_found_before_anything_is_asked(key):
    case = CONFLICTS[key]

    assert bool(conflicts(policies_of(case))) == (case["expected"]["conflict"] == "Conflict")
