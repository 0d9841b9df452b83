"""Readings taken along: who may, what the file says, and that it stops when rights do."""

import csv
import io
import json
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from django.core.signals import request_finished
from django.db import DatabaseError, close_old_connections

from devices.actions import devices
from devices.ownership.actions import agreements, exporting, log
from devices.ownership.models import AccessEvent, Agreement
from marketplace.actions import api_keys
from marketplace.actions.parties import robot
from marketplace.models import Membership
from marketplace.models.apikeys import Scope
from marketplace.shared.period import Period
from tests.devices.machines import EARLY, NOON, lathe, take
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 20, 1, tzinfo=UTC)
DAY = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
LENT = Period(START, START + timedelta(hours=2))


class World:
    """A lathe lent for two hours of a day; it says something every half an hour."""

    def __init__(self):
        self.owner, self.lessee = make.organization("Owner"), make.organization("Lessee")
        self.clock = robot(name="tester")
        self.device = lathe(self.owner)
        self.machine = make.equipment(self.owner)
        devices.bind(
            device=self.device, equipment=self.machine, period=Period(EARLY, None), by=self.clock, at=NOON
        )
        self.agreement = self.lend(self.lessee, LENT, "lea_1")
        self.report()

    def lend(self, lessee, period, reference):
        return agreements.open(
            equipment=self.machine,
            owner=self.owner,
            lessee=lessee,
            period=period,
            reference=reference,
            billing_channels=["execution"],
            by=self.clock,
            at=NOON,
        )

    def report(self):
        items, sequence = [], 0
        for half in range(-2, 6):
            stamp = (START + half * timedelta(minutes=30)).isoformat()
            for key, value in (("execution", "ACTIVE"), ("parts", 7), ("load", "12.5"), ("program", "=1+1")):
                sequence += 1
                items.append((sequence, stamp, key, value))
        assert take(self.device, items).refusals == []

    @property
    def url(self):
        return f"/api/v1/devices/{self.device.public_id}/export/"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ask(world, keyed):
    def asked(organization, **query):
        client = keyed(make.member(organization), organization)
        return client.get(world.url, DAY | query)

    return asked


def lines(answer):
    assert answer.status_code == 200, answer.content
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def counts():
    return list(AccessEvent.objects.filter(kind="COUNT").values_list("closes", "delivered"))


class TestTheLessee:
    def test_takes_every_reading_of_its_own_time_along(self, ask, world):
        head, *readings, end = lines(ask(world.lessee))

        assert end == {"end": {"readings": 16}}
        assert len(readings) == 16
        assert {one["channel"] for one in readings} == {"execution", "parts", "load", "program"}
        assert {one["at"][11:16] for one in readings} == {"01:00", "01:30", "02:00", "02:30"}
        assert {one["value"] for one in readings if one["channel"] == "load"} == {"12.5"}
        told = head["export"]
        assert (told["device"], told["from"]) == (world.device.public_id, "2026-11-20T00:00:00Z")
        assert {one["channel"]: one["category"] for one in told["channels"]}[
            "program"
        ] == "process_parameters"
        assert {one["code"] for one in told["refused"]} == {"not_a_party"}
        assert counts() == [(told["event"], 16)]

    def test_takes_it_along_as_a_table_that_says_how_it_ended(self, ask, world):
        answer = ask(world.lessee, format="csv")

        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        assert answer["Content-Disposition"].startswith('attachment; filename="dev_')
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        columns, *rows = csv.reader(io.StringIO(text))
        assert columns == ["record", "at", "channel", "value"]
        assert {row[0] for row in rows[:8]} == {"refused"}
        assert rows[8] == ["reading", "2026-11-20T01:00:00Z", "execution", "ACTIVE"]
        assert rows[11] == ["reading", "2026-11-20T01:00:00Z", "program", "'=1+1"]
        assert rows[-1] == ["end", "", "", "16"]

    def test_takes_single_channels_along(self, ask, world):
        head, *readings, _ = lines(ask(world.lessee, channel="load"))

        assert [one["channel"] for one in head["export"]["channels"]] == ["load"]
        assert {one["channel"] for one in readings} == {"load"}

    def test_takes_no_core_data_along(self, ask, world):
        world.device.assets.filter(channel__key="load").update(grade="L6")

        head, *readings, end = lines(ask(world.lessee))

        assert {one["channel"] for one in readings} == {"execution", "parts", "program"}
        assert end == {"end": {"readings": 12}}
        assert "core_data" in {one["code"] for one in head["export"]["refused"]}

    def test_has_what_no_other_reader_has_longer_or_finer(self, ask, world, keyed):
        client = keyed(make.member(world.lessee), world.lessee)
        query = DAY | {"purpose": "operation"}
        seen = client.get(f"/api/v1/devices/{world.device.public_id}/readings/", query).json()["series"]

        _, *taken, _ = lines(ask(world.lessee))

        read = sorted((p["at"], one["channel"], p["value"]) for one in seen for p in one["points"])
        assert sorted((one["at"], one["channel"], one["value"]) for one in taken) == read


class TestOthers:
    def test_the_owner_takes_its_own_time_along_and_nothing_of_the_lessees(self, ask, world):
        head, *readings, end = lines(ask(world.owner, purpose="asset_protection"))

        assert end == {"end": {"readings": 16}}
        assert {one["at"][11:16] for one in readings} == {"00:00", "00:30", "03:00", "03:30"}
        assert {one["code"] for one in head["export"]["refused"]} >= {"hard_prohibition", "no_port_right"}

    def test_the_owner_takes_billing_counters_along_for_billing(self, ask, world):
        _, *readings, _ = lines(ask(world.owner, purpose="billing", **{"from": "2026-11-20T01:00:00Z"}))

        lent = {one["channel"] for one in readings if "01:00" <= one["at"][11:16] < "03:00"}
        assert lent == {"execution"}

    def test_are_refused_with_reasons_and_on_record(self, ask, world):
        mine = {"from": "2026-11-20T01:00:00Z", "to": "2026-11-20T03:00:00Z"}

        answer = ask(world.owner, purpose="asset_protection", **mine)

        assert answer.status_code == 403
        problem = answer.json()
        assert problem["code"] == "export_not_allowed"
        assert {one["pointer"]: one["code"] for one in problem["errors"]} == {
            "/channel/execution": "no_port_right",
            "/channel/parts": "other_purpose",
            "/channel/load": "no_port_right",
            "/channel/program": "hard_prohibition",
        }
        assert AccessEvent.objects.filter(kind="DECISION").latest("pk").outcome == "DENY"
        assert counts()[0][1] == 0

    def test_find_no_such_device_and_stand_on_record(self, ask, world):
        stranger = make.organization("Stranger")

        answer = ask(stranger, channel=["load", "wings"])

        assert answer.status_code == 404
        event = AccessEvent.objects.filter(kind="DECISION").get()
        assert (event.outcome, event.organization) == ("DENY", stranger.public_id)
        assert event.channels == ["load", "wings"]
        assert world.lessee.public_id in event.concerns

    def test_without_the_right_are_refused_on_record(self, world, keyed):
        person = make.member(world.lessee)
        client = keyed(person, world.lessee)
        Membership.objects.filter(user=person).delete()

        assert client.get(world.url, DAY).status_code == 403
        assert AccessEvent.objects.get().outcome == "DENY"

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"format": "xml"}, "/format"),
            ({"interval": "PT15M"}, "/interval"),
            ({"from": "yesterday"}, "/from"),
            ({"to": "2026-11-19T00:00:00Z"}, "/to"),
            ({"channel": "wings"}, "/channel"),
        ],
    )
    def test_are_told_which_parameter_is_wrong(self, ask, world, query, pointer):
        answer = ask(world.lessee, **query)

        assert answer.status_code == 400
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(exporting, "AT_ONCE", 3)


def begun(answer, portions=1):
    """Take the head and some portions of an export, and leave it open."""
    taken = iter(answer.streaming_content)
    return [next(taken) for _ in range(portions + 1)], taken


def leave(answer):
    """Close an answer as a server does when its client went away."""
    request_finished.disconnect(close_old_connections)
    try:
        answer.close()
    finally:
        request_finished.connect(close_old_connections)


def change(world, what):
    """Change something on which the decision rests."""
    if what == "closed":
        agreements.close(reference="lea_1", ends_at=START + timedelta(minutes=1), by=world.clock, at=NOON)
    elif what == "version":
        Agreement.objects.update(version=2)
    elif what == "unbound":
        world.device.bindings.update(period=(EARLY, START))
    elif what == "category":
        world.device.channels.filter(key="load").update(category="energy")
    elif what == "inactive":
        world.lessee.memberships.get().user.__class__.objects.update(is_active=False)
    elif what == "member":
        world.lessee.memberships.all().delete()
    else:
        world.lessee.api_keys.update(revoked_at=NOON)


@pytest.mark.usefixtures("small")
class TestWhenRightsChange:
    @pytest.mark.parametrize(
        "what", ["closed", "version", "unbound", "category", "inactive", "member", "key"]
    )
    def test_nothing_more_leaves_and_the_last_line_says_so(self, ask, world, what):
        answer = ask(world.lessee)
        parts, rest = begun(answer)
        change(world, what)

        (last,) = rest

        assert len(parts[1].splitlines()) == 3
        error = json.loads(last)["error"]
        assert (error["code"], error["readings"]) == ("rights_changed", 3)
        assert counts() == [(json.loads(parts[0])["export"]["event"], 3)]

    def test_a_table_ends_with_the_error(self, ask, world):
        answer = ask(world.lessee, format="csv")
        _, rest = begun(answer)
        change(world, "version")

        assert list(rest) == [b"error,,,rights_changed\r\n"]

    def test_the_owners_own_time_that_is_lent_meanwhile_is_not_the_owners(self, ask, world):
        answer = ask(world.owner, purpose="asset_protection", **{"from": "2026-11-20T03:00:00Z"})
        _, rest = begun(answer)
        world.lend(make.organization("Next"), Period(START + timedelta(hours=2), None), "lea_2")

        (last,) = rest

        assert json.loads(last)["error"]["code"] == "rights_changed"


@pytest.mark.usefixtures("small")
class TestTheClosingCount:
    def test_is_written_when_the_taker_goes_away(self, ask, world):
        answer = ask(world.lessee)
        begun(answer, portions=2)

        answer._iterator.close()

        assert [delivered for _, delivered in counts()] == [6]

    def test_is_written_when_nothing_was_taken(self, ask, world):
        leave(ask(world.lessee))

        assert [delivered for _, delivered in counts()] == [0]

    def test_is_written_once(self, ask, world):
        answer = ask(world.lessee)
        lines(answer)
        leave(answer)

        assert len(counts()) == 1

    def test_of_a_database_that_fails_is_left_out_and_the_line_says_what_happened(
        self, ask, world, monkeypatch
    ):
        answer = ask(world.lessee)
        _, rest = begun(answer)

        def broken(*_args, **_kwargs):
            raise DatabaseError

        monkeypatch.setattr(log, "close", broken)
        monkeypatch.setattr(exporting.deciding, "rule", broken)

        (last,) = rest

        assert json.loads(last)["error"] == {
            "code": "database_unavailable",
            "detail": json.loads(last)["error"]["detail"],
            "readings": 3,
        }


def test_portions_that_fill_slowly_leave_early(world):
    ticks = iter(range(0, 10**12, exporting.PATIENCE))

    found = exporting.start(
        device=world.device,
        channels=None,
        period=LENT,
        purpose="operation",
        by=make.member(world.lessee),
        within=world.lessee,
        at=NOON,
        clock=lambda: next(ticks),
    )

    assert [len(portion) for portion in found] == [1] * 16


@pytest.mark.django_db(transaction=True)
def test_an_open_stream_of_a_real_server_stops_within_a_second(live_server, monkeypatch):
    world = World()
    person = make.member(world.lessee)
    _, key = api_keys.create(
        organization=world.lessee, name="t", scopes=[Scope.TELEMETRY_READ], by=person, at=NOON
    )
    monkeypatch.setattr(exporting, "AT_ONCE", 3)
    first_left, revoked = threading.Event(), threading.Event()
    genuine = exporting.Export.__next__

    def slowly(export):
        if export.delivered == 3:
            first_left.set()
            assert revoked.wait(20)
        return genuine(export)

    monkeypatch.setattr(exporting.Export, "__next__", slowly)
    query = "?from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z"
    request = urllib.request.Request(
        live_server.url + world.url + query, headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert first_left.wait(20)
        agreements.close(reference="lea_1", ends_at=START + timedelta(minutes=1), by=world.clock, at=NOON)
        at = time.monotonic()
        revoked.set()
        last = answer.read().splitlines()[-1]
        took = time.monotonic() - at

    assert json.loads(last)["error"]["code"] == "rights_changed"
    assert took < 1
    assert counts()[-1][1] == 3
