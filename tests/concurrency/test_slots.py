"""Slots, two at once, on real transactions; each race is shown without its guards as well."""

from unittest.mock import patch

import pytest

from leasing.actions import slot_answers, slot_moves, slot_work, slots
from leasing.models import SlotBooking, SlotStep
from leasing.models.slots import SlotBookingQuerySet
from marketplace.actions import slots as schedules
from marketplace.models import Claim, Listing, SlotSchedule
from marketplace.models.equipment import EquipmentQuerySet
from marketplace.models.listings import ListingQuerySet
from tests.concurrency.test_leases import fresh, look_together, no_constraint, outcome
from tests.concurrency.test_subleases import meet
from tests.leasing import world as worlds
from tests.leasing.slot_world import HOUR, MONDAY, NOW, SCHEDULE, Laboratory
from tests.races import Meeting, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def laboratory():
    return Laboratory(worlds.make(machines=1))


@pytest.fixture
def no_locks(monkeypatch):
    def drop():
        for one in (EquipmentQuerySet, ListingQuerySet, SlotBookingQuerySet):
            monkeypatch.setattr(one, "locked", lambda self: self.order_by("pk"))

    return drop


def book_both(laboratory, apart=0 * HOUR):
    """Two workshops book the one machine, for the same hour or for times that need cleaning between them."""
    world = laboratory.world
    given = {"listing": laboratory.listing, "slots": 1, "at": NOW}
    return at_once(
        lambda: slots.book(lessee=world.lessee, by=fresh(world.buyer), starts_at=MONDAY, **given),
        lambda: slots.book(
            lessee=world.stranger, by=fresh(world.outsider), starts_at=MONDAY + apart, **given
        ),
    )


class TestTwoBook:
    @pytest.mark.parametrize("apart", [0 * HOUR, HOUR], ids=["the same hour", "no time to clean"])
    def test_one_gets_it_and_the_other_is_told_the_next_slot(self, laboratory, apart):
        with look_together():
            results = book_both(laboratory, apart)

        assert outcome(results) == ["SlotBooking", "SlotTaken"]
        (refusal,) = (one for one in results if isinstance(one, slots.SlotTaken))
        assert refusal.facts["next_slot"] in ("2026-03-09 10:30", "2026-03-09 11:00", "2026-03-09 13:00")
        assert Claim.objects.active().count() == SlotBooking.objects.count() == 1

    def test_the_constraint_alone_holds_as_well(self, laboratory, no_locks):
        no_locks()
        with look_together():
            results = book_both(laboratory)

        assert outcome(results) == ["SlotBooking", "SlotTaken"]
        assert SlotBooking.objects.count() == 1

    def test_the_lock_alone_holds_as_well(self, laboratory):
        with no_constraint(), look_together():
            results = book_both(laboratory)
            active = Claim.objects.active().count()

        assert (outcome(results), active) == (["SlotBooking", "SlotTaken"], 1)

    def test_without_both_the_slot_is_sold_twice(self, laboratory, no_locks):
        no_locks()
        with no_constraint(), look_together():
            results = book_both(laboratory)
            active = Claim.objects.active().count()

        assert (outcome(results), active) == (["SlotBooking", "SlotBooking"], 2)


def cancel_while_it_is_noted_that_nobody_came(laboratory):
    """The lessee cancels in the last minute, and the lessor's clock says already that it has begun."""
    made = laboratory.book()
    loaded = SlotBooking.objects.with_sides().get(pk=made.pk)
    world = laboratory.world
    with meet(slot_answers, slot_work):
        return at_once(
            lambda: slot_answers.cancel(
                booking=loaded, within=world.lessee, by=fresh(world.buyer), at=MONDAY - HOUR
            ),
            lambda: slot_work.no_show(
                booking=loaded, within=world.lessor, by=fresh(world.owner), at=MONDAY + HOUR
            ),
        )


class TestItEndsOnce:
    def test_as_cancelled_or_as_a_no_show(self, laboratory):
        results = cancel_while_it_is_noted_that_nobody_came(laboratory)

        assert outcome(results) == ["SlotBooking", "SlotMoveRefused"]
        made = SlotBooking.objects.get()
        assert (made.version, made.steps.count()) == (2, 2)
        assert any(isinstance(one, slot_moves.SlotMoveRefused) for one in results)

    def test_without_the_locks_it_ends_twice(self, laboratory, no_locks):
        no_locks()

        results = cancel_while_it_is_noted_that_nobody_came(laboratory)

        assert outcome(results) == ["SlotBooking", "SlotBooking"]
        assert SlotStep.objects.count() == 3


class TestTwoSetTheSchedule:
    def both(self, laboratory):
        listing, owner = Listing.objects.get(pk=laboratory.listing.pk), laboratory.world.owner
        meeting, append = Meeting(), schedules._append

        def waiting(*given, **more):
            meeting.wait()
            return append(*given, **more)

        with patch.object(schedules, "_append", waiting):
            return at_once(
                *(
                    lambda price=price: schedules.set_schedule(
                        listing=listing,
                        document=SCHEDULE | {"price_minor": price},
                        by=fresh(owner),
                        at=NOW,
                        expected=1,
                    )
                    for price in (1, 2)
                )
            )

    def test_the_second_is_told_that_the_first_changed_it(self, laboratory):
        assert outcome(self.both(laboratory)) == ["ScheduleChanged", "SlotSchedule"]
        assert SlotSchedule.objects.count() == 2

    def test_without_the_lock_the_second_meets_the_database(self, laboratory, no_locks):
        no_locks()

        assert outcome(self.both(laboratory)) == ["IntegrityError", "SlotSchedule"]
