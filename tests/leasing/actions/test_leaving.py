"""Notice, suspension, termination, loss: what each records, moves and refuses."""

import pytest
from django.db import IntegrityError, connection, transaction

from leasing.actions import annex_effects, annexes, early_ends, leases, moves, suspensions, terminations
from leasing.models import DefaultNotice, Suspension
from leasing.queries.settlements import facts_of, open_before_settlement
from leasing.rules.leases import Side
from marketplace.actions import calendar
from marketplace.models import Notification
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.leasing import world as worlds
from tests.leasing.changes import DAY, EARLY_END, LATER, NEW_END, NOW, Changes
from tests.leasing.world import END, HANDOVER, START

CASE = {"case": "公安 2026-118", "value_basis": "保险评估", "value_minor": 30_000_000}


world = once.fixture(lambda: worlds.make(machines=3))
changes = once.fixture(lambda world: Changes(world))


@pytest.fixture
def buyer(world):
    return world.buyer


@pytest.fixture
def owner(world):
    return world.owner


def give(changes, by, at=NOW, **given):
    return early_ends.give_notice(lease=changes.now(), by=by, at=at, **({"ends_at": EARLY_END} | given))


def suspend(changes, by, cause="LESSOR_FAULT", at=NOW, **given):
    return suspensions.suspend(lease=changes.now(), cause=cause, by=by, at=at, **given)


def resume(changes, by, at=LATER):
    return suspensions.resume(lease=changes.now(), by=by, at=at)


class TestNotice:
    def test_the_fee_is_shown_first_and_recorded(self, changes, buyer):
        soon = NOW + 5 * DAY
        shown = early_ends.preview(lease=changes.now(), side=Side.LESSEE, ends_at=soon, at=NOW)
        assert (shown.days, shown.fee.minor > 0) == (25, True)

        lease = give(changes, buyer, ends_at=soon, fee_minor=shown.fee.minor)

        facts = lease.transitions.last().facts
        assert (facts["fee_minor"], facts["fee_days"]) == (shown.fee.minor, 25)
        assert (lease.status, lease.ends_at) == ("NOTICE_GIVEN", soon)
        assert changes.taken(changes.first) == [(START, soon)]
        told = Notification.objects.get(kind="notice_given")
        assert told.organization == changes.world.lessor

    def test_a_fee_that_was_not_shown_is_refused(self, changes, buyer):
        with pytest.raises(early_ends.FeeDiffers):
            give(changes, buyer, ends_at=LATER, fee_minor=1)
        assert changes.now().ends_at == END

    def test_a_lessor_is_owed_nothing(self, changes, owner):
        assert give(changes, owner).transitions.last().facts["fee_minor"] == 0

    def test_the_clock_ends_it_then(self, changes, buyer):
        give(changes, buyer)
        clock = changes.world.clock
        assert leases.close_due(lease=changes.now(), by=clock, at=EARLY_END - DAY).status == "NOTICE_GIVEN"
        lease = leases.close_due(lease=changes.now(), by=clock, at=EARLY_END + DAY)
        assert (lease.status, lease.active_to) == ("ENDED", EARLY_END)
        assert changes.data(changes.first) == [(HANDOVER, EARLY_END)]

    def test_refuses_other_ends_states_and_people(self, changes, buyer):
        for ends_at in (NOW, END):
            with pytest.raises(early_ends.NoticeInvalid):
                give(changes, buyer, ends_at=ends_at)
        with pytest.raises(MissingRight):
            give(changes, changes.world.guest)
        with pytest.raises(MissingRight):
            give(changes, buyer, within=changes.world.stranger)
        give(changes, buyer, within=changes.world.lessee)
        with pytest.raises(moves.LeaseMoveRefused):
            give(changes, buyer, ends_at=LATER)
        with pytest.raises(moves.LeaseMoveRefused):
            early_ends.preview(lease=changes.now(), side=Side.LESSEE, ends_at=LATER, at=NOW)

    def test_no_extension_after_it(self, changes, buyer):
        annex = changes.propose("EXTEND", ends_at=NEW_END)
        give(changes, buyer)
        with pytest.raises(annexes.NoticeWasGiven):
            changes.propose("EXTEND", ends_at=NEW_END)
        with pytest.raises(annexes.NoticeWasGiven):
            changes.accept(annex)

    def test_waits_for_a_change_that_is_agreed(self, changes, buyer):
        changes.agreed("ADD", add=[changes.second.public_id], effective_from=LATER)
        with pytest.raises(annex_effects.ChangeWaits):
            give(changes, buyer, ends_at=LATER)


class TestSuspension:
    def test_the_cause_says_what_the_bill_does(self, changes, owner, buyer):
        lease = suspend(changes, buyer, reason="主轴异响")

        found = Suspension.objects.get()
        assert (lease.status, lease.billing, found.treatment) == ("SUSPENDED", "PAUSED", "PAUSED")
        assert lease.units.get().state == "STOPPED"
        assert lease.transitions.last().facts["suspension"] == found.public_id
        assert Notification.objects.get(kind="lease_suspended").organization == changes.world.lessor
        lease = resume(changes, owner)
        assert (lease.status, lease.billing, lease.units.get().state) == ("ACTIVE", "RUNNING", "RUNNING")

    def test_each_cause_is_its_sides_to_call(self, changes, owner, buyer):
        for by, cause in ((buyer, "NON_PAYMENT"), (buyer, "LESSEE_FAULT"), (owner, "ORDER_GAP")):
            with pytest.raises(suspensions.NotYourCause):
                suspend(changes, by, cause)
        assert suspend(changes, buyer, "ORDER_GAP").billing == "RUNNING"

    def test_the_days_are_added_to_the_end(self, changes, owner):
        suspend(changes, owner)
        lease = resume(changes, owner)

        found = Suspension.objects.get()
        assert (found.days_added, found.days_credited, found.ended_at) == (5, 0, LATER)
        assert lease.ends_at == END + 5 * DAY
        assert changes.taken(changes.first) == [(START, END + 5 * DAY)]
        assert changes.data(changes.first) == [(HANDOVER, END + 5 * DAY)]

    def test_or_become_a_credit_where_the_machine_is_taken(self, changes, owner):
        core = Period(END + 2 * DAY, END + 9 * DAY)
        calendar.block(equipment=changes.first, reason="OWN_USE", core=core, by=owner, at=HANDOVER)
        suspend(changes, owner)
        lease = resume(changes, owner)

        found = Suspension.objects.get()
        assert (found.days_added, found.days_credited, lease.ends_at) == (0, 5, END)
        assert lease.transitions.last().facts["days_credited"] == 5

    def test_nothing_is_added_for_the_lessees_fault(self, changes, owner):
        suspend(changes, owner, "LESSEE_FAULT")
        assert resume(changes, owner).ends_at == END

    def test_goes_on_after_it_began(self, changes, owner):
        suspend(changes, owner)
        with pytest.raises(suspensions.ResumedBeforeSuspended):
            resume(changes, owner, at=NOW)
        with pytest.raises(moves.LeaseMoveRefused):
            suspend(changes, owner)

    def test_ends_with_the_lease_as_a_credit(self, changes, owner):
        suspend(changes, owner)
        leases.close_due(lease=changes.now(), by=changes.world.clock, at=END)
        found = Suspension.objects.get()
        assert (changes.now().status, found.ended_at) == ("ENDED", END)
        assert found.days_credited == (END - NOW) // DAY

    def test_two_never_overlap(self, changes, owner):
        suspend(changes, owner)
        with pytest.raises(IntegrityError), transaction.atomic():
            Suspension.objects.create(
                lease=changes.lease, cause="ORDER_GAP", treatment="REDUCED", started_at=LATER
            )

    def test_a_machine_that_comes_meanwhile_stands(self, changes, owner):
        suspend(changes, owner)
        changes.added()
        states = dict(changes.lease.units.values_list("equipment__name", "state"))
        assert states == {"VMC-1": "STOPPED", "VMC-2": "STOPPED"}


def note(changes, by, **given):
    given = {"text": "两期账单未付", "cure_until": LATER, "at": NOW} | given
    return terminations.note_default(lease=changes.now(), by=by, **given)


def terminate(changes, by, ground="DEFAULT", at=LATER, reason="未纠正"):
    return terminations.terminate(lease=changes.now(), ground=ground, reason=reason, by=by, at=at)


class TestTermination:
    def test_comes_after_the_time_to_cure(self, changes, owner):
        with pytest.raises(terminations.NoDefaultNotice):
            terminate(changes, owner)
        notice = note(changes, owner)
        assert Notification.objects.get(kind="default_noticed").organization == changes.world.lessee
        with pytest.raises(terminations.TimeToCure):
            terminate(changes, owner, at=LATER - DAY)

        lease = terminate(changes, owner)

        assert (lease.status, lease.active_to, lease.billing) == ("TERMINATED", LATER, "STOPPED")
        facts = lease.transitions.last().facts
        assert (facts["default_notice"], facts["ground"]) == (notice.public_id, "DEFAULT")
        assert changes.taken(changes.first) == [(START, LATER)]
        assert changes.data(changes.first) == [(HANDOVER, LATER)]

    def test_not_after_it_was_cured(self, changes, owner, buyer):
        notice = note(changes, owner)
        with pytest.raises(MissingRight):
            terminations.note_cure(notice=notice, by=buyer, at=NOW + DAY)
        terminations.note_cure(notice=notice, by=owner, at=NOW + DAY)
        again = terminations.note_cure(notice=notice, by=owner, at=NOW + 2 * DAY)
        assert again.cured_at == NOW + DAY
        with pytest.raises(terminations.NoDefaultNotice):
            terminate(changes, owner)
        note(changes, owner)

    def test_the_notice_of_the_other_side_is_no_ground(self, changes, owner, buyer):
        note(changes, owner)
        with pytest.raises(terminations.NoDefaultNotice):
            terminate(changes, buyer)

    def test_at_once_for_something_grave_of_the_other_side(self, changes, owner, buyer):
        with pytest.raises(terminations.NotYourGround):
            terminate(changes, buyer, "MISUSE")
        with pytest.raises(moves.RecordMissing):
            terminate(changes, buyer, "DANGEROUS", reason=" ")
        assert changes.now().status == "ACTIVE"
        assert terminate(changes, buyer, "DANGEROUS", at=NOW).status == "TERMINATED"

    def test_a_notice_says_what_and_gives_time(self, changes, owner):
        with pytest.raises(terminations.DefaultNoticeInvalid) as refusal:
            note(changes, owner, text=" ", cure_until=NOW)
        assert [flaw.code for flaw in refusal.value.flaws] == ["required", "too_soon"]
        with pytest.raises(terminations.DefaultNoticeInvalid) as refusal:
            note(changes, owner, text="x" * 2001, cure_until=NOW + 91 * DAY)
        assert [flaw.code for flaw in refusal.value.flaws] == ["too_long_text", "too_far"]
        note(changes, owner)
        with pytest.raises(terminations.DefaultNoticeOpen):
            note(changes, owner)
        assert DefaultNotice.objects.count() == 1

    def test_what_a_notice_says_stays(self, changes, owner):
        note(changes, owner)
        for statement in ("UPDATE leasing_defaultnotice SET text = 'x'", "DELETE FROM leasing_defaultnotice"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert DefaultNotice.objects.get().text == "两期账单未付"


class TestLoss:
    def lose(self, changes, by, **given):
        return terminations.lose(lease=changes.now(), by=by, **(CASE | {"at": NOW} | given))

    def test_the_lease_is_over_and_the_machine_leaves_the_fleet(self, changes, owner):
        lease = self.lose(changes, owner)

        changes.first.refresh_from_db()
        assert (lease.status, lease.units.get().state, changes.first.status) == ("LOST", "GONE", "RETIRED")
        assert changes.taken(changes.first) == [(START, NOW)]
        assert lease.transitions.last().facts["value_minor"] == 30_000_000
        assert Notification.objects.get(kind="machine_lost").organization == changes.world.lessee

    def test_is_the_lessors_to_report_with_its_case(self, changes, owner, buyer):
        with pytest.raises(MissingRight):
            self.lose(changes, buyer)
        with pytest.raises(moves.RecordMissing):
            self.lose(changes, owner, case=" ")
        changes.first.refresh_from_db()
        assert (changes.now().status, changes.first.status) == ("ACTIVE", "IN_SERVICE")

    @pytest.mark.parametrize("ended", ["END", "TERMINATE"])
    def test_of_a_machine_that_does_not_come_back_lets_the_lease_be_settled(self, changes, owner, ended):
        changes.added()
        if ended == "END":
            leases.end(lease=changes.now(), by=owner, at=LATER)
        else:
            terminate(changes, owner, "MISUSE", at=LATER)
        first, second = changes.now().units.order_by("pk")
        before = changes.now()
        with pytest.raises(terminations.MachineNotStanding):
            self.lose(changes, owner)

        lease = self.lose(changes, owner, unit=first.public_id, at=END)

        first.refresh_from_db()
        second.refresh_from_db()
        changes.first.refresh_from_db()
        assert (lease.status, lease.active_to, lease.billing) == (before.status, LATER, "STOPPED")
        assert (first.state, second.state, changes.first.status) == ("GONE", "STOPPED", "RETIRED")
        assert lease.transitions.last().facts["unit"] == first.public_id
        found = [(one.kind, one.amount_minor) for one in facts_of(lease) if one.kind == "LOSS"]
        assert found == [("LOSS", 30_000_000)]
        assert [one.pointer for one in open_before_settlement(lease, LATER)] == [f"/units/{second.public_id}"]
        with pytest.raises(terminations.MachineNotStanding):
            self.lose(changes, owner, unit=first.public_id, at=END)

    def test_after_the_lease_is_the_lessors_as_well(self, changes, owner, buyer):
        leases.end(lease=changes.now(), by=owner, at=LATER)
        with pytest.raises(MissingRight):
            self.lose(changes, buyer, at=END)
        with pytest.raises(moves.RecordMissing):
            self.lose(changes, owner, case=" ", at=END)
        assert self.lose(changes, owner, at=END).units.get().state == "GONE"

    def test_of_another_machine_than_the_one_in_use_is_refused_while_the_lease_runs(self, changes, owner):
        changes.swapped()
        first = changes.now().units.order_by("pk")[0]
        assert first.state == "STOPPED"
        with pytest.raises(terminations.MachineNotStanding):
            self.lose(changes, owner, unit=first.public_id, at=LATER)
        assert changes.now().status == "ACTIVE"

    def test_needs_a_lease_of_one_machine(self, changes, owner):
        changes.added()
        with pytest.raises(terminations.OthersRunning):
            terminations.lose(lease=changes.now(), by=owner, at=LATER, **CASE)
