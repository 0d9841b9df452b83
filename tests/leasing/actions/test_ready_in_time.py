"""A lessor that inspects in time and then does nothing keeps the settlement of a lease from nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leasing.actions import answers, inspections, readiness, records, returns, settlements
from leasing.actions.damage_papers import TimeToClaimOver
from leasing.models import DamageClaim, Lease, LeaseUnit, Settlement
from leasing.rules.condition import Kind, Result
from leasing.rules.inspections import Finding, FindingKind
from tests import once
from tests.leasing.damage import DAY
from tests.leasing.returned import WIPED, WayBack
from tests.leasing.settling import ENDED, Settling

HOUR = timedelta(hours=1)
THREE, TEN = 3 * DAY, 10 * DAY
SEEN = ENDED + 2 * DAY  # when the lessor inspects for the first time
REPLY = SEEN + 5 * DAY
UNTIL = REPLY + TEN


@once.fixture
def scene(world):
    """Return a lease that is over, whose machine the lessor took back; nobody inspected it yet."""
    made = Settling(world)
    made.way = WayBack.of(made.lease, world)
    made.way.back(at=ENDED, accessories={})
    return made


def inspect(scene, at, percent=50, reply=None):
    """Let the lessor write a dent down of which the lessee is to bear a part, or none, or nothing at all."""
    way, findings, changes = scene.way, [], {}
    if percent is not None:
        findings = [Finding("axes", FindingKind.DAMAGE, "Dent", 400_000, percent)]
        dented = {"result": Result.FAULT, "text": "Dent"}
        seen = way.given(at).checklist
        changes["checklist"] = tuple(replace(one, **dented) if one.item == "axes" else one for one in seen)
    given = way.given(at, readings=(), accessories={}, **changes)
    until = reply or (REPLY if at == SEEN else at + THREE)
    inspections.inspect(
        lease=way.lease, given=given, findings=findings, by=way.world.owner, at=at, reply_until=until
    )
    return way.record(Kind.INSPECTION)


def answer(scene, record, at, word="object_to"):
    more = {"reason": "It was there before"} if word == "object_to" else {}
    getattr(answers, word)(record=record, digest=record.digest, by=scene.world.buyer, at=at, **more)


def times(scene):
    return scene.way.unit.inspect_by, scene.way.unit.ready_by


def repair(scene, at):
    readiness.repair(lease=scene.way.lease, work="Straighten", by=scene.world.owner, at=at)


def ready(scene, at):
    readiness.ready(lease=scene.way.lease, by=scene.world.owner, at=at)


class TestTheTime:
    def test_begins_when_the_lessee_may_no_longer_answer(self, scene):
        inspect(scene, SEEN)
        assert (scene.way.unit.state, *times(scene)) == ("IN_INSPECTION", None, UNTIL)

    def test_begins_with_a_record_that_leaves_the_lessee_nothing_to_bear(self, scene):
        inspect(scene, SEEN, percent=0)
        assert times(scene) == (None, SEEN + TEN)

    def test_begins_with_a_machine_that_is_ready_at_once(self, scene):
        inspect(scene, SEEN, percent=None)
        assert (scene.way.unit.state, *times(scene)) == ("READY", None, SEEN + TEN)

    def test_is_brought_forward_by_an_answer(self, scene):
        record = inspect(scene, SEEN)
        answer(scene, record, SEEN + DAY, "confirm")
        assert times(scene) == (None, SEEN + DAY + TEN)

    def test_is_put_off_by_no_other_record_however_many(self, scene):
        answer(scene, inspect(scene, SEEN), SEEN + DAY)
        until = SEEN + DAY + TEN
        for days in (3, 6, 9):
            answer(scene, inspect(scene, SEEN + days * DAY), SEEN + days * DAY + HOUR)
            assert times(scene) == (None, until)

        with pytest.raises(records.ConditionInvalid) as refused:
            inspect(scene, until)
        assert [flaw.code for flaw in refused.value.flaws] == ["inspected_late"]
        inspect(scene, until, percent=0)
        assert times(scene) == (None, until)

    def test_is_put_off_by_a_repair_once(self, scene):
        answer(scene, inspect(scene, SEEN), SEEN + DAY)
        begun = SEEN + 8 * DAY
        repair(scene, begun)
        assert (scene.way.unit.state, *times(scene)) == ("IN_REPAIR", None, begun + TEN)

        repair(scene, begun + 5 * DAY)  # said anew
        assert times(scene) == (None, begun + TEN)

    def test_is_not_put_off_by_a_repair_that_begins_early_or_late(self, scene):
        inspect(scene, SEEN, percent=0)
        with transaction.atomic():
            repair(scene, SEEN + HOUR)
            assert times(scene) == (None, SEEN + HOUR + TEN)
            transaction.set_rollback(True)
        repair(scene, SEEN + TEN)
        assert (scene.way.unit.state, *times(scene)) == ("IN_REPAIR", None, SEEN + TEN)

    def test_never_begins_after_an_inspection_that_was_late(self, scene):
        late = ENDED + THREE + TEN
        inspect(scene, late, percent=0)
        answer(scene, inspect(scene, late + HOUR, percent=0), late + HOUR)
        repair(scene, late + DAY)
        assert times(scene) == (late, None)


class TestTheSettlement:
    def test_waits_for_readiness_and_says_how_long(self, scene):
        inspect(scene, SEEN)
        with pytest.raises(settlements.NotReadyToSettle) as refused:
            scene.propose(scene.world.lessee, at=UNTIL - HOUR)

        (flaw,) = refused.value.flaws
        assert (flaw.pointer, flaw.code) == (f"/units/{scene.unit.public_id}", "machine_not_ready")
        assert flaw.facts["until"] == f"{UNTIL.astimezone(scene.lease.agreed.zone):%Y-%m-%d %H:%M}"
        assert not Settlement.objects.exists()

    @pytest.mark.parametrize("repaired", [False, True])
    def test_goes_on_without_it_in_its_own_words(self, scene, repaired):
        inspect(scene, SEEN)
        until = UNTIL
        if repaired:
            repair(scene, UNTIL - HOUR)
            until = UNTIL - HOUR + TEN
        made = scene.propose(scene.world.lessee, at=until)

        line, shown = made.document["lines"][-1], until.astimezone(scene.lease.agreed.zone)
        assert line["kind"] == "NOT_READY"
        assert line["facts"] == {"machine": "VMC-1", "until": f"{shown:%Y-%m-%d %H:%M}"}
        assert (line["source"], line["amount_minor"]) == (scene.unit.public_id, None)
        ready(scene, until + HOUR)  # too late: the statement says the same
        lease = scene.does("agree", made, scene.world.lessor, at=until + DAY, digest=made.digest)
        assert lease.status == "SETTLED"

    def test_says_nothing_of_a_machine_that_was_ready_in_time(self, scene):
        inspect(scene, SEEN)
        ready(scene, UNTIL - HOUR)
        made = scene.propose(scene.world.lessee, at=UNTIL + DAY)
        assert not {one["kind"] for one in made.document["lines"]} & {"NOT_READY", "NOT_INSPECTED"}

    def test_is_kept_by_the_database_until_then(self, scene):
        inspect(scene, SEEN)
        made = scene.propose(scene.world.lessee, at=UNTIL)
        fresh = Settlement.objects.select_related("lease__lessor", "lease__lessee").get(pk=made.pk)
        fresh.lease = Lease.objects.select_related("lessor", "lessee", "listing").get(pk=scene.lease.pk)
        who = {"by": scene.world.owner, "within": scene.world.lessor, "text": ""}
        with pytest.raises(IntegrityError, match="something is open"), transaction.atomic():
            settlements._settled(fresh, settlements.State.AGREED, at=UNTIL - HOUR, **who)
        assert scene.now().status == "ENDED"


class TestDamage:
    def test_is_claimed_until_then_and_goes_on(self, scene):
        inspect(scene, SEEN, percent=None)
        known, until = DamageClaim.objects.count(), SEEN + TEN
        with pytest.raises(TimeToClaimOver) as refused:
            scene.claimed(at=until, reply_until=until + 5 * DAY)
        assert (refused.value.code, DamageClaim.objects.count()) == ("time_to_claim_over", known)

        made = scene.claimed(at=until - HOUR, reply_until=until + 5 * DAY)
        accepted = scene.act(
            "accept", made, scene.world.lessee, at=until + DAY, digest=made.digest, amount_minor=320_000
        )
        assert accepted.state == "ACCEPTED"

    def test_is_refused_by_the_database_after_that(self, scene):
        inspect(scene, SEEN, percent=None)
        made = scene.damage
        made.pk, made.public_id, made.number, made.raised_at = None, "dmg_other", 9, SEEN + TEN
        made.state = "RAISED"
        with pytest.raises(IntegrityError, match="its time is over"), transaction.atomic():
            made.save(force_insert=True)
        assert not DamageClaim.objects.filter(public_id="dmg_other").exists()


class TestTheDatabase:
    @pytest.mark.parametrize("value", [None, UNTIL + HOUR])
    def test_lets_the_time_be_neither_put_off_nor_forgotten(self, scene, value):
        inspect(scene, SEEN)
        with pytest.raises(IntegrityError, match="put off once"), transaction.atomic():
            LeaseUnit.objects.filter(pk=scene.unit.pk).update(ready_by=value)
        assert times(scene) == (None, UNTIL)

    def test_knows_it_of_machines_that_were_inspected_alone(self, scene):
        with pytest.raises(IntegrityError, match="ready_when_inspected"), transaction.atomic():
            LeaseUnit.objects.filter(pk=scene.unit.pk).update(ready_by=UNTIL)
        assert times(scene)[1] is None


def test_a_return_is_written_before_the_inspection_and_renews_nothing(scene):
    inspect(scene, SEEN)
    with pytest.raises(returns.MachineInspected):
        returns.take_back(
            lease=scene.way.lease, given=scene.way.given(UNTIL), wipe=WIPED, by=scene.world.owner, at=UNTIL
        )
    assert times(scene) == (None, UNTIL)
