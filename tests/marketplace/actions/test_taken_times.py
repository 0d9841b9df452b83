"""When listings are taken, as searches know it: never in the way of what is free, mended where wrong."""

import random
from datetime import timedelta

import pytest
from django.db import connection

from marketplace import tasks
from marketplace.actions import taken_times
from marketplace.models import Claim, Equipment, Listing, ListingUnit, StaleTimes, TakenTimes
from marketplace.queries.search import found, roomy_of
from marketplace.queries.search_counts import counts_of
from marketplace.queries.search_where import FREE
from marketplace.rules.search import plans
from marketplace.rules.search.wanted import Wanted
from marketplace.shared.period import Period
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def owner():
    return make.organization()


def listing(owner, machines=1, **fields):
    made = make.listing(owner, machines=machines)
    Listing.objects.filter(pk=made.pk).update(**fields)
    made.refresh_from_db()
    return made


def taken(equipment, first, last, **fields):
    period = (make.NOON + first * HOUR, None if last is None else make.NOON + last * HOUR)
    return Claim.objects.create(
        equipment=equipment, reason="LEASE", core=period, period=period, created_at=make.NOON, **fields
    )


def machines(listing):
    return [unit.equipment for unit in listing.units.select_related("equipment").order_by("pk")]


def renew():
    while taken_times.renew(at=make.NOON):
        continue


def may_be_free(listing, first, last):
    """Ask the condition of a search alone."""
    with connection.cursor() as cursor:
        days = [make.NOON + first * HOUR, make.NOON + last * HOUR]
        cursor.execute(f"SELECT {FREE} FROM (SELECT %s::bigint AS listing_id) d", [*days, listing.pk])
        return cursor.fetchone()[0]


def is_free(listing, first, last):
    days = Period(make.NOON + first * HOUR, make.NOON + last * HOUR)
    return listing.pk in roomy_of({listing.pk}, Wanted(free=days))


def test_one_machine_is_left_aside_exactly_while_it_is_taken(owner):
    one = listing(owner, buffer_before_hours=3, buffer_after_hours=5)
    taken(machines(one)[0], 100, 200)
    taken(machines(one)[0], 230, None)
    assert may_be_free(one, 150, 160)  # nothing is left aside by what is behind the claims
    renew()
    for first, last in [
        (90, 95),
        (90, 96),
        (94, 95),
        (203, 210),
        (202, 210),
        (203, 225),
        (203, 226),
        (300, 301),
    ]:
        assert may_be_free(one, first, last) == is_free(one, first, last), (first, last)
    assert not StaleTimes.objects.exists()


def test_what_is_free_is_never_left_aside_whatever_its_pool(owner):
    chance = random.Random(4)
    for _ in range(12):
        one = listing(
            owner,
            machines=chance.randint(1, 3),
            buffer_before_hours=chance.randint(0, 6),
            buffer_after_hours=chance.randint(0, 6),
        )
        for machine in machines(one):
            start = 0
            for _ in range(chance.randint(0, 4)):
                start += chance.randint(0, 20)
                end = start + chance.randint(1, 30)
                taken(machine, start, end, movable=chance.random() < 0.5)
                start = end
        renew()
        for _ in range(20):
            first = chance.randint(0, 90)
            last = first + chance.randint(1, 20)
            assert may_be_free(one, first, last) or not is_free(one, first, last)


class TestWhatChanges:
    @pytest.fixture
    def one(self, owner):
        made = listing(owner)
        taken(machines(made)[0], 0, 100)
        renew()
        assert not may_be_free(made, 10, 20)
        return made

    def test_a_claim_that_is_released_is_free_at_once(self, one):
        Claim.objects.update(active=False)
        assert may_be_free(one, 10, 20)
        renew()
        assert may_be_free(one, 10, 20)
        assert not TakenTimes.objects.exists()

    def test_a_claim_that_moves(self, one):
        later = (make.NOON + 200 * HOUR, make.NOON + 300 * HOUR)
        Claim.objects.update(core=later, period=later)
        assert may_be_free(one, 10, 20)
        renew()
        assert not may_be_free(one, 210, 220)

    def test_another_machine_joins(self, one, owner):
        ListingUnit.objects.create(listing=one, equipment=make.equipment(owner, one.site))
        assert may_be_free(one, 10, 20)

    def test_buffers_become_shorter(self, one):
        assert not may_be_free(one, 110, 120)
        Listing.objects.filter(pk=one.pk).update(buffer_before_hours=0)
        assert may_be_free(one, 110, 120)
        renew()
        assert may_be_free(one, 110, 120)

    def test_no_machine_is_in_service(self, one):
        Equipment.objects.filter(listing_unit__listing=one).update(status="RETIRED", retirement="GONE")
        renew()
        assert not may_be_free(one, 900, 901)

    def test_what_changes_nothing_tells_nothing(self, one):
        Claim.objects.update(note="x")
        Listing.objects.update(buffer_before_hours=one.buffer_before_hours, title="x")
        Equipment.objects.update(status="IN_SERVICE")
        assert not StaleTimes.objects.exists()

    def test_what_is_deleted_is_told(self, one):
        Claim.objects.all().delete()
        assert StaleTimes.objects.get().listing_id == one.pk


class TestComparing:
    @pytest.fixture
    def one(self, owner):
        made = listing(owner)
        taken(machines(made)[0], 0, 100)
        renew()
        return made

    def test_what_agrees_is_not_told(self, one):
        assert taken_times.compare(at=make.NOON, first=0, last=taken_times.last_key()) == []
        assert tasks.check_times() == 0

    @pytest.mark.parametrize("said", ["{[2027-01-01,2027-02-01)}", "{}"])
    def test_what_is_wrong_is_told_and_mended(self, one, said):
        TakenTimes.objects.update(taken=said)
        assert taken_times.compare(at=make.NOON, first=0, last=one.pk) == [one.pk]
        assert not may_be_free(one, 10, 20)
        assert may_be_free(one, 2000, 2020)

    def test_what_waits_is_not_wrong(self, one):
        Claim.objects.update(active=False)
        assert taken_times.compare(at=make.NOON, first=0, last=one.pk) == []

    def test_what_is_over_goes(self, one):
        assert taken_times.compare(at=make.NOON + 30 * DAY, first=0, last=one.pk) == []
        assert not TakenTimes.objects.exists()

    def test_the_night_says_how_many(self, one, monkeypatch):
        monkeypatch.setattr(tasks.clock, "now", lambda: make.NOON)
        TakenTimes.objects.update(taken="{}")
        assert tasks.check_times() == 1
        assert tasks.check_times() == 0

    def test_only_one_is_at_it(self, one, monkeypatch):
        Claim.objects.update(active=False)
        monkeypatch.setattr(taken_times, "_alone", lambda: False)
        assert taken_times.renew(at=make.NOON) == 0
        assert taken_times.compare(at=make.NOON, first=0, last=one.pk) == []
        assert StaleTimes.objects.exists()


def test_a_search_counts_what_the_days_leave_as_about(owner, monkeypatch):
    free, busy = listing(owner), listing(owner)
    taken(machines(busy)[0], 0, 100)
    renew()
    make.searchable()
    wanted = Wanted(free=Period(make.NOON + 10 * HOUR, make.NOON + 20 * HOUR))
    for few in (plans.FEW, -2):
        monkeypatch.setattr(plans, "FEW", few)
        counts = counts_of(wanted)
        assert (counts.total, counts.exact) == (1, False)
        assert found(wanted, 10).listings == [free.pk]
