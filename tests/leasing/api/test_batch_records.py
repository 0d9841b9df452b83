"""Records of a leased machine over REST."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from leasing.models import LeaseUnit
from marketplace.actions import api_keys, equipment_records
from marketplace.models import Equipment, EquipmentRecord
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from marketplace.rules.equipment_records import Kind, Result, Written
from tests import once
from tests.leasing.world import DECIDED, HANDOVER, person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def client(user):
    made = APIClient()
    made.force_login(user)
    return made


@once.fixture
def url(world):
    lease = world.active()
    return f"/api/v1/leases/{lease.public_id}/equipment-records/"


def batch(**changes):
    given = {"kind": "BATCH", "result": "OPEN", "done_at": HANDOVER + HOUR, "done_by": "Chen"}
    return given | {"batch": "B-1", "product": "mAb-3"} | changes


def test_a_lessee_writes_and_both_sides_read(world, url):
    made = client(world.buyer).post(url, batch(), format="json")
    closed = batch(result="PASSED", released_by="QA", replaces=made.json()["id"])
    assert client(world.buyer).post(url, closed, format="json").status_code == 201

    for who in (world.buyer, world.owner):
        assert [one["in_force"] for one in client(who).get(url).json()["data"]] == [True, False]
    assert client(world.outsider).get(url).status_code == 404


def test_a_lessee_sees_no_batches_of_others(world, url):
    machine = Equipment.objects.get(lease_units__lease__lessee=world.lessee)
    given = Written(Kind.BATCH, Result.OPEN, HANDOVER, "X", batch="S-9", product="secret")
    equipment_records.keep(
        equipment=machine, given=given, within=world.stranger, by=world.outsider, at=HANDOVER
    )

    assert client(world.buyer).get(url).json()["data"] == []
    assert [one["batch"] for one in client(world.owner).get(url).json()["data"]] == ["S-9"]


@pytest.fixture
def cleanings(world, url):
    """Three clean the machine, each with a note: its owner, the lessee of today, and another one before."""
    machine = Equipment.objects.get(lease_units__lease__lessee=world.lessee)
    for within, by, who in (
        (world.lessor, world.owner, "owner"),
        (world.lessee, world.buyer, "lessee"),
        (world.stranger, world.outsider, "other"),
    ):
        given = Written(
            Kind.CLEANING,
            Result.PASSED,
            HANDOVER,
            f"by {who}",
            reference=f"paper of {who}",
            note=f"note of {who}",
        )
        equipment_records.keep(equipment=machine, given=given, within=within, by=by, at=HANDOVER)
    return machine


def test_a_lessee_sees_of_other_lessees_what_and_when_alone(world, url, cleanings):
    answer = client(world.buyer).get(url).json()["data"]

    brief = next(one for one in answer if not one["done_by"])
    said = {name: value for name, value in brief.items() if value}
    assert set(said) == {"id", "kind", "result", "done_at", "in_force"}
    assert {one["note"] for one in answer} == {"note of owner", "note of lessee", ""}
    page = client(world.buyer).get(url.removeprefix("/api/v1")).content.decode()
    assert [page.count(f"{what} {who}") for who in ("owner", "lessee") for what in ("by", "note of")] == [
        1
    ] * 4
    for secret in ("by other", "paper of other", "note of other", world.stranger.name, world.outsider.name):
        assert secret not in page
    assert "note of other" in str(client(world.owner).get(url).json())


@pytest.mark.parametrize("use", [{"active_from": None}, {"active_to": HANDOVER + HOUR}])
def test_outside_its_use_a_lessee_sees_its_own_alone(world, url, cleanings, use):
    LeaseUnit.objects.filter(equipment=cleanings).update(**use)

    assert [one["note"] for one in client(world.buyer).get(url).json()["data"]] == ["note of lessee"]
    page = client(world.buyer).get(url.removeprefix("/api/v1")).content.decode()
    assert ("note of lessee" in page, "note of owner" in page, "note of other" in page) == (
        True,
        False,
        False,
    )


def test_others_write_nothing(world, url):
    for who, status in ((world.owner, 403), (world.guest, 403), (world.outsider, 404)):
        assert client(who).post(url, batch(), format="json").status_code == status
    _key, text = api_keys.create(
        organization=world.lessor,
        name="ERP",
        scopes=[Scope.LEASES_READ, Scope.LEASES_WRITE],
        by=person("chief", world.lessor, Role.ADMIN),
        at=DECIDED,
    )
    robot = APIClient(headers={"authorization": f"Bearer {text}"})
    assert robot.post(url, batch(), format="json").status_code == 403
    wrong = client(world.buyer).post(url, batch(unit="lun_none"), format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "no_such_unit")
    assert not EquipmentRecord.objects.exists()
