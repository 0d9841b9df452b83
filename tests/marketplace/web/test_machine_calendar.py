"""The calendar of all machines: strips, the same in words, filters, files."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from marketplace.actions import calendar
from marketplace.models import Claim, Equipment
from marketplace.shared.period import Period, local_midnight
from marketplace.web.machine_calendar import PAGE
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
ADDRESS = "/equipment/calendar/"
ZONE = timezone.get_default_timezone()


@pytest.fixture
def owner():
    return make.organization(kind="LEAD_ENTERPRISE")


@pytest.fixture
def client(owner):
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.member(owner))
    return client


def take(machine, first, days, reason="MAINTENANCE", note=""):
    start = local_midnight(first, ZONE)
    end = local_midnight(first + timedelta(days=days), ZONE)
    core = Period(start, end)
    by = make.member(machine.owner)
    return calendar.block(equipment=machine, reason=reason, core=core, by=by, at=timezone.now(), note=note)


def test_what_takes_a_machine_stands_in_its_strip_and_in_words_with_a_way_to_it(owner, client):
    machine = make.equipment(owner)
    entry = take(machine, timezone.localdate() + timedelta(days=3), 5, note="spindle")

    shown = client.get(ADDRESS).content.decode()

    address = reverse("calendar-entry", args=[entry.public_id])
    assert shown.count(f'href="{address}"') == 2  # the shape, and the words beside it
    assert "spindle" in shown
    assert "51 days free" in shown


def test_a_lease_leads_to_the_lease(owner, client):
    machine = make.equipment(owner)
    taken = take(machine, timezone.localdate() + timedelta(days=3), 5)
    Claim.objects.filter(pk=taken.pk).update(reason="LEASE", reference="lea_1")

    assert client.get(ADDRESS).content.decode().count('href="/leases/lea_1/"') == 2


def test_the_weeks_can_be_turned_and_bad_days_are_named(owner, client):
    machine = make.equipment(owner)
    take(machine, timezone.localdate() + timedelta(days=60), 2)

    now, later = (
        client.get(ADDRESS),
        client.get(ADDRESS, {"first_day": str(timezone.localdate() + timedelta(56))}),
    )
    bad = client.get(ADDRESS, {"first_day": "0001-01-01"})

    assert ("56 days free" in now.content.decode(), "54 days free" in later.content.decode()) == (True, True)
    assert (bad.status_code, "between the years 2000 and 2999" in bad.content.decode()) == (400, True)
    for edge in ("2000-01-01", "2999-12-31"):
        assert client.get(ADDRESS, {"first_day": edge}).status_code == 200


def test_machines_are_found_by_site_kind_and_serial_number(owner, client):
    here, there = make.site(owner, name="Hall A"), make.site(owner, name="Hall B")
    one, other = make.equipment(owner, here, name="Mill"), make.equipment(owner, there, name="Lathe")
    strange = make.site(make.organization(), name="Elsewhere")

    by_site = client.get(ADDRESS, {"site": here.public_id}).content.decode()
    by_serial = client.get(ADDRESS, {"q": other.serial_number}).content.decode()

    assert ("Mill" in by_site, "Lathe" in by_site) == (True, False)
    assert ("Mill" in by_serial, "Lathe" in by_serial) == (one.serial_number == other.serial_number, True)
    assert client.get(ADDRESS, {"site": strange.public_id}).status_code == 400
    assert "Elsewhere" not in by_site


def test_nobody_sees_the_machines_of_others(owner, client):
    take(make.equipment(make.organization(), name="Secret press"), timezone.localdate(), 5)

    assert "Secret press" not in client.get(ADDRESS).content.decode()
    assert "Secret press" not in client.get(ADDRESS, {"format": "csv"}).content.decode()


def test_the_file_has_every_entry_of_the_weeks_shown(owner, client):
    machine = make.equipment(owner, name="Mill")
    first = timezone.localdate() + timedelta(days=3)
    take(machine, first, 5, note="spindle")
    take(machine, first + timedelta(days=100), 5, note="next year")

    rows = client.get(ADDRESS, {"format": "csv"}).content.decode("utf-8-sig").splitlines()

    assert len(rows) == 2
    assert rows[1].startswith("Mill,")
    assert f"{first},{first + timedelta(days=4)}" in rows[1]
    refused = client.get(ADDRESS, {"format": "csv", "first_day": "soon"})
    assert (refused.status_code, "first_day" in refused.content.decode()) == (400, True)


def test_two_hundred_machines_stand_on_pages_within_the_budget(owner, client):
    place = make.site(owner)
    first = make.equipment(owner, place)
    Equipment.objects.bulk_create(
        Equipment(
            owner=owner,
            category=first.category,
            site=place,
            name=f"五轴联动立式加工中心 DMU 50 第 {n} 号",
            maker_name=first.maker_name,
            model_name=first.model_name,
            serial_number=f"SN-{n}",
            created_at=timezone.now(),
        )
        for n in range(199)
    )
    start = local_midnight(timezone.localdate(), ZONE)
    Claim.objects.bulk_create(
        Claim(
            equipment=machine,
            reason="OWN_USE",
            core=(start + timedelta(days=9 * n + 1), start + timedelta(days=9 * n + 5)),
            period=(start + timedelta(days=9 * n), start + timedelta(days=9 * n + 6)),
            created_at=timezone.now(),
        )
        for machine in Equipment.objects.filter(owner=owner)
        for n in range(6)
    )

    with CaptureQueriesContext(connection) as made:
        answer = client.get(ADDRESS, {"page": "3"})

    assert answer.content.decode().count("machine-line") == PAGE
    assert len(made) <= 12
    assert len(answer.content) <= 100_000


def test_the_form_begins_on_the_day_that_somebody_came_from(owner, client):
    machine = make.equipment(owner)
    address = reverse("equipment-block", args=[machine.public_id])

    assert 'value="2026-12-24"' in client.get(address, {"first_day": "2026-12-24"}).content.decode()
    assert str(timezone.localdate()) in client.get(address, {"first_day": "soon"}).content.decode()


def test_an_owner_without_machines_reads_what_comes_next(client):
    shown = client.get(ADDRESS).content.decode()

    assert reverse("imports") in shown
    assert "No machines yet" in shown
