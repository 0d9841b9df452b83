import pytest

from devices.actions import partitions
from devices.models import Device
from tests.devices.machines import LATHE, NOON, lathe, take
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


class TestDevices:
    def test_are_registered_bound_keyed_and_mended_by_their_owner(self, keyed):
        owner = make.organization()
        client = keyed(make.member(owner), owner)
        machine = make.equipment(owner)
        body = {"code": "vmc-3", "name": "VMC 3", "channels": LATHE}

        made = client.post("/api/v1/devices/", body, format="json")
        door = f"/api/v1/devices/{made.json()['id']}/"
        period = {"equipment": machine.public_id, "starts_at": "2026-01-01T00:00:00Z"}

        assert made.status_code == 201
        assert client.post(f"{door}bindings/", period, format="json").status_code == 201
        assert client.post(f"{door}bindings/", period, format="json").status_code == 409
        assert client.post(f"{door}keys/").json()["key"].startswith("jjd_")
        assert len(client.get(door).json()["channels"]) == 4
        take(Device.objects.get(code="vmc-3"), [(1, NOON.isoformat(), "speed", 1)])
        refused = client.get(f"{door}quarantine/").json()["data"][0]
        again = f"{door}quarantine/{refused['id']}/"
        assert client.post(f"{again}replay/").status_code == 409
        assert (
            client.post(f"{again}dismiss/", {"note": "bench"}, format="json").json()["outcome"] == "DISMISSED"
        )
        assert client.get(f"{door}gaps/").json()["data"] == []

    def test_are_not_there_for_strangers(self, keyed):
        device, other = lathe(), make.organization()
        client = keyed(make.member(other), other)
        door = f"/api/v1/devices/{device.public_id}/"

        assert client.get("/api/v1/devices/").json()["data"] == []
        asked = "readings/?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z"
        assert [client.get(door + part).status_code for part in ("", "gaps/", "quarantine/", asked)] == [
            404
        ] * 4


class TestRegister:
    @pytest.fixture
    def post(self, keyed):
        owner = make.organization()
        client = keyed(make.member(owner), owner)
        good = {"code": "vmc-3", "name": "VMC 3", "channels": LATHE}

        def posted(**changes):
            answer = client.post("/api/v1/devices/", good | changes, format="json")
            return answer.status_code, [error["pointer"] for error in answer.json().get("errors", [])]

        return posted

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"code": "VMC 3"}, "/code"),
            ({"code": ""}, "/code"),
            ({"name": "n" * 81}, "/name"),
            ({"zone": "Mars/Base"}, "/zone"),
            ({"silence_limit_seconds": 59}, "/silence_limit_seconds"),
            ({"silence_limit_seconds": "soon"}, "/silence_limit_seconds"),
            ({"commissioned_at": "1969-01-01T00:00:00Z"}, "/commissioned_at"),
            ({"commissioned_at": "2990-01-01T00:00:00Z"}, "/commissioned_at"),
            ({"commissioned_at": "0001-01-01T00:00:00+23:59"}, "/commissioned_at"),
            ({"channels": [{**LATHE[0], "kind": "NOISE"}]}, "/channels/0/kind"),
            ({"channels": [{**LATHE[0], "category": "weather"}]}, "/channels/0/category"),
            ({"channels": [*LATHE, LATHE[0]]}, "/channels/4/key"),
            ({"channels": [LATHE[0], "parts"]}, "/channels/1"),
            ({"channels": "all"}, "/channels"),
            ({"commissioned_at": "2026-01-01T00:00:00"}, "/commissioned_at"),
            ({"silence_limit": 60}, "/silence_limit"),
            ({"channels": [{**LATHE[0], "colour": "red"}]}, "/channels/0/colour"),
        ],
    )
    def test_points_at_the_field_that_is_wrong(self, post, changes, pointer):
        assert post(**changes) == (400, [pointer])
        assert not Device.objects.exists()

    def test_refuses_a_body_that_cannot_be_read(self, keyed):
        owner = make.organization()
        client = keyed(make.member(owner), owner)

        halves = (r'{"\ud800": 1}', r'{"name": "a\uDC00"}')
        for body in ("{", "[" * 100_000, '{"zone": NaN}', b'{"code": "\xff"}', *halves):
            answer = client.post("/api/v1/devices/", body, content_type="application/json")
            assert (answer.status_code, answer.json()["code"]) == (400, "parse_error"), body[:20]

    def test_takes_a_character_written_in_two_halves(self, keyed):
        owner = make.organization()
        body = r'{"code": "vmc-3", "name": "\ud83d\udee0", "channels": []}'

        answer = keyed(make.member(owner), owner).post(
            "/api/v1/devices/", body, content_type="application/json"
        )

        assert (answer.status_code, answer.json()["name"]) == (201, "\U0001f6e0")

    def test_refuses_a_body_over_the_limit_before_reading_it(self, keyed):
        owner = make.organization()
        body = " " * (4 * 1024 * 1024 + 1)

        answer = keyed(make.member(owner), owner).post(
            "/api/v1/devices/", body, content_type="application/json"
        )

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    def test_says_which_time_zone_to_send(self, keyed):
        owner = make.organization()
        body = {"code": "vmc-3", "name": "VMC 3", "channels": LATHE, "zone": "CST"}

        answer = keyed(make.member(owner), owner).post("/api/v1/devices/", body, format="json").json()

        assert "Asia/Shanghai" in answer["errors"][0]["detail"]

    def test_refuses_a_code_in_use_at_its_field(self, post):
        assert post() == (201, [])
        assert post() == (409, ["/code"])


class TestBindings:
    @pytest.fixture
    def owner(self, db):
        return make.organization()

    @pytest.fixture
    def door(self, owner):
        return f"/api/v1/devices/{lathe(owner).public_id}/bindings/"

    @pytest.fixture
    def client(self, keyed, owner):
        return keyed(make.member(owner), owner)

    def bind(self, client, door, machine, **more):
        period = {"equipment": machine.public_id, "starts_at": "2026-01-01T00:00:00Z"}
        return client.post(door, period | more, format="json")

    def test_are_listed_and_ended_once(self, client, door, owner):
        made = self.bind(client, door, make.equipment(owner)).json()

        ended = client.post(f"{door}{made['id']}/end/", {"ends_at": "2026-02-01T00:00:00Z"}, format="json")
        again = client.post(f"{door}{made['id']}/end/")

        assert (made["ends_at"], ended.status_code) == (None, 200)
        assert ended.json() == made | {"ends_at": "2026-02-01T08:00:00+08:00"}
        assert client.get(door).json()["data"] == [ended.json()]
        assert (again.status_code, again.json()["code"]) == (409, "binding_over")
        assert "2026-02-01 08:00:00" in again.json()["detail"]

    def test_are_ended_once_however_often_the_same_request_comes(self, client, door, owner):
        made = self.bind(client, door, make.equipment(owner)).json()
        headers = {"HTTP_IDEMPOTENCY_KEY": "end-it"}

        first = client.post(f"{door}{made['id']}/end/", {}, format="json", **headers)
        second = client.post(f"{door}{made['id']}/end/", {}, format="json", **headers)

        assert (first.status_code, second.status_code) == (200, 200)
        assert second["Idempotency-Replayed"] == "true"
        assert second.json() == first.json()

    def test_begin_at_a_moment_with_its_zone(self, client, door, owner):
        answer = self.bind(client, door, make.equipment(owner), starts_at="2026-01-02")

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/starts_at")

    def test_point_at_the_moment_from_which_the_device_is_busy(self, client, door, owner):
        machine = make.equipment(owner)
        self.bind(client, door, machine)

        answer = self.bind(client, door, machine)

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/starts_at")

    @pytest.mark.parametrize("end", ["2990-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "soon", None])
    def test_are_not_ended_at_an_impossible_moment(self, client, door, owner, end):
        made = self.bind(client, door, make.equipment(owner)).json()

        answer = client.post(f"{door}{made['id']}/end/", {"ends_at": end}, format="json")

        assert answer.status_code == 400
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/ends_at"]
        assert client.get(door).json()["data"][0]["ends_at"] is None

    def test_of_another_device_are_not_found(self, client, door, owner):
        other = f"/api/v1/devices/{lathe(owner).public_id}/bindings/"
        made = self.bind(client, other, make.equipment(owner)).json()

        assert client.post(f"{door}{made['id']}/end/").status_code == 404

    def test_point_at_a_machine_that_is_not_yours(self, client, door):
        answer = self.bind(client, door, make.equipment(make.organization()))

        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/equipment")

    def test_point_at_a_machine_that_gives_the_same_evidence_already(self, client, door, owner):
        machine = make.equipment(owner)
        other = f"/api/v1/devices/{lathe(owner).public_id}/bindings/"
        self.bind(client, other, machine)

        answer = self.bind(client, door, machine)

        assert (answer.status_code, answer.json()["code"]) == (409, "evidence_doubled")
        assert answer.json()["errors"][0]["pointer"] == "/equipment"


class TestChannels:
    def test_are_added_later_and_refused_readings_then_replayed(self, keyed):
        owner = make.organization()
        client, device = keyed(make.member(owner), owner), lathe(owner)
        take(device, [(1, NOON.isoformat(), "speed", 1)])
        door = f"/api/v1/devices/{device.public_id}/"
        speed = {"key": "speed", "name": "Speed", "kind": "GAUGE", "category": "energy"}

        answer = client.post(
            f"{door}channels/", {"channels": [LATHE[0], speed | {"retention": "ORDINARY"}]}, format="json"
        )

        refused = client.get(f"{door}quarantine/").json()["data"][0]
        assert answer.status_code == 201
        assert [channel["key"] for channel in answer.json()["added"]] == ["speed"]
        assert client.post(f"{door}quarantine/{refused['id']}/replay/").json()["outcome"] == "REPLAYED"

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [({}, "/channels"), ({"channels": []}, "/channels"), ({"channels": [{}]}, "/channels/0/key")],
    )
    def test_are_refused_at_the_field(self, keyed, body, pointer):
        owner = make.organization()
        client, device = keyed(make.member(owner), owner), lathe(owner)

        answer = client.post(f"/api/v1/devices/{device.public_id}/channels/", body, format="json")

        assert answer.status_code == 400
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_keys_are_listed_without_their_secrets(keyed):
    owner = make.organization()
    client = keyed(make.member(owner), owner)
    door = f"/api/v1/devices/{lathe(owner).public_id}/keys/"
    made = client.post(door).json()

    (row,) = client.get(door).json()["data"]

    assert row["id"] == made["id"]
    assert made["key"].split(".")[1] not in str(row)


def test_partitions_are_made_once_for_this_month_and_the_next_two():
    assert partitions.prepare(at=NOON) == 3
    assert partitions.prepare(at=NOON) == 0
