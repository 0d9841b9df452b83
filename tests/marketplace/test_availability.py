"""What the strips call free can be claimed, and what they call taken cannot: one answer everywhere."""

from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from marketplace.actions import claims
from marketplace.models import Claim, Equipment
from marketplace.queries import availability, buffers_of, first_free_from, free_units
from marketplace.shared.period import Period, local_midnight
from tests.factories import marketplace as make

HOUR, DAYS, FIRST = timedelta(hours=1), 50, date(2027, 3, 1)
NOW = make.NOON
pytestmark = pytest.mark.django_db


def day(listing, n):
    zone = ZoneInfo(listing.zone)
    return Period(*(local_midnight(FIRST + timedelta(days=n + more), zone) for more in (0, 1)))


def take(machine, core, before, after, by):
    return claims.claim(
        equipment=machine,
        reason=Claim.Reason.MAINTENANCE,
        core=core,
        before=before,
        after=after,
        reference="",
        by=by,
        at=NOW,
    )


def can_be_claimed(machine, core, buffers, by):
    """Try it for real and take it back."""
    with transaction.atomic():
        try:
            take(machine, core, *buffers, by)
        except claims.MachineBusy:
            return False
        transaction.set_rollback(True)
        return True


def fill(listing, by, seed):
    """Claim at odd hours with buffers that are not the listing's; the last claim has no end."""
    random = Random(seed)
    for unit in listing.units.select_related("equipment__owner"):
        start = day(listing, 0).start - 60 * HOUR
        for _ in range(3):
            start += random.randint(30, 200) * HOUR
            end = start + random.randint(1, 90) * HOUR
            take(unit.equipment, Period(start, end), random.randint(0, 30) * HOUR, 0 * HOUR, by)
            start = end + 30 * HOUR
        take(unit.equipment, Period(start + 90 * HOUR, None), 0 * HOUR, 0 * HOUR, by)


@pytest.mark.parametrize(
    ("before", "after", "zone"),
    [(0, 0, "Asia/Shanghai"), (24, 24, "Asia/Shanghai"), (5, 40, "Asia/Shanghai"), (36, 1, "Europe/Berlin")],
)
def test_a_day_is_free_exactly_where_a_claim_with_the_listings_buffers_can_be_placed(before, after, zone):
    owner = make.organization(kind="LEAD_ENTERPRISE")
    by = make.member(owner)
    listing = make.listing(owner, machines=2, buffer_before_hours=before, buffer_after_hours=after, zone=zone)
    fill(listing, by, seed=before)
    machines = [unit.equipment for unit in listing.units.select_related("equipment__owner")]

    shown = availability([listing], FIRST, DAYS)[listing.pk]

    tried = [
        sum(can_be_claimed(machine, day(listing, n), buffers_of(listing), by) for machine in machines)
        for n in range(DAYS)
    ]
    assert shown == tried
    assert shown == [free_units(day(listing, n), listing=listing).count() for n in range(DAYS)]
    assert {0, 2} <= set(shown)


def test_a_day_beside_a_lease_is_taken_by_the_way_there_and_back():
    owner = make.organization(kind="LEAD_ENTERPRISE")
    listing = make.listing(owner, buffer_before_hours=24, buffer_after_hours=24)
    core = Period(day(listing, 5).start, day(listing, 7).end)
    take(listing.units.get().equipment, core, 24 * HOUR, 24 * HOUR, make.member(owner))

    shown = availability([listing], FIRST, 12)[listing.pk]

    # days 4 and 8 are the machine's own way; 3 and 9 would be needed for another's way
    assert shown == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]


def test_a_machine_out_of_service_is_never_free():
    listing = make.listing(make.organization(kind="LEAD_ENTERPRISE"))
    Equipment.objects.update(status=Equipment.Status.RETIRED, retirement=Equipment.Retirement.GONE)

    assert availability([listing], FIRST, 3)[listing.pk] == [0, 0, 0]
    assert first_free_from(listing, day(listing, 0)) is None


def test_listings_are_answered_together(django_assert_num_queries):
    owner = make.organization(kind="LEAD_ENTERPRISE")
    listings = [make.listing(owner, machines=2) for _ in range(5)]

    with django_assert_num_queries(2):
        found = availability(listings, FIRST, DAYS)

    assert all(free == [2] * DAYS for free in found.values())
    assert availability([], FIRST, DAYS) == {}


def test_the_first_free_moment_is_that_of_the_machine_that_comes_back_first():
    owner = make.organization(kind="LEAD_ENTERPRISE")
    by = make.member(owner)
    listing = make.listing(owner, machines=2, buffer_before_hours=24, buffer_after_hours=24)
    one, other = (unit.equipment for unit in listing.units.select_related("equipment__owner").order_by("pk"))
    take(one, Period(day(listing, 0).start, day(listing, 9).end), 0 * HOUR, 0 * HOUR, by)
    take(other, Period(day(listing, 0).start, day(listing, 4).end), 0 * HOUR, 0 * HOUR, by)

    found = first_free_from(listing, day(listing, 2))

    assert found == day(listing, 6).start
    assert isinstance(found, datetime)
