"""The calendar of machines over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace.models import Claim
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
URL = "/api/v1/claims/"
DAY = timedelta(days=1)


@pytest.fixture
def owner():
    return make.organization(kind="LEAD_ENTERPRISE")


@pytest.fixture
def client(owner):
    client = APIClient()
    client.force_login(make.member(owner))
    return client


@pytest.fixture
def body(owner):
    start = timezone.now().replace(microsecond=0) + DAY
    return {
        "equipment": make.equipment(owner).public_id,
        "reason": "CALIBRATION",
        "starts_at": start.isoformat(),
        "ends_at": (start + 2 * DAY).isoformat(),
        "note": "Yearly",
    }


def test_blocks_moves_and_gives_back(client, body):
    made = client.post(URL, body, format="json")
    assert made.status_code == 201, made.json()
    found = made.json()
    assert (found["reason"], found["note"], found["active"]) == ("CALIBRATION", "Yearly", True)
    assert found["occupied_from"] == found["starts_at"]

    later = {"starts_at": body["ends_at"], "ends_at": None}
    moved = client.post(f"{URL}{found['id']}/move/", later, format="json").json()
    assert (moved["starts_at"], moved["ends_at"]) == (found["ends_at"], None)

    gone = client.post(f"{URL}{found['id']}/release/", {}, format="json").json()
    assert (gone["active"], Claim.objects.active().count()) == (False, 0)
    assert client.get(f"{URL}{found['id']}/").json()["released_at"] is not None
    again = client.post(f"{URL}{found['id']}/move/", later, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "claim_released")


def test_refuses_an_overlap_with_the_time_that_is_taken(client, body):
    client.post(URL, body, format="json")

    answer = client.post(URL, body | {"reason": "OWN_USE"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "machine_busy")
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"reason": "LEASE"}, "/reason"),
        ({"equipment": "eqp_unknown"}, "/equipment"),
        ({"starts_at": "tomorrow"}, "/starts_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "/ends_at"),
        ({"note": "x" * 201}, "/note"),
        ({"starts_at": None}, "/starts_at"),
    ],
)
def test_says_at_the_field_what_is_wrong(client, body, change, pointer):
    answer = client.post(URL, body | change, format="json")

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert not Claim.objects.exists()


def test_shows_and_changes_only_the_own_calendar(client, body):
    claim = client.post(URL, body, format="json").json()["id"]
    stranger = APIClient()
    stranger.force_login(make.member(make.organization(kind="LEAD_ENTERPRISE")))

    assert stranger.get(URL).json()["data"] == []
    for verb in ("move", "release"):
        assert stranger.post(f"{URL}{claim}/{verb}/", body, format="json").status_code == 404
    assert stranger.post(URL, body, format="json").status_code == 400


def test_lists_by_machine_reason_days_and_state(client, body):
    client.post(URL, body, format="json")
    day = body["starts_at"][:10]
    far = (timezone.now() + 30 * DAY).date().isoformat()

    for query, count in [
        ({"equipment": body["equipment"]}, 1),
        ({"equipment": "eqp_other"}, 0),
        ({"reason": "CALIBRATION"}, 1),
        ({"reason": "TRANSPORT"}, 0),
        ({"first_day": far}, 0),
        ({"last_day": far, "first_day": day}, 1),
        ({"active": "false"}, 0),
    ]:
        assert len(client.get(URL, query).json()["data"]) == count, query
