import gzip
import json

import pytest
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from devices import queries
from devices.actions import devices
from devices.models import Block, Quarantined
from marketplace.actions.parties import robot
from tests import once
from tests.devices.machines import lathe

pytestmark = pytest.mark.django_db
AT = "2026-03-02T09:14:58.120Z"
DOOR = "/api/v1/telemetry"


@once.fixture
def device():
    return lathe()


@pytest.fixture
def door(device):
    key, text = devices.issue_key(device=device, by=robot(name="tester"), at=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    client.key = key
    return client


def post(door, body):
    return door.post(DOOR, body, content_type="application/json")


def packed(door, body, coding="gzip"):
    return door.post(DOOR, body, content_type="application/json", HTTP_CONTENT_ENCODING=coding)


class TestTelemetry:
    def test_takes_what_is_good_and_names_what_is_not(self, door, device):
        body = f"""{{"epoch": "e1", "readings": [
            {{"sequence": 1, "at": "{AT}", "channel": "load", "value": 0.10000000000000001}},
            {{"sequence": 2, "at": "{AT}", "channel": "load", "value": 0.10}},
            {{"sequence": 4, "at": "{AT}", "channel": "execution", "value": null}},
            {{"sequence": 5, "at": "{AT}", "channel": "nothing", "value": 1}},
            {{"at": "{AT}", "channel": "parts", "value": 1}},
            {{"sequence": 6, "at": 1700000000, "channel": "parts", "value": 1}},
            "no object"]}}"""

        answer = post(door, body).json()

        assert (answer["accepted"], answer["duplicates"], answer["ack"], answer["arrival"]) == (3, 0, 6, 1)
        assert [(one["index"], one["code"]) for one in answer["rejected"]] == [
            (3, "unknown_channel"),
            (4, "sequence_missing"),
            (5, "item_invalid"),
            (6, "item_invalid"),
        ]
        assert answer["gaps"] == [{"from": 3, "to": 3}]
        values = [str(one.value) for one in queries.readings(device, channels=["load"])]
        assert values == ["0.10000000000000001", "0.1"]
        assert Quarantined.objects.filter(device=device).count() == 4

    def test_answers_duplicates_as_a_success(self, door):
        body = json.dumps(
            {"epoch": "e", "readings": [{"sequence": 1, "at": AT, "channel": "parts", "value": 1}]}
        )
        post(door, body)

        response = post(door, body)

        assert (response.status_code, response.json()["duplicates"]) == (200, 1)

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ("{", "/"),
            ("[]", "/readings"),
            ("null", "/readings"),
            ('{"epoch": "e"}', "/readings"),
            ('{"readings": [{}]}', "/epoch"),
            ('{"epoch": "a\\u0000b", "readings": [{}]}', "/epoch"),
            ("[" * 100_000, "/"),
            (json.dumps({"epoch": "e", "readings": [{}] * 5001}), "/readings"),
        ],
    )
    def test_refuses_a_body_that_is_no_delivery_and_stores_nothing(self, door, device, body, pointer):
        response = post(door, body)

        assert response.status_code == 400
        assert response.json()["errors"][0]["pointer"] in (pointer, "/", "/readings")
        assert not Block.objects.filter(device_id=device.pk).exists()
        assert not Quarantined.objects.filter(device=device).exists()

    def test_refuses_a_body_over_the_limit_before_reading_it(self, door):
        response = post(door, "x" * (2 * 1024 * 1024 + 1))

        assert (response.status_code, response.json()["code"]) == (413, "body_too_large")

    @pytest.mark.parametrize("media", ["text/csv", "application/jsonx", "nothing"])
    def test_refuses_another_media_type_and_names_the_right_one(self, door, media):
        answer = door.post(DOOR, "a", content_type=media)

        assert answer.status_code == 415
        assert "application/json" in answer.json()["detail"]

    def test_takes_a_body_packed_with_gzip(self, door):
        body = json.dumps(
            {"epoch": "e", "readings": [{"sequence": 1, "at": AT, "channel": "parts", "value": 1}]}
        )

        assert packed(door, gzip.compress(body.encode())).json()["accepted"] == 1

    @pytest.mark.parametrize(
        "body",
        [
            b"{}",
            gzip.compress(b"{}", mtime=0)[:-3],
            gzip.compress(b"{}", mtime=0) + b"more",
            gzip.compress(b"{}", mtime=0) * 2,
        ],
    )
    def test_refuses_what_is_not_one_whole_gzip_file(self, door, body):
        answer = packed(door, body)

        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "malformed_gzip")

    def test_unpacks_no_more_than_the_limit(self, door):
        answer = packed(door, gzip.compress(b" " * 50_000_000))

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def test_refuses_a_body_packed_in_another_way(self, door):
        answer = packed(door, b"{}", "br")

        assert answer.status_code == 415
        assert "gzip" in answer.json()["detail"]

    def test_refuses_a_body_without_a_length_instead_of_reading_it_as_empty(self, door):
        answer = door.post(
            DOOR, b"", content_type="application/json", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
        )

        assert (answer.status_code, answer.json()["code"]) == (411, "length_required")

    def test_knows_no_revoked_unknown_or_missing_key(self, door):
        devices.revoke_key(key=door.key, by=robot(name="tester"), at=timezone.now())
        unknown = APIClient(headers={"Authorization": "Bearer jjd_abc.def"})

        assert [post(one, "{}").status_code for one in (door, unknown, APIClient())] == [401, 401, 401]


def row(sequence, channel="parts", value=1):
    return {"sequence": sequence, "at": AT, "channel": channel, "value": value}


def rows(*readings):
    return json.dumps({"epoch": "e", "readings": list(readings)})


class TestAtOnce:
    """The common delivery is answered by one statement, and answered alike."""

    def test_goes_on_where_the_source_stopped(self, door, device, django_assert_num_queries):
        first = post(door, rows(row(1), row(2, "execution", "ACTIVE"))).json()
        post(door, rows(row(3)))  # the process learns the new state word

        with django_assert_num_queries(1):  # the one statement
            answer = post(door, rows(row(4), row(5, "execution", "ACTIVE"), row(6, "load", 0.5))).json()

        assert answer.keys() == first.keys()
        assert (answer["accepted"], answer["duplicates"], answer["ack"], answer["arrival"]) == (3, 0, 6, 3)
        assert [one.sequence for one in queries.readings(device, channels=None)] == [1, 2, 3, 4, 5, 6]

    def test_knows_a_delivery_that_came_before(self, door, device):
        post(door, rows(row(1)))
        post(door, rows(row(2), row(3)))

        answer = post(door, rows(row(2), row(3))).json()

        assert (answer["accepted"], answer["duplicates"], answer["ack"], answer["arrival"]) == (0, 2, 3, None)
        assert Block.objects.filter(device_id=device.pk).count() == 2

    def test_looks_closely_at_one_that_came_before_with_other_content(self, door):
        post(door, rows(row(1)))
        post(door, rows(row(2), row(3)))

        answer = post(door, rows(row(2), row(3, value=9))).json()

        assert (answer["duplicates"], [one["code"] for one in answer["conflicts"]]) == (1, ["conflict"])

    def test_opens_to_no_key_that_was_revoked_a_moment_ago(self, door, device):
        assert [post(door, rows(row(number))).status_code for number in (1, 2)] == [200, 200]
        devices.revoke_key(key=door.key, by=robot(name="tester"), at=timezone.now())

        assert post(door, rows(row(3))).status_code == 401
        assert [one.sequence for one in queries.readings(device, channels=None)] == [1, 2]

    def test_knows_a_channel_that_was_added_a_moment_ago(self, door, device):
        post(door, rows(row(1)))
        assert post(door, rows(row(2, "torque"))).json()["rejected"][0]["code"] == "unknown_channel"
        torque = {"key": "torque", "name": "T", "kind": "GAUGE", "category": "machine_condition"}
        devices.add_channels(
            device=device,
            channels=[torque | {"retention": "ORDINARY"}],
            by=robot(name="tester"),
            at=timezone.now(),
        )

        assert post(door, rows(row(3, "torque"))).json()["accepted"] == 1

    def test_forgets_a_channel_whose_adding_was_taken_back(self, door, device):
        post(door, rows(row(1)))
        torque = {"key": "torque", "name": "T", "kind": "GAUGE", "category": "machine_condition"}
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            devices.add_channels(
                device=device,
                channels=[torque | {"retention": "ORDINARY"}],
                by=robot(name="tester"),
                at=timezone.now(),
            )
            assert post(door, rows(row(2, "torque"))).json()["accepted"] == 1
            raise ZeroDivisionError

        assert post(door, rows(row(2, "torque"))).json()["rejected"][0]["code"] == "unknown_channel"


class TestCompactForm:
    def test_is_taken_and_names_the_place_of_what_is_not(self, door, device):
        channels = {
            "execution": {"sequence": [1, 4], "at": [0, 30], "value": ["READY", None]},
            "parts": {"sequence": [2, 3], "at": [10, 20], "value": [7, "twelve"]},
            "a/b": {"sequence": [5], "at": [0], "value": [1]},
        }

        answer = post(door, json.dumps({"epoch": "e", "start": AT, "channels": channels})).json()

        assert (answer["accepted"], answer["ack"]) == (3, 5)
        assert [(one["pointer"], one["code"]) for one in answer["rejected"]] == [
            ("/channels/parts/value/1", "number_invalid"),
            ("/channels/a~1b/value/0", "unknown_channel"),
        ]
        said = [(one.sequence, one.at % 10**6, one.value) for one in queries.readings(device, channels=None)]
        assert said == [(1, 120_000, "READY"), (2, 130_000, 7), (4, 150_000, None)]

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"start": "yesterday"}, "/start"),
            ({"start": None}, "/start"),
            ({"unit": "hours"}, "/unit"),
            ({"readings": []}, "/channels"),
            ({"channels": {}}, "/channels"),
            ({"channels": {"parts": {"sequence": [1, 2], "at": [0], "value": [1]}}}, "/channels/parts"),
            ({"channels": {"parts": 7}}, "/channels/parts"),
            (
                {"channels": {"parts": {"sequence": [1] * 5001, "at": [0] * 5001, "value": [1] * 5001}}},
                "/channels",
            ),
        ],
    )
    def test_refuses_a_body_that_is_no_delivery_and_stores_nothing(self, door, device, change, pointer):
        body = {"epoch": "e", "start": AT, "channels": {"parts": {"sequence": [1], "at": [0], "value": [1]}}}

        response = post(door, json.dumps(body | change))

        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)
        assert not Block.objects.filter(device_id=device.pk).exists()
