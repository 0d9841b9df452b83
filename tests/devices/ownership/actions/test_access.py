"""The one door: decide, log, read."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from devices import queries as telemetry
from devices.actions import deliveries
from devices.actions import devices as devices_actions
from devices.ownership import queries
from devices.ownership.actions import access, agreements, deciding, log, resolutions
from devices.ownership.models import AccessEvent, Agreement
from devices.ownership.rules.decisions import decide
from devices.rules.admission import Item
from marketplace.actions import parties
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.factories.marketplace import equipment, member, organization, platform

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = Period(START, START + 7 * DAY)
NOW = START + 8 * DAY
CHANNELS = [
    ("execution", "STATE", "billing_counters", "EVIDENCE"),
    ("parts", "COUNTER", "billing_counters", "EVIDENCE"),
    ("load", "GAUGE", "machine_condition", "ORDINARY"),
    ("alarm", "CONDITION", "machine_condition", "ORDINARY"),
    ("program", "TEXT", "process_parameters", "PRIVATE"),
]
VALUES = {"execution": "ACTIVE", "parts": "7", "load": "12.5", "alarm": "NORMAL", "program": "O1000"}


class World:
    """An owner, two lessees one after the other with a day between them, and twelve-hourly readings."""

    def __init__(self):
        self.owner, self.a, self.b = organization("Owner"), organization("A"), organization("B")
        self.people = {one: member(one) for one in (self.owner, self.a, self.b)}
        self.clock = parties.robot(name="clock")
        self.machine = equipment(self.owner)
        self.device = devices_actions.register(
            owner=self.owner,
            code="m-1",
            name="Mill",
            channels=[
                {"key": key, "name": key, "name_zh": key, "kind": kind, "category": category}
                | {"retention": retention, "unit": ""}
                for key, kind, category, retention in CHANNELS
            ],
            commissioned_at=START,
            by=self.clock,
            at=START,
        )
        devices_actions.bind(
            device=self.device,
            equipment=self.machine,
            period=Period(START, None),
            by=self.clock,
            at=START,
        )
        self.lend(self.a, 1, 3, "lea_A")
        self.lend(self.b, 4, 6, "lea_B")
        self.report()

    def lend(self, lessee, start, end, reference):
        return agreements.open(
            equipment=self.machine,
            owner=self.owner,
            lessee=lessee,
            period=Period(START + start * DAY, START + end * DAY),
            reference=reference,
            billing_channels=["execution"],
            by=self.clock,
            at=START,
        )

    def report(self):
        items, sequence = [], 0
        for half in range(14):
            for key, *_ in CHANNELS:
                sequence += 1
                stamp = (START + half * DAY / 2).isoformat()
                items.append(Item(sequence, stamp, key, VALUES[key]))
        delivery = deliveries.Delivery(epoch="e1", items=items)
        receipt = deliveries.take(device=self.device, delivery=delivery, by=self.clock, at=NOW)
        assert receipt.refusals == []

    def read(self, who, purpose="operation", **more):
        given = {"device": self.device, "channels": None, "period": WEEK, "purpose": purpose, "within": who}
        return access.read(**(given | {"by": self.people[who], "at": NOW} | more))


world = once.fixture(World)


def days(answer, channel):
    """Return on which half days single readings of a channel were handed out."""
    points = [at for one in answer.series if one.channel == channel for at, _ in one.points]
    start = int(START.timestamp()) * 1_000_000
    return [(at - start) // 43_200_000_000 for at in points]


class TestRead:
    def test_gives_each_party_exactly_its_own(self, world):
        outside = [0, 1, 6, 7, 12, 13]
        for key, *_ in CHANNELS:
            assert days(world.read(world.a), key) == [2, 3, 4, 5]
            assert days(world.read(world.b), key) == [8, 9, 10, 11]
            own = list(range(14)) if key == "execution" else outside
            assert days(world.read(world.owner, "billing"), key) == own

    def test_gives_the_owner_quarter_hours_of_the_condition_and_never_the_programs(self, world):
        answer = world.read(world.owner, "asset_protection", period=Period(START + DAY, START + 3 * DAY))

        shown = {one.channel: one for one in answer.series}
        assert set(shown) == {"execution", "load", "alarm"}
        assert [(b.count, b.mean) for b in shown["load"].buckets] == [
            (1, b.mean) for b in shown["load"].buckets
        ]
        assert all(one.points == () for one in answer.series)
        assert [bucket.count for bucket in shown["alarm"].buckets] == [1, 1, 1, 1]

    def test_gives_nothing_of_an_interval_that_was_asked_for_in_part(self, world):
        narrow = Period(START + DAY, START + DAY + timedelta(minutes=1))

        answer = world.read(world.owner, "asset_protection", period=narrow, channels=["load"])

        assert [(one.points, one.buckets) for one in answer.series] == [((), ())]

    def test_reduces_to_the_interval_that_was_wished_for(self, world):
        answer = world.read(world.a, channels=["execution"], interval=DAY)

        assert [sum(b.states.values()) for one in answer.series for b in one.buckets] == [
            86_400_000_000,
            43_200_000_000,
        ]

    def test_commits_the_log_before_it_reads(self, world, monkeypatch):
        def broken(*args, **kwargs):
            assert AccessEvent.objects.count() == 1
            raise OSError

        monkeypatch.setattr(telemetry, "readings", broken)
        with pytest.raises(OSError):
            world.read(world.a)

        assert AccessEvent.objects.get().outcome == "PARTLY"

    def test_reads_nothing_when_the_log_cannot_be_written(self, world, monkeypatch):
        monkeypatch.setattr(telemetry, "readings", lambda *a, **k: pytest.fail("read"))
        monkeypatch.setattr(log, "decided", lambda **k: (_ for _ in ()).throw(DatabaseError))

        with pytest.raises(DatabaseError):
            world.read(world.a)

    @pytest.mark.parametrize("purpose", ["operation", "curiosity"])
    def test_logs_a_denial_and_reads_nothing(self, world, monkeypatch, purpose):
        stranger = organization("Stranger")
        world.people[stranger] = member(stranger)
        monkeypatch.setattr(telemetry, "readings", lambda *a, **k: pytest.fail("read"))

        answer = world.read(stranger, purpose)

        assert answer.series == ()
        event = AccessEvent.objects.get(kind="DECISION")
        assert (event.public_id, event.outcome) == (answer.event, "DENY")
        assert world.a.public_id in event.concerns

    def test_logs_a_person_without_the_right_and_refuses(self, world):
        with pytest.raises(MissingRight):
            world.read(world.a, by=world.people[world.b])

        event = AccessEvent.objects.get()
        assert (event.outcome, event.decisions, event.person.user) == (
            "DENY",
            [],
            world.people[world.b].public_id,
        )

    def test_closes_the_event_with_what_was_handed_out(self, world):
        answer = world.read(world.a)

        closing = AccessEvent.objects.get(kind="COUNT")
        assert (closing.closes, closing.delivered) == (answer.event, 20)

    def test_refuses_unknown_channels_and_empty_intervals(self, world):
        with pytest.raises(deciding.UnknownChannel):
            world.read(world.a, channels=["wings"])
        with pytest.raises(resolutions.IntervalNotPositive):
            world.read(world.a, interval=timedelta())

        assert not AccessEvent.objects.exists()

    def test_hands_out_nothing_when_an_agreement_changes_meanwhile(self, world, monkeypatch):
        true = telemetry.readings

        def slow(*args, **kwargs):
            Agreement.objects.filter(reference="lea_A").update(version=9)
            return true(*args, **kwargs)

        monkeypatch.setattr(telemetry, "readings", slow)
        with pytest.raises(access.RightsChanged):
            world.read(world.a)

    def test_sees_a_closed_agreement_at_the_next_request(self, world):
        agreements.close(reference="lea_A", ends_at=START + 2 * DAY, by=world.clock, at=NOW)

        assert days(world.read(world.a), "program") == [2, 3]
        assert days(world.read(world.owner), "program") == [0, 1, 4, 5, 6, 7, 12, 13]

    def test_gives_an_open_period_up_to_now(self, world):
        open_end = Period(START + 6 * DAY, None)

        assert days(world.read(world.owner, period=open_end), "load") == [12, 13]
        assert (
            world.read(world.owner, period=open_end, channels=["load"], interval=DAY).series[0].buckets == ()
        )

    def test_cannot_be_rewritten(self, world):
        world.read(world.a)

        for change in (lambda rows: rows.update(outcome="PERMIT"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(AccessEvent.objects.all())


class TestReadForMetering:
    def meter(self, world, *channels, **more):
        given = {"device": world.device, "channels": channels, "period": WEEK, "upto_arrival": None}
        given |= {"reference": "lea_A", "by": world.clock, "at": NOW}
        return access.read_for_metering(**(given | more))

    def test_gives_evidence_and_life_trace_with_one_event(self, world):
        found = self.meter(world, "execution", "parts")

        assert len(found.evidence.readings) == 28
        assert found.evidence.trace != []
        event = AccessEvent.objects.get()
        assert (event.public_id, event.purpose, event.reference) == (found.event, "meter_of_record", "lea_A")
        assert event.concerns == sorted([world.owner.public_id, world.a.public_id])

    def test_meters_a_device_without_a_lease_or_period(self, world):
        found = self.meter(world, "execution", reference="", period=None, by=world.people[world.owner])

        assert len(found.evidence.readings) == 14

    @pytest.mark.parametrize("channel", ["program", "load"])
    def test_refuses_private_and_ordinary_channels_and_logs_it(self, world, monkeypatch, channel):
        monkeypatch.setattr(telemetry, "evidence", lambda *a, **k: pytest.fail("read"))

        with pytest.raises(access.MeteringNotAllowed):
            self.meter(world, "execution", channel)

        assert AccessEvent.objects.get().outcome == "PARTLY"

    def test_is_for_robots_and_the_owner(self, world):
        with pytest.raises(MissingRight):
            self.meter(world, "execution", by=world.people[world.b])

        assert not AccessEvent.objects.exists()


class TestQueries:
    def test_know_who_is_a_side(self, world):
        assert queries.may_know(world.a, world.device, WEEK)
        assert not queries.may_know(world.a, world.device, Period(START + 4 * DAY, None))
        assert not queries.may_know(platform(), world.device, WEEK)

    def test_show_an_organization_only_decisions_about_its_own_data(self, world):
        world.read(world.owner)
        event = queries.events_visible_in(world.a).get()

        assert {one["lessee"] for one in queries.decisions_shown(event, world.a)} == {world.a.public_id}
        assert len(queries.decisions_shown(event, world.owner)) == len(event.decisions)
        assert not queries.events_visible_in(platform()).exists()

    def test_give_a_row_per_category(self):
        assert len(queries.who_may()) == 8


class TestGrades:
    def disclosed(self, world):
        return access.disclose(
            device=world.device,
            channels=["execution"],
            times=[Period(START + DAY, START + 3 * DAY)],
            arrivals=(1, 1),
            purpose="billing",
            by=world.people[world.owner],
            within=world.owner,
            at=NOW,
        )

    def test_core_data_go_into_no_file_but_stay_their_sides(self, world):
        assert len(list(self.disclosed(world))) == 1
        world.device.assets.filter(channel__key="execution").update(grade="L6")

        with pytest.raises(access.DisclosureNotAllowed):
            self.disclosed(world)

        assert days(world.read(world.a), "execution") == [2, 3, 4, 5]

    def test_the_door_asks_with_the_grade_of_the_register(self, world, monkeypatch):
        world.device.assets.filter(channel__key="load").update(grade="L5")
        asked = []
        monkeypatch.setattr(deciding, "decide", lambda question: asked.append(question) or decide(question))

        world.read(world.a, period=Period(START + DAY, START + 2 * DAY), channels=["load", "parts"])

        assert [one.grade for one in asked] == ["L5", "L2"]
