from datetime import timedelta

import pytest
from django.utils import timezone

from devices.actions import silences
from devices.models import Head
from devices.ownership.models import Agreement
from marketplace.actions.parties import robot
from tests.devices.actions.test_silences import NOON, lend
from tests.devices.machines import lathe, take
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
LIFE = "/api/v1/devices/{}/life/"


@pytest.fixture
def lessee():
    return make.organization()


@pytest.fixture
def device(lessee):
    """A leased device whose clock is 84 s ahead, heard ten minutes ago."""
    found, now = lathe(), timezone.now()
    lend(found, lessee, robot(name="clock"))
    Agreement.objects.update(period=(NOON - timedelta(days=1), None))
    for number in range(1, 5):
        at = now - timedelta(minutes=14 - number)
        said = (at + timedelta(seconds=84)).isoformat()
        take(found, [(number, said, "load", number)], at=at)
    silences.watch(by=robot(name="clock"), at=now)
    return found


def page(client, device, organization, **headers):
    client.force_login(make.member(organization))
    return client.get(f"/devices/{device.public_id}/life/", HTTP_ACCEPT_LANGUAGE="en", **headers)


class TestThePage:
    @pytest.mark.parametrize("side", ["owner", "lessee"])
    def test_tells_both_sides_that_it_is_silent_and_that_its_clock_is_wrong(
        self, client, device, lessee, side
    ):
        text = page(client, device, lessee if side == "lessee" else device.owner).content.decode()

        assert "silent" in text and "Silent although it is leased" in text
        assert "The clock is 84 s ahead." in text

    def test_is_a_part_of_the_devices_page_when_asked_by_script(self, client, device):
        assert "<html" not in page(client, device, device.owner, HTTP_HX_REQUEST="true").content.decode()
        assert "/life/" in client.get(f"/devices/{device.public_id}/").content.decode()

    def test_tells_a_lessee_of_the_past_nothing_of_today(self, client, device, lessee):
        Agreement.objects.update(period=(NOON - timedelta(days=1), NOON))

        text = page(client, device, lessee).content.decode().split("<main")[1]

        assert "last heard" not in text and "The clock" not in text

    def test_is_not_there_for_a_stranger(self, client, device):
        assert page(client, device, make.organization()).status_code == 404

    def test_of_a_device_never_heard_says_so(self, client):
        new = lathe()

        assert "not heard yet" in page(client, new, new.owner).content.decode()

    def test_the_machines_list_warns_its_owner(self, client, device):
        client.force_login(make.member(device.owner))
        machine = device.bindings.get().equipment.public_id

        text = client.get(f"/equipment/{machine}/devices/", HTTP_ACCEPT_LANGUAGE="en").content.decode()

        assert "silent although it is leased, since" in text


class TestRest:
    def test_says_the_same(self, device, keyed, lessee):
        for organization in (device.owner, lessee):
            answer = keyed(make.member(organization), organization).get(LIFE.format(device.public_id)).json()

            assert (answer["presence"], answer["clock_offset_seconds"]) == ("SILENT", -84)
            assert (answer["silence_limit_seconds"], answer["clock_jumps"]) == (300, [])

    def test_lists_silences(self, device, keyed, lessee):
        url = f"/api/v1/devices/{device.public_id}/silences/"

        rows = keyed(make.member(lessee), lessee).get(url).json()["data"]

        assert [row["ended_at"] for row in rows] == [None]

    def test_is_not_there_for_a_stranger(self, device, keyed):
        stranger = make.organization()

        assert keyed(make.member(stranger), stranger).get(LIFE.format(device.public_id)).status_code == 404

    def test_the_owners_list_says_who_is_heard(self, device, keyed):
        Head.objects.update(last_received_at=timezone.now())

        (row,) = keyed(make.member(device.owner), device.owner).get("/api/v1/devices/").json()["data"]

        assert row["presence"] == "ON"
