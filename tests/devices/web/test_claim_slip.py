import re
from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from devices.actions import devices, keys
from devices.models import ClaimCode, DeviceKey
from marketplace.actions.parties import robot
from marketplace.models.parties import Role
from tests.devices.machines import lathe
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def device():
    return lathe()


def post(client, device, person, path):
    client.force_login(person)
    return client.post(f"/devices/{device.public_id}/{path}", HTTP_ACCEPT_LANGUAGE="en")


class TestTheSlip:
    def test_shows_the_code_once_as_text_and_as_a_drawing(self, client, device):
        owner = make.member(device.owner)

        answer = post(client, device, owner, "claim/")

        text = answer.content.decode()
        code = re.search(r'class="key">([0-9A-Z-]{11})<', text)[1]
        assert "no-store" in answer["Cache-Control"]
        assert '<svg class="segno"' in text or "<svg" in text.split('class="qr"')[1][:20]
        assert "style=" not in text.split('class="qr"')[1].split("</svg>")[0]
        assert code not in client.get(f"/devices/{device.public_id}/").content.decode()
        claimed = APIClient().post("/api/v1/devices/claim/", {"code": code}, format="json")
        assert claimed.json()["device"] == device.public_id

    def test_is_not_made_for_a_viewer_or_a_stranger(self, client, device):
        assert post(client, device, make.member(device.owner, Role.VIEWER), "claim/").status_code == 403
        assert post(client, device, make.member(make.organization()), "claim/").status_code == 404
        assert not ClaimCode.objects.exists()


class TestRotate:
    def test_shows_the_new_key_once_and_until_when_the_old_one_goes_on(self, client, device):
        owner = make.member(device.owner)
        key, _ = devices.issue_key(device=device, by=owner, at=datetime.now(UTC))

        answer = post(client, device, owner, f"keys/{key.public_id}/rotate/")

        made = DeviceKey.objects.get(replaces=key)
        text = answer.content.decode()
        assert f"jjd_{made.identifier}." in text and "goes on until" in text
        assert "no-store" in answer["Cache-Control"]

    def test_of_a_key_that_is_over_goes_back_with_a_sentence(self, client, device):
        by, past = robot(name="tester"), datetime.now(UTC) - timedelta(days=2)
        key, _ = devices.issue_key(device=device, by=by, at=past)
        keys.rotate(key=key, by=by, at=past)

        answer = post(client, device, make.member(device.owner), f"keys/{key.public_id}/rotate/")
        page = client.get(answer["Location"], HTTP_ACCEPT_LANGUAGE="en").content.decode()

        assert "opens nothing any more" in page
        assert DeviceKey.objects.count() == 2
