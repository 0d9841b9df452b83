"""A machine that a change brings into a running lease: handed over, confirmed, and billed from then on."""

from datetime import timedelta

import pytest

from devices.ownership.models import Agreement
from leasing.actions import (
    annexes,
    answers,
    beginnings,
    comings,
    handovers,
    leases,
    moves,
    notices,
    records,
    returns,
)
from leasing.models import ConditionRecord, Lease, LeaseUnit
from leasing.queries.settlements import open_before_settlement
from leasing.rules.handovers import Plan
from leasing.rules.history import first_broken
from leasing.rules.leases import Side
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from tests import once
from tests.factories.leasing import bring_back, condition
from tests.leasing import world as worlds
from tests.leasing.actions.test_handovers import PLAN, READY
from tests.leasing.changes import DAY, LATER, NOW, Changes
from tests.leasing.world import END, HANDOVER

HOUR = timedelta(hours=1)
SOON = NOW + DAY


def coming():
    """A lease of one machine, to which a second one comes that nobody has handed over."""
    made = Changes(worlds.make(machines=3))
    made.agreed("ADD", add=[made.second.public_id])
    return made


changes = once.fixture(coming)


def unit_of(changes, machine=None):
    return LeaseUnit.objects.get(lease=changes.lease, equipment=machine or changes.second)


def plan(changes, **given):
    standard = {"lease": changes.now(), "given": PLAN, "by": changes.world.owner, "at": NOW}
    return handovers.plan(**(standard | given))


class TestTheSecondMachine:
    """It comes on the 11th; the lessor hands it over a day later, and the lessee confirms the day after."""

    def test_waits_while_the_lease_runs(self, changes):
        unit = unit_of(changes)
        assert (changes.now().status, unit.state, unit.active_from) == ("ACTIVE", "RESERVED", None)
        assert changes.taken(changes.second) == [(NOW, END)]
        assert changes.data(changes.second) == []

    def test_is_planned_sent_off_handed_over_and_confirmed(self, changes):
        given = Plan(SOON, "SF-2", READY)
        plan(changes, given=given, at=NOW)
        handovers.dispatch(lease=changes.now(), delivery="SF-2", by=changes.world.owner, at=NOW)
        assert (unit_of(changes).state, unit_of(changes, changes.first).state) == ("IN_TRANSIT", "RUNNING")

        record = changes.recorded(changes.second, SOON)
        assert unit_of(changes).state == "INSTALLED"
        assert changes.data(changes.second) == []
        told = Notification.objects.filter(kind="record_to_confirm").latest("pk")
        assert told.organization == changes.world.lessee

        answers.confirm(record=record, digest=record.digest, by=changes.world.buyer, at=SOON + DAY)

        unit, lease = unit_of(changes), changes.now()
        assert (unit.state, unit.active_from, lease.active_from) == ("RUNNING", SOON, HANDOVER)
        assert changes.data(changes.second) == [(SOON, END)]
        assert changes.data(changes.first) == [(HANDOVER, END)]
        assert (lease.status, lease.billing) == ("ACTIVE", "RUNNING")
        steps = list(lease.transitions.select_related("lease"))
        assert [step.move for step in steps][-4:] == ["plan", "dispatch", "hand_over", "activate"]
        assert {step.facts["unit"] for step in steps[-4:]} == {unit.public_id}
        assert (steps[-1].status_before, steps[-1].status_after) == ("ACTIVE", "ACTIVE")
        assert steps[-1].evidence == [record.digest]
        assert steps[-1].facts["data_notice"] == lease.annexes.get().document["data_notice"]
        assert first_broken(step.link() for step in steps) is None

    def test_is_sent_off_on_its_own_plan_alone(self, changes):
        with pytest.raises(handovers.SiteNotReady):
            handovers.dispatch(lease=changes.now(), delivery="SF-2", by=changes.world.owner, at=NOW)
        assert unit_of(changes).state == "RESERVED"

    def test_stands_in_a_lease_that_stands(self, changes):
        record = changes.recorded(changes.second, SOON)
        Lease.objects.filter(pk=changes.lease.pk).update(status="SUSPENDED", billing="PAUSED")

        lease = handovers.confirm(record=record, digest=record.digest, by=changes.world.buyer, at=SOON)

        assert (lease.status, lease.billing, unit_of(changes).state) == ("SUSPENDED", "PAUSED", "STOPPED")

    def test_is_the_lessors_to_hand_over_and_the_lessees_to_confirm(self, changes):
        given = condition(unit_of(changes), SOON)
        with pytest.raises(MissingRight):
            handovers.hand_over(lease=changes.now(), given=given, by=changes.world.buyer, at=SOON)
        record = changes.recorded(changes.second, SOON)
        with pytest.raises(MissingRight):
            handovers.confirm(record=record, digest=record.digest, by=changes.world.owner, at=SOON)
        with pytest.raises(records.RecordNotRead):
            handovers.confirm(record=record, digest="0" * 64, by=changes.world.buyer, at=SOON)
        assert unit_of(changes).active_from is None

    def test_is_confirmed_once(self, changes):
        record = changes.recorded(changes.second, SOON)
        handovers.confirm(record=record, digest=record.digest, by=changes.world.buyer, at=SOON)
        for act in (handovers.confirm, handovers.object_to):
            more = {"reason": "Late"} if act is handovers.object_to else {}
            with pytest.raises(comings.NothingToHandOver):
                act(record=record, digest=record.digest, by=changes.world.buyer, at=SOON, **more)
        assert changes.data(changes.second) == [(SOON, END)]


class TestItsMoment:
    def test_is_that_of_the_change(self, db):
        changes = Changes(worlds.make(machines=3))
        annex = changes.swapped(effective_from=LATER)
        plan(changes, given=Plan(LATER, "SF-2", READY), at=NOW)

        with pytest.raises(beginnings.HandoverOutsidePeriod) as refusal:
            changes.recorded(changes.second, LATER - HOUR)
        assert refusal.value.facts["starts_at"] == "2026-03-16 10:00"
        assert not ConditionRecord.objects.filter(unit=unit_of(changes)).exists()

        changes.tick(annex, LATER)
        changes.handed(changes.second, LATER + HOUR)
        assert changes.times() == {"VMC-1": (HANDOVER, LATER), "VMC-2": (LATER + HOUR, None)}
        assert changes.data(changes.first) == [(HANDOVER, LATER)]
        assert changes.data(changes.second) == [(LATER + HOUR, END)]

    def test_does_not_wait_for_a_late_clock(self, db):
        changes = Changes(worlds.make(machines=3))
        annex = changes.swapped(effective_from=LATER)

        changes.handed(changes.second, LATER + HOUR)
        assert changes.tick(annex, LATER + 2 * HOUR).state == "IN_EFFECT"

        assert changes.times() == {"VMC-1": (HANDOVER, LATER), "VMC-2": (LATER + HOUR, None)}


class TestWhichMachine:
    def test_is_one_that_waits(self, changes):
        first = unit_of(changes, changes.first)
        for named in (first.public_id, ""):
            if not named:
                changes.handed(changes.second)
            with pytest.raises(comings.NothingToHandOver):
                plan(changes, unit=named, at=NOW)
        with pytest.raises(comings.NothingToHandOver):
            handovers.hand_over(
                lease=changes.now(),
                given=condition(first, NOW),
                unit=first.public_id,
                by=changes.world.owner,
                at=NOW,
            )
        assert ConditionRecord.objects.filter(unit=first).count() == 1

    def test_is_named_where_several_wait(self, changes):
        changes.agreed("ADD", add=[changes.third.public_id])
        given = Plan(SOON, "SF-2", READY)
        with pytest.raises(records.NoSuchUnit):
            plan(changes, given=given, at=NOW)

        third = unit_of(changes, changes.third)
        plan(changes, given=given, unit=third.public_id, at=NOW)
        lease, by = changes.now(), changes.world.owner
        handovers.dispatch(lease=lease, delivery="SF-2", unit=third.public_id, by=by, at=NOW)
        assert (unit_of(changes).state, unit_of(changes, changes.third).state) == ("RESERVED", "IN_TRANSIT")

    def test_has_its_notice_from_the_change(self, changes):
        with pytest.raises(moves.LeaseMoveRefused):
            notices.deliver(lease=changes.now(), by=changes.world.owner, at=NOW)


class TestALesseeThatSaysNothing:
    def test_has_three_days_then_the_lessor_begins_it(self, changes):
        with pytest.raises(beginnings.HandoverNotRecorded):
            leases.activate(lease=changes.now(), by=changes.world.owner, at=NOW)
        record = changes.recorded(changes.second, SOON)
        with pytest.raises(beginnings.HandoverNotConfirmed):
            leases.activate(lease=changes.now(), by=changes.world.owner, at=record.answer_until - HOUR)

        lease = leases.activate(lease=changes.now(), by=changes.world.owner, at=record.answer_until)

        assert unit_of(changes).active_from == SOON
        assert lease.transitions.last().facts["confirmed"][0]["silence"] is True

    def test_does_not_hold_up_another_machine(self, changes):
        changes.agreed("ADD", add=[changes.third.public_id])
        early = changes.recorded(changes.second, SOON)
        changes.recorded(changes.third, LATER)

        leases.activate(lease=changes.now(), by=changes.world.owner, at=early.answer_until)

        assert unit_of(changes).active_from == SOON
        assert unit_of(changes, changes.third).active_from is None

    def test_has_used_it_for_nothing_neither_when_the_lease_ends_first(self, changes):
        last = END - DAY
        record = changes.recorded(changes.second, last)
        clock = changes.world.clock
        assert leases.close_due(lease=changes.now(), by=clock, at=END + HOUR).status == "ACTIVE"
        assert unit_of(changes).active_from is None

        over = leases.close_due(lease=changes.now(), by=clock, at=record.answer_until)

        assert (over.status, over.active_to) == ("ENDED", END)
        assert changes.times() == {"VMC-1": (HANDOVER, END), "VMC-2": (last, END)}
        assert changes.data(changes.second) == [(last, END)]
        assert [step.move for step in over.transitions.order_by("position")][-2:] == ["activate", "end"]

    def test_answers_before_anybody_ends_the_lease(self, changes):
        record = changes.recorded(changes.second, SOON)
        with pytest.raises(beginnings.HandoverNotConfirmed):
            leases.end(lease=changes.now(), by=changes.world.buyer, at=SOON + HOUR)
        assert changes.now().status == "ACTIVE"

        leases.end(lease=changes.now(), by=changes.world.buyer, at=record.answer_until)
        assert changes.times()["VMC-2"] == (SOON, record.answer_until)


class TestALesseeThatObjects:
    def test_gets_another_record(self, changes):
        record = changes.recorded(changes.second, SOON)
        said = {"digest": record.digest, "reason": "Window cracked"}
        handovers.object_to(record=record, by=changes.world.buyer, at=SOON, **said)
        with pytest.raises(beginnings.HandoverObjected):
            leases.activate(lease=changes.now(), by=changes.world.owner, at=LATER)

        changes.handed(changes.second, SOON + DAY)
        assert unit_of(changes).active_from == SOON + DAY

    def test_does_not_pay_for_it_when_the_lease_ends(self, changes):
        record = changes.recorded(changes.second, SOON)
        said = {"digest": record.digest, "reason": "Window cracked"}
        handovers.object_to(record=record, by=changes.world.buyer, at=SOON, **said)

        over = leases.close_due(lease=changes.now(), by=changes.world.clock, at=END + HOUR)

        unit = unit_of(changes)
        assert over.status == "ENDED"
        assert (unit.state, unit.active_from, unit.active_to) == ("STOPPED", None, END)
        assert not Agreement.objects.filter(equipment=changes.second).exists()

    def test_has_it_until_it_is_fetched_and_it_is_settled_before_that_in_no_way(self, changes):
        record, buffer = changes.recorded(changes.second, SOON), timedelta(hours=24)
        said = {"digest": record.digest, "reason": "Window cracked"}
        handovers.object_to(record=record, by=changes.world.buyer, at=SOON, **said)
        with pytest.raises(returns.MachineNotOut):
            returns.check(unit=unit_of(changes), side=Side.LESSOR, at=SOON)
        leases.end(lease=changes.now(), by=changes.world.owner, at=LATER)

        claim = unit_of(changes).claim
        assert (claim.active, claim.core.upper, claim.period.upper) == (True, LATER, LATER + buffer)
        waiting = [one.pointer for one in open_before_settlement(changes.now(), LATER + HOUR)]
        assert f"/units/{unit_of(changes).public_id}" in waiting
        bring_back(changes.now(), owner=changes.world.owner, at=LATER + HOUR)
        assert unit_of(changes).state == "READY"
        assert open_before_settlement(changes.now(), LATER + HOUR) == []

    def test_buys_the_others_alone(self, changes):
        record = changes.recorded(changes.second, SOON)
        said = {"digest": record.digest, "reason": "Window cracked"}
        handovers.object_to(record=record, by=changes.world.buyer, at=SOON, **said)

        changes.agreed("BUY_OUT", price_minor=100, title="Invoice", at=LATER)

        assert (unit_of(changes, changes.first).state, unit_of(changes).state) == ("GONE", "STOPPED")
        changes.second.refresh_from_db()
        assert changes.second.status == "IN_SERVICE"


class TestBeforeItCame:
    """It breaks before its hand-over: the two let it go, or another one comes in its place."""

    def test_it_is_released_and_never_comes(self, changes):
        changes.agreed("RELEASE", release=[changes.second.public_id], at=LATER)

        assert (unit_of(changes).state, unit_of(changes).active_from) == ("GONE", None)
        assert changes.taken(changes.second) == []
        assert changes.times() == {"VMC-1": (HANDOVER, None), "VMC-2": (None, None)}
        changes.agreed("EXTEND", ends_at=END + 31 * DAY, at=LATER)
        assert changes.taken(changes.first) == [(HANDOVER - 10 * HOUR, END + 31 * DAY)]

    def test_another_one_takes_its_place_at_once_and_later(self, changes):
        pair = (changes.second.public_id, changes.third.public_id)
        changes.agreed("SWAP", swap=[pair], at=LATER, effective_from=LATER + DAY)
        assert (unit_of(changes).state, changes.taken(changes.second)) == ("GONE", [])
        assert changes.taken(changes.third) == [(LATER + DAY, END)]

        changes.handed(changes.third, LATER + DAY)
        assert changes.times()["VMC-3"] == (LATER + DAY, None)

    def test_it_is_fetched_if_it_was_handed_over(self, changes):
        record = changes.recorded(changes.second, SOON)
        said = {"digest": record.digest, "reason": "Window cracked"}
        handovers.object_to(record=record, by=changes.world.buyer, at=SOON, **said)

        changes.agreed("RELEASE", release=[changes.second.public_id], at=LATER)

        unit = unit_of(changes)
        assert (unit.state, unit.active_from, unit.active_to) == ("STOPPED", None, LATER)
        assert (unit.claim.active, unit.claim.core.upper) == (True, LATER)
        with pytest.raises(comings.NothingToHandOver):
            plan(changes, at=LATER)

    def test_the_lease_keeps_a_machine_in_use(self, changes):
        with pytest.raises(annexes.AnnexInvalid) as refusal:
            changes.propose("RELEASE", release=[changes.first.public_id], at=LATER)
        assert [flaw.code for flaw in refusal.value.flaws] == ["last_machine"]
        with pytest.raises(annexes.AnnexInvalid) as refusal:
            changes.propose("ADD", add=[changes.second.public_id], at=LATER)
        assert [flaw.code for flaw in refusal.value.flaws] == ["already_leased"]


def test_what_was_not_handed_over_is_released_with_the_lease(changes):
    leases.end(lease=changes.now(), by=changes.world.owner, at=LATER)

    assert (unit_of(changes).state, unit_of(changes).active_from) == ("GONE", None)
    assert changes.taken(changes.second) == []
    given = condition(unit_of(changes), LATER)
    with pytest.raises(moves.LeaseMoveRefused):
        handovers.hand_over(lease=changes.now(), given=given, by=changes.world.owner, at=LATER)
