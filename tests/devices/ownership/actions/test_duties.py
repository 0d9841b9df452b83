"""Duties: they begin with the end, are told, asked for, put off, suspended, carried out, certified, late."""

import json
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from devices import queries as telemetry
from devices.actions import carrying_out
from devices.models import Erasure
from devices.ownership.actions import access, duties, holds, sealing
from devices.ownership.actions.duties import DutyDone, NotYoursToErase, OnlyLesseeAsks, PostponedBefore
from devices.ownership.actions.holds import HoldLifted, PrivateIsNotHeld, ReasonMissing
from devices.ownership.models import AccessEvent, Agreement, Certificate, Duty, EventEntry, Hold, records_of
from devices.ownership.permissions import ClockOnly, PlatformOnly
from devices.ownership.rules import certificates as rules
from devices.ownership.rules.duties import state
from devices.tasks import carry_out_duties
from marketplace.models import AuditEntry
from marketplace.permissions import MissingRight
from marketplace.shared import signing
from tests import once
from tests.devices.ownership.actions.test_access import DAY, START, World
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
END = START + 3 * DAY
DUE = END + 30 * DAY


class Leased(World):
    """The world of the door with the duties of A's agreement, as if A's lease had just been closed."""

    def __init__(self):
        super().__init__()
        self.agreement = Agreement.objects.get(reference="lea_A")
        self.platform = make.platform()
        self.people[self.platform] = make.member(self.platform)
        duties.incur(agreement=self.agreement, by=self.clock, at=END)

    def at(self, when, *, seal=True):
        carrying_out.run(by=self.clock, at=when)
        if seal:
            sealing.seal(by=self.clock, at=when)

    def until(self, when):
        """Let the clock come by whenever something is to be done."""
        for moment in sorted({END, DUE - 7 * DAY, DUE, DUE + DAY / 2, when}):
            if moment <= when:
                self.at(moment)

    def duty(self, retention, kind="ERASE", **more):
        found = Duty.objects.filter(agreement=self.agreement, kind=kind, **more)
        return found.get(retentions=[retention])

    def state(self, duty, at):
        return state(Duty.objects.shown().get(pk=duty.pk).facts, at=at, grace=timedelta(days=3))

    def ask(self, who, retentions=("PRIVATE",), at=END + DAY, **more):
        given = {"agreement": self.agreement, "retentions": retentions, "within": who}
        return duties.ask(by=self.people[who], at=at, **given, **more)

    def act(self, act, duty, who=None, at=END + DAY, **more):
        who = who or self.a
        return act(duty=duty, by=self.people[who], within=who, at=at, **more)

    def hold(self, retentions=("ORDINARY",), reason="Invoice 7 is disputed", who=None):
        who = who or self.platform
        given = {"agreement": self.agreement, "retentions": retentions, "reason": reason}
        return holds.place(by=self.people[who], within=who, at=END + DAY, **given)


world = once.fixture(Leased)


def said(world, channel):
    """Return on which half days of A's time a channel says something."""
    return [half for half in everything(world, channel) if 2 <= half < 6]


def everything(world, channel):
    """Return on which half days a channel says something."""
    found = telemetry.readings(world.device, channels=[channel])
    start = int(START.timestamp()) * 1_000_000
    return [(one.at - start) // 43_200_000_000 for one in found]


ALL, NOTHING = [2, 3, 4, 5], []


class TestBegin:
    def test_with_the_end_of_an_agreement(self, world):
        found = {
            (one.kind, *one.retentions, one.source): one.due_at
            for one in Duty.objects.filter(agreement=world.agreement)
        }
        assert found == {
            ("INFORM", "PRIVATE", "ORDINARY", "end_of_lease"): END,
            ("INFORM", "PRIVATE", "ORDINARY", "told_before"): DUE - 7 * DAY,
            ("RETURN", "PRIVATE", "taken_along"): DUE,
            ("RETURN", "ORDINARY", "taken_along"): DUE,
            ("ERASE", "PRIVATE", "end_of_lease"): DUE,
            ("ERASE", "ORDINARY", "end_of_lease"): DUE,
            ("RETAIN", "EVIDENCE", "books"): END.replace(year=2056),
            ("ERASE", "EVIDENCE", "books_over"): END.replace(year=2056),
        }
        assert duties.incur(agreement=world.agreement, by=world.clock, at=END) == []

    def test_by_the_clock_where_nobody_closed(self, world):
        other = Agreement.objects.get(reference="lea_B")
        world.at(START + 6 * DAY - timedelta(seconds=1))
        assert not Duty.objects.filter(agreement=other).exists()
        world.at(START + 6 * DAY)
        assert Duty.objects.filter(agreement=other).count() == 8

    def test_never_before_the_lessee_can_be_told(self, world):
        other = Agreement.objects.get(reference="lea_B")
        late = START + 400 * DAY
        world.at(late)
        erase = Duty.objects.filter(agreement=other, kind="ERASE").order_by("due_at")[0]
        assert erase.due_at == late + 7 * DAY
        assert not Erasure.objects.filter(reference=erase.public_id).exists()


class TestCarriedOut:
    def test_when_due_and_certified_and_only_then(self, world):
        world.until(DUE - DAY)
        assert (said(world, "program"), said(world, "load")) == (ALL, ALL)

        world.at(DUE)

        assert (said(world, "program"), said(world, "load")) == (NOTHING, NOTHING)
        assert (said(world, "parts"), said(world, "execution")) == (ALL, ALL)
        for channel in ("program", "load"):
            assert everything(world, channel) == [0, 1, *range(6, 14)]
        assert not Certificate.objects.exists()  # the log had to be sealed first
        world.at(DUE + timedelta(minutes=1))
        assert Certificate.objects.count() == 2
        private = world.duty("PRIVATE")
        assert private.evidence == private.certificate.public_id
        assert world.state(private, DUE + DAY) == "FULFILLED"
        world.at(DUE + DAY)
        assert Certificate.objects.count() == 2

    def test_by_the_task(self, world):
        carry_out_duties()
        informed = Duty.objects.filter(kind="INFORM", agreement=world.agreement, fulfilled_at=None)
        assert not informed.exists()

    def test_not_before_the_lessee_was_told(self, world):
        world.at(DUE)  # the clock had stopped for a month
        assert said(world, "program") == ALL
        world.at(DUE + 7 * DAY - timedelta(minutes=1))
        assert said(world, "program") == ALL
        world.at(DUE + 7 * DAY)
        assert said(world, "program") == NOTHING

    def test_evidence_goes_with_the_books(self, world):
        over = END.replace(year=2056)
        world.until(DUE + DAY)
        world.at(over - timedelta(minutes=1))
        assert said(world, "parts") == ALL
        assert world.state(world.duty("EVIDENCE", "RETAIN"), over - DAY) == "OPEN"
        world.at(over)
        assert said(world, "parts") == NOTHING
        assert world.state(world.duty("EVIDENCE", "RETAIN"), over) == "FULFILLED"

    def test_waits_for_a_key(self, world):
        world.until(DUE - DAY)
        with override_settings(LOG_SIGNING_KEY=""):
            world.at(DUE, seal=False)
            world.at(DUE + timedelta(minutes=1), seal=False)
        assert said(world, "program") == NOTHING
        assert not Certificate.objects.exists()
        world.at(DUE + timedelta(minutes=2))
        world.at(DUE + timedelta(minutes=3))
        assert Certificate.objects.count() == 2

    def test_by_the_clock_alone(self, world):
        person, duty = world.people[world.a], Duty.objects.shown()[0]
        for act in (carrying_out.run, duties.incur_missing, duties.remind, duties.escalate):
            with pytest.raises(ClockOnly):
                act(by=person, at=DUE)
        with pytest.raises(ClockOnly):
            carrying_out.erase(duty=duty, by=person, at=DUE)
        assert not Erasure.objects.exists()


class TestCertificate:
    def test_says_what_is_gone_and_can_be_checked(self, world):
        world.until(DUE + DAY)
        certificate = world.duty("PRIVATE").certificate
        first, text = certificate.text.split("\n", 1)
        facts = json.loads(text)

        assert first == "jijian-erasure-1"
        assert facts["gone"] == [
            {
                "channels": [],
                "deliveries": 1,
                "device": world.device.public_id,
                "end": "2026-03-04T00:00:00.000000Z",
                "items": 0,
                "readings": 4,
                "retention": "PRIVATE",
                "start": "2026-03-02T00:00:00.000000Z",
                "words": 0,
            }
        ]
        assert (facts["lessee"], facts["owner"]) == (world.a.public_id, world.owner.public_id)
        assert facts["backups_until"] == (DUE + 35 * DAY).date().isoformat()
        assert signing.verify(
            bytes(certificate.key.public_key), certificate.text.encode(), bytes(certificate.signature)
        )
        records = list(records_of(list(Erasure.objects.filter(retention="PRIVATE"))))
        assert rules.tree(records) == (1, bytes.fromhex(facts["root"])) == (1, bytes(certificate.root))
        event = AccessEvent.objects.get(public_id=facts["log"]["event"])
        assert (event.kind, event.purpose, event.reference) == ("ERASURE", "erasure", facts["duty"])
        assert EventEntry.objects.get(event=event).position == facts["log"]["position"]
        assert facts["log"]["position"] < facts["log"]["size"]

    def test_stays_as_it_is(self, world):
        world.until(DUE + DAY)
        for statement in ("UPDATE ownership_certificate SET size = 9", "DELETE FROM ownership_certificate"):
            with pytest.raises(IntegrityError), transaction.atomic():
                connection.cursor().execute(statement)

    def test_is_there_even_if_nothing_spoke(self, world):
        machine = make.equipment(world.owner)
        silent = Agreement.objects.create(
            equipment=machine,
            owner=world.owner,
            lessee=world.a,
            period=(START, END),
            reference="lea_C",
            opened_at=START,
        )
        world.until(DUE + 2 * DAY)
        found = Certificate.objects.filter(duty__agreement=silent)
        assert [json.loads(one.text.split("\n")[1])["gone"] for one in found] == [[], []]


class TestAsked:
    def test_by_the_lessee_private_data_go_at_once(self, world):
        (duty,) = world.ask(world.a)
        assert duty == world.duty("PRIVATE")
        assert duty.asked_by == world.a.public_id
        world.at(END + DAY)
        assert (said(world, "program"), said(world, "load")) == (NOTHING, ALL)

    def test_in_a_running_lease_what_was_said_until_now(self, world):
        now = START + 2 * DAY
        (duty,) = world.ask(world.a, at=now)
        assert (duty.source, duty.span.end) == ("on_request", now)
        world.at(now)
        assert said(world, "program") == [4, 5]
        assert world.duty("PRIVATE", source="end_of_lease").fulfilled_at is None

    def test_what_the_owner_has_a_right_to_stays(self, world):
        for retentions in (["ORDINARY"], ["EVIDENCE"]):
            with pytest.raises(NotYoursToErase):
                world.ask(world.a, retentions)
        for who in (world.owner, world.b):
            with pytest.raises(OnlyLesseeAsks):
                world.ask(who)
        with pytest.raises(MissingRight):
            viewer = make.member(world.a, "VIEWER")
            duties.ask(agreement=world.agreement, retentions=["PRIVATE"], by=viewer, within=world.a, at=END)
        assert world.duty("PRIVATE").due_at == DUE

    def test_can_be_put_off_once(self, world):
        duty = world.act(duties.postpone, world.duty("PRIVATE"))
        assert duty.due_at == DUE + 30 * DAY
        with pytest.raises(PostponedBefore, match="2026-05-03"):
            world.act(duties.postpone, duty)
        with pytest.raises(OnlyLesseeAsks):
            world.act(duties.postpone, world.duty("ORDINARY"), who=world.owner)
        world.until(DUE + 3 * DAY)
        assert (said(world, "program"), said(world, "load")) == (ALL, NOTHING)

    def test_can_be_waived(self, world):
        duty = world.act(duties.waive, world.duty("PRIVATE"), because="We need the programs.")
        assert (duty.waived_by, duty.waived_because) == (world.a.public_id, "We need the programs.")
        assert world.state(duty, DUE) == "WAIVED"
        world.until(DUE + DAY)
        assert said(world, "program") == ALL
        with pytest.raises(DutyDone):
            world.act(duties.waive, duty, because="again")

    def test_cannot_be_stopped_when_it_has_begun(self, world):
        world.until(DUE)
        for act, more in ((duties.postpone, {}), (duties.waive, {"because": "no"})):
            for duty in (world.duty("PRIVATE"), world.duty("EVIDENCE")):
                with pytest.raises(DutyDone):
                    world.act(act, duty, **more)


class TestSuspended:
    def test_a_dispute_keeps_what_it_names(self, world):
        hold = world.hold()
        world.until(DUE + 9 * DAY)
        assert (said(world, "program"), said(world, "load")) == (NOTHING, ALL)
        shown = Duty.objects.shown().get(pk=world.duty("ORDINARY").pk)
        assert shown.held_for == "Invoice 7 is disputed"
        assert world.state(shown, DUE + 9 * DAY) == "HELD"
        assert shown.noted_overdue_at is None

        holds.lift(hold=hold, by=world.people[world.platform], within=world.platform, at=DUE + 9 * DAY)
        world.at(DUE + 9 * DAY)
        assert said(world, "load") == NOTHING
        with pytest.raises(HoldLifted):
            holds.lift(hold=hold, by=world.people[world.platform], within=world.platform, at=DUE)

    def test_by_the_platform_with_a_reason_and_never_private_data(self, world):
        for who in (world.a, world.owner):
            with pytest.raises(PlatformOnly):
                world.hold(who=who)
        with pytest.raises(PrivateIsNotHeld):
            world.hold(retentions=["PRIVATE", "ORDINARY"])
        with pytest.raises(ReasonMissing):
            world.hold(reason="  ")
        assert not Hold.objects.exists()


class TestLate:
    def test_is_noted_once_and_rises_to_the_platform(self, world):
        world.until(DUE - DAY)
        with override_settings(LOG_SIGNING_KEY=""):
            world.at(DUE + 3 * DAY - timedelta(minutes=1), seal=False)
            assert not Duty.objects.visible_in(world.platform).exists()
            world.at(DUE + 3 * DAY, seal=False)
            world.at(DUE + 4 * DAY, seal=False)
        late = Duty.objects.visible_in(world.platform)
        assert {tuple(one.retentions) for one in late} == {("PRIVATE",), ("ORDINARY",)}
        assert AuditEntry.objects.filter(action="duty.overdue").count() == 2
        assert {world.state(one, DUE + 4 * DAY) for one in late} == {"OVERDUE"}
        assert not Duty.objects.visible_in(world.b).filter(agreement=world.agreement).exists()


class TestTheDoor:
    def test_says_that_readings_were_erased(self, world):
        before = world.read(world.a)
        world.until(DUE)
        going = world.read(world.a)
        world.at(DUE + timedelta(minutes=1))
        after = world.read(world.a)

        for answer, certified in ((going, False), (after, True)):
            for channel, name in (("program", "PRIVATE"), ("load", "ORDINARY")):
                (one,) = [one for one in answer.series if one.channel == channel]
                (gone,) = one.erased
                assert (gone.period.start, gone.period.end) == (START + DAY, END)
                assert gone.certificate == (world.duty(name).evidence if certified else None)
                assert one.points == ()
        kept = [one for one in after.series if one.channel in ("parts", "execution")]
        assert [one for one in before.series if one.channel in ("parts", "execution")] == kept
        assert all(one.erased == () for one in kept)

    def test_hands_out_nothing_from_the_order_on(self, world):
        world.until(DUE - DAY)
        duty = Duty.objects.shown().get(pk=world.duty("PRIVATE").pk)
        carrying_out.erase(duty=duty, by=world.clock, at=DUE, rows=0)

        assert said(world, "program") == ALL
        (one,) = [one for one in world.read(world.a).series if one.channel == "program"]
        assert (one.points, len(one.erased)) == ((), 1)

    def test_hands_out_nothing_that_went_while_it_was_read(self, world):
        world.until(DUE - DAY)
        real = telemetry.readings

        def reads(*args, **more):
            found = list(real(*args, **more))
            world.at(DUE)
            return found

        with patch.object(telemetry, "readings", reads), pytest.raises(access.RightsChanged):
            world.read(world.a)

    def test_keeps_the_neighbours_apart(self, world):
        world.until(DUE)
        theirs = [one for one in world.read(world.b).series if one.channel == "program"]
        assert [(len(one.points), one.erased) for one in theirs] == [(4, ())]
        owners = [one for one in world.read(world.owner).series if one.channel == "load" and one.points]
        assert len(owners) == 3
