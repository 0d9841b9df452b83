"""The one claim writer."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from marketplace.actions import claims
from marketplace.models import AuditEntry, Claim, Equipment
from marketplace.models.claims import ClaimQuerySet
from marketplace.permissions import MissingRight
from marketplace.queries import free_from, free_units
from marketplace.shared.period import Period
from tests import once
from tests.leasing import world as worlds

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
MARCH = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


@once.fixture
def world():
    return worlds.make()


def take(world, core=MARCH, machine=0, **changes):
    given = {
        "equipment": world.machines[machine],
        "reason": Claim.Reason.MAINTENANCE,
        "core": core,
        "before": DAY,
        "after": DAY,
        "reference": "ref_1",
        "by": world.owner,
        "at": NOW,
    }
    return claims.claim(**(given | changes))


class TestClaim:
    def test_occupies_the_core_and_its_buffers(self, world):
        claim = take(world)

        claim.refresh_from_db()
        assert (claim.core.lower, claim.core.upper) == (MARCH.start, MARCH.end)
        assert (claim.period.lower, claim.period.upper) == (MARCH.start - DAY, MARCH.end + DAY)
        assert (claim.active, claim.reference, claim.created_at) == (True, "ref_1", NOW)
        assert AuditEntry.objects.get(action="claim.make").subject == claim.public_id

    def test_may_be_open_ended(self, world):
        claim = take(world, core=Period(MARCH.start, None))

        claim.refresh_from_db()
        assert (claim.core.upper, claim.period.upper) == (None, None)

    @pytest.mark.parametrize(
        ("start", "days"),
        [(-10, 11), (5, 3), (29, 60), (-10, 90), (0, 31), (-3, 2), (32, 5)],
        ids=["into the start", "inside", "out of the end", "around", "the same", "our buffer", "its buffer"],
    )
    def test_refuses_what_overlaps_and_changes_nothing(self, world, start, days):
        take(world)
        core = Period(MARCH.start + start * DAY, MARCH.start + (start + days) * DAY)

        with pytest.raises(claims.MachineBusy):
            take(world, core=core)

        assert Claim.objects.count() == 1

    @pytest.mark.parametrize("start", [-12, 33], ids=["before", "after"])
    def test_lets_neighbours_touch_with_their_buffers(self, world, start):
        take(world)
        core = Period(MARCH.start + start * DAY, MARCH.start + (start + 10) * DAY)

        assert take(world, core=core).active

    def test_leaves_other_machines_free(self, world):
        take(world)

        assert take(world, machine=1).active

    def test_names_the_machine_and_when_it_is_free_for_as_long(self, world):
        take(world)
        gap = Period(MARCH.end + 10 * DAY, MARCH.end + 20 * DAY)
        take(world, core=gap)

        with pytest.raises(claims.MachineBusy) as refusal:
            take(world)

        # the gap of eight days is too short for a month: only after the second claim
        assert refusal.value.facts == {
            "machine": "VMC-1",
            "taken_from": "2026-02-28 08:00",
            "taken_to": "2026-04-02 08:00",
            "free_from": "2026-04-23 08:00",
        }
        assert str(refusal.value).startswith("VMC-1 is taken")
        assert refusal.value.status == 409

    def test_says_so_if_no_end_is_planned(self, world):
        take(world, core=Period(MARCH.start, None))

        with pytest.raises(claims.MachineBusyThroughout) as refusal:
            take(world)

        assert refusal.value.facts == {"machine": "VMC-1", "taken_from": "2026-02-28 08:00"}

    def test_refuses_in_the_same_words_when_only_the_constraint_sees_the_overlap(self, world):
        take(world)

        with patch.object(ClaimQuerySet, "exists", return_value=False), pytest.raises(claims.MachineBusy):
            take(world)

        assert Claim.objects.count() == 1

    def test_lets_other_broken_constraints_through(self, world):
        wrong = patch.object(claims, "with_buffers", return_value=Period(MARCH.start + DAY, MARCH.end))

        with wrong, pytest.raises(IntegrityError, match="core_within_period"):
            take(world)

    def test_refuses_people_without_the_right(self, world):
        with pytest.raises(MissingRight):
            take(world, by=world.buyer)

        assert not Claim.objects.exists()


class TestRelease:
    def test_frees_all_of_it(self, world):
        claim = claims.release(claim=take(world), by=world.buyer, at=NOW + HOUR)

        claim.refresh_from_db()
        assert (claim.active, claim.released_at) == (False, NOW + HOUR)
        assert take(world).active

    def test_frees_what_lies_behind_the_end_and_its_buffer(self, world):
        middle = MARCH.start + 10 * DAY

        claim = claims.release(claim=take(world), by=world.owner, at=NOW, ends_at=middle)

        claim.refresh_from_db()
        assert (claim.active, claim.core.upper, claim.period.upper) == (True, middle, middle + DAY)
        assert take(world, core=Period(middle + 2 * DAY, MARCH.end)).active

    def test_ends_an_open_claim_without_a_buffer(self, world):
        middle = MARCH.start + 10 * DAY
        claim = take(world, core=Period(MARCH.start, None))

        claim = claims.release(claim=claim, by=world.owner, at=NOW, ends_at=middle)

        assert (claim.core.upper, claim.period.upper) == (middle, middle)

    def test_frees_everything_if_it_never_began(self, world):
        claim = claims.release(claim=take(world), by=world.owner, at=NOW, ends_at=MARCH.start)

        assert claim.active is False

    def test_changes_nothing_at_or_behind_the_agreed_end(self, world):
        claim = claims.release(claim=take(world), by=world.owner, at=NOW, ends_at=MARCH.end)

        assert (claim.active, claim.released_at) == (True, None)

    def test_changes_nothing_the_second_time(self, world):
        claim = claims.release(claim=take(world), by=world.owner, at=NOW)

        again = claims.release(claim=claim, by=world.owner, at=NOW + HOUR)

        assert again.released_at == NOW


class TestTheTable:
    """What the database refuses, whoever writes."""

    def test_never_holds_an_empty_period(self, world):
        with pytest.raises(IntegrityError, match="period_not_empty"), transaction.atomic():
            insert(world, DateTimeTZRange(NOW, NOW))

    def test_never_holds_two_active_claims_at_one_time(self, world):
        insert(world, DateTimeTZRange(MARCH.start, MARCH.end))

        with pytest.raises(IntegrityError, match="no_double_booking"), transaction.atomic():
            insert(world, DateTimeTZRange(MARCH.start + DAY, MARCH.start + 2 * DAY))


class TestFreeUnits:
    def test_is_what_can_be_claimed(self, world):
        take(world)

        free = free_units(MARCH, listing=world.listing)

        assert [unit.equipment for unit in free] == [world.machines[1]]

    def test_counts_the_buffers_of_the_listing(self, world):
        take(world)
        behind = Period(MARCH.end + DAY + 23 * HOUR, MARCH.end + 30 * DAY)
        further = Period(MARCH.end + 2 * DAY, MARCH.end + 30 * DAY)

        assert free_units(behind, listing=world.listing).count() == 1
        assert free_units(further, listing=world.listing).count() == 2

    def test_looks_at_all_listings_for_the_search(self, world):
        assert free_units(Period(MARCH.start, None)).count() == 2

    def test_leaves_out_machines_that_are_retired(self, world):
        Equipment.objects.filter(pk=world.machines[0].pk).update(
            status=Equipment.Status.RETIRED, retirement=Equipment.Retirement.GONE
        )

        assert free_units(MARCH, listing=world.listing).count() == 1


class TestFreeFrom:
    def test_is_the_wanted_start_of_a_free_machine(self, world):
        assert free_from(world.machines[0], MARCH, DAY, DAY) == MARCH.start

    def test_finds_a_gap_that_is_long_enough(self, world):
        take(world)
        take(world, core=Period(MARCH.end + 100 * DAY, MARCH.end + 110 * DAY))

        assert free_from(world.machines[0], MARCH, DAY, DAY) == MARCH.end + 2 * DAY

    def test_needs_all_the_future_for_an_open_use(self, world):
        take(world)
        take(world, core=Period(MARCH.end + 100 * DAY, MARCH.end + 110 * DAY))

        free = free_from(world.machines[0], Period(MARCH.start, None), DAY, DAY)

        assert free == MARCH.end + 112 * DAY


def insert(world, period):
    return Claim.objects.create(
        equipment=world.machines[0],
        reason=Claim.Reason.OWN_USE,
        core=DateTimeTZRange(NOW, NOW),
        period=period,
        created_at=NOW,
    )
