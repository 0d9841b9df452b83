"""How the time of machines was used: the page, its files, and what it says to a small world."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.actions import metering
from billing.queries.utilisation import by_bucket, utilisation_of
from billing.rules.utilisation import By, Use, buckets, hours
from leasing.actions import offers
from marketplace.actions import listings
from marketplace.models import Equipment, Listing
from marketplace.models.parties import Role
from tests import doors, once
from tests.billing import world as worlds
from tests.billing.world import ZONE
from tests.factories import marketplace as make
from tests.factories.leasing import hand_over
from tests.leasing import world as leased
from tests.leasing.lateness import DUE, Late

pytestmark = pytest.mark.django_db


def metered():
    """Return a lease by the hour whose run time was counted."""
    scene = worlds.build("mazak01")
    scene.replay()
    metering.meter_unit(unit=scene.unit, at=doors.AFTER, by=scene.clock)
    return scene


scene = once.fixture(metered)


@pytest.fixture
def client(scene):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(scene.lessor, Role.OPERATOR))
    return client


def test_a_lease_counts_from_hand_over_to_return_and_runs_as_its_windows_say(scene):
    spans = buckets(By.MONTH, doors.AFTER.date(), zone=ZONE, now=doors.AFTER)
    unit = scene.unit
    until = min(unit.active_to or doors.AFTER, doors.AFTER)
    counted = sum(one.quantity for one in unit.window_sets.newest().filter(meter="run_time"))

    [found] = utilisation_of(scene.lessor, By.MONTH, spans, doors.AFTER, machine=unit.equipment.public_id)

    assert found.total.leased == until - unit.active_from
    assert found.total.ran == timedelta(microseconds=int(counted * 1_000_000)) > timedelta()
    assert found.total.there >= found.total.leased
    assert by_bucket([found, found], len(spans))[-1] == found.by_bucket[-1] + found.by_bucket[-1]


def test_weeks_and_months_add_up_to_the_same_run_time(scene):
    found = [
        utilisation_of(
            scene.lessor, by, buckets(by, doors.AFTER.date(), zone=ZONE, now=doors.AFTER), doors.AFTER
        )
        for by in By
    ]
    ran = [sum((one.total for one in machines), Use()).ran for machines in found]

    assert ran[0] == ran[1] > timedelta()


def test_a_machine_that_is_only_on_offer_is_idle_until_it_is_paused():
    owner = make.organization(kind="LESSOR")
    by, listing = make.member(owner), make.listing(owner)
    start = doors.AFTER - timedelta(hours=50)
    listing.published_at, listing.status = None, "DRAFT"
    listing.save()
    Equipment.objects.filter(owner=owner).update(created_at=start)
    listings.publish(listing=listing, by=by, at=start)
    listings.pause(listing=listing, by=by, at=start + timedelta(hours=30))
    spans = buckets(By.WEEK, doors.AFTER.date(), zone=ZONE, now=doors.AFTER)

    [found] = utilisation_of(owner, By.WEEK, spans, doors.AFTER)

    assert (hours(found.total.idle), found.total.leased, found.total.leased_share) == (30, timedelta(), 0)


def test_a_machine_was_not_on_offer_before_it_was_there():
    owner = make.organization(kind="LESSOR")
    by, listing = make.member(owner), make.listing(owner)
    start = doors.AFTER - timedelta(hours=50)
    listing.published_at, listing.status = None, "DRAFT"
    listing.save()
    listings.publish(listing=listing, by=by, at=start)
    Equipment.objects.filter(owner=owner).update(created_at=start + timedelta(hours=20))
    spans = buckets(By.WEEK, doors.AFTER.date(), zone=ZONE, now=doors.AFTER)

    [found] = utilisation_of(owner, By.WEEK, spans, doors.AFTER)

    assert hours(found.total.there) == 30


def test_a_machine_that_was_not_given_back_is_neither_idle_nor_leased():
    late = Late(leased.make(machines=1))
    owner, now = late.world.lessor, DUE + timedelta(hours=40)
    Equipment.objects.filter(owner=owner).update(created_at=leased.ASKED)
    Listing.objects.filter(owner=owner).update(published_at=leased.ASKED)
    spans = buckets(By.WEEK, now.date(), zone=ZONE, now=now)
    [before] = utilisation_of(owner, By.WEEK, spans, now)
    late.tick(now - timedelta(hours=1))

    [after] = utilisation_of(owner, By.WEEK, spans, now)

    assert after.total.leased == before.total.leased > timedelta()
    assert hours(before.total.idle - after.total.idle) == 40
    assert before.total.there - after.total.there == timedelta(hours=40)
    assert (hours(before.total.overdue), hours(after.total.overdue)) == (0, 40)


def test_a_lease_that_counts_no_run_time_does_not_make_the_others_run_less():
    world = leased.make(machines=2)
    rent = {
        "version": 1,
        "currency": "CNY",
        "components": [{"id": "base", "kind": "base_fee", "amount": "3000.00"}],
    }
    for machine in world.machines:
        asked = world.ask(expected_usage={})
        lease = offers.accept(lease=asked, by=world.owner, at=leased.DECIDED, equipment=machine)
        hand_over(lease, owner=world.owner, buyer=world.buyer, at=leased.HANDOVER)
        world.listing.price_plan, world.listing.count_rules = rent, []
        world.listing.save()
    spans = buckets(By.MONTH, leased.END.date(), zone=ZONE, now=leased.END)

    by_hour, by_month = utilisation_of(world.lessor, By.MONTH, spans, leased.END)

    assert by_hour.total.counted == by_hour.total.leased > timedelta()
    assert (by_hour.total.ran_share, by_month.total.ran_share) == (0, None)
    assert by_month.total.leased == by_hour.total.leased
    assert (by_hour.total + by_month.total).counted == by_hour.total.leased


def test_the_page_and_its_files_say_the_same_within_the_budget(scene, client):
    asked = {"by": "month", "last_day": str(doors.AFTER.date())}
    with CaptureQueriesContext(connection) as made:
        page = client.get("/utilisation/", asked)
    rows = client.get("/utilisation/", asked | {"format": "csv"}).content.decode("utf-8-sig").splitlines()
    machines = client.get("/utilisation/", asked | {"format": "xlsx", "table": "machines"})

    assert (page.status_code, len(made) <= 12, len(page.content) <= 100_000) == (200, True, True)
    assert len(rows) == 13
    leased = sum(Decimal(row.split(",")[3]) for row in rows[1:])
    assert abs(leased - page.context["total"]["leased"]) <= Decimal("1.2")  # each month is rounded to a tenth
    assert (machines.status_code, machines["Content-Disposition"]) == (
        200,
        'attachment; filename="utilisation-machines.xlsx"',
    )


def test_what_cannot_be_read_is_named(client):
    for query in ({"by": "year"}, {"last_day": "0001-01-01"}):
        assert client.get("/utilisation/", query).status_code == 400
        assert client.get("/utilisation/", query | {"format": "csv"}).status_code == 400
    for day in ("2000-01-01", "2999-12-31"):
        assert client.get("/utilisation/", {"last_day": day, "by": "month"}).status_code == 200


@pytest.mark.parametrize("role", list(Role))
def test_whoever_sees_the_list_of_machines_sees_how_they_were_used_and_what_speaks_for_them(scene, role):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(scene.lessor, role))
    scene.lessor.asks_second_factor = True
    scene.lessor.save()
    pages = ("/equipment/", "/utilisation/", "/devices/")

    shown = {page: client.get(page).content.decode() for page in pages}

    assert [page for page in pages if scene.unit.equipment.name not in shown[page]] == []


def test_who_left_sees_neither_the_list_of_machines_nor_how_they_were_used(scene):
    gone = make.member(scene.lessor, Role.OPERATOR)
    make.member(make.organization(kind="LESSOR")).memberships.update(user=gone)
    gone.memberships.filter(organization=scene.lessor).delete()
    client = Client(headers={"accept-language": "en"})
    client.force_login(gone)

    for page in ("/equipment/", "/utilisation/", "/devices/"):
        answer = client.get(page)
        assert (answer.status_code, scene.unit.equipment.name in answer.content.decode()) == (200, False)


def test_nobody_sees_the_machines_of_others(scene):
    stranger = Client(headers={"accept-language": "en"})
    stranger.force_login(make.member(make.organization(kind="LESSOR")))

    shown = stranger.get("/utilisation/").content.decode()

    assert scene.unit.equipment.name not in shown
    assert "No machines yet" in shown
