"""Policies: kept for good, replaced by newer ones, seen by both sides, told of before they end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import damage, insurance
from leasing.models import DamageClaim, InsurancePolicy
from leasing.rules.insurance import Holder, Kind
from leasing.tasks import remind_of_insurance, run_clock
from marketplace.models import AuditEntry, Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.leasing.damage import SEEN, Damage
from tests.leasing.insured import BEGAN, ENDS, FIRST_SET, TYPED, insured, insured_by_lessee, policy
from tests.leasing.world import DECIDED, END, HANDOVER, START

DAY = timedelta(days=1)


def numbers(found):
    return sorted(found.values_list("number", flat=True))


def told(kind):
    return sorted(Notification.objects.filter(kind=kind).values_list("organization__name", flat=True))


@once.fixture
def lease(world):
    return world.accepted()


@once.fixture
def unit(lease):
    return lease.units.select_related("equipment", "lease__lessor", "lease__lessee").get()


class TestOfAMachine:
    def test_is_kept_as_it_was_written(self, world):
        made = insured(world, number=" PQ-1 ", **FIRST_SET)

        assert made.value == policy(number="PQ-1", **FIRST_SET)
        assert (made.organization, made.lease, made.recorded_by_name) == (
            world.lessor,
            None,
            world.owner.name,
        )
        said = AuditEntry.objects.get(action="equipment.insurance")
        assert said.facts == {"policy": made.public_id, "kind": "FIRST_SET"}

    def test_is_refused_with_its_faults(self, world):
        with pytest.raises(insurance.PolicyInvalid) as refusal:
            insured(world, insurer="", holder=Holder.LESSEE)

        assert [flaw.pointer for flaw in refusal.value.flaws] == ["/insurer", "/holder"]
        assert not InsurancePolicy.objects.exists()

    @pytest.mark.parametrize("who", ["watcher", "buyer", "outsider"])
    def test_needs_the_right_at_the_owner(self, world, who):
        with pytest.raises(MissingRight):
            insurance.add(equipment=world.machines[0], given=policy(), by=getattr(world, who), at=DECIDED)
        assert not InsurancePolicy.objects.exists()

    def test_is_corrected_and_cancelled_by_newer_records(self, world):
        first = insured(world)
        second = insured(world, replaces=first.public_id, sum_minor=200_000_000)
        third = insured(world, replaces=second.public_id, cancelled_at=START, note="卖出")

        assert list(InsurancePolicy.objects.in_force()) == [third]
        assert InsurancePolicy.objects.at(START - DAY).exists()
        assert not InsurancePolicy.objects.at(START).exists()

    def test_is_replaced_once(self, world):
        first = insured(world)
        insured(world, replaces=first.public_id)
        with pytest.raises(insurance.PolicyReplaced):
            insured(world, replaces=first.public_id)
        assert InsurancePolicy.objects.count() == 2

    def test_replaces_one_of_its_own_machine_place_and_writer(self, world, lease):
        theirs = insured_by_lessee(world, lease)
        other = insurance.add(equipment=world.machines[1], given=policy(), by=world.owner, at=DECIDED)
        for named in (theirs.public_id, other.public_id, "ins_none"):
            with pytest.raises(insurance.NoSuchPolicy):
                insured(world, replaces=named)
        assert InsurancePolicy.objects.count() == 2


class TestOfALease:
    def test_is_written_by_a_side_and_told_to_the_other(self, world, lease):
        made = insured_by_lessee(world, lease)

        assert (made.lease, made.organization, made.holder) == (lease, world.lessee, "LESSEE")
        assert told("insurance_written") == [world.lessor.name]
        assert (
            Notification.objects.get(kind="insurance_written").link == f"/leases/{lease.public_id}/insurance/"
        )

    @pytest.mark.parametrize(
        ("who", "side"), [("guest", "lessee"), ("outsider", "stranger"), ("buyer", "lessor")]
    )
    def test_needs_the_right_of_a_side(self, world, unit, who, side):
        with pytest.raises(MissingRight):
            insurance.add_to_lease(
                unit=unit,
                given=policy(),
                within=getattr(world, side),
                by=getattr(world, who),
                at=DECIDED,
            )
        assert not InsurancePolicy.objects.exists()
        assert told("insurance_written") == []

    def test_both_sides_see_what_covers_its_machines_in_its_time(self, world, lease, unit):
        machine = unit.equipment
        for number, begins, ends in (
            ("before", START - 30 * DAY, START),
            ("into", START - 30 * DAY, START + DAY),
            ("after", END, END + DAY),
        ):
            given = policy(number=number, starts_at=begins, ends_at=ends)
            insurance.add(equipment=machine, given=given, by=world.owner, at=DECIDED)
        other = next(one for one in world.machines if one != machine)
        insurance.add(equipment=other, given=policy(number="other"), by=world.owner, at=DECIDED)
        insured_by_lessee(world, lease, number="transit", starts_at=START - 5 * DAY, ends_at=START - DAY)

        assert numbers(InsurancePolicy.objects.of_lease(lease)) == ["into", "transit"]

    def test_another_lease_does_not_see_it(self, world, lease):
        insured_by_lessee(world, lease)
        later = world.ask(period=type(lease.period)(END + 10 * DAY, END + 40 * DAY))

        assert not InsurancePolicy.objects.of_lease(later).exists()
        assert InsurancePolicy.objects.of_lease(lease).count() == 1

    def test_a_cancelled_policy_of_the_machine_covers_no_lease_after_it(self, world, lease, unit):
        who = {"equipment": unit.equipment, "by": world.owner, "at": DECIDED}
        old = insurance.add(given=policy(), **who)
        given = policy(cancelled_at=START, note="卖出")
        insurance.add(given=given, replaces=old.public_id, **who)

        assert not InsurancePolicy.objects.of_lease(lease).exists()


class TestPropertyCover:
    def test_is_that_of_the_machine_or_of_the_lease_at_that_moment(self, world, lease, unit):
        def covered(at=HANDOVER):
            return insurance.has_property_cover(unit=unit, at=at)

        assert not covered()
        insured_by_lessee(world, lease, kind=Kind.LIABILITY)
        assert not covered()
        insured_by_lessee(world, lease)
        assert (covered(), covered(ENDS), covered(BEGAN - DAY)) == (True, False, False)


class TestItsEnd:
    def test_is_told_once_thirty_days_before(self, world, lease):
        made = insured_by_lessee(world, lease, ends_at=END)
        clock = {"policy": made, "by": world.clock}

        assert not insurance.remind(at=END - 30 * DAY - timedelta(seconds=1), **clock)
        assert insurance.remind(at=END - 30 * DAY, **clock)
        assert not insurance.remind(at=END - 29 * DAY, **clock)
        assert told("insurance_ends") == sorted([world.lessor.name, world.lessee.name])
        assert not InsurancePolicy.objects.to_remind(END - DAY).exists()

    def test_of_a_machine_is_told_to_its_owner(self, world):
        made = insured(world)

        assert insurance.remind(policy=made, by=world.clock, at=ENDS - DAY)
        said = Notification.objects.get(kind="insurance_ends")
        assert (said.organization, said.link) == (
            world.lessor,
            f"/equipment/{world.machines[0].public_id}/insurance/",
        )
        assert said.facts["ends_at"] == ENDS.isoformat()

    def test_is_not_told_of_what_is_short_over_cancelled_or_replaced(self, world):
        insured(world, number="short", starts_at=ENDS - 5 * DAY)
        insured(world, number="over", ends_at=ENDS - 20 * DAY)
        insured(world, number="cancelled", replaces=insured(world).public_id, cancelled_at=END, note="x")
        newer = insured(world, number="newer", replaces=insured(world, number="older").public_id)

        assert list(InsurancePolicy.objects.to_remind(ENDS - 10 * DAY)) == [newer]

    def test_is_told_by_the_clock_alone(self, world):
        with pytest.raises(MissingRight):
            insurance.remind(policy=insured(world), by=world.outsider, at=ENDS - DAY)
        assert told("insurance_ends") == []

    def test_is_on_the_list_of_the_clock(self, world, monkeypatch):
        made = insured(world)
        monkeypatch.setattr("marketplace.shared.clock.now", lambda: ENDS - DAY)
        queued = []
        monkeypatch.setattr(remind_of_insurance, "delay", lambda **given: queued.append(given))
        run_clock()
        assert queued == [{"policy_id": made.pk}]

        remind_of_insurance(policy_id=made.pk)
        assert told("insurance_ends") == [world.lessor.name]


class TestADamageClaim:
    @pytest.fixture
    def scene(self, world):
        return Damage(world)

    def policy_of(self, scene, **changes):
        given = {"given": policy(**changes), "by": scene.world.owner, "at": SEEN}
        return insurance.add(equipment=scene.unit.equipment, **given)

    def test_names_a_policy_that_held_then(self, scene):
        made = self.policy_of(scene)
        claim = scene.claimed(insurance_policy=made.public_id)

        assert claim.document["insurance_policy"] == {
            "policy": made.public_id,
            "kind": "PROPERTY",
            "insurer": TYPED["insurer"],
            "number": TYPED["number"],
        }
        assert "insurance_policy" not in scene.claimed().document

    def test_refuses_one_that_did_not_hold_or_is_not_of_the_machine(self, scene):
        over = self.policy_of(scene, ends_at=HANDOVER)
        coming = self.policy_of(scene, starts_at=SEEN)
        replaced = self.policy_of(scene)
        machine = next(one for one in scene.world.machines if one.pk != scene.unit.equipment_id)
        strange = insurance.add(equipment=machine, given=policy(), by=scene.world.owner, at=SEEN)
        insurance.add(
            equipment=scene.unit.equipment,
            given=policy(cancelled_at=HANDOVER, note="卖出"),
            by=scene.world.owner,
            at=SEEN,
            replaces=replaced.public_id,
        )
        for named in (over, coming, replaced, strange):
            with pytest.raises(damage.DamageInvalid) as refused:
                scene.claimed(insurance_policy=named.public_id)
            assert [one.pointer for one in refused.value.flaws] == ["/insurance_policy"]
        assert not DamageClaim.objects.exists()


class TestTheDatabase:
    def test_refuses_to_change_and_to_delete(self, world):
        insured(world)
        for act in (
            lambda: InsurancePolicy.objects.update(number="PQ-9"),
            lambda: InsurancePolicy.objects.all().delete(),
        ):
            with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
                act()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"sum_minor": 0},
            {"ends_at": BEGAN},
            {"insurer": ""},
            {"number": ""},
            {"kind": "FIRST_SET"},
            {"catalogue_item": "5.2.1"},
            {"catalogue_year": 2024},
            {"holder": "LESSEE"},
            {"cancelled_at": START, "note": "x"},
            {"document_sha256": "x"},
        ],
    )
    def test_refuses_what_the_rule_refuses(self, world, wrong):
        right = TYPED | {"equipment": world.machines[0], "organization": world.lessor, "holder": "OWNER"}
        right |= {"currency": "CNY", "recorded_by": "usr", "recorded_at": DECIDED}

        with pytest.raises(IntegrityError), transaction.atomic():
            InsurancePolicy.objects.create(**(right | wrong))
        InsurancePolicy.objects.create(**right)

    def test_refuses_a_policy_in_a_wrong_place(self, world, lease, unit):
        other = next(one for one in world.machines if one != unit.equipment)
        right = TYPED | {"equipment": unit.equipment, "organization": world.lessee, "holder": "LESSEE"}
        right |= {"currency": "CNY", "recorded_by": "usr", "recorded_at": DECIDED, "lease": lease}
        made = InsurancePolicy.objects.create(**right)

        for wrong in (
            {"equipment": other},
            {"organization": world.stranger},
            {"replaces": made, "organization": world.lessor},
            {"replaces": made, "lease": None, "holder": "OWNER"},
            {"replaces": made, "cancelled_at": START},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                InsurancePolicy.objects.create(**(right | wrong))
        assert InsurancePolicy.objects.count() == 1
