"""Expansion of leases: by one query for each kind, whatever the rows, and by the rights of the reader."""

import pytest

from marketplace.models import Equipment
from tests import once
from tests.seeing import SeeingClient

URL = "/api/v1/leases/?expand=listing,units.equipment"
pytestmark = pytest.mark.django_db


@once.fixture
def two(world):
    world.accepted()
    world.accepted(lessee=world.stranger, by=world.outsider)
    return world


def test_costs_the_same_for_one_row_and_for_several(two, django_assert_num_queries):
    client = SeeingClient()
    client.force_login(two.owner)
    client.get(URL)  # what is asked once a process

    with django_assert_num_queries(100, exact=False) as one:
        (row,) = client.get(f"{URL}&limit=1").json()["data"]
    with django_assert_num_queries(len(one)):
        rows = client.get(URL).json()["data"]

    assert row["listing"]["id"] == two.listing.public_id
    machines = {unit["equipment"]["serial_number"] for found in rows for unit in found["units"]}
    assert machines == {
        each.serial_number for each in Equipment.objects.filter(lease_units__lease__isnull=False)
    }
    assert len(machines) == 2


def test_shows_a_lessee_the_listing_and_of_machines_their_ids(two):
    client = SeeingClient()
    client.force_login(two.buyer)

    (row,) = client.get(URL).json()["data"]

    assert row["listing"]["title"] == two.listing.title
    assert row["units"][0]["equipment"].startswith("eq")
