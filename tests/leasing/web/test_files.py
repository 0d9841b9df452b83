"""The lists of leasing as files: exactly what the filter shows, and nothing that a spreadsheet would run."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from leasing.actions import orders
from leasing.models import Lease
from marketplace.models import Equipment, SavedFilter
from tests import once
from tests.billing import world
from tests.factories import marketplace as factory

pytestmark = pytest.mark.django_db
LISTS = ("leases", "orders", "subleases", "tickets", "jobs", "equipment", "data-assets")


scene = once.fixture(lambda: world.build("okuma"))


def client(person, language="en"):
    found = Client(headers={"accept-language": language})
    found.force_login(person)
    return found


def rows(answer):
    assert answer.status_code == 200, answer.content
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_both_forms_and_refuses_others(scene, name):
    looking, url = client(scene.owner), reverse(name)

    assert len(rows(looking.get(url, {"format": "csv"}))[0]) > 4
    assert looking.get(url, {"format": "xlsx"}).content[:2] == b"PK"
    assert looking.get(url, {"format": "ods"}).status_code == 400


def test_leases_are_those_of_the_heap_and_the_side(scene):
    looking, url = client(scene.buyer), reverse("leases")

    head, lease = rows(looking.get(url, {"format": "csv", "tab": "running"}))

    assert head == ["Number", "Machine", "Partner", "Our side", "First day", "Last day", "State", "Next step"]
    assert (lease[0], lease[2], lease[4:6]) == (
        scene.lease.number,
        scene.lessor.name,
        ["2026-10-15", "2026-10-31"],
    )
    assert len(rows(looking.get(url, {"format": "csv", "tab": "past"}))) == 1
    assert len(rows(looking.get(url, {"format": "csv", "tab": "running", "role": "lessor"}))) == 1
    assert looking.get(url, {"format": "csv", "role": "nobody"}).status_code == 400
    page = looking.get(url, {"tab": "running", "role": "lessee"}).content.decode()
    assert "?tab=running&amp;role=lessee&amp;format=csv" in page


@pytest.mark.parametrize("name", LISTS)
def test_strangers_find_nothing_of_others(scene, name):
    stranger = client(factory.member(factory.organization("Stranger")))

    for asked in ({}, {"tab": "running"}, {"state": "OPEN"}, {"lease": scene.lease.public_id}):
        assert len(rows(stranger.get(reverse(name), asked | {"format": "csv"}))) == 1


def test_machines_of_the_organization_and_no_formula(scene):
    Equipment.objects.filter(pk=scene.unit.equipment_id).update(name="=1+1")

    head, machine = rows(client(scene.owner).get(reverse("equipment"), {"format": "csv"}))

    assert head[:2] == ["Machine", "Maker"]
    assert machine[0] == "'=1+1"
    assert machine[3].lstrip("'") == scene.unit.equipment.serial_number


def test_orders_are_those_of_the_page_the_open_ones_if_nothing_is_asked(scene):
    looking, url = client(scene.buyer), reverse("orders")
    node = {"reference": "A-1", "part": "Housing", "category": "M1-MC", "quantity": "100"}
    node |= {"cycle_seconds": "36", "setup_seconds": "0", "due_before": "2026-12-01", "state": "OPEN"}
    for reference, state in (("A-1", "OPEN"), ("A-2", "DONE")):
        given = node | {"reference": reference, "state": state}
        orders.put(organization=scene.lessee, node=given, by=scene.buyer, at=world.LATER)

    def shown(**asked):
        return [row[0] for row in rows(looking.get(url, asked | {"format": "csv"}))[1:]]

    assert shown() == ["A-1"]
    assert shown(state="DONE") == ["A-2"]
    assert shown(category="") == ["A-1", "A-2"]
    assert rows(looking.get(url, {"format": "csv"}))[1][3] == "100"


@pytest.mark.parametrize(("page", "query"), [("leases", "tab=past&role=lessee"), ("orders", "state=DONE")])
def test_a_filter_is_kept_for_its_reader_and_found_again(scene, page, query):
    looking = client(scene.buyer)

    saved = looking.post(reverse("saved-filter-save"), {"page": page, "name": "Mine", "query": query})

    assert saved.url == f"{reverse(page)}?{query}"
    assert SavedFilter.objects.get().query == query
    shown = looking.get(f"{reverse(page)}?{query}&page=1").content.decode()
    assert f'href="?{query.replace("&", "&amp;")}" aria-current="true"' in shown
    assert "Mine" not in client(scene.owner).get(reverse(page)).content.decode()
    assert Lease.objects.filter(pk=scene.lease.pk).exists()
