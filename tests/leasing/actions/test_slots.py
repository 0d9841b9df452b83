"""Slot bookings: booked at once or confirmed, cancelled, done; what is refused changes nothing."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from leasing.actions import slot_work, slots
from leasing.actions.leases import ListingNotOffered
from leasing.actions.slot_answers import SlotBegun, SlotReasonMissing
from leasing.actions.slot_moves import SlotChanged, SlotMoveRefused
from leasing.actions.slot_work import NoSampleDue, SampleMissing, SlotNotBegun
from leasing.actions.slots import SlotInvalid, SlotsAllTaken, SlotTaken
from leasing.models import SlotBooking, SlotStep
from leasing.rules.history import first_broken
from leasing.rules.slots import Status
from marketplace.actions import calendar, claims
from marketplace.actions import slots as schedules
from marketplace.actions.claims import HoldRunOut, MachineBusy
from marketplace.actions.slots import NoSlots, ScheduleChanged
from marketplace.models import AuditEntry, Claim, Equipment, Listing, ListingUnit, Notification
from marketplace.permissions import MissingRight
from marketplace.shared.period import Period
from tests import once
from tests.leasing import world as worlds
from tests.leasing.slot_world import HOUR, MONDAY, NOW, SCHEDULE, Laboratory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@once.fixture
def laboratory():
    return Laboratory(worlds.make(machines=1))


@once.fixture
def asking():
    """A laboratory that confirms each booking."""
    return Laboratory(worlds.make(machines=1), confirm=True)


def left(claim):
    claim.refresh_from_db()
    return claim.active, claim.period.lower, claim.period.upper


def told(organization):
    return list(Notification.objects.filter(organization=organization).values_list("kind", flat=True))


def test_an_accountant_reads_a_day_of_the_measuring_room(laboratory):
    """Two hours booked at ¥160.05 an hour, sample in time, work done: ¥320.10 net are owed, nothing else."""
    lessor, lessee = laboratory.world.lessor, laboratory.world.lessee
    made = laboratory.book(MONDAY, 2)
    assert (made.status, made.amount_minor, made.currency) == ("BOOKED", 32_010, "CNY")
    assert made.document["late_fee_minor"] == 16_005  # half of it, should the workshop cancel on the last day
    assert made.document["hand_in_until"] == "2026-03-08T09:00:00Z"  # Sunday, 17:00 in Shanghai

    laboratory.act("hand_in", made, lessor, MONDAY - 20 * HOUR)
    done = laboratory.act("done", made, lessor, MONDAY + 2 * HOUR)

    assert (done.status, done.amount_minor, done.fee_minor) == ("DONE", 32_010, 0)
    assert [one.public_id for one in SlotBooking.objects.billable()] == [made.public_id]
    steps = list(made.steps.all())
    assert [(step.move, step.organization_name) for step in steps] == [
        ("book", lessee.name),
        ("hand_in", lessor.name),
        ("done", lessor.name),
    ]
    assert steps[-1].facts == {"slots": 2, "price_minor": 16_005, "amount_minor": 32_010}
    assert first_broken(step.link() for step in steps) is None
    assert (told(lessor), told(lessee)) == (["slot_booked"], ["slot_done"])
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "slot.book",
        "slot.hand_in",
        "slot.done",
    }


class TestBooking:
    def test_claims_the_machine_with_set_up_and_cleaning(self, laboratory):
        made = laboratory.book()

        claim = Claim.objects.get()
        assert (claim.reason, claim.reference) == ("SLOT", made.public_id)
        assert left(claim) == (True, MONDAY - 15 * MINUTE, MONDAY + 75 * MINUTE)

    def test_takes_the_next_machine_of_a_pool(self):
        laboratory = Laboratory(worlds.make(machines=2))

        made = [laboratory.book(), laboratory.book()]

        assert [one.equipment.name for one in made] == ["VMC-1", "VMC-2"]
        with pytest.raises(SlotTaken):
            laboratory.book()

    def test_leaves_time_for_cleaning_and_set_up_between_two(self, laboratory):
        laboratory.book()

        with pytest.raises(SlotTaken) as refusal:
            laboratory.book(MONDAY + HOUR)

        assert isinstance(refusal.value, MachineBusy)
        assert refusal.value.facts["next_slot"] == "2026-03-09 10:30"
        assert laboratory.book(MONDAY + 90 * MINUTE).status == "BOOKED"

    def test_says_when_nothing_later_is_free(self, laboratory):
        calendar.block(
            equipment=laboratory.world.machines[0],
            reason="MAINTENANCE",
            core=Period(MONDAY, None),
            by=laboratory.world.owner,
            at=NOW,
        )

        with pytest.raises(SlotsAllTaken):
            laboratory.book()

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"starts_at": NOW - HOUR}, "/starts_at", "in_the_past"),
            ({"starts_at": NOW + HOUR}, "/starts_at", "hand_in_over"),
            ({"starts_at": MONDAY + 10 * MINUTE}, "/starts_at", "not_on_the_grid"),
            ({"starts_at": MONDAY + 3 * HOUR}, "/starts_at", "closed"),
            ({"starts_at": MONDAY + 2 * HOUR, "slots": 2}, "/starts_at", "closed"),
            ({"starts_at": MONDAY + 48 * HOUR}, "/starts_at", "closed"),
            ({"starts_at": MONDAY + 14 * 24 * HOUR}, "/starts_at", "too_far_ahead"),
            ({"slots": 4}, "/slots", "too_many_slots"),
            ({"slots": 0}, "/slots", "too_many_slots"),
            ({"note": "x" * 501}, "/note", "too_long_text"),
        ],
    )
    def test_refuses_bad_input_at_its_field(self, laboratory, changes, pointer, code):
        with pytest.raises(SlotInvalid) as refusal:
            laboratory.book(**({"starts_at": MONDAY} | changes))

        assert [(flaw.pointer, flaw.code) for flaw in refusal.value.flaws] == [(pointer, code)]
        assert not Claim.objects.exists()
        assert not SlotBooking.objects.exists()

    def test_refuses_ones_own_machine(self, laboratory):
        world = laboratory.world

        with pytest.raises(SlotInvalid) as refusal:
            laboratory.book(lessee=world.lessor, by=world.owner)

        assert [flaw.code for flaw in refusal.value.flaws] == ["own_listing"]

    @pytest.mark.parametrize("status", [Listing.Status.DRAFT, Listing.Status.PAUSED])
    def test_refuses_what_is_not_published(self, laboratory, status):
        Listing.objects.update(status=status)

        with pytest.raises(ListingNotOffered):
            laboratory.book()

    def test_refuses_a_listing_without_slots(self, laboratory):
        schedules.withdraw(listing=laboratory.listing, by=laboratory.world.owner, at=NOW)

        with pytest.raises(NoSlots):
            laboratory.book()

    def test_refuses_a_price_that_was_not_seen(self, laboratory):
        schedules.set_schedule(
            listing=laboratory.listing,
            document=SCHEDULE | {"price_minor": 99_900},
            by=laboratory.world.owner,
            at=NOW,
        )

        with pytest.raises(ScheduleChanged):
            laboratory.book(seen=1)
        assert laboratory.book(seen=2).price_minor == 99_900

    def test_needs_the_right_to_request(self, laboratory):
        with pytest.raises(MissingRight):
            laboratory.book(by=laboratory.world.guest)

    def test_a_machine_out_of_service_is_not_booked(self, laboratory):
        Equipment.objects.update(status=Equipment.Status.RETIRED, retirement=Equipment.Retirement.GONE)

        with pytest.raises(SlotsAllTaken):
            laboratory.book()

    def test_a_hold_that_ran_out_gives_way(self, laboratory):
        machine = laboratory.world.machines[0]
        held = claims.claim(
            equipment=machine,
            reason="LEASE",
            core=Period(MONDAY, MONDAY + 4 * HOUR),
            before=timedelta(0),
            after=timedelta(0),
            reference="lea_1",
            by=laboratory.world.owner,
            at=NOW - HOUR,
            held_until=NOW,
        )

        laboratory.book()

        assert left(held)[0] is False

    def test_that_the_database_alone_sees_as_taken_is_refused_with_the_next_slot(
        self, laboratory, monkeypatch
    ):
        laboratory.book()
        monkeypatch.setattr(slots, "_machine", lambda *given: Equipment.objects.select_related("owner").get())

        with pytest.raises(SlotTaken) as refusal:
            laboratory.book()

        assert refusal.value.facts["next_slot"] == "2026-03-09 10:30"

    def test_what_was_booked_keeps_its_price_when_the_schedule_changes(self, laboratory):
        made = laboratory.book()
        schedules.set_schedule(
            listing=laboratory.listing,
            document=SCHEDULE | {"price_minor": 1},
            by=laboratory.world.owner,
            at=NOW,
        )

        made.refresh_from_db()

        assert (made.price_minor, made.schedule.version) == (16_005, 1)


class TestConfirming:
    def test_a_booking_waits_and_keeps_the_machine(self, asking):
        made = asking.book()

        assert (made.status, made.answer_until) == ("ASKED", MONDAY - 16 * HOUR)
        assert (made.claim.held_until, told(asking.world.lessor)) == (made.answer_until, ["slot_asked"])
        with pytest.raises(SlotTaken):
            asking.book()

    def test_it_is_kept_for_good(self, asking):
        made = asking.act("confirm", asking.book(), asking.world.lessor)

        assert (made.status, Claim.objects.get().held_until) == ("BOOKED", None)
        assert told(asking.world.lessee) == ["slot_confirmed"]

    def test_it_is_too_late_when_the_hold_has_run_out(self, asking):
        made = asking.book()

        with pytest.raises(HoldRunOut):
            asking.act("confirm", made, asking.world.lessor, made.answer_until)

    def test_a_refusal_says_why_and_frees_the_machine(self, asking):
        made = asking.book()
        with pytest.raises(SlotReasonMissing):
            asking.act("refuse", made, asking.world.lessor, reason=" ")

        refused = asking.act("refuse", made, asking.world.lessor, reason="Probe is broken")

        assert (refused.status, left(made.claim)[0]) == ("REFUSED", False)
        assert made.steps.latest("position").reason == "Probe is broken"

    def test_the_clock_lets_it_expire(self, asking):
        made = asking.book()
        slot_work.close_due(booking=made, by=asking.world.clock, at=NOW)
        made.refresh_from_db()
        assert made.status == "ASKED"

        slot_work.close_due(booking=made, by=asking.world.clock, at=made.answer_until)

        made.refresh_from_db()
        assert (made.status, left(made.claim)[0]) == ("EXPIRED", False)
        assert told(asking.world.lessee) == ["slot_expired"]
        with pytest.raises(MissingRight):
            slot_work.close_due(booking=made, by=asking.world.owner, at=made.answer_until)

    def test_an_instant_booking_waits_for_nobody(self, laboratory):
        with pytest.raises(SlotMoveRefused) as refusal:
            laboratory.act("confirm", laboratory.book(), laboratory.world.lessor)

        assert refusal.value.facts["allowed"] == ["cancel", "hand_in", "done", "no_show", "waive"]

    def test_what_is_over_can_be_waived_alone(self, laboratory):
        made = laboratory.act("cancel", laboratory.book(), laboratory.world.lessee)

        with pytest.raises(SlotMoveRefused) as refusal:
            laboratory.act("done", made, laboratory.world.lessor, MONDAY + HOUR)

        assert (refusal.value.facts["allowed"], refusal.value.facts["moves"]) == (
            ["waive"],
            "免除应付费用",
        )


class TestCancelling:
    @pytest.mark.parametrize(
        ("side", "before", "fee"),
        [
            ("lessee", 24 * HOUR + MINUTE, 0),
            ("lessee", 24 * HOUR, 8_003),  # half of ¥160.05, half a fen up
            ("lessee", MINUTE, 8_003),
            ("lessor", MINUTE, 0),
        ],
    )
    def test_is_free_until_the_deadline_and_costs_the_agreed_fee_behind_it(
        self, laboratory, side, before, fee
    ):
        made = laboratory.book()

        done = laboratory.act("cancel", made, getattr(laboratory.world, side), MONDAY - before)

        assert (done.status, done.fee_minor, left(made.claim)[0]) == ("CANCELLED", fee, False)
        assert made.steps.latest("position").facts["fee_minor"] == fee
        assert SlotBooking.objects.billable().exists() is bool(fee)
        assert laboratory.book(at=NOW).status == "BOOKED"  # the slot can be had again

    def test_what_nobody_confirmed_costs_nothing(self, asking):
        made = asking.book()

        done = asking.act("cancel", made, asking.world.lessee, MONDAY - HOUR)

        assert done.fee_minor == 0

    def test_is_over_when_the_slot_begins(self, laboratory):
        made = laboratory.book()

        with pytest.raises(SlotBegun):
            laboratory.act("cancel", made, laboratory.world.lessee, MONDAY)

        assert left(made.claim)[0] is True


class TestTheWork:
    def test_needs_the_sample(self, laboratory):
        made = laboratory.book()

        with pytest.raises(SampleMissing):
            laboratory.act("done", made, laboratory.world.lessor, MONDAY + HOUR)

    def test_a_late_sample_is_noted_as_late_and_comes_once(self, laboratory):
        made = laboratory.act("hand_in", laboratory.book(), laboratory.world.lessor, MONDAY - HOUR)

        assert made.steps.latest("position").facts["late"] is True
        with pytest.raises(NoSampleDue):
            laboratory.act("hand_in", made, laboratory.world.lessor, MONDAY)

    def test_without_a_sample_it_is_done_at_once(self):
        laboratory = Laboratory(worlds.make(machines=1), hand_in_hours=None)
        made = laboratory.book()
        with pytest.raises(NoSampleDue):
            laboratory.act("hand_in", made, laboratory.world.lessor)

        assert laboratory.act("done", made, laboratory.world.lessor, MONDAY + HOUR).status == "DONE"

    def test_done_early_frees_the_machine_after_its_cleaning(self, laboratory):
        made = laboratory.handed_in(slots_=3)

        laboratory.act("done", made, laboratory.world.lessor, MONDAY + HOUR)

        assert left(made.claim) == (True, MONDAY - 15 * MINUTE, MONDAY + 75 * MINUTE)

    @pytest.mark.parametrize("verb", ["done", "no_show"])
    def test_is_not_recorded_before_it_begins(self, laboratory, verb):
        made = laboratory.handed_in()

        with pytest.raises(SlotNotBegun):
            laboratory.act(verb, made, laboratory.world.lessor, MONDAY)

    def test_who_never_comes_owes_the_fee(self, laboratory):
        made = laboratory.book()

        done = laboratory.act("no_show", made, laboratory.world.lessor, MONDAY + MINUTE)

        assert (done.status, done.fee_minor, left(made.claim)[0]) == ("NO_SHOW", 8_003, False)
        assert [one.pk for one in SlotBooking.objects.billable()] == [made.pk]


class TestWhoMay:
    @pytest.mark.parametrize("verb", ["confirm", "hand_in", "done", "no_show"])
    def test_the_lessee_does_not_do_the_lessors_part(self, laboratory, verb):
        made = laboratory.book()

        for who in (laboratory.world.lessee, laboratory.world.stranger):
            with pytest.raises(MissingRight):
                laboratory.act(verb, made, who, MONDAY + HOUR)

        made.refresh_from_db()
        assert made.status == Status.BOOKED

    def test_a_version_that_was_not_seen_is_refused(self, laboratory):
        made = laboratory.book()

        with pytest.raises(SlotChanged):
            laboratory.act("cancel", made, laboratory.world.lessee, expected=7)


class TestTheDatabase:
    def test_keeps_what_was_agreed(self, laboratory):
        made = laboratory.book()
        changes = {"document": {}, "price_minor": 1, "amount_minor": 1, "starts_at": NOW, "note": "x"}

        for name, value in changes.items():
            with pytest.raises(DatabaseError), transaction.atomic():
                SlotBooking.objects.filter(pk=made.pk).update(**{name: value})

    def test_keeps_steps_and_schedules(self, laboratory):
        laboratory.book()

        with pytest.raises(DatabaseError), transaction.atomic():
            SlotStep.objects.update(reason="x")
        with pytest.raises(DatabaseError), transaction.atomic():
            laboratory.schedule.delete()

    @pytest.mark.parametrize(
        "changes", [{"fee_minor": 1}, {"done_at": NOW}, {"status": "ASKED"}, {"status": "DONE"}]
    )
    def test_knows_no_booking_that_contradicts_itself(self, laboratory, changes):
        made = laboratory.book()

        with pytest.raises(IntegrityError), transaction.atomic():
            SlotBooking.objects.filter(pk=made.pk).update(**changes)


def test_a_listing_may_lose_its_machines(laboratory):
    ListingUnit.objects.all().delete()

    with pytest.raises(SlotsAllTaken):
        laboratory.book()
