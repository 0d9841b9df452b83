"""Records of a machine: appended, never changed, corrected by a newer one that names the old."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from marketplace.actions import equipment_records
from marketplace.models import AuditEntry, EquipmentRecord
from marketplace.models.parties import Role
from marketplace.permissions import MissingRight
from marketplace.rules.equipment_records import Kind, Result, Written
from tests.factories import marketplace as make
from tests.factories.marketplace import NOON

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def machine(owner):
    return make.equipment(owner)


@pytest.fixture
def person(owner):
    return make.member(owner, Role.OPERATOR, "Wang")


def cleaned(**changes):
    given = {"kind": Kind.CLEANING, "result": Result.PASSED, "done_at": NOON - DAY, "done_by": " Li "}
    return Written(**(given | changes))


def batch(**changes):
    return cleaned(**({"kind": Kind.BATCH, "batch": "B-1", "product": "mAb-3"} | changes))


def opened(**changes):
    return batch(result=Result.OPEN, **changes)


@pytest.fixture
def add(machine, person):
    def act(given, **changes):
        return equipment_records.add(
            **({"equipment": machine, "given": given, "by": person, "at": NOON} | changes)
        )

    return act


class TestAnOwner:
    def test_writes_down_what_was_done(self, add, machine, owner, person):
        made = add(cleaned(valid_until=NOON + 7 * DAY, document_sha256="ab" * 32))

        kept = EquipmentRecord.objects.get()
        assert (kept, kept.equipment, kept.organization) == (made, machine, owner)
        assert (kept.done_by, kept.recorded_by_name, kept.recorded_at) == ("Li", "Wang", NOON)
        said = AuditEntry.objects.get(action="equipment.record")
        assert (said.subject, said.facts) == (
            machine.public_id,
            {"record": made.public_id, "kind": "CLEANING"},
        )

    def test_is_told_what_is_wrong(self, add):
        with pytest.raises(equipment_records.RecordInvalid) as refusal:
            add(cleaned(done_at=NOON + DAY))

        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/done_at"]
        assert not EquipmentRecord.objects.exists()

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.FINANCE])
    def test_needs_the_right(self, add, owner, role):
        with pytest.raises(MissingRight):
            add(cleaned(), by=make.member(owner, role))

        assert not EquipmentRecord.objects.exists()


class TestACorrection:
    def test_takes_the_place_of_the_old(self, add):
        old = add(cleaned())
        new = add(cleaned(result=Result.FAILED), replaces=old.public_id)

        assert list(EquipmentRecord.objects.in_force()) == [new]
        assert (new.replaces, EquipmentRecord.objects.count()) == (old, 2)

    def test_closes_a_batch(self, add):
        old = add(opened())
        new = add(batch(released_by="QA"), replaces=old.public_id)

        assert list(EquipmentRecord.objects.valid_at(NOON)) == [new]

    def test_comes_once(self, add):
        old = add(cleaned())
        add(cleaned(), replaces=old.public_id)

        with pytest.raises(equipment_records.AlreadyReplaced):
            add(cleaned(), replaces=old.public_id)

        assert EquipmentRecord.objects.count() == 2

    def test_is_of_the_same_kind_machine_and_organization(self, add, machine, owner):
        old = add(cleaned())
        lessee = make.organization()
        foreign = {"within": lessee, "by": make.member(lessee), "at": NOON, "replaces": old.public_id}
        for act in (
            lambda: add(cleaned(kind=Kind.STERILISATION), replaces=old.public_id),
            lambda: add(cleaned(), equipment=make.equipment(owner), replaces=old.public_id),
            lambda: add(cleaned(), replaces="eqr_none"),
            lambda: equipment_records.keep(equipment=machine, given=cleaned(), **foreign),
        ):
            with pytest.raises(equipment_records.ReplacesNothing):
                act()

        assert EquipmentRecord.objects.get() == old


class TestABatch:
    def test_has_one_record_in_force_for_whoever_ran_it(self, add, machine):
        first = add(opened())
        with pytest.raises(equipment_records.BatchTaken):
            add(batch(batch=" B-1 ", released_by="QA"))
        add(batch(released_by="QA"), replaces=first.public_id)
        with pytest.raises(equipment_records.BatchTaken):
            add(opened())

        lessee = make.organization()
        by = make.member(lessee)
        equipment_records.keep(equipment=machine, given=opened(), within=lessee, by=by, at=NOON)
        assert EquipmentRecord.objects.count() == 3

    def test_that_was_corrected_away_is_free_again(self, add):
        wrong = add(opened(batch="B-1"))
        mended = add(opened(batch="B-2"), replaces=wrong.public_id)

        again = add(opened(batch="B-1"))

        assert set(EquipmentRecord.objects.in_force()) == {mended, again}
        for number in ("B-1", "B-2"):
            with pytest.raises(equipment_records.BatchTaken):
                add(opened(batch=number))

    def test_does_not_take_the_number_of_another_by_a_correction(self, add):
        add(opened(batch="B-1"))
        other = add(opened(batch="B-2"))

        with pytest.raises(equipment_records.BatchTaken):
            add(opened(batch="B-1"), replaces=other.public_id)


class TestWhoSees:
    def test_what_others_ran_is_not_open_to_a_lessee(self, add, machine, owner, person):
        mine, theirs = make.organization(), make.organization()
        clean = add(cleaned())
        add(opened())
        for one in (mine, theirs):
            who = {"within": one, "by": make.member(one), "at": NOON}
            equipment_records.keep(equipment=machine, given=opened(), **who)

        seen = EquipmentRecord.objects.open_to(mine, in_use=True)

        assert {(one.kind, one.organization) for one in seen} == {("CLEANING", owner), ("BATCH", mine)}
        assert {one.organization for one in EquipmentRecord.objects.open_to(mine, in_use=False)} == {mine}
        assert clean in seen
        assert EquipmentRecord.objects.visible_to(person).count() == 4
        assert not EquipmentRecord.objects.visible_to(make.member(mine)).exists()


class TestTheDatabase:
    def test_refuses_to_change_and_to_delete(self, add):
        made = add(cleaned())

        for act in (
            lambda: EquipmentRecord.objects.update(done_by="Someone else"),
            lambda: EquipmentRecord.objects.filter(pk=made.pk).delete(),
        ):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                act()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"done_at": NOON + DAY},
            {"valid_until": NOON - 2 * DAY},
            {"valid_until": NOON + DAY, "result": "FAILED"},
            {"batch": "B-1"},
            {"result": "OPEN"},
            {"document_sha256": "x" * 64},
            {"kind": "CALIBRATION", "valid_until": NOON + DAY},
            {"kind": "CALIBRATION", "reference": "C-1"},
            {"kind": "BATCH", "product": "p", "released_by": "QA"},
            {"kind": "BATCH", "batch": "B", "released_by": "QA"},
            {"kind": "BATCH", "batch": "B", "product": "p"},
            {"kind": "BATCH", "batch": "B", "product": "p", "result": "OPEN", "released_by": "QA"},
        ],
    )
    def test_refuses_what_the_rule_refuses(self, machine, owner, wrong):
        right = {"kind": "CLEANING", "result": "PASSED", "done_at": NOON - DAY, "done_by": "Li"}
        whose = {"equipment": machine, "organization": owner, "recorded_by": "usr", "recorded_at": NOON}

        with pytest.raises(IntegrityError), transaction.atomic():
            EquipmentRecord.objects.create(**(whose | right | wrong))
        EquipmentRecord.objects.create(**(whose | right))

    def test_refuses_a_second_record_in_force_of_a_batch(self, add, monkeypatch):
        add(opened(batch="B-1"))
        other = add(opened(batch="B-2"))
        monkeypatch.setattr(equipment_records, "_check_number", lambda *given: None)

        for more in ({}, {"replaces": other.public_id}):
            with pytest.raises(IntegrityError, match="one record in force"), transaction.atomic():
                add(opened(batch="B-1"), **more)

    def test_refuses_a_correction_of_something_else(self, add, owner):
        old, other = add(cleaned()), make.equipment(owner)
        values = {"result": "PASSED", "done_at": NOON, "done_by": "Li", "organization": owner}
        values |= {"recorded_by": "usr", "recorded_at": NOON, "replaces": old}

        run = make.organization()
        theirs = equipment_records.keep(
            equipment=old.equipment, given=opened(), within=run, by=make.member(run), at=NOON
        )
        released = {"batch": "B-1", "product": "mAb-3", "released_by": "QA", "replaces": theirs}
        for wrong in (
            {"equipment": old.equipment, "kind": "BATCH"} | released,
            {"equipment": other, "kind": "CLEANING"},
            {"equipment": old.equipment, "kind": "STERILISATION"},
            {"equipment": old.equipment, "kind": "CLEANING", "organization": make.organization()},
        ):
            with pytest.raises(IntegrityError, match="replaces one of the same"), transaction.atomic():
                EquipmentRecord.objects.create(**(values | wrong))
