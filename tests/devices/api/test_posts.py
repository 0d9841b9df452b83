"""Several deliveries in one post: each is answered as if it had come alone."""

import gzip
import json

import pytest
from django.db import OperationalError
from django.utils import timezone
from rest_framework.test import APIClient

from devices import queries
from devices.actions import deliveries, devices
from devices.models import Block, Head, Quarantined
from marketplace.actions import api_keys
from marketplace.actions.parties import robot
from marketplace.models.apikeys import Scope
from marketplace.models.parties import Role
from tests.devices.machines import lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
AT = "2026-03-02T09:14:58.120Z"
DOOR = "/api/v1/telemetry/deliveries/"


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def machines(owner):
    return [lathe(owner) for _ in range(3)]


def client(text):
    return APIClient(headers={"Authorization": f"Bearer {text}"})


def gateway(owner, *scopes, by=None):
    by, given = by or make.member(owner), scopes or (Scope.TELEMETRY_WRITE,)
    return client(api_keys.create(organization=owner, name="g", scopes=given, by=by, at=timezone.now())[1])


@pytest.fixture
def door(owner):
    return gateway(owner)


def row(sequence, value=1, channel="parts"):
    return {"sequence": sequence, "at": AT, "channel": channel, "value": value}


def rows(device, *readings, epoch="e"):
    named = {} if device is None else {"device": device if isinstance(device, str) else device.public_id}
    return named | {"epoch": epoch, "readings": list(readings)}


def compact(device, first, count, epoch="e"):
    numbers = list(range(first, first + count))
    channels = {"parts": {"sequence": numbers, "at": [0] * count, "value": numbers}}
    return {"device": device.public_id, "epoch": epoch, "start": AT, "channels": channels}


def send(door, *parts, **headers):
    return door.post(DOOR, json.dumps({"deliveries": parts}), content_type="application/json", **headers)


def results(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["deliveries"]


def begin(door, machines):
    """Open the epoch of each machine, so that what goes on is common."""
    return results(send(door, *[rows(one, row(1)) for one in machines]))


def stored(device):
    return [one.sequence for one in queries.readings(device, channels=None)]


class TestTogether:
    def test_takes_both_forms_for_many_machines_and_answers_in_place(self, door, machines):
        begin(door, machines)

        answer = send(door, compact(machines[1], 2, 3), rows(machines[0], row(2)), rows(machines[2], row(5)))

        found = results(answer)
        assert [one["device"] for one in found] == [machines[n].public_id for n in (1, 0, 2)]
        assert [(one["status"], one["accepted"], one["ack"], one["arrival"]) for one in found] == [
            (200, 3, 4, 2),
            (200, 1, 2, 2),
            (200, 1, 5, 2),
        ]
        assert found[2]["gaps"] == [{"from": 2, "to": 4}]
        assert [stored(one) for one in machines] == [[1, 2], [1, 2, 3, 4], [1, 5]]
        assert "server_time" in answer.json()

    def test_answers_each_as_a_post_of_its_own_would_be(self, door, machines, owner):
        twin = lathe(owner)
        single = client(devices.issue_key(device=twin, by=robot(name="tester"), at=timezone.now())[1])
        said = [
            [row(1)],
            [row(2), row(3)],
            [row(2), row(3)],
            [row(3, 9), row(4)],
            [row(5, "twelve"), row(9)],
            [row(10, 1, "speed")],
        ]

        together = results(send(door, *[rows(machines[0], *some) for some in said]))
        alone = [
            single.post(
                "/api/v1/telemetry", json.dumps(rows(None, *some)), content_type="application/json"
            ).json()
            for some in said
        ]

        for place, (one, other) in enumerate(zip(together, alone, strict=True)):
            for refusal in (*one["rejected"], *one["conflicts"]):
                refusal["pointer"] = refusal["pointer"].removeprefix(f"/deliveries/{place}")
            assert one | {"server_time": other["server_time"]} == other | {
                "device": machines[0].public_id,
                "status": 200,
                "rate": one["rate"],
            }
        assert stored(machines[0]) == stored(twin)

    def test_takes_the_same_post_again_as_duplicates(self, door, machines):
        begin(door, machines)
        parts = [compact(one, 2, 4) for one in machines]
        send(door, *parts)

        again = results(send(door, *parts))

        assert [(one["accepted"], one["duplicates"], one["arrival"]) for one in again] == [(0, 4, None)] * 3
        assert [Block.objects.filter(device_id=one.pk).count() for one in machines] == [2, 2, 2]

    def test_goes_on_through_several_deliveries_of_one_device(self, door, machines):
        begin(door, machines)
        mine = machines[0]

        found = results(send(door, compact(mine, 2, 2), rows(machines[1], row(2)), compact(mine, 4, 2)))

        assert [one["arrival"] for one in found] == [2, 2, 3]
        assert stored(mine) == [1, 2, 3, 4, 5]

    def test_lets_none_of_a_device_overtake_one_that_is_looked_at(self, door, machines):
        begin(door, machines)
        mine = machines[0]

        found = results(send(door, rows(mine, row(4), row(5)), rows(mine, row(2, 7)), rows(mine, row(2, 8))))

        assert [one["arrival"] for one in found] == [2, 3, None]
        assert [len(one["conflicts"]) for one in found] == [0, 0, 1]

    def test_stores_the_common_ones_in_one_statement(self, door, machines, django_assert_num_queries):
        begin(door, machines)

        with django_assert_num_queries(4):  # the key, what its maker may do, the devices, the statement
            found = results(send(door, *[compact(one, 2, 3) for one in machines]))

        assert [one["accepted"] for one in found] == [3, 3, 3]

    def test_takes_it_packed(self, door, machines):
        body = gzip.compress(json.dumps({"deliveries": [rows(machines[0], row(1))]}).encode())

        answer = door.post(DOOR, body, content_type="application/json", HTTP_CONTENT_ENCODING="gzip")

        assert results(answer)[0]["accepted"] == 1


class TestOneBadDelivery:
    def test_spoils_no_other_and_says_why(self, door, machines):
        begin(door, machines)
        stranger, closed = lathe(), lathe(machines[0].owner)
        closed.closed_at = timezone.now()
        closed.save()
        parts = [
            rows(machines[0], row(2)),
            rows(stranger, row(1)),
            rows("dev_0", row(1)),
            rows("dev_\x00", row(1)),
            rows(None, row(1)),
            rows(closed, row(1)),
            rows(machines[1]),
            rows(machines[1], row(2), epoch=" "),
            "nothing",
            {"device": machines[1].public_id, "epoch": "e", "start": "now", "channels": {}},
            rows(machines[2], row(2)),
        ]

        found = results(send(door, *parts))

        assert [one["status"] for one in found] == [200, 404, 404, 404, 404, 404, 400, 400, 404, 400, 200]
        assert {one["code"] for one in found if one["status"] == 404} == {"unknown_device"}
        assert [(one["code"], one["pointer"]) for one in found if one["status"] == 400] == [
            ("required", "/deliveries/6/readings"),
            ("required", "/deliveries/7/epoch"),
            ("time_invalid", "/deliveries/9/start"),
        ]
        assert all(one["detail"] for one in found if one["status"] != 200)
        assert [stored(one) for one in machines] == [[1, 2], [1], [1, 2]]
        assert stored(stranger) == stored(closed) == []

    def test_names_the_place_of_a_bad_reading(self, door, machines):
        found = results(send(door, rows(machines[0], row(1)), rows(machines[1], row(1), row(2, "twelve"))))

        assert found[1]["rejected"][0]["pointer"] == "/deliveries/1/readings/1"
        assert Quarantined.objects.get().device == machines[1]

    def test_of_a_device_that_delivers_too_fast_is_refused_alone(self, door, machines, settings):
        settings.TELEMETRY_READINGS_PER_SECOND, settings.TELEMETRY_BURST = 1, 10
        begin(door, machines)

        found = results(
            send(
                door,
                compact(machines[0], 2, 10),
                compact(machines[1], 2, 3),
                rows(machines[2], *[row(n) for n in range(5, 16)]),
            )
        )

        assert [one["status"] for one in found] == [429, 200, 429]
        assert [one.get("code") for one in found] == ["too_many_readings", None, "too_many_readings"]
        assert all(1 <= found[n]["retry_after"] <= 2 for n in (0, 2))
        assert found[1]["rate"]["remaining"] in (6, 7) and found[1]["rate"]["reset"] in (3, 4)
        assert [stored(one) for one in machines] == [[1], [1, 2, 3, 4], [1]]


class TestTheWhole:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ("{", "malformed_json"),
            ("[]", "wrong_shape"),
            ('{"deliveries": []}', "required"),
            (json.dumps({"deliveries": [{}] * 501}), "too_many"),
        ],
    )
    def test_is_refused_if_it_is_no_list_of_deliveries(self, door, body, code):
        answer = door.post(DOOR, body, content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (400, "not_a_delivery")
        assert answer.json()["errors"][0]["code"] in (code, "wrong_shape")

    def test_is_refused_with_too_many_readings_and_nothing_is_stored(self, door, machines):
        begin(door, machines)

        answer = send(door, compact(machines[0], 2, 2500), rows(machines[1], *[{}] * 2501))

        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_many")
        assert [stored(one) for one in machines] == [[1], [1], [1]]

    def test_takes_as_many_readings_as_one_delivery_may_have(self, door, machines):
        begin(door, machines)

        found = results(send(door, compact(machines[0], 2, 2500), compact(machines[1], 2, 2500)))

        assert [one["accepted"] for one in found] == [2500, 2500]

    def test_is_refused_over_the_limit_of_bytes(self, door):
        answer = door.post(DOOR, "x" * (2 * 1024 * 1024 + 1), content_type="application/json")

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def test_that_failed_half_way_can_be_sent_again(self, door, machines, monkeypatch):
        begin(door, machines)
        parts = [compact(machines[0], 2, 3), rows(machines[1], row(5))]

        def failing(*asked, **named):
            raise OperationalError

        with monkeypatch.context() as broken:
            broken.setattr(deliveries, "_look", failing)
            assert send(door, *parts).status_code == 503
        found = results(send(door, *parts))

        assert [(one["accepted"], one["duplicates"]) for one in found] == [(0, 3), (1, 0)]


class TestKeys:
    def test_of_an_organization_needs_the_scope_and_a_maker_who_may_deliver(self, owner, machines):
        assert send(gateway(owner, Scope.TELEMETRY_READ), rows(machines[0], row(1))).status_code == 403
        maker = make.member(owner)
        door = gateway(owner, by=maker)
        maker.memberships.update(role=Role.VIEWER)

        assert send(door, rows(machines[0], row(1))).status_code == 403
        assert stored(machines[0]) == []

    def test_of_a_device_delivers_for_that_one_alone_named_or_not(self, machines):
        mine, other = machines[:2]
        door = client(devices.issue_key(device=mine, by=robot(name="tester"), at=timezone.now())[1])

        found = results(send(door, rows(None, row(1)), rows(mine, row(2)), rows(other, row(1))))

        assert [(one["status"], one["device"]) for one in found] == [
            (200, mine.public_id),
            (200, mine.public_id),
            (404, other.public_id),
        ]
        assert (stored(mine), stored(other)) == ([1, 2], [])

    def test_are_needed_though_a_person_is_signed_in(self, owner, machines):
        signed_in = APIClient()
        signed_in.force_login(make.member(owner))

        assert send(signed_in, rows(machines[0], row(1))).status_code == 401
        assert send(client("jj_abc.def"), rows(machines[0], row(1))).status_code == 401
        assert not Head.objects.exclude(arrivals=0).exists()
