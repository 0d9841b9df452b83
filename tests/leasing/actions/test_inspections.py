"""A machine that came back is inspected, repaired and made ready, and whoever waits for it knows."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone

from leasing import tasks
from leasing.actions import answers, deposits, inspections, leases, moves, offers, photos, readiness, records
from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.rules.condition import Kind, Result, Shot
from leasing.rules.history import first_broken
from leasing.rules.inspections import Finding, FindingKind, findings_of
from leasing.rules.returns import DataWipe, Wipe
from marketplace.actions import calendar, claims
from marketplace.models import Claim, Notification
from marketplace.permissions import MissingRight
from marketplace.shared.money import Money
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import picture, read_notice, recorded, secure
from tests.leasing.returned import BACK, DAY, HOUR, WayBack
from tests.leasing.world import END, HANDOVER

SEEN = BACK + 2 * HOUR
CRACK = Finding("housing", FindingKind.DAMAGE, "Window cracked", 1_001, 50)
WORN = Finding("spindle", FindingKind.WEAR, "Bearing runs warm", 90_000, 0)


class Inspection(WayBack):
    """What the lessor does with the machine when it is back."""

    def seen(self, *faults, at=SEEN, **changes):
        """Return a condition with a fault at each of these items."""
        given = self.given(at, **changes)
        marked = tuple(
            replace(one, result=Result.FAULT, text="See finding") if one.item in faults else one
            for one in given.checklist
        )
        return replace(given, checklist=marked, readings=())

    def inspect(self, *findings, at=SEEN, given=None, **more):
        condition = given or self.seen(*(one.item for one in findings), at=at)
        said = {"by": self.world.owner, "at": at} | more
        inspections.inspect(lease=self.lease, given=condition, findings=findings, **said)
        return self.record(Kind.INSPECTION)

    def repair(self, work="New window", at=SEEN + 4 * DAY, **more):
        given = {"by": self.world.owner, "at": at} | more
        return readiness.repair(lease=self.lease, work=work, **given)

    def ready(self, at=SEEN + 4 * DAY, **more):
        given = {"by": self.world.owner, "at": at} | more
        return readiness.ready(lease=self.lease, **given)

    def accepted(self, record, at=SEEN + HOUR):
        answers.confirm(record=record, digest=record.digest, by=self.world.buyer, at=at)

    @property
    def taken_until(self):
        return self.unit.claim.period.upper

    def follows(self, days=3):
        """Return a lease of the stranger's for the same machine, from some days after the end."""
        start = END + days * DAY
        asked = self.world.ask(
            period=Period(start, start + 30 * DAY), lessee=self.world.stranger, by=self.world.outsider
        )
        return offers.accept(lease=asked, equipment=self.world.machines[0], by=self.world.owner, at=HANDOVER)


@once.fixture
def way(world):
    world.listing.buffer_after_hours = 24 * 10
    world.listing.save()
    made = Inspection(world)
    made.back()
    return made


@once.fixture
def short(world):
    """Return a machine without much time on its way home: another lease begins three days after."""
    made = Inspection(world)
    made.next = made.follows()
    made.back()
    return made


def told(kind):
    return Notification.objects.filter(kind=kind)


class TestAMachineWithoutFindings:
    """It is as it went out: ready on the spot, and what was kept for its way home is free again."""

    def test_is_ready_at_once_and_its_time_given_back(self, way):
        assert way.taken_until == END + 10 * DAY

        record = way.inspect()

        assert (way.unit.state, way.taken_until) == ("READY", SEEN)
        assert (way.unit.claim.active, way.unit.claim.core.upper) == (True, END)
        steps = list(way.lease.transitions.select_related("lease"))
        assert [one.move for one in steps][-3:] == ["return", "inspect", "ready"]
        assert steps[-2].facts["findings"] == []
        assert steps[-1].facts["ready_from"] == SEEN.isoformat()
        assert first_broken(one.link() for one in steps) is None
        assert findings_of(record.document) == ()

    def test_can_be_leased_from_that_moment(self, way):
        machine = way.world.machines[0]
        wanted = {"equipment": machine, "reason": "OWN_USE", "core": Period(SEEN, SEEN + DAY)}
        with pytest.raises(claims.MachineBusy):
            calendar.block(by=way.world.owner, at=SEEN, **wanted)
        way.inspect()

        assert calendar.block(by=way.world.owner, at=SEEN, **wanted).active

    def test_tells_the_lessee_that_all_is_well(self, way):
        way.inspect()

        assert told("machine_ready").get().organization == way.world.lessee
        assert not told("inspection_to_answer").exists()

    def test_waits_while_programs_are_in_its_memory(self, world):
        way = Inspection(world)
        way.back(wipe=DataWipe(Wipe.NOT_WIPED, "Panel is dead"))
        way.inspect()
        assert way.unit.state == "IN_INSPECTION"
        with pytest.raises(readiness.MemoryNotWiped):
            way.ready()
        assert way.unit.state == "IN_INSPECTION"

        way.ready(wiped=True)
        assert way.unit.state == "READY"

    def test_is_ready_when_the_inspection_wiped_it(self, world):
        way = Inspection(world)
        way.back(wipe=DataWipe(Wipe.NOT_WIPED, "Panel is dead"))

        way.inspect(given=way.seen(data_wiped=True))

        assert way.unit.state == "READY"


class TestFindings:
    """The window is cracked: ¥10.01, half of it said to be the lessee's."""

    def test_stand_beside_the_hand_over_with_photos(self, world):
        lease = world.ready()
        shot = {
            side: photos.take(lease=lease, data=picture(), by=world.owner, within=world.lessor, at=HANDOVER)
            for side in ("before", "after")
        }
        deposits.secure(lease=lease, reference="B", by=world.owner, at=HANDOVER)
        way = Inspection.of(lease, world)
        out = (Shot(shot["before"].public_id, "", "housing"),)
        for one in recorded(way.lease, by=world.owner, at=HANDOVER, photos=out):
            answers.confirm(record=one, digest=one.digest, by=world.buyer, at=HANDOVER)
        leases.end(lease=way.lease, by=world.owner, at=END)
        way.back()

        given = way.seen("housing", photos=(Shot(shot["after"].public_id, "", "housing"),))
        record = way.inspect(CRACK, given=given)

        (found,) = findings_of(record.document)
        assert (found.number, found.kind, found.text) == (1, "DAMAGE", "Window cracked")
        assert found.estimate == Money(1_001, "CNY")
        assert (found.lessee_share, found.lessor_share) == (Money(501, "CNY"), Money(500, "CNY"))
        assert found.photos_before == ((shot["before"].public_id, shot["before"].sha256),)
        assert found.photos_after == ((shot["after"].public_id, shot["after"].sha256),)
        assert record.document["findings"][0]["before"]["result"] == "OK"
        assert record.document["return"] == way.record(Kind.RETURN).digest

    def test_keep_the_machine_until_the_lessee_answered(self, way):
        record = way.inspect(CRACK)

        assert way.unit.state == "IN_INSPECTION"
        assert told("inspection_to_answer").get().facts["until_at"] == (SEEN + 3 * DAY).isoformat()
        for act in (way.repair, way.ready):
            with pytest.raises(readiness.FindingsUnanswered):
                act(at=SEEN + HOUR)
        assert way.unit.state == "IN_INSPECTION"
        way.accepted(record)
        way.repair(at=SEEN + HOUR)
        assert way.unit.state == "IN_REPAIR"

    def test_an_objection_is_an_answer(self, way):
        record = way.inspect(CRACK)
        answers.object_to(
            record=record, digest=record.digest, reason="It was so", by=way.world.buyer, at=SEEN + HOUR
        )

        way.ready(at=SEEN + HOUR)
        assert way.unit.state == "READY"

    def test_stand_when_nobody_answers_in_time(self, way):
        record = way.inspect(CRACK, reply_until=SEEN + 5 * DAY)
        with pytest.raises(readiness.FindingsUnanswered):
            way.ready(at=SEEN + 5 * DAY - timedelta(seconds=1))
        with pytest.raises(answers.AnswerTooLate):
            way.accepted(record, at=SEEN + 5 * DAY)

        way.ready(at=SEEN + 5 * DAY)
        assert way.unit.state == "READY"

    def test_of_which_the_lessee_bears_nothing_keep_nobody_waiting(self, way):
        way.inspect(WORN)

        way.repair(work="New bearing", at=SEEN)
        assert way.unit.state == "IN_REPAIR"

    def test_are_written_anew_until_they_are_accepted(self, way):
        way.inspect(CRACK)
        second = way.inspect(replace(CRACK, lessee_percent=20), at=SEEN + HOUR)
        way.accepted(second, at=SEEN + 2 * HOUR)

        with pytest.raises(records.RecordAnswered):
            way.inspect(CRACK, at=SEEN + 3 * HOUR)
        assert ConditionRecord.objects.filter(kind=Kind.INSPECTION).count() == 2

    @pytest.mark.parametrize(
        ("finding", "flaw"),
        [
            (replace(CRACK, item="wings"), ("/findings", "finding_unknown_item")),
            (replace(CRACK, item="axes"), ("/findings/axes", "finding_on_order")),
            (replace(CRACK, text=" "), ("/findings/housing", "words_missing")),
            (replace(CRACK, text="x" * 501), ("/findings/housing", "too_long")),
            (replace(CRACK, estimate_minor=-1), ("/findings/housing", "estimate_invalid")),
            (replace(CRACK, lessee_percent=101), ("/findings/housing", "percent_invalid")),
            (replace(CRACK, kind=FindingKind.WEAR), ("/findings/housing", "wear_is_free")),
        ],
    )
    def test_are_checked(self, way, finding, flaw):
        with pytest.raises(records.ConditionInvalid) as refusal:
            way.inspect(finding, given=way.seen("housing"))
        assert flaw in {(one.pointer, one.code) for one in refusal.value.flaws}
        assert way.unit.state == "RETURNED"

    def test_name_every_fault_and_are_not_endless(self, way):
        for findings, flaw in (
            ((), ("/findings/housing", "finding_missing")),
            ((CRACK,) * 41, ("/findings", "too_many")),
        ):
            with pytest.raises(records.ConditionInvalid) as refusal:
                way.inspect(*findings, given=way.seen("housing"))
            assert {(one.pointer, one.code) for one in refusal.value.flaws} == {flaw}
        assert way.unit.state == "RETURNED"

    @pytest.mark.parametrize(
        ("until", "code"), [(SEEN + 2 * DAY, "reply_too_soon"), (SEEN + 91 * DAY, "reply_too_late")]
    )
    def test_can_be_answered_for_three_to_ninety_days(self, way, until, code):
        with pytest.raises(records.ConditionInvalid) as refusal:
            way.inspect(CRACK, reply_until=until)
        assert [one.code for one in refusal.value.flaws] == [code]
        assert way.unit.state == "RETURNED"


class TestOrder:
    def test_is_return_inspection_repair_ready(self, world):
        way = Inspection(world)
        with pytest.raises(inspections.MachineNotBack):
            way.inspect()
        for act in (way.repair, way.ready):
            with pytest.raises(readiness.MachineNotInspected):
                act()
        way.back()
        for act in (way.repair, way.ready):
            with pytest.raises(readiness.MachineNotInspected):
                act()
        assert way.unit.state == "RETURNED"
        way.inspect()
        with pytest.raises(inspections.InspectionOver):
            way.inspect()
        with pytest.raises(readiness.MachineNotInspected):
            way.ready()
        assert ConditionRecord.objects.filter(kind=Kind.INSPECTION).count() == 1

    @pytest.mark.parametrize("who", ["buyer", "watcher", "clerk", "outsider"])
    def test_is_the_lessors(self, way, who):
        by = getattr(way.world, who)
        with pytest.raises(MissingRight):
            way.inspect(WORN, by=by)
        way.inspect(WORN)
        for act in (way.repair, way.ready):
            with pytest.raises(MissingRight):
                act(by=by)
        assert way.unit.state == "IN_INSPECTION"

    def test_is_of_the_version_that_was_seen(self, way):
        with pytest.raises(moves.LeaseChanged):
            way.inspect(expected=1)
        way.inspect(WORN)
        for act in (way.repair, way.ready):
            with pytest.raises(moves.LeaseChanged):
                act(expected=1)
        assert way.unit.state == "IN_INSPECTION"

    def test_goes_on_when_the_two_have_settled(self, way):
        way.inspect(WORN)
        Lease.objects.filter(pk=way.pk).update(status="SETTLED", billing="SETTLED")

        way.repair()
        way.ready()

        assert (way.lease.status, way.lease.billing, way.unit.state) == ("SETTLED", "SETTLED", "READY")


class TestRepair:
    def test_takes_the_calendar_in_place_of_the_way_home(self, way):
        way.inspect(WORN)

        way.repair(at=SEEN, until=SEEN + 2 * DAY)

        made = Claim.objects.get(reason="MAINTENANCE")
        assert (made.core.lower, made.core.upper, made.note) == (SEEN, SEEN + 2 * DAY, "New window")
        assert way.taken_until == SEEN
        step = way.lease.transitions.last()
        assert (step.facts["claim"], step.facts["meets"]) == (made.public_id, "")
        assert told("repair_begun").get().facts["work"] == "New window"

    def test_gives_it_back_when_the_machine_is_ready(self, way):
        way.inspect(WORN)
        way.repair(at=SEEN, until=SEEN + 2 * DAY)

        way.ready(at=SEEN + DAY)

        made = Claim.objects.get(reason="MAINTENANCE")
        assert (made.core.upper, way.unit.state) == (SEEN + DAY, "READY")

    def test_may_take_longer_than_was_said(self, way):
        way.inspect(WORN)
        way.repair(at=SEEN, until=SEEN + 2 * DAY)

        way.repair(at=SEEN + DAY, until=SEEN + 6 * DAY, work="Waits for glass")

        found = Claim.objects.active().filter(reason="MAINTENANCE").order_by("pk")
        assert [(one.core.lower, one.core.upper) for one in found] == [
            (SEEN, SEEN + DAY),
            (SEEN + DAY, SEEN + 6 * DAY),
        ]

    def test_names_the_claim_that_it_meets_and_tells_who_waits(self, short):
        before = short.taken_until
        short.inspect(WORN)

        short.repair(at=SEEN, until=SEEN + 9 * DAY)

        step, meets = short.lease.transitions.last(), short.next.units.get().claim
        assert (step.facts["claim"], step.facts["meets"]) == ("", meets.public_id)
        assert not Claim.objects.filter(reason="MAINTENANCE").exists()
        assert (short.unit.state, short.taken_until) == ("IN_REPAIR", before)
        assert [one.organization for one in told("machine_not_ready").order_by("organization")] == [
            short.world.lessor,
            short.world.stranger,
        ]

    def test_has_a_name_and_a_length(self, way):
        way.inspect(WORN)
        with pytest.raises(moves.RecordMissing):
            way.repair(work=" ")
        with pytest.raises(readiness.RepairInvalid) as refusal:
            way.repair(work="x" * 501, until=SEEN)
        assert [one.pointer for one in refusal.value.flaws] == ["/work", "/until"]
        with pytest.raises(readiness.RepairInvalid):
            way.repair(until=SEEN + 371 * DAY)
        assert way.unit.state == "IN_INSPECTION"


class TestWhoeverWaits:
    """Another lessee has the machine from three days after the end."""

    def test_is_told_once_when_an_answer_may_take_too_long(self, short):
        short.inspect(CRACK, reply_until=SEEN + 5 * DAY)
        short.inspect(CRACK, reply_until=SEEN + 6 * DAY, at=SEEN + HOUR)

        (one,) = told("machine_not_ready").filter(organization=short.world.stranger)
        assert one.facts == {
            "machine": "VMC-1",
            "lease": short.next.number,
            "needed_at": (END + 3 * DAY).isoformat(),
        }
        assert one.link == f"/leases/{short.next.public_id}/"

    def test_is_not_told_when_the_machine_will_be_there(self, short):
        short.inspect(WORN)
        short.repair(at=SEEN, until=SEEN + HOUR)
        short.ready(at=SEEN + HOUR)

        assert not told("machine_not_ready").exists()

    def test_is_told_by_the_clock_two_days_before(self, short):
        soon = END + DAY
        assert not LeaseUnit.objects.not_ready(soon - timedelta(seconds=1)).exists()
        (unit,) = LeaseUnit.objects.not_ready(soon + timedelta(seconds=1))

        with patch.object(timezone, "now", return_value=soon + timedelta(seconds=1)):
            with patch.object(tasks.warn_of_machine, "delay") as queued:
                tasks.run_clock()
            tasks.warn_of_machine(**queued.call_args.kwargs)
            tasks.warn_of_machine(**queued.call_args.kwargs)
        assert told("machine_not_ready").count() == 2
        with pytest.raises(MissingRight):
            readiness.warn(unit=unit, by=short.world.owner, at=soon)

    def test_does_not_wait_for_a_machine_that_is_ready(self, short):
        short.inspect()

        assert not LeaseUnit.objects.not_ready(END + 3 * DAY).exists()


class TestCutBuffer:
    def test_changes_nothing_before_the_end_or_behind_the_buffer(self, way):
        claim, by = way.unit.claim, way.world.owner
        for at in (END - HOUR, END + 10 * DAY, END + 11 * DAY):
            assert claims.cut_buffer(claim=claim, by=by, at=at).period.upper == END + 10 * DAY
        claims.release(claim=claim, by=by, at=END - HOUR)
        assert claims.cut_buffer(claim=claim, by=by, at=SEEN).period.upper == END + 10 * DAY


class TestTheNextHandOver:
    """Another lease begins three days after the last: nobody gets a machine that is not ready."""

    AT = END + 3 * DAY + HOUR

    def ask(self, way):
        """Do all that comes before a hand-over to the next lessee."""
        read_notice(way.next, by=way.world.outsider, at=self.AT)
        secure(way.next, by=way.world.owner, at=self.AT)

    def refused(self, way):
        with pytest.raises(readiness.MachineNotReady) as refusal:
            recorded(way.next, by=way.world.owner, at=self.AT)
        return refusal.value.facts["machine"] == way.unit.equipment.name

    def test_waits_for_inspection_and_repair(self, short):
        self.ask(short)
        assert self.refused(short)
        record = short.inspect(CRACK)
        assert self.refused(short)
        short.accepted(record)
        short.repair(at=SEEN + 2 * HOUR)
        assert self.refused(short)

        short.ready(at=SEEN + 3 * HOUR)

        assert recorded(short.next, by=short.world.owner, at=self.AT)
        assert short.next.units.get().state == "INSTALLED"

    def test_waits_for_a_wiped_memory(self, world):
        way = Inspection(world)
        way.next = way.follows()
        way.back(wipe=DataWipe(Wipe.NOT_WIPED, "Cell wanted it"))
        self.ask(way)
        way.inspect()
        assert way.unit.state == "IN_INSPECTION"
        assert self.refused(way)

        way.ready(at=SEEN + 3 * HOUR, wiped=True)

        assert recorded(way.next, by=world.owner, at=self.AT)
