"""A listing of equal machines: leases nobody chose a machine for make room for one more."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from devices.ownership.models import Notice
from leasing.actions import offers
from leasing.models import Lease, LeaseUnit
from leasing.rules.history import first_broken
from marketplace.actions import pools
from marketplace.actions.claims import MachineBusy
from marketplace.models import Claim, Listing
from marketplace.queries import free_units, listings_with_room, room_in
from marketplace.shared.period import Period
from tests import once
from tests.factories import marketplace as make
from tests.factories.leasing import hand_over, read_notice
from tests.leasing import world as worlds
from tests.leasing.world import DECIDED, START

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def days(first, last):
    return Period(START + first * DAY, START + last * DAY)


@once.fixture
def world():
    made = worlds.make(machines=2)
    Listing.objects.update(buffer_before_hours=0, buffer_after_hours=0, minimum_days=1)
    made.listing.refresh_from_db()
    return made


def take(world, period, **given):
    return offers.accept(lease=world.ask(period=period), by=world.owner, at=DECIDED, **given)


def machine_of(lease):
    return LeaseUnit.objects.get(lease=lease).equipment


def newest_notice(lease):
    return Notice.objects.latest_for(lease.public_id).digest


@pytest.fixture
def split(world):
    """Two short leases, on different machines, so that no machine is free for the whole of March."""
    early = take(world, days(0, 10))
    late = take(world, days(20, 30), equipment=world.machines[1])
    Claim.objects.update(movable=True)
    return early, late


class TestRoom:
    def test_is_made_where_no_machine_is_free(self, world, split):
        early, late = split
        assert machine_of(early) != machine_of(late)

        whole = take(world, days(0, 30))

        assert machine_of(early) == machine_of(late) != machine_of(whole)
        assert Claim.objects.active().count() == 3

    def test_is_told_in_the_history_of_the_lease_that_moves_by_nobody_in_particular(self, world, split):
        machines = {lease.pk: machine_of(lease).public_id for lease in split}
        version = Lease.objects.get(pk=split[0].pk).version
        take(world, days(0, 30))

        (moved,) = (lease for lease in split if machine_of(lease).public_id != machines[lease.pk])
        step = moved.transitions.last()
        assert (step.move, step.status_before, step.status_after) == ("reassign", "CONTRACTED", "CONTRACTED")
        assert step.organization == "" and step.actor != world.owner.public_id
        assert step.facts["equipment_before"] == machines[moved.pk]
        assert step.facts["equipment"] == machine_of(moved).public_id
        assert Lease.objects.get(pk=moved.pk).version == version + 1
        assert first_broken(step.link() for step in moved.transitions.order_by("position")) is None

    def test_gives_the_lessee_that_moves_a_new_notice_to_accept(self, world, split):
        for lease in split:
            read_notice(lease, by=world.buyer, at=DECIDED)
        told = {lease: newest_notice(lease) for lease in split}

        take(world, days(0, 30))

        (again,) = (lease for lease in split if newest_notice(lease) != told[lease])
        assert again.transitions.last().facts["data_notice"] == newest_notice(again)

    def test_is_not_made_for_a_machine_that_was_chosen(self, world, split):
        with pytest.raises(MachineBusy):
            take(world, days(0, 30), equipment=world.machines[0])
        assert Claim.objects.active().count() == 2

    def test_is_not_made_by_moving_what_was_chosen(self, world, split):
        Claim.objects.update(movable=False)

        with pytest.raises(MachineBusy):
            take(world, days(0, 30))
        assert Claim.objects.active().count() == 2

    def test_is_not_made_by_moving_a_machine_that_was_handed_over(self, world, split):
        early, late = split
        hand_over(early, owner=world.owner, buyer=world.buyer, at=START + DAY)
        late_claim = LeaseUnit.objects.get(lease=late).claim
        pools.fix(claim=late_claim)

        with pytest.raises(MachineBusy):
            take(world, days(0, 30))
        assert machine_of(early) != machine_of(late)

    def test_a_chosen_machine_is_not_moved_later(self, world):
        chosen = take(world, days(0, 10), equipment=world.machines[0])
        left_open = take(world, days(0, 10))

        assert not LeaseUnit.objects.get(lease=chosen).claim.movable
        assert LeaseUnit.objects.get(lease=left_open).claim.movable

    def test_a_quote_holds_a_machine_that_may_move_until_it_is_accepted(self, world, split):
        until = DECIDED + DAY
        quoted = offers.quote(
            lease=world.ask(period=days(0, 30)), valid_until=until, hold=True, by=world.owner, at=DECIDED
        )
        digest = quoted.offers.last().digest
        leases_before = LeaseUnit.objects.count()

        accepted = offers.accept(lease=quoted, digest=digest, mandate="OFFICE", by=world.buyer, at=DECIDED)

        assert LeaseUnit.objects.count() == leases_before + 1
        assert machine_of(accepted) == LeaseUnit.objects.get(lease=accepted).claim.equipment

    def test_a_hold_that_has_run_out_gives_way(self, world):
        take(world, days(0, 30))
        held = offers.quote(
            lease=world.ask(period=days(0, 30)),
            valid_until=DECIDED + timedelta(hours=1),
            hold=True,
            by=world.owner,
            at=DECIDED,
        )
        assert Claim.objects.active().count() == 2

        late = DECIDED + timedelta(hours=2)
        offers.accept(lease=world.ask(period=days(0, 30)), by=world.owner, at=late)

        assert not Claim.objects.active().filter(reference=held.public_id).exists()


class TestSearchAndCommitAgree:
    def test_the_search_finds_what_can_be_made_free(self, world, split):
        assert not free_units(days(0, 30)).exists()
        assert room_in(world.listing, days(0, 30)) is not None
        assert set(listings_with_room(days(0, 30)).values_list("listing", flat=True)) == {world.listing.pk}

        take(world, days(0, 30))

        assert room_in(world.listing, days(0, 30)) is None
        assert not listings_with_room(days(0, 30)).exists()

    def test_the_catalogue_shows_it(self, world, split, client):
        asked = {"free_from": "2026-03-01", "free_to": "2026-03-30"}
        make.searchable()

        assert world.listing.title in client.get("/", asked).content.decode()
        Claim.objects.update(movable=False)
        assert world.listing.title not in client.get("/", asked).content.decode()

    def test_three_queries_answer_for_all_pools(self, world, split, django_assert_num_queries):
        with django_assert_num_queries(5):
            list(listings_with_room(days(0, 30)))


class TestTheDatabase:
    def test_refuses_a_unit_that_does_not_follow_its_claim(self, world, split):
        unit = LeaseUnit.objects.get(lease=split[0])
        other = next(machine for machine in world.machines if machine.pk != unit.equipment_id)

        for change in (
            lambda: LeaseUnit.objects.filter(pk=unit.pk).update(equipment=other),
            lambda: Claim.objects.filter(pk=unit.claim_id).update(equipment=other),
        ):
            with pytest.raises(IntegrityError, match="not that of its claim"), transaction.atomic():
                change()
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        assert machine_of(split[0]) == unit.equipment
