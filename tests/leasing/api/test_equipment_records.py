"""Records of a machine over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace.actions import api_keys
from marketplace.models import EquipmentRecord
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def machine(owner):
    return make.equipment(owner)


@pytest.fixture
def url(machine):
    return f"/api/v1/equipment/{machine.public_id}/records/"


def client(person):
    made = APIClient()
    made.force_login(person)
    return made


def calibrated(**changes):
    now = timezone.now()
    given = {"kind": "CALIBRATION", "result": "PASSED", "done_at": now - timedelta(days=1), "done_by": "Li"}
    return given | {"reference": "JJG-77", "valid_until": now + timedelta(days=300)} | changes


def test_an_owner_appends_and_corrects(owner, url):
    mine = client(make.member(owner, Role.OPERATOR))

    first = mine.post(url, calibrated(), format="json")
    second = mine.post(url, calibrated(reference="JJG-78", replaces=first.json()["id"]), format="json")

    assert (first.status_code, second.status_code) == (201, 201)
    listed = mine.get(url).json()["data"]
    assert [(one["reference"], one["in_force"], one["replaces"]) for one in listed] == [
        ("JJG-78", True, first.json()["id"]),
        ("JJG-77", False, None),
    ]
    again = mine.post(url, calibrated(replaces=first.json()["id"]), format="json")
    assert (again.status_code, again.json()["code"]) == (409, "already_replaced")


def test_a_fault_is_named_at_its_field(owner, url):
    mine = client(make.member(owner))
    wrong = calibrated(reference="", done_at=timezone.now() + timedelta(days=2), valid_until=None)

    answer = mine.post(url, wrong, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "equipment_record_invalid")
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/done_at", "/reference", "/valid_until"}
    assert mine.post(url, calibrated(kind="PAINTING"), format="json").status_code == 400
    assert not EquipmentRecord.objects.exists()


def test_strangers_and_readers_write_nothing(owner, url):
    assert client(make.member(make.organization())).get(url).status_code == 404
    assert client(make.member(make.organization())).post(url, calibrated(), format="json").status_code == 404
    assert client(make.member(owner, Role.VIEWER)).post(url, calibrated(), format="json").status_code == 403
    assert not EquipmentRecord.objects.exists()


def test_a_key_needs_its_scope(owner, url):
    admin = make.member(owner)
    answers = []
    for scope in (Scope.EQUIPMENT_READ, Scope.EQUIPMENT_WRITE):
        _key, text = api_keys.create(
            organization=owner, name=scope, scopes=[scope], by=admin, at=timezone.now()
        )
        robot = APIClient(headers={"authorization": f"Bearer {text}"})
        answers.append((robot.get(url).status_code, robot.post(url, calibrated(), format="json").status_code))

    assert answers == [(200, 403), (403, 201)]
