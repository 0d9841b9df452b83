import json
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as NoRedis
from rest_framework.test import APIClient

from devices.actions import claims, devices
from devices.models import DeviceKey
from marketplace.actions.parties import robot
from marketplace.models import IdempotencyRecord
from marketplace.models.apikeys import Scope
from tests.devices.machines import lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
TYPE = "application/json"
CLAIM, ROTATE = "/api/v1/devices/claim/", "/api/v1/devices/self/rotate-key/"


@pytest.fixture(autouse=True)
def no_tries_yet():
    cache.clear()


@pytest.fixture
def device():
    return lathe()


@pytest.fixture
def code(device):
    return claims.offer(device=device, by=robot(name="tester"), at=timezone.now())[1]


def signed_in(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


class TestClaim:
    def test_gives_the_key_to_whoever_has_the_code_and_no_key(self, device, code):
        answer = APIClient().post(CLAIM, {"code": code}, format="json")

        assert (answer.status_code, answer.json()["device"]) == (201, device.public_id)
        assert answer["Cache-Control"] == "no-store"
        body = {
            "epoch": "e",
            "readings": [{"sequence": 1, "at": "2026-03-02T09:00:00Z", "channel": "parts", "value": 1}],
        }
        door = signed_in(answer.json()["key"])
        assert door.post("/api/v1/telemetry", body, format="json").json()["accepted"] == 1

    def test_answers_whatever_is_wrong_alike(self, device, code):
        expired = claims.offer(
            device=lathe(), by=robot(name="tester"), at=timezone.now() - timedelta(days=2)
        )[1]
        APIClient().post(CLAIM, {"code": code}, format="json")

        answers = [
            APIClient().post(CLAIM, {"code": wrong}, format="json")
            for wrong in (code, expired, "22222-2223B", "hello")
        ]

        told = [{**answer.json(), "request_id": ""} for answer in answers]
        assert [answer.status_code for answer in answers] == [400] * 4
        assert told == [told[0]] * 4
        assert told[0]["code"] == "claim_refused"

    def test_is_limited_per_address(self, code):
        tries = [APIClient().post(CLAIM, {"code": "x"}, format="json").status_code for _ in range(20)]

        answer = APIClient().post(CLAIM, {"code": code}, format="json", HTTP_X_FORWARDED_FOR="10.9.8.7")
        other = APIClient().post(CLAIM, {"code": code}, format="json", REMOTE_ADDR="10.0.0.2")

        assert tries == [400] * 20
        assert (answer.status_code, answer["Retry-After"]) == (429, "61")
        assert other.status_code == 201

    def test_goes_on_where_redis_is_down(self, code, monkeypatch):
        def down(*args, **kwargs):
            raise NoRedis

        monkeypatch.setattr(cache, "add", down)

        assert APIClient().post(CLAIM, {"code": code}, format="json").status_code == 201

    def test_keeps_no_copy_of_the_key_for_a_repeated_request(self, code):
        client = APIClient()
        answer = client.post(CLAIM, {"code": code}, format="json", HTTP_IDEMPOTENCY_KEY="once")

        assert answer.status_code == 201
        assert not IdempotencyRecord.objects.exists()

    def test_refuses_a_body_without_code(self):
        assert APIClient().post(CLAIM, {}, format="json").status_code == 400
        assert APIClient().post(CLAIM, {"code": ["x"]}, format="json").status_code == 400


class TestOffer:
    def test_of_the_owner_says_where_to_send_it(self, device, keyed):
        client = keyed(make.member(device.owner), device.owner)

        answer = client.post(f"/api/v1/devices/{device.public_id}/claim-codes/").json()

        assert answer["claim_url"] == f"http://testserver{CLAIM}#{answer['code']}"
        assert APIClient().post(CLAIM, {"code": answer["code"]}, format="json").status_code == 201

    def test_is_not_for_others(self, device, keyed):
        stranger = make.organization()
        url = f"/api/v1/devices/{device.public_id}/claim-codes/"

        assert keyed(make.member(stranger), stranger).post(url).status_code == 404
        reader = keyed(make.member(device.owner), device.owner, Scope.DEVICES_READ)
        assert reader.post(url).status_code == 403


class TestRotate:
    @pytest.fixture
    def key(self, device):
        return devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())

    def test_a_device_gets_its_next_key_by_its_present_one(self, key):
        answer = signed_in(key[1]).post(ROTATE)

        assert answer.status_code == 201
        assert answer["Cache-Control"] == "no-store"
        assert answer.json()["old_id"] == key[0].public_id
        assert signed_in(answer.json()["key"]).post(ROTATE).status_code == 201

    def test_nobody_else_does(self, key, device, keyed):
        assert APIClient().post(ROTATE).status_code == 401
        assert keyed(make.member(device.owner), device.owner).post(ROTATE).status_code == 401
        assert DeviceKey.objects.count() == 1

    def test_the_owner_does_it_over_rest(self, key, device, keyed):
        url = reverse("api-device-rotate-key", args=[device.public_id, key[0].public_id])
        client = keyed(make.member(device.owner), device.owner)

        answer = client.post(url)

        rows = client.get(f"/api/v1/devices/{device.public_id}/keys/").json()["data"]
        ends = {row["id"]: row["ends_at"] and datetime.fromisoformat(row["ends_at"]) for row in rows}
        told = answer.json()
        assert ends == {told["id"]: None, told["old_id"]: datetime.fromisoformat(told["old_ends_at"])}

    @pytest.mark.parametrize("ending", ["passed", "not yet"])
    def test_a_key_past_its_end_stores_nothing_on_the_quick_path_either(self, ending, key, device):
        hour = timedelta(hours=1 if ending == "not yet" else -1)
        door = signed_in(key[1])
        reading = {"sequence": 1, "at": "2026-03-02T09:00:00Z", "channel": "parts", "value": 1}
        door.post("/api/v1/telemetry", json.dumps({"epoch": "e", "readings": [reading]}), content_type=TYPE)
        DeviceKey.objects.update(ends_at=timezone.now() + hour)

        more = json.dumps({"epoch": "e", "readings": [{**reading, "sequence": 2}]})
        answer = door.post("/api/v1/telemetry", more, content_type=TYPE)

        assert answer.status_code == (200 if ending == "not yet" else 401)
