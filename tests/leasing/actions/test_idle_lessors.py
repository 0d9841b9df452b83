"""A lessor that does nothing keeps neither the return nor the settlement of a lease from going on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import (
    answers,
    batch_records,
    closing,
    inspections,
    leases,
    overdue,
    records,
    returns,
    settlements,
)
from leasing.actions.damage_papers import InspectionLapsed
from leasing.models import ConditionRecord, DamageClaim, Lease, LeaseUnit, RecordAnswer, Settlement
from leasing.rules.condition import Kind, Result
from leasing.rules.inspections import Finding, FindingKind
from leasing.rules.returns import DataWipe, Wipe
from leasing.rules.sla import DEFAULT
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing.damage import DAY, Damage
from tests.leasing.returned import BACK, WIPED, WayBack
from tests.leasing.settling import ENDED, Settling
from tests.leasing.tickets import AGREED, Desk

TEN, THREE = 10 * DAY, 3 * DAY
HOUR = timedelta(hours=1)


@once.fixture
def way(world):
    return WayBack(world)


def gives_back(way, *, at=BACK, wipe=WIPED, by=None, within=None, **changes):
    """Let the lessee write its return down, and return the record."""
    who = {"by": by or way.world.buyer, "within": within or way.world.lessee}
    returns.take_back(lease=way.lease, given=way.given(at, **changes), wipe=wipe, at=at, **who)
    return way.record(Kind.RETURN)


def says(record, word, by, at, **more):
    getattr(answers, word)(record=record, digest=record.digest, by=by, at=at, **more)


def nothing_written(way):
    written = ConditionRecord.objects.filter(kind=Kind.RETURN).exists()
    return not written and (way.unit.state, way.unit.inspect_by) == ("STOPPED", None)


class TestTheLesseeWritesTheReturn:
    def test_with_what_the_lessors_has_and_its_own_name(self, way):
        record = gives_back(way)

        assert (record.side, record.document["side"]) == ("lessee", "lessee")
        assert record.made_by_name == way.world.buyer.name
        assert record.document["handover"] == way.record(Kind.HANDOVER).digest
        assert [(one["meter"], one["value"]) for one in record.document["readings"]] == [("run_time", "480")]
        assert (way.unit.state, way.unit.inspect_by) == ("RETURNED", BACK + THREE + TEN)
        step = way.lease.transitions.last()
        assert (step.move, step.organization, step.facts["written_by"]) == (
            "return",
            way.world.lessee.public_id,
            "lessee",
        )

    def test_and_the_lessor_is_told_until_when_it_answers_and_inspects(self, way):
        record = gives_back(way, wipe=DataWipe(Wipe.NOT_WIPED, "Panel is dead"))

        one = Notification.objects.get(kind="returned_by_lessee")
        assert (one.organization, one.link) == (way.world.lessor, f"/records/{record.public_id}/")
        assert (one.facts["until_at"], one.facts["days"]) == ((BACK + THREE).isoformat(), "10")
        assert not Notification.objects.filter(kind__in=["return_to_confirm", "memory_not_wiped"]).exists()

    def test_as_whole_as_the_lessors(self, way):
        with pytest.raises(records.ConditionInvalid):
            gives_back(way, serials=())
        with pytest.raises(records.ConditionInvalid):
            gives_back(way, readings=())
        assert nothing_written(way)

    @pytest.mark.parametrize(
        ("who", "side"), [("guest", "lessee"), ("buyer", "lessor"), ("outsider", "stranger")]
    )
    def test_for_its_own_side_and_with_the_right(self, way, who, side):
        with pytest.raises(MissingRight):
            gives_back(way, by=getattr(way.world, who), within=getattr(way.world, side))
        assert nothing_written(way)

    def test_of_a_machine_in_use_is_refused(self, world):
        way = WayBack(world, ends_at=None)
        with pytest.raises(returns.MachineInUse):
            gives_back(way)
        assert not ConditionRecord.objects.filter(kind=Kind.RETURN).exists()

    def test_once_more_while_the_lessor_may_answer(self, way):
        gives_back(way)
        second = gives_back(way, at=BACK + 2 * DAY)

        assert (second.number, way.unit.inspect_by) == (2, BACK + 5 * DAY + TEN)

    def test_but_not_over_the_lessors(self, way):
        record = way.back()
        with pytest.raises(returns.ReturnWritten):
            gives_back(way, at=BACK + HOUR)
        assert way.record(Kind.RETURN) == record


class TestTheLessorsWord:
    def test_confirms_and_has_its_days_to_inspect(self, way):
        record = gives_back(way)
        says(record, "confirm", way.world.owner, BACK + DAY)

        said = RecordAnswer.objects.get(record=record)
        assert (said.word, said.organization) == ("CONFIRMED", way.world.lessor.public_id)
        assert (way.unit.state, way.unit.inspect_by) == ("RETURNED", BACK + DAY + TEN)
        told = Notification.objects.get(kind="record_confirmed", link=f"/records/{record.public_id}/")
        assert told.organization == way.world.lessee

    def test_objects_and_the_machine_is_not_back(self, way):
        record = gives_back(way)
        says(record, "object_to", way.world.owner, BACK + DAY, reason="Nothing has come")

        assert (way.unit.state, way.unit.inspect_by) == ("STOPPED", None)
        told = Notification.objects.get(kind="record_objected")
        assert told.organization == way.world.lessee
        due = way.unit.claim.period.upper + DAY
        assert overdue.attend(unit=way.unit, by=way.world.clock, at=due) is not None
        assert batch_records.has_machine(unit=way.unit)

    def test_after_an_objection_either_side_writes_another(self, way):
        record = gives_back(way)
        says(record, "object_to", way.world.owner, BACK + DAY, reason="Nothing has come")
        again = gives_back(way, at=BACK + 2 * DAY)
        says(again, "object_to", way.world.owner, BACK + 2 * DAY, reason="Nothing yet")
        own = way.back(at=BACK + THREE)

        assert (own.number, own.side, way.unit.state) == (3, "lessor", "RETURNED")

    @pytest.mark.parametrize("who", ["buyer", "watcher", "outsider"])
    def test_is_the_lessors(self, way, who):
        record = gives_back(way)
        by = getattr(way.world, who)
        with pytest.raises(MissingRight):
            says(record, "confirm", by, BACK)
        with pytest.raises(MissingRight):
            says(record, "object_to", by, BACK, reason="x")
        assert not RecordAnswer.objects.filter(record=record).exists()
        assert way.unit.state == "RETURNED"

    def test_comes_within_three_days_and_then_the_record_stands(self, way):
        record = gives_back(way)
        with pytest.raises(answers.AnswerTooLate):
            says(record, "object_to", way.world.owner, BACK + THREE, reason="Late")
        with pytest.raises(returns.ReturnWritten):
            way.back(at=BACK + THREE)
        with pytest.raises(returns.ReturnWritten):
            gives_back(way, at=BACK + THREE)
        assert (way.record(Kind.RETURN), way.unit.state) == (record, "RETURNED")

    def test_is_not_needed_where_the_lessor_writes_its_own(self, way):
        gives_back(way)
        own = way.back(at=BACK + DAY)

        assert (own.number, own.side) == (2, "lessor")
        assert way.unit.inspect_by == BACK + THREE + TEN  # its own record gains no time

    def test_or_inspects(self, way):
        gives_back(way)
        inspect(way, BACK + DAY)
        assert (way.unit.state, way.unit.inspect_by) == ("READY", None)


def inspect(way, at, findings=(), **changes):
    given = way.given(at, readings=(), **changes)
    inspections.inspect(lease=way.lease, given=given, findings=findings, by=way.world.owner, at=at)


def dent(percent):
    return Finding("axes", FindingKind.DAMAGE, "Dent", 400_000, percent)


def dented(way, at):
    fault = {"result": Result.FAULT, "text": "Dent"}
    return tuple(replace(one, **fault) if one.item == "axes" else one for one in way.given(at).checklist)


@once.fixture
def scene(world):
    """Return a lease that is over, whose lessee gave the machine back; the lessor says nothing."""
    made = Settling(world)
    made.way = WayBack.of(made.lease, world)
    gives_back(made.way, at=ENDED, accessories={})
    made.until = ENDED + THREE + TEN
    return made


class TestTheSettlement:
    def test_waits_for_the_inspection_and_says_how_long(self, scene):
        with pytest.raises(settlements.NotReadyToSettle) as refused:
            scene.propose(scene.world.lessee, at=scene.until - HOUR)
        (flaw,) = refused.value.flaws
        assert (flaw.pointer, flaw.code) == (f"/units/{scene.unit.public_id}", "machine_not_inspected")
        shown = scene.until.astimezone(scene.lease.agreed.zone)
        assert flaw.facts["until"] == f"{shown:%Y-%m-%d %H:%M}"
        assert not Settlement.objects.exists()

    def test_goes_on_without_it_and_is_agreed(self, scene):
        made = scene.propose(scene.world.lessee, at=scene.until)

        line = made.document["lines"][-1]
        shown = scene.until.astimezone(scene.lease.agreed.zone)
        assert line == {
            "kind": "NOT_INSPECTED",
            "source": scene.unit.public_id,
            "facts": {"machine": "VMC-1", "until": f"{shown:%Y-%m-%d %H:%M}"},
            "by_invoice": False,
            "amount_minor": None,
            "settled_minor": None,
        }
        lease = scene.does("agree", made, scene.world.lessor, at=scene.until + DAY, digest=made.digest)
        assert (lease.status, lease.billing) == ("SETTLED", "SETTLED")

    def test_silence_settles_nothing_and_the_platform_decides(self, scene):
        made = scene.propose(scene.world.lessee, at=scene.until)
        with pytest.raises(settlements.TimeToAnswer):
            scene.does("refer", made, scene.world.lessee, at=scene.until + DAY, text="Silent")
        assert scene.now().status == "ENDED"

        late = scene.until + 7 * DAY
        scene.does("refer", made, scene.world.lessee, at=late, text="Silent")
        lease = scene.does("decide", made, scene.platform, at=late, text="As recorded")
        assert lease.status == "SETTLED"

    def test_of_a_machine_that_was_inspected_late_is_the_same(self, scene):
        made = scene.propose(scene.world.lessee, at=scene.until)
        inspect(scene.way, scene.until + DAY, accessories={})

        assert (scene.way.unit.state, scene.way.unit.inspect_by) == ("READY", scene.until)
        lease = scene.does("agree", made, scene.world.lessor, at=scene.until + DAY, digest=made.digest)
        assert lease.status == "SETTLED"

    def test_of_a_machine_that_was_inspected_in_time_says_nothing_of_it(self, scene):
        inspect(scene.way, scene.until - HOUR, accessories={})
        made = scene.propose(scene.world.lessee, at=scene.until + DAY)
        assert "NOT_INSPECTED" not in {one["kind"] for one in made.document["lines"]}

    def test_leaves_the_machine_to_be_made_ready_before_the_lease_is_closed(self, scene):
        made = scene.propose(scene.world.lessee, at=scene.until)
        scene.does("agree", made, scene.world.lessor, at=scene.until, digest=made.digest)
        assert not closing.is_done(lease=scene.now())

        inspect(scene.way, scene.until + DAY, accessories={})
        assert (scene.now().status, scene.way.unit.state) == ("SETTLED", "READY")

    def test_waits_for_the_days_of_the_terms(self, world):
        desk = Desk(world, sla=dict(DEFAULT) | {"inspection_days": 20})
        way = WayBack.of(desk.lease, world)
        leases.end(lease=way.lease, by=world.owner, at=AGREED)
        says(gives_back(way, at=AGREED + HOUR), "confirm", world.owner, AGREED + DAY)
        assert way.unit.inspect_by == AGREED + 21 * DAY


class TestDamage:
    def test_is_not_claimed_when_nobody_looked_in_time(self, scene):
        known = DamageClaim.objects.count()
        with pytest.raises(InspectionLapsed) as refused:
            scene.claimed(at=scene.until, reply_until=scene.until + 5 * DAY)
        assert (refused.value.code, DamageClaim.objects.count()) == ("inspection_lapsed", known)

    def test_is_claimed_a_moment_before_and_goes_on(self, scene):
        early = scene.until - HOUR
        made = scene.claimed(at=early, reply_until=early + 5 * DAY)
        contested = scene.act(
            "contest", made, scene.world.lessee, at=scene.until, digest=made.digest, amount_minor=0, text="No"
        )
        referred = scene.act("refer", contested, scene.world.lessor, at=scene.until + DAY, text="Decide")
        decided = scene.act(
            "decide", referred, scene.platform, at=scene.until + DAY, amount_minor=1, text="Half"
        )
        assert decided.state == "DECIDED"

    def test_found_late_is_not_the_lessees(self, scene):
        way, at = scene.way, scene.until
        with pytest.raises(records.ConditionInvalid) as refused:
            inspect(way, at, [dent(50)], accessories={}, checklist=dented(way, at))
        assert [flaw.code for flaw in refused.value.flaws] == ["inspected_late"]
        assert way.unit.state == "RETURNED"

        inspect(way, at, [dent(0)], accessories={}, checklist=dented(way, at))
        assert (way.unit.state, way.unit.inspect_by) == ("IN_INSPECTION", scene.until)
        assert scene.propose(scene.world.lessee, at=at).state == "PROPOSED"  # it waits for no repair either

    def test_before_the_return_is_claimed_as_ever(self, world):
        scene = Damage(world)
        assert scene.claimed().state == "RAISED"


class TestTheDatabase:
    def test_settles_no_lease_whose_machine_may_still_be_inspected(self, scene):
        made = scene.propose(scene.world.lessee, at=scene.until)
        LeaseUnit.objects.filter(pk=scene.unit.pk).update(inspect_by=scene.until + DAY)
        fresh = Settlement.objects.select_related("lease__lessor", "lease__lessee").get(pk=made.pk)
        fresh.lease = Lease.objects.select_related("lessor", "lessee", "listing").get(pk=scene.lease.pk)
        with pytest.raises(IntegrityError, match="something is open"), transaction.atomic():
            settlements._settled(
                fresh,
                settlements.State.AGREED,
                by=scene.world.owner,
                within=scene.world.lessor,
                at=scene.until,
                text="",
            )
        assert scene.now().status == "ENDED"

    def test_keeps_no_claim_of_after_the_time(self, scene):
        made = scene.damage
        with pytest.raises(IntegrityError, match="not inspected in time"), transaction.atomic():
            made.pk, made.public_id, made.number, made.raised_at = None, "dmg_other", 9, scene.until
            made.state = "RAISED"
            made.save(force_insert=True)

    def test_knows_a_time_to_inspect_of_machines_that_are_back_alone(self, way):
        with pytest.raises(IntegrityError, match="inspected_when_back"), transaction.atomic():
            LeaseUnit.objects.filter(pk=way.unit.pk).update(inspect_by=BACK)
        assert nothing_written(way)
