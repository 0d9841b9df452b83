"""
Every cell of the table of default rights, for every party and right, through the REST door.

``read``, ``read_aggregate`` and ``port`` are asked for over HTTP with an API key, with stored readings and a
lease. ``share``, ``erase``, ``operate``, ``hold`` and ``process`` are exercised through the doors that need
them in ``test_default_rights_doors.py``, ``write`` has none: of all these the policy of the agreement, over
REST as well, must list exactly those that the cell lists.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.actions import devices
from devices.ownership.models import AccessEvent
from devices.ownership.rules.defaults import matrix
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, NOON, take
from tests.devices.ownership import lent
from tests.devices.ownership.lent import keyed, stamp
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
TABLE = json.loads((Path(__file__).parents[2] / "data/vectors/default_rights.json").read_text())
CELLS = {(row["id"], party): row["cells"][party] for row in TABLE["categories"] for party in TABLE["parties"]}
NO_CHANNELS = "derived_benchmarks"  # of many machines: no channel of a device is of this category
STREAMS = [name for name in CELLS if name[0] != NO_CHANNELS]
START = datetime(2024, 3, 1, tzinfo=UTC)
LENT = Period(START, START + timedelta(days=3))
ASKED = {"from": stamp(LENT.start), "to": stamp(LENT.end)}
PRIVATE = ("process_parameters", "operator_data")
INTERVALS = {"PT15M": "PT15M", "P1D": "P1D", "billing period": "whole"}
KINDS = {"maker": "MAKER", "service_provider": "SERVICE_PROVIDER", "regulator": "REGULATOR"}
WITHOUT_PART = set(KINDS)  # parties to whom nothing is open by default: the device is not there for them


class World:
    """A machine with one gauge of each category, lent, and one organization of each party with a key."""

    def __init__(self):
        self.parties = {name: make.organization(name) for name in ("owner", "lessee")}
        self.parties |= {name: make.organization(name, kind=kind) for name, kind in KINDS.items()}
        self.parties["platform"] = make.platform()
        self.clients = {name: keyed(make.member(one), one) for name, one in self.parties.items()}
        self.clock, self.machine = lent.robot(name="tester"), make.equipment(self.parties["owner"])
        categories = [row["id"] for row in TABLE["categories"] if row["id"] != NO_CHANNELS]
        self.device = devices.register(
            owner=self.parties["owner"],
            code="m-1",
            name="Mill",
            channels=[self.channel(category) for category in categories],
            commissioned_at=EARLY,
            by=self.clock,
            at=NOON,
        )
        devices.bind(
            device=self.device, equipment=self.machine, period=Period(EARLY, None), by=self.clock, at=NOON
        )
        self.agreement = lent.agreements.open(
            equipment=self.machine,
            owner=self.parties["owner"],
            lessee=self.parties["lessee"],
            period=LENT,
            reference="lea_1",
            billing_channels=["billing_counters"],
            by=self.clock,
            at=NOON,
        )
        self.values = {category: self.report(n, category) for n, category in enumerate(categories)}

    def channel(self, category):
        counter = category in ("billing_counters", "production_counts")
        kept = "PRIVATE" if category in PRIVATE else "EVIDENCE" if counter else "ORDINARY"
        kind = "COUNTER" if counter else "GAUGE"
        return {"key": category, "name": category, "kind": kind, "category": category, "retention": kept}

    def report(self, number, category):
        """Let a channel say three numbers a day that no other channel says."""
        said = [1_000_000 * (number + 1) + 7 * step for step in range(9)]
        moments = [LENT.start + step * timedelta(hours=8) + timedelta(seconds=61) for step in range(9)]
        items = [(100 * number + n, stamp(at), category, said[n]) for n, at in enumerate(moments, start=0)]
        assert take(self.device, items, epoch=f"e{number}").refusals == []
        return said

    def ask(self, what, party, category, purpose, **query):
        """Ask over HTTP for one channel of the lease's time."""
        given = ASKED | {"channel": category, "purpose": purpose} | query
        return self.clients[party].get(f"/api/v1/devices/{self.device.public_id}/{what}/", given)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    yield from lent.worlds(django_db_blocker, World)


def purposes(cell):
    """Return the purposes of a cell; without a list every purpose will do."""
    return cell.get("purposes") or ["operation"]


def why(category, party, cell):
    """Return the reason for which a cell gives nothing, as the table words it."""
    if cell.get("hard_prohibition"):
        return "hard_prohibition"
    if cell.get("may_get"):
        return "needs_consent"
    if cell.get("on_order"):
        return "needs_order"
    if not cell["rights"]:
        return "no_right"
    if "resolution" in cell:
        return "resolution_not_enforceable"
    if any(purpose.endswith(("_priced", "_per_part")) for purpose in purposes(cell)):
        return "not_priced_by_it"
    return "processes_only"


def body(answer):
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def tells_nothing(world, category, text):
    return not any(str(value) in text for value in world.values[category])


def refused_on_record(world, party, category, reason, before):
    event = AccessEvent.objects.filter(kind="DECISION").latest("pk")
    assert event.pk > before
    assert (event.outcome, event.organization) == ("DENY", world.parties[party].public_id)
    assert {one["reason"] for one in event.decisions} == {reason}
    assert event.channels == [category]


def last():
    return getattr(AccessEvent.objects.order_by("-pk").first(), "pk", 0)


@pytest.mark.parametrize(("category", "party"), STREAMS)
class TestReading:
    def test_is_what_the_cell_says_for_each_of_its_purposes(self, world, category, party):
        cell = CELLS[category, party]
        for purpose in purposes(cell):
            before, answer = last(), world.ask("readings", party, category, purpose)
            if "read" in cell["rights"]:
                self.gives_single_readings(world, category, answer)
            elif "read_aggregate" in cell["rights"] and self.can_be_given(cell, purpose):
                self.gives_figures(world, category, party, purpose, answer)
            else:
                self.gives_nothing(world, category, party, answer, before)

    def can_be_given(self, cell, purpose):
        """Tell whether single channels can give it, and whether the lease is priced by it."""
        return "min_interval" in cell and not purpose.startswith("billing_if")

    def gives_single_readings(self, world, category, answer):
        (series,) = answer.json()["series"]
        assert (series["effect"], series["interval"], series["buckets"]) == ("RAW", None, [])
        assert [point["value"] for point in series["points"]] == world.values[category]

    def gives_figures(self, world, category, party, purpose, answer):
        least = INTERVALS[CELLS[category, party]["min_interval"]]
        (series,) = answer.json()["series"]
        assert (series["effect"], series["interval"], series["points"]) == ("AGGREGATE", least, [])
        assert sum(bucket["count"] for bucket in series["buckets"]) == len(world.values[category])
        finer = world.ask("readings", party, category, purpose, interval="PT10M").json()["series"]
        assert finer == [series]
        coarser = world.ask("readings", party, category, purpose, interval="P2D").json()["series"]
        assert [one["interval"] for one in coarser] == ["P2D"]
        odd = world.ask("readings", party, category, purpose, interval="PT25H").json()["series"]
        assert [one["interval"] for one in odd] == [{"PT15M": "P1DT1H", "P1D": "P2D"}[least]]

    def gives_nothing(self, world, category, party, answer, before):
        reason = why(category, party, CELLS[category, party])
        refused_on_record(world, party, category, reason, before)
        assert tells_nothing(world, category, body(answer))
        if party in WITHOUT_PART:
            assert answer.status_code == 404
            return
        assert answer.json()["series"] == []
        assert [one["code"] for one in answer.json()["refused"]] == [reason]

    def test_serves_no_other_purpose(self, world, category, party):
        cell = CELLS[category, party]
        served = set(cell.get("purposes") or matrix().purposes)
        if category == "billing_counters":  # it counts parts, and may be read as what it is as well
            served |= set(CELLS["production_counts", party].get("purposes") or matrix().purposes)
        for purpose in sorted(matrix().purposes - served)[::3]:
            before, answer = last(), world.ask("readings", party, category, purpose)
            event = AccessEvent.objects.filter(kind="DECISION").latest("pk")
            assert (event.pk > before, event.outcome) == (True, "DENY"), purpose
            assert tells_nothing(world, category, body(answer)), purpose

    def test_without_a_list_of_purposes_serves_each(self, world, category, party):
        cell = CELLS[category, party]
        given = "read" in cell["rights"] and not cell.get("purposes")
        for purpose in sorted(matrix().purposes)[::5] if given else ():
            self.gives_single_readings(world, category, world.ask("readings", party, category, purpose))

    @pytest.mark.parametrize("purpose", ["", "curiosity"])
    def test_serves_no_unknown_purpose(self, world, category, party, purpose):
        before, answer = last(), world.ask("readings", party, category, purpose)

        refused_on_record(world, party, category, "unknown_purpose", before)
        assert tells_nothing(world, category, body(answer))


@pytest.mark.parametrize(("category", "party"), STREAMS)
def test_a_copy_is_given_to_those_who_have_the_right_port(world, category, party):
    cell = CELLS[category, party]
    for purpose in purposes(cell):
        before, answer = last(), world.ask("export", party, category, purpose)
        text = body(answer)
        if {"read", "port"} <= set(cell["rights"]):
            taken = [json.loads(line) for line in text.splitlines()]
            assert [one["value"] for one in taken[1:-1]] == world.values[category]
            assert taken[-1] == {"end": {"readings": len(world.values[category])}}
            continue
        assert answer.status_code == (404 if party in WITHOUT_PART else 403)
        assert tells_nothing(world, category, text)
        event = AccessEvent.objects.filter(kind="DECISION").latest("pk")
        assert (event.pk > before, event.outcome) == (True, "DENY")


ACTIONS = {
    "hold": "archive",
    "process": "derive",
    "operate": "grantUse",
    "port": "urn:jijian:odrl:lease:1:port",
    "share": "distribute",
    "erase": "delete",
    "write": "execute",
}


@pytest.fixture(scope="module")
def rules(world):
    """Return the rules of the agreement's policy, as the lessee gets them over REST."""
    address = f"/api/v1/data-agreements/{world.agreement.public_id}/policy/"
    policy = world.clients["lessee"].get(address).json()
    assert world.clients["owner"].get(address).json() == policy
    assert world.clients["maker"].get(address).status_code == 404
    return policy


@pytest.mark.parametrize(("category", "party"), CELLS)
def test_rights_without_a_door_stand_in_the_policy_as_in_the_cell(world, rules, category, party):
    cell, target = CELLS[category, party], f"urn:jijian:data:{world.agreement.public_id}:{category}"
    who = f"urn:jijian:party:{party}"
    if party in ("owner", "lessee"):
        who = f"urn:jijian:organization:{world.parties[party].public_id}"

    def found(kind):
        mine = (one for one in rules[kind] if (one["target"], one["assignee"]) == (target, who))
        return {one["action"] for one in mine}

    assert found("prohibition") == ({"use"} if cell.get("hard_prohibition") else set())
    assert found("permission") - {"read"} == {ACTIONS[one] for one in cell["rights"] if one in ACTIONS}
