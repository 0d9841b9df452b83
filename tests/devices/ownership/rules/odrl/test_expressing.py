"""The policy of an agreement says what the door of rights decides."""

import json
from itertools import product

import pytest

from devices.ownership.rules.decisions import Effect, Question, decide
from devices.ownership.rules.defaults import matrix
from devices.ownership.rules.odrl import expressing, reading, writing
from devices.ownership.rules.odrl.compiling import Compiled
from devices.ownership.rules.odrl.conflicts import conflicts
from devices.ownership.rules.odrl.questions import Request, World
from devices.ownership.rules.parties import OF_TABLE, Party

POLICY = expressing.policy_of("agr_1", owner="org_1", lessee="org_2", table=matrix())
COMPILED = Compiled([POLICY])
NAMES = {Party.OWNER: expressing.organization("org_1"), Party.LESSEE: expressing.organization("org_2")}
CATEGORIES = sorted(matrix().categories)
PARTIES = sorted(OF_TABLE)
CELLS = list(product(PARTIES, CATEGORIES))


def asked(party, category, action="read", **context):
    name = NAMES.get(party, expressing.kind(party))
    return Request(name, action, expressing.asset("agr_1", category), context)


@pytest.mark.parametrize(("party", "category"), CELLS, ids=str)
def test_a_read_is_permitted_as_the_door_decides(party, category):
    for purpose in sorted(matrix().purposes):
        billed = category == "billing_counters"
        found = decide(Question(party, category, purpose, billing_channel=billed))
        if billed and not found.rule.startswith("billing_counters"):
            continue  # the better ground is another category, which is another asset
        raw = COMPILED.decide(asked(party, category, purpose=purpose, timeInterval="PT0S"), World())
        whole = {"timeInterval": "P365D", "lease:aggregationLevel": "agreement"}
        coarse = COMPILED.decide(asked(party, category, purpose=purpose, **whole), World())

        assert raw.permits == (found.effect is Effect.RAW)
        assert coarse.permits == (found.effect is not Effect.DENY)


def test_figures_begin_at_the_interval_of_the_cell():
    for span, permits in (("PT14M59S", False), ("PT15M", True), ("PT1H", True)):
        request = asked(Party.OWNER, "machine_condition", purpose="asset_protection", timeInterval=span)
        assert COMPILED.decide(request, World()).permits is permits


def test_secrets_are_forbidden_not_merely_not_permitted():
    found = COMPILED.decide(asked(Party.OWNER, "process_parameters", purpose="operation"), World())

    assert (found.permits, found.deciding) == (False, ("urn:jijian:rule:agr_1:process_parameters.owner",))


@pytest.mark.parametrize(("party", "category"), CELLS, ids=str)
def test_every_other_right_of_a_cell_is_a_permission(party, category):
    cell = matrix().categories[category].cells[party]
    purpose = min(cell.purposes) if cell.purposes else "operation"
    for right, action in expressing.ACTIONS.items():
        found = COMPILED.decide(asked(party, category, action, purpose=purpose), World())
        assert found.permits == (right in cell.rights and not cell.prohibited)


def test_it_contradicts_itself_nowhere():
    assert conflicts([POLICY]) == []


def test_it_is_written_and_read_back():
    assert reading.read(json.loads(json.dumps(writing.written(POLICY)))) == POLICY
