import json
import random

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from devices import queries
from devices.actions import devices
from devices.models import Block, Epoch, Quarantined
from devices.rules.readings import moment
from marketplace.actions.parties import robot
from tests.devices import recordings
from tests.devices.machines import lathe, recorded

pytestmark = pytest.mark.django_db
DOOR = "/api/v1/telemetry/cloudevents/"
BATCH = "application/cloudevents-batch+json"


def event(sequence, data, *, subject="parts", source="urn:vmc-3:boot-17", **more):
    return {
        "specversion": "1.0",
        "id": f"{source}-{sequence}",
        "source": source,
        "type": "com.example.reading",
        "subject": subject,
        "time": "2026-03-02T09:15:03.402Z",
        "sequence": sequence,
        "data": data,
    } | more


@pytest.fixture
def device():
    return lathe()


@pytest.fixture
def door(device):
    _, text = devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def post(door, body, kind=BATCH):
    return door.post(DOOR, body if isinstance(body, str) else json.dumps(body), content_type=kind)


class TestCloudEvents:
    def test_are_stored_by_source_and_sequence_and_what_is_wrong_is_named(self, door, device):
        batch = [
            event("0001", 7),
            event(1, "ACTIVE", subject="execution", source="urn:other"),
            event(4, 8),
            {key: value for key, value in event(5, 9).items() if key != "sequence"},
            event(6, 1, subject="nothing"),
            event(7, 1, time="2026-03-02T09:15:03"),
            event(8, 1, source=""),
            "nonsense",
        ]

        answer = post(door, batch).json()

        assert (answer["accepted"], answer["duplicates"], answer["conflicts"]) == (3, 0, [])
        assert [(one["index"], one["code"]) for one in answer["rejected"]] == [
            (3, "sequence_missing"),
            (4, "unknown_channel"),
            (5, "time_without_zone"),
            (6, "source_missing"),
            (7, "event_invalid"),
        ]
        assert answer["rejected"][1]["id"] == "urn:vmc-3:boot-17-6"
        assert [(one["source"], one["ack"], one["gaps"]) for one in answer["sources"]] == [
            ("urn:vmc-3:boot-17", 7, [{"from": 2, "to": 3}, {"from": 5, "to": 5}]),
            ("urn:other", 1, []),
        ]
        assert sorted(device.epochs.values_list("label", flat=True)) == ["urn:other", "urn:vmc-3:boot-17"]
        assert [one.value for one in queries.readings(device, channels=["parts"])] == [7, 8]
        assert Quarantined.objects.filter(device=device).count() == 5

    def test_are_duplicates_when_sent_again_and_conflicts_with_other_content(self, door, device):
        post(door, [event(1, 7), event(2, 8)])

        answer = post(door, [event("1", "7.0"), event(2, 9)]).json()

        assert (answer["accepted"], answer["duplicates"]) == (0, 1)
        assert [(one["index"], one["code"]) for one in answer["conflicts"]] == [(1, "conflict")]
        assert [one.value for one in queries.readings(device, channels=["parts"])] == [7, 8]

    def test_of_a_recording_are_stored_once_in_overlapping_batches_in_any_order(self):
        name, dice = "nist-sms/Hurco01", random.Random(4)
        said, machine = recordings.observations(name)[:1500], recorded(name)
        _, text = devices.issue_key(device=machine, by=robot(name="tester"), at=timezone.now())
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        events = [
            event(place, one.text, subject=one.key, time=moment(one.at).isoformat())
            for place, one in enumerate(said)
        ]
        starts = list(range(0, 1500, 100))
        dice.shuffle(starts)
        total = 0
        for start in starts:
            batch = events[start : start + 150]
            dice.shuffle(batch)
            answer = post(client, batch).json()
            assert (answer["rejected"], answer["conflicts"]) == ([], [])
            total += answer["accepted"]

        stored = [(one.sequence, one.at, one.channel) for one in queries.readings(machine, channels=None)]
        assert stored == [(place, one.at, one.key) for place, one in enumerate(said)]
        assert total == len(said)

    def test_may_come_one_by_one(self, door):
        answer = post(door, event(1, 7), "application/cloudevents+json; charset=utf-8").json()

        assert (answer["accepted"], answer["sources"][0]["ack"]) == (1, 1)

    @pytest.mark.parametrize("body", ["", "{", "{}", "[]", "[" * 100_000])
    def test_that_are_no_batch_are_refused_whole(self, door, device, body):
        response = post(door, body)

        assert (response.status_code, response.json()["code"]) == (400, "not_a_delivery")
        assert response.json()["errors"][0]["detail"]
        assert not Epoch.objects.filter(device=device).exists()
        assert not Block.objects.filter(device_id=device.pk).exists()

    def test_are_refused_over_the_limit_in_another_form_or_without_a_key(self, door):
        assert post(door, "x" * (2 * 1024 * 1024 + 1)).status_code == 413
        assert post(door, [event(1, 7)], "application/json").status_code == 415
        assert post(APIClient(), [event(1, 7)]).status_code == 401
