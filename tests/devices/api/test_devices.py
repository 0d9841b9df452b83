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


def test_partitions_are_made_once_for_this_month_and_the_next_two():
    assert partitions.prepare(at=NOON) == 3
    assert partitions.prepare(at=NOON) == 0
