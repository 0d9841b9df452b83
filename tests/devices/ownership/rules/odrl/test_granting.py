"""Grants in the policy of an agreement say what the door decides."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devices.ownership.rules.decisions import Effect, Question, decide
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.grants import HOUR, Granted, Kind
from devices.ownership.rules.odrl import expressing, granting, reading, writing
from devices.ownership.rules.odrl.compiling import Compiled
from devices.ownership.rules.odrl.conflicts import conflicts
from devices.ownership.rules.odrl.questions import Request, World
from devices.ownership.rules.parties import Party
from marketplace.shared.period import Period

START = datetime(2026, 3, 1, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
HELD = Period(START, START + 9 * DAY)
OPEN = Period(START + 10 * DAY, START + 20 * DAY)
JOB = Granted(
    "gra_1", Kind.SERVICE_JOB, frozenset({"machine_condition"}), "read", "maintenance", None, HELD, OPEN
)
FIGURES = replace(JOB, id="gra_2", right="read_aggregate", purpose="warranty", interval=HOUR)
CONDITION = expressing.asset("agr_1", "machine_condition")


def policy(*given):
    rules = granting.permissions("agr_1", HELD, given, matrix())
    return expressing.policy_of("agr_1", owner="org_1", lessee="org_2", table=matrix(), grants=rules)


def permits(found, who, at, span="PT0S", purpose="maintenance", target=CONDITION):
    request = Request(
        expressing.organization(who), "read", target, {"purpose": purpose, "timeInterval": span}
    )
    return Compiled([found]).decide(request, World(now=at)).permits


@pytest.mark.parametrize("at", [OPEN.start - TICK, OPEN.start, OPEN.end - TICK, OPEN.end])
@pytest.mark.parametrize("purpose", ["maintenance", "warranty", "safety"])
@pytest.mark.parametrize(
    ("one", "party"), [(JOB, Party.SERVICE_PROVIDER), (FIGURES, Party.MAKER)], ids=["raw", "figures"]
)
def test_a_read_is_permitted_as_the_door_decides(one, party, purpose, at):
    found = policy((one, "org_3", party))
    asked = Question(party, "machine_condition", purpose, grants=(one,), at=at, generated=START)
    effect = decide(asked).effect

    assert permits(found, "org_3", at, "PT0S", purpose) == (effect is Effect.RAW)
    assert permits(found, "org_3", at, "PT1H", purpose) == (effect is not Effect.DENY)
    assert not permits(found, "org_4", at, "PT1H", purpose)


def test_a_grant_over_a_part_of_the_time_says_nothing_of_the_rest():
    part = replace(JOB, generated=Period(START + DAY, START + 2 * DAY))
    found = policy((part, "org_3", Party.SERVICE_PROVIDER))
    named = f"{CONDITION}:20260302T000000.000000Z-20260303T000000.000000Z"

    assert not permits(found, "org_3", OPEN.start)
    assert permits(found, "org_3", OPEN.start, target=named)


@pytest.mark.parametrize(
    ("one", "party"),
    [
        (replace(JOB, withdrawn_at=START), Party.SERVICE_PROVIDER),
        (replace(FIGURES, competitor=True), Party.MAKER),
        (replace(JOB, categories=frozenset({"operator_data"})), Party.MAKER),
    ],
    ids=["withdrawn", "competitor", "forbidden"],
)
def test_it_never_says_more_than_the_door(one, party):
    assert [*granting.permissions("agr_1", HELD, [(one, "org_3", party)], matrix())] == []


def test_data_of_another_time_are_no_part_of_the_agreement():
    later = replace(JOB, generated=Period(START + 10 * DAY, None))
    open_end = replace(JOB, generated=Period(START + DAY, None))

    found = granting.permissions("agr_1", HELD, [(later, "org_3", Party.SERVICE_PROVIDER)], matrix())
    assert [rule.target for rule in found] == [f"{CONDITION}:none"]
    held = Period(START, None)
    found = granting.permissions("agr_1", held, [(open_end, "org_3", Party.SERVICE_PROVIDER)], matrix())
    assert [rule.target for rule in found] == [f"{CONDITION}:20260302T000000.000000Z-"]


def test_it_is_written_and_read_back_and_contradicts_itself_nowhere():
    found = policy((JOB, "org_3", Party.SERVICE_PROVIDER), (FIGURES, "org_4", Party.MAKER))

    assert reading.read(json.loads(json.dumps(writing.written(found)))) == found
    assert conflicts([found]) == []
