"""Records of a GMP machine: without them it changes hands neither way; the lessee writes its own."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from leasing.actions import batch_records, handovers, offers
from leasing.models import ConditionRecord, Lease
from leasing.rules.batch_records import Lack
from leasing.rules.condition import Condition, Reading, Source
from leasing.rules.condition import Kind as Occasion
from marketplace.actions import equipment_records
from marketplace.models import Equipment, EquipmentRecord
from marketplace.permissions import MissingRight
from marketplace.rules.equipment_records import Kind, Result, Written
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import condition, recorded, secure
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, END, HANDOVER, PLAN, RULES

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BATCHES = {"version": 1, "meter": "batches", "channel": "batch"}
PER_BATCH = {"id": "batch", "kind": "per_unit", "meter": "batches", "unit": "batch", "price": "900.00"}


def written(kind=Kind.CLEANING, at=HANDOVER - DAY, result=Result.PASSED, **more):
    extra = {}
    if kind is Kind.CALIBRATION:
        extra = {"reference": "JJG-77", "valid_until": HANDOVER + 30 * DAY}
    if kind is Kind.BATCH:
        extra = {"batch": "B-1", "product": "mAb-3"}
        extra |= {} if result is Result.OPEN else {"released_by": "QA"}
    return Written(**({"kind": kind, "result": result, "done_at": at, "done_by": "Li"} | extra | more))


@once.fixture
def world():
    made = worlds.make()
    Equipment.objects.update(specs={"gmp": True})
    made.listing.price_plan = PLAN | {"components": [*PLAN["components"], PER_BATCH]}
    made.listing.count_rules = [*RULES, BATCHES]
    made.listing.save()
    return made


@once.fixture
def lease(world):
    made = world.ready()
    secure(made, by=world.owner, at=HANDOVER)
    return Lease.objects.get(pk=made.pk)


@once.fixture
def unit(lease):
    return lease.units.select_related("equipment__owner", "equipment__category", "lease").get()


@pytest.fixture
def keep(world, unit):
    def act(given, at=HANDOVER, **more):
        machine = Equipment.objects.get(pk=unit.equipment_id)
        return equipment_records.add(equipment=machine, given=given, by=world.owner, at=at, **more)

    return act


@pytest.fixture
def running(world, lease, unit, keep):
    keep(written())
    keep(written(Kind.CALIBRATION))
    (record,) = recorded(lease, by=world.owner, at=HANDOVER)
    handovers.confirm(record=record, digest=record.digest, by=world.buyer, at=HANDOVER)
    unit.refresh_from_db()
    return unit


@pytest.fixture
def add(world, running):
    def act(given, **changes):
        return batch_records.add(
            **({"unit": running, "given": given, "by": world.buyer, "at": HANDOVER + 9 * DAY} | changes)
        )

    return act


class TestAHandOver:
    def test_is_refused_with_each_missing_record_and_where_to_write_it(self, world, lease, unit):
        with pytest.raises(batch_records.HandoverRecordsMissing) as refusal, override("en"):
            recorded(lease, by=world.owner, at=HANDOVER)

        page = f"/equipment/{unit.equipment.public_id}/records/"
        assert [(flaw.pointer, flaw.code, flaw.facts["page"]) for flaw in refusal.value.flaws] == [
            ("/equipment_records/cleaning", "no_cleaning", page),
            ("/equipment_records/calibration", "no_calibration", page),
        ]
        assert not ConditionRecord.objects.exists()
        lease.refresh_from_db()
        assert lease.status == "CONTRACTED"

    def test_goes_on_with_them(self, running):
        assert (running.state, running.active_from) == ("RUNNING", HANDOVER)

    def test_looks_at_the_moment_at_which_it_was(self, world, lease, keep):
        """It was handed over at ten; that it was cleaned at eleven does not help."""
        keep(written(Kind.CALIBRATION))
        keep(written(at=HANDOVER + HOUR), at=HANDOVER + 2 * HOUR)

        with pytest.raises(batch_records.HandoverRecordsMissing):
            for one in lease.units.all():
                given = condition(one, HANDOVER)
                handovers.hand_over(lease=lease, given=given, by=world.owner, at=HANDOVER + 2 * HOUR)

        assert not ConditionRecord.objects.exists()

    def test_of_another_machine_asks_for_nothing(self, world, lease):
        Equipment.objects.update(specs={})

        assert len(recorded(lease, by=world.owner, at=HANDOVER)) == 1

    def test_waits_for_a_batch_that_others_left_open_until_the_owner_closes_it(
        self, world, lease, unit, keep
    ):
        keep(written(Kind.CALIBRATION))
        before = {"within": world.stranger, "by": world.outsider, "at": HANDOVER - 2 * DAY}
        left = equipment_records.keep(
            equipment=unit.equipment, given=written(Kind.BATCH, HANDOVER - 2 * DAY, Result.OPEN), **before
        )
        keep(written())
        (missing,) = batch_records.missing_before_hand_over(unit=unit, at=HANDOVER)
        assert missing.lack == Lack.BATCH_OPEN
        with pytest.raises(equipment_records.BatchOfOthers):
            keep(written(Kind.BATCH, HANDOVER - 2 * DAY), replaces=left.public_id)

        keep(written(Kind.BATCH, HANDOVER - 2 * DAY, Result.FAILED), replaces=left.public_id)

        assert batch_records.missing_before_hand_over(unit=unit, at=HANDOVER) == []


class TestALessee:
    def test_writes_down_its_batches_and_cleanings(self, world, add, running):
        made = add(written(Kind.BATCH, HANDOVER + 2 * DAY))
        add(written(Kind.CLEANING, HANDOVER + 3 * DAY))
        add(written(Kind.STERILISATION, HANDOVER + 3 * DAY))

        assert (made.organization, made.equipment, made.recorded_by_name) == (
            world.lessee,
            running.equipment,
            "buyer",
        )
        assert EquipmentRecord.objects.filter(organization=world.lessee).count() == 3

    @pytest.mark.parametrize(
        "given",
        [
            written(Kind.CALIBRATION, HANDOVER + DAY),
            written(Kind.QUALIFICATION, HANDOVER + DAY),
            written(Kind.BATCH, HANDOVER - HOUR),
            written(Kind.CLEANING, HANDOVER - HOUR),
        ],
    )
    def test_writes_nothing_else_and_nothing_of_another_time(self, add, given):
        before = EquipmentRecord.objects.count()

        with pytest.raises(batch_records.NotOfTheLease):
            add(given)

        assert EquipmentRecord.objects.count() == before

    def test_writes_no_batch_of_after_the_lease_but_cleans(self, add, running):
        running.active_to = HANDOVER + 4 * DAY
        running.save()
        with pytest.raises(batch_records.NotOfTheLease):
            add(written(Kind.BATCH, HANDOVER + 5 * DAY))

        assert add(written(Kind.CLEANING, HANDOVER + 5 * DAY)).kind == "CLEANING"

    def test_needs_the_machine(self, world, lease, unit):
        with pytest.raises(batch_records.NotInYourHands):
            batch_records.add(unit=unit, given=written(Kind.BATCH), by=world.buyer, at=HANDOVER)

        assert not EquipmentRecord.objects.exists()

    def test_has_it_no_more_when_another_has_it(self, world, add, running):
        later = Period(END + 10 * DAY, END + 70 * DAY)
        asked = world.ask(period=later)
        other = offers.accept(lease=asked, equipment=running.equipment, by=world.owner, at=DECIDED)
        other.units.update(active_from=later.start)

        with pytest.raises(batch_records.NotInYourHands):
            add(written(Kind.BATCH, HANDOVER + DAY))

    def test_has_it_no_more_after_the_return(self, add, running):
        first = ConditionRecord.objects.get(unit=running)
        values = {"lease": running.lease, "unit": running, "number": 1, "side": "lessee", "document": {}}
        moments = {
            "happened_at": END,
            "answer_until": END,
            "made_at": END,
            "made_by": "u",
            "made_by_name": "n",
        }
        ConditionRecord.objects.create(kind=Occasion.RETURN, digest=first.digest, **values, **moments)

        with pytest.raises(batch_records.NotInYourHands):
            add(written(Kind.BATCH, HANDOVER + DAY))

    @pytest.mark.parametrize("who", ["owner", "guest", "outsider"])
    def test_alone_writes_them(self, world, add, who):
        with pytest.raises(MissingRight):
            add(written(Kind.BATCH, HANDOVER + DAY), by=getattr(world, who))

        assert not EquipmentRecord.objects.filter(kind="BATCH").exists()


class TestAReturn:
    AT = HANDOVER + 9 * DAY

    def closing(self, batches):
        readings = (Reading("batches", str(batches), Source.PANEL, self.AT),)
        return Condition(happened_at=self.AT, readings=readings)

    def test_of_a_machine_that_ran_nothing_needs_nothing(self, running):
        batch_records.required_before_release(unit=running, given=self.closing(120), at=self.AT)
        batch_records.required_before_release(unit=running, given=None, at=self.AT)

    def test_needs_a_record_of_each_batch_that_was_counted(self, add, running):
        """The counter stood at 120 and stands at 122: two batches, one of them is written down."""
        add(written(Kind.BATCH, HANDOVER + 2 * DAY))
        add(written(Kind.CLEANING, HANDOVER + 3 * DAY))
        with pytest.raises(batch_records.ReleaseRecordsMissing) as refusal:
            batch_records.required_before_release(unit=running, given=self.closing(122), at=self.AT)
        (flaw,) = refusal.value.flaws
        assert (flaw.code, flaw.facts["counted"], flaw.facts["known"]) == ("batches_missing", 2, 1)
        assert flaw.facts["page"].startswith(f"/leases/{running.lease.public_id}/equipment-records/")

        add(written(Kind.BATCH, HANDOVER + 2 * DAY, batch="B-2"))

        batch_records.required_before_release(unit=running, given=self.closing(122), at=self.AT)

    def test_needs_batches_closed_and_a_cleaning_after_the_last(self, add, running):
        opened = add(written(Kind.BATCH, HANDOVER + 2 * DAY, Result.OPEN))
        missing = batch_records.missing_before_release(unit=running, given=None, at=self.AT)
        assert [one.lack for one in missing] == [Lack.BATCH_OPEN, Lack.NOT_CLEANED_SINCE]

        add(written(Kind.BATCH, HANDOVER + 3 * DAY), replaces=opened.public_id)
        add(written(Kind.CLEANING, HANDOVER + 3 * DAY))

        assert batch_records.missing_before_release(unit=running, given=None, at=self.AT) == []

    def test_counts_what_the_owner_closed(self, add, keep, running):
        opened = add(written(Kind.BATCH, HANDOVER + 2 * DAY, Result.OPEN))
        add(written(Kind.CLEANING, HANDOVER + 3 * DAY))
        closed = written(Kind.BATCH, HANDOVER + 2 * DAY, Result.FAILED)
        keep(closed, at=self.AT, replaces=opened.public_id)

        batch_records.required_before_release(unit=running, given=self.closing(121), at=self.AT)

    def test_does_not_wait_for_a_lessee_that_writes_nothing(self, keep, running):
        """Two batches were counted; the owner writes them down as not good, and that it cleaned."""
        with pytest.raises(batch_records.ReleaseRecordsMissing) as refusal:
            batch_records.required_before_release(unit=running, given=self.closing(122), at=self.AT)
        page = batch_records.owners_page(unit=running)
        assert refusal.value.facts["owners_page"] == refusal.value.flaws[0].facts["owners_page"] == page
        for number in ("X-1", "X-2"):
            keep(written(Kind.BATCH, HANDOVER + 2 * DAY, Result.FAILED, batch=number), at=self.AT)
        keep(written(Kind.CLEANING, HANDOVER + 3 * DAY), at=self.AT)

        batch_records.required_before_release(unit=running, given=self.closing(122), at=self.AT)

    def test_counts_no_batch_of_another_time(self, keep, running):
        running.active_to = HANDOVER + 4 * DAY
        for number, moment in enumerate((HANDOVER - HOUR, running.active_to + HOUR)):
            keep(written(Kind.BATCH, moment, Result.FAILED, batch=f"X-{number}"), at=self.AT)
        keep(written(Kind.CLEANING, running.active_to + 2 * HOUR), at=self.AT)

        (missing,) = batch_records.missing_before_release(unit=running, given=self.closing(121), at=self.AT)

        assert (missing.lack, missing.facts) == (Lack.BATCHES_MISSING, {"counted": 1, "known": 0})

    def test_counts_a_batch_of_the_last_moment(self, keep, running):
        running.active_to = HANDOVER + 4 * DAY
        keep(written(Kind.BATCH, running.active_to, Result.FAILED), at=self.AT)
        keep(written(Kind.CLEANING, running.active_to + HOUR), at=self.AT)

        batch_records.required_before_release(unit=running, given=self.closing(121), at=self.AT)

    def test_without_a_counter_at_the_hand_over_asks_for_what_is_known(self, world, unit):
        unit.active_from = HANDOVER

        assert batch_records.missing_before_release(unit=unit, given=self.closing(5), at=self.AT) == []

    def test_of_what_never_came_and_of_other_machines_needs_nothing(self, unit, running):
        unit.active_from = None
        assert batch_records.missing_before_release(unit=unit, given=None, at=self.AT) == []
        running.equipment.specs = {}
        assert batch_records.missing_before_release(unit=running, given=self.closing(999), at=self.AT) == []
