"""A machine comes back, and both sides know how."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import answers, leases, moves, records, returns
from leasing.models import ConditionRecord, LeaseUnit, RecordAnswer
from leasing.rules import canonical
from leasing.rules.condition import Kind, Reading, Result, Shot, Source
from leasing.rules.history import first_broken
from leasing.rules.returns import DataWipe, Wipe
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.factories.leasing import condition, recorded, secure
from tests.leasing import world as worlds
from tests.leasing.changes import LATER, Changes
from tests.leasing.returned import BACK, DAY, OUT, WIPED, WayBack
from tests.leasing.tickets import AGREED, Desk
from tests.leasing.world import END, HANDOVER

way = once.fixture(lambda world: WayBack(world))


def told(kind):
    return Notification.objects.filter(kind=kind)


def no_return(way):
    return not ConditionRecord.objects.filter(kind=Kind.RETURN).exists() and way.unit.state == "STOPPED"


class TestTakeBack:
    """It comes back an hour after the end, whole, with its counter at 480 and its memory wiped."""

    def test_writes_down_how_it_is_and_whence(self, way):
        record = way.back()

        document = record.document
        assert record.digest == canonical.digest(document)
        assert (document["kind"], document["place"], document["data_wiped"]) == ("RETURN", "Hall 1", False)
        assert document["data_wipe"] == {"state": "WIPED", "reason": ""}
        assert document["handover"] == way.record(Kind.HANDOVER).digest
        assert (document["use_ended_at"], document["late"]) == (END.isoformat(), False)
        assert [(one["meter"], one["value"], one["source"]) for one in document["readings"]] == [
            ("run_time", "480", "PANEL")
        ]
        assert (document["differences"], document["measured"]) == ([], [])

    def test_is_a_step_of_the_lease_that_changes_its_machine_alone(self, way):
        record = way.back()

        step = way.lease.transitions.last()
        assert (way.lease.status, way.lease.billing, way.unit.state) == ("ENDED", "STOPPED", "RETURNED")
        assert (step.move, step.evidence, step.facts["data_wipe"]) == ("return", [record.digest], "WIPED")
        steps = way.lease.transitions.select_related("lease")
        assert first_broken(one.link() for one in steps) is None

    def test_tells_the_lessee_until_when_it_may_object(self, way):
        record = way.back()

        (one,) = told("return_to_confirm")
        assert (one.organization, one.link) == (way.world.lessee, f"/records/{record.public_id}/")
        assert one.facts["until_at"] == (BACK + 3 * DAY).isoformat()
        assert not told("memory_not_wiped").exists()

    def test_names_what_is_otherwise_than_at_the_hand_over(self, way):
        seen = tuple(
            replace(one, result=Result.FAULT, text="Window cracked") if one.item == "housing" else one
            for one in way.given().checklist
        )
        record = way.back(
            accessories={"vice": 1, "chuck": 1, "probe": 1},
            serials=("VMC-9",),
            checklist=seen,
            readings=(Reading("run_time", "12", Source.PANEL, BACK),),
        )

        assert record.document["differences"] == [
            {"code": "serial_missing", "name": "VMC-1", "before": "", "now": ""},
            {"code": "serial_new", "name": "VMC-9", "before": "", "now": ""},
            {"code": "accessory_more", "name": "probe", "before": "0", "now": "1"},
            {"code": "accessory_fewer", "name": "vice", "before": "2", "now": "1"},
            {"code": "item_worse", "name": "housing", "before": "OK", "now": "FAULT"},
            {"code": "reading_lower", "name": "run_time", "before": "120", "now": "12"},
        ]
        assert way.lease.transitions.last().facts["differences"] == record.document["differences"]

    def test_late_is_said_and_changes_nothing(self, way):
        way.world.listing.refresh_from_db()
        due = way.unit.claim.period.upper

        assert way.back(at=due).document["late"] is False
        assert way.back(at=due + timedelta(seconds=1)).document["late"] is True

    def test_a_memory_that_is_not_wiped_has_a_reason_that_the_lessee_reads(self, way):
        with pytest.raises(records.ConditionInvalid) as refusal:
            way.back(wipe=DataWipe(Wipe.NOT_WIPED, " "))
        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/data_wipe/reason"]
        assert no_return(way)

        way.back(wipe=DataWipe(Wipe.NOT_WIPED, "Panel is dead "))
        assert told("memory_not_wiped").get().facts["reason"] == "Panel is dead"

    def test_has_bounds(self, way):
        with pytest.raises(records.ConditionInvalid) as refusal:
            way.back(
                wipe=DataWipe(Wipe.NO_MEMORY, "x" * 501),
                happened_at=END - timedelta(seconds=1),
                readings=(Reading("run_time", "x", Source.PANEL, BACK),),
            )
        assert [(flaw.pointer, flaw.code) for flaw in refusal.value.flaws] == [
            ("/readings", "reading_invalid"),
            ("/happened_at", "before_its_end"),
            ("/data_wipe/reason", "too_long"),
        ]
        assert no_return(way)

    def test_may_be_written_down_after_the_holidays(self, way):
        """It came back at once, and the lessor writes it down when its office opens ten days later."""
        record = way.back(at=END + 10 * DAY, happened_at=END)

        assert (record.happened_at, record.made_at) == (END, END + 10 * DAY)
        assert (record.document["late"], way.unit.state) == (False, "RETURNED")

    def test_lies_neither_before_the_end_of_the_use_nor_ahead(self, way):
        for moment, code in ((END - timedelta(seconds=1), "before_its_end"), (BACK + DAY, "in_the_future")):
            with pytest.raises(records.ConditionInvalid) as refusal:
                way.back(happened_at=moment)
            assert [flaw.code for flaw in refusal.value.flaws] == [code]
        assert no_return(way)

    def test_keeps_photos_by_their_digest(self, way):
        with pytest.raises(records.ConditionInvalid):
            way.back(photos=(Shot("pho_other", "", "axes"),))
        assert no_return(way)

    @pytest.mark.parametrize("who", ["guest", "watcher", "clerk", "outsider"])
    def test_needs_the_right_of_a_side(self, way, who):
        with pytest.raises(MissingRight):
            way.back(by=getattr(way.world, who))
        assert no_return(way)

    def test_is_of_the_version_that_was_seen(self, way):
        with pytest.raises(moves.LeaseChanged):
            returns.take_back(
                lease=way.lease, given=way.given(), wipe=WIPED, by=way.world.owner, at=BACK, expected=2
            )
        assert no_return(way)


class TestWhatCannotComeBack:
    def test_is_still_in_use(self, world):
        way = WayBack(world, ends_at=None)

        with pytest.raises(returns.MachineInUse):
            way.back(at=HANDOVER + DAY)
        assert not ConditionRecord.objects.filter(kind=Kind.RETURN).exists()

    def test_was_never_handed_over(self, world):
        lease = world.accepted()
        with pytest.raises(moves.LeaseMoveRefused):
            returns.take_back(lease=lease, given=None, wipe=WIPED, by=world.owner, at=HANDOVER)
        way = WayBack(world)
        LeaseUnit.objects.filter(pk=way.unit.pk).update(state="GONE")
        with pytest.raises(returns.MachineNotOut):
            way.back()
        assert not ConditionRecord.objects.filter(kind=Kind.RETURN).exists()

    def test_was_confirmed(self, way):
        record = way.back()
        answers.confirm(record=record, digest=record.digest, by=way.world.buyer, at=BACK)

        with pytest.raises(records.RecordAnswered):
            way.back(at=BACK + DAY)
        assert ConditionRecord.objects.filter(kind=Kind.RETURN).count() == 1


class TestAMachineThatLeftBeforeTheOthers:
    """The second machine took the place of the first, which comes back while the lease goes on."""

    @pytest.fixture
    def changes(self, db):
        made = Changes(worlds.make(machines=3))
        made.swapped()
        return made

    def test_comes_back_alone(self, changes):
        way = WayBack.of(changes.lease, changes.world)
        unit = changes.lease.units.get(equipment=changes.first)
        with pytest.raises(records.NoSuchUnit):
            way.back(at=LATER)

        given = condition(unit, LATER)
        done = returns.take_back(
            lease=changes.now(),
            given=given,
            wipe=WIPED,
            by=changes.world.owner,
            at=LATER,
            unit=unit.public_id,
        )

        states = dict(done.units.values_list("equipment__name", "state"))
        assert (done.status, states) == ("ACTIVE", {"VMC-1": "RETURNED", "VMC-2": "RUNNING"})

    def test_that_came_by_a_change_is_compared_with_its_own_record(self, changes):
        leases.end(lease=changes.now(), by=changes.world.owner, at=LATER)
        unit = changes.lease.units.get(equipment=changes.second)

        returns.take_back(
            lease=changes.now(),
            given=condition(unit, LATER),
            wipe=WIPED,
            by=changes.world.owner,
            at=LATER,
            unit=unit.public_id,
        )

        handed, back = unit.condition_records.order_by("pk")
        assert (handed.kind, back.kind) == (Kind.HANDOVER, Kind.RETURN)
        assert back.document["handover"] == handed.digest


class TestTheLesseesWord:
    def test_confirms_or_objects_once_by_digest(self, way):
        record = way.back()
        given = {"record": record, "by": way.world.buyer, "at": BACK + DAY}

        with pytest.raises(records.RecordNotRead):
            answers.confirm(digest="0" * 64, **given)
        with pytest.raises(moves.RecordMissing):
            answers.object_to(digest=record.digest, reason=" ", **given)
        answers.object_to(digest=record.digest, reason="The vice was there", **given)
        with pytest.raises(records.RecordAnswered):
            answers.confirm(digest=record.digest, **given)

        assert RecordAnswer.objects.get(record=record).reason == "The vice was there"
        assert told("record_objected").get().organization == way.world.lessor

    def test_an_objection_may_be_met_with_another_record(self, way):
        first = way.back(accessories={"vice": 1})
        given = {"by": way.world.buyer, "at": BACK + DAY}
        answers.object_to(record=first, digest=first.digest, reason="Look in the crate", **given)

        second = way.back(at=BACK + DAY)
        answers.confirm(record=second, digest=second.digest, **given)

        assert (second.number, second.document["differences"][:1]) == (2, [])
        assert told("record_confirmed").filter(organization=way.world.lessor).count() == 2

    def test_comes_within_three_days(self, way):
        record = way.back()
        given = {"record": record, "digest": record.digest, "by": way.world.buyer, "at": BACK + 3 * DAY}

        with pytest.raises(answers.AnswerTooLate):
            answers.confirm(**given)
        with pytest.raises(answers.AnswerTooLate):
            answers.object_to(reason="No", **given)
        assert not RecordAnswer.objects.filter(record=record).exists()

    @pytest.mark.parametrize("who", ["owner", "guest", "outsider"])
    def test_is_the_lessees(self, way, who):
        record = way.back()
        by = getattr(way.world, who)
        with pytest.raises(MissingRight):
            answers.confirm(record=record, digest=record.digest, by=by, at=BACK)
        with pytest.raises(MissingRight):
            answers.object_to(record=record, digest=record.digest, reason="x", by=by, at=BACK)
        assert not RecordAnswer.objects.filter(record=record).exists()

    def test_on_a_hand_over_is_still_what_begins_the_lease(self, world):
        lease = world.ready()
        secure(lease, by=world.owner, at=HANDOVER)
        (record,) = recorded(lease, by=world.owner, at=HANDOVER, **OUT)
        given = {"digest": record.digest, "by": world.buyer, "at": HANDOVER}
        answers.object_to(record=record, reason="Cracked", **given)
        with pytest.raises(leases.beginnings.HandoverObjected):
            leases.activate(lease=lease, by=world.owner, at=HANDOVER + 9 * DAY)
        (_first, again) = recorded(lease, by=world.owner, at=HANDOVER, **OUT)

        answers.confirm(record=again, digest=again.digest, by=world.buyer, at=HANDOVER)

        lease.refresh_from_db()
        assert lease.status == "ACTIVE"


class TestTheDatabase:
    def test_knows_no_machine_that_is_back_without_a_record(self, way):
        for state in ("RETURNED", "IN_INSPECTION", "IN_REPAIR", "READY"):
            with pytest.raises(IntegrityError, match="without a record"), transaction.atomic():
                LeaseUnit.objects.filter(pk=way.unit.pk).update(state=state)
        assert way.unit.state == "STOPPED"


def test_a_meter_that_a_device_reports_is_read_up_to_where_it_reported(world):
    """Nobody types its counter: the record says how far the device had come."""
    desk = Desk(world, tells=True)
    desk.said(("2026-03-10T08:00", "ACTIVE"), ("2026-03-10T09:00", "READY"))
    leases.end(lease=desk.lease, by=world.owner, at=AGREED)
    unit = desk.lease.units.get()

    returns.take_back(lease=desk.lease, given=condition(unit, AGREED), wipe=WIPED, by=world.owner, at=AGREED)

    document = ConditionRecord.objects.get(kind=Kind.RETURN).document
    assert document["readings"] == []
    assert document["measured"] == [
        {"meter": "run_time", "device": desk.device.public_id, "channel": "execution", "arrival": 1}
    ]
