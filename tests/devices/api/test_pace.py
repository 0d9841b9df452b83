"""How fast a device may deliver, at the door."""

import gzip
import json
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from devices.actions import deliveries, devices
from devices.models import Block, Head
from marketplace.actions.parties import robot
from tests.devices.machines import NOON, lathe, take

pytestmark = pytest.mark.django_db
AT = "2026-03-02T09:14:58.120Z"


@pytest.fixture(autouse=True)
def slow(settings):
    settings.TELEMETRY_READINGS_PER_SECOND, settings.TELEMETRY_BURST = 1, 10


@pytest.fixture
def device():
    return lathe()


@pytest.fixture
def text(device):
    return devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())[1]


@pytest.fixture
def door(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def body(first, count, channel="parts"):
    readings = [
        {"sequence": n, "at": AT, "channel": channel, "value": n} for n in range(first, first + count)
    ]
    return json.dumps({"epoch": "e", "readings": readings})


def post(door, content, **headers):
    return door.post("/api/v1/telemetry", content, content_type="application/json", **headers)


def left(answer):
    return int(answer["RateLimit"].split("r=")[1].split(";")[0])


class TestTheLimit:
    def test_stands_on_every_answer(self, door):
        first, quick, again = post(door, body(1, 2)), post(door, body(3, 3)), post(door, body(3, 3))
        bad, nobody, wrong = post(door, "{"), post(APIClient(), body(1, 1)), door.get("/api/v1/telemetry")

        answers = (first, quick, again, bad, nobody, wrong)
        assert [answer.status_code for answer in answers] == [200, 200, 200, 400, 401, 405]
        assert {answer["RateLimit-Policy"] for answer in answers} == {'"readings";q=10;w=10;qu="readings"'}
        assert [left(answer) for answer in answers[:4]] == [8, 5, 2, 2]

    def test_refuses_too_many_at_once_and_stores_nothing(self, door, device):
        post(door, body(1, 6))

        quick, looked = post(door, body(7, 6)), post(door, body(7, 6, "nothing"))

        for answer in (quick, looked):
            assert (answer.status_code, answer.json()["code"]) == (429, "too_many_readings")
            assert 1 <= int(answer["Retry-After"]) <= 2
            assert left(answer) in (4, 5)
        assert Block.objects.filter(device_id=device.pk).count() == 1
        assert not device.quarantined.exists() and not device.gaps.exists()
        assert post(door, body(7, 3)).status_code == 200

    def test_counts_refused_readings_and_gzip_too(self, door):
        post(door, body(1, 6, "nothing"))

        packed = gzip.compress(body(7, 6).encode())

        assert post(door, packed, HTTP_CONTENT_ENCODING="gzip").status_code == 429

    def test_fills_again_with_time(self, door, device):
        post(door, body(1, 10))
        Head.objects.filter(device=device).update(paid_until=timezone.now())

        assert post(door, body(11, 10)).status_code == 200

    def test_is_the_devices_whichever_key_it_uses(self, door, device):
        post(door, body(1, 10))
        second = devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())[1]
        other = APIClient()
        other.credentials(HTTP_AUTHORIZATION=f"Bearer {second}")

        assert post(other, body(11, 5)).status_code == 429

    def test_costs_no_further_statement(self, door):
        post(door, body(1, 1))
        post(door, body(2, 1))

        with CaptureQueriesContext(connection) as caught, patch.object(deliveries, "_look") as looked:
            answer = post(door, body(3, 1))

        assert answer.json()["accepted"] == 1
        assert [one["sql"].partition("(")[0] for one in caught] == [
            "SELECT outcome, arrival, paid FROM devices_take"
        ]
        assert not looked.called

    def test_counts_a_batch_of_events_as_one_before_any_of_its_sources_is_stored(self, door, device):
        events = [
            {
                "specversion": "1.0",
                "id": str(n),
                "source": f"boot-{n % 2}",
                "type": "reading",
                "subject": "parts",
                "time": AT,
                "sequence": str(n),
                "data": n,
            }
            for n in range(12)
        ]

        answers = [
            door.post(
                "/api/v1/telemetry/cloudevents/",
                json.dumps(events[:count]),
                content_type="application/cloudevents-batch+json",
            )
            for count in (12, 4)
        ]

        assert [answer.status_code for answer in answers] == [429, 200]
        assert [left(answer) for answer in answers] == [10, 6]
        assert Block.objects.filter(device_id=device.pk).count() == 2

    def test_does_not_hold_up_files_that_are_replayed_here(self, device):
        receipt = take(device, [(n, AT, "parts", n) for n in range(1, 50)], at=NOON)

        assert receipt.accepted == 49
