"""The hand-over on the phone of the lessor, and the record on that of the lessee."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from leasing.actions import offers
from leasing.models import ConditionRecord, Photo
from leasing.rules.checklists import checklist
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import picture, read_notice, recorded, secure

DAY = timedelta(days=1)


@once.fixture
def lease(world):
    now = timezone.now()
    asked = world.ask(period=Period(now - DAY, now + 30 * DAY), at=now - DAY)
    made = offers.accept(lease=asked, by=world.owner, at=now - DAY)
    read_notice(made, by=world.buyer, at=now)
    return made


@pytest.fixture(autouse=True)
def in_english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def said(answer):
    return answer.content.decode()


def form(**changes):
    given = {"serial": "VMC-1", "meter-run_time": "120", "acceptance": "PASSED", "place": "Hall 1"}
    return given | {f"seen-{item.code}": "OK" for item in checklist("M1")} | changes


def upload(data=None, name="photo.jpg"):
    return SimpleUploadedFile(name, picture() if data is None else data, content_type="image/jpeg")


class TestTheWayFromDepositToBeginning:
    def test_needs_no_script(self, world, lease, client):
        url = f"/leases/{lease.public_id}/"
        client.force_login(world.owner)
        client.post(f"{url}deposit/", {"reference": "BANK-7"})
        assert "hand-over/" in said(client.get(url))
        answer = client.post(f"{url}hand-over/", form(**{"photo-spindle": upload()}))
        assert answer.status_code == 302, said(answer)

        record = ConditionRecord.objects.get()
        photo = Photo.objects.get()
        assert record.document["photos"] == [
            {"photo": photo.public_id, "sha256": photo.sha256, "item": "spindle"}
        ]
        client.force_login(world.buyer)
        page = client.get(f"/records/{record.public_id}/")
        assert "Confirm the record" in said(page)
        client.post(f"/records/{record.public_id}/confirm/", {"digest": record.digest})

        lease.refresh_from_db()
        assert (lease.status, lease.active_from) == ("ACTIVE", record.happened_at)
        assert "Confirm the record" not in said(client.get(f"/records/{record.public_id}/"))

    def test_keeps_nothing_of_what_is_no_photo(self, world, lease, client):
        secure(lease, by=world.owner, at=timezone.now())
        client.force_login(world.owner)

        for data in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>alert(1)</script>"):
            answer = client.post(
                f"/leases/{lease.public_id}/hand-over/",
                form(**{"photo-axes": upload(), "photo-spindle": upload(data)}),
            )
            assert "not a whole JPEG, PNG or WebP" in said(answer)
        assert not Photo.objects.exists()
        assert not ConditionRecord.objects.exists()

    def test_says_at_its_field_what_is_missing(self, world, lease, client):
        client.force_login(world.owner)
        url = f"/leases/{lease.public_id}/hand-over/"

        assert "is not recorded as held" in said(client.post(url, form()))
        secure(lease, by=world.owner, at=timezone.now())
        assert "Say in words" in said(client.post(url, form(**{"seen-axes": "FAULT"})))
        assert not ConditionRecord.objects.exists()

    def test_lets_the_lessee_object(self, world, lease, client):
        secure(lease, by=world.owner, at=timezone.now())
        (record,) = recorded(lease, by=world.owner, at=timezone.now())
        client.force_login(world.buyer)
        url = f"/records/{record.public_id}/"

        client.post(f"{url}object/", {"digest": record.digest, "reason": ""})
        assert "must be recorded" in said(client.get(url))
        client.post(f"{url}object/", {"digest": record.digest, "reason": "Window cracked"})
        assert "Window cracked" in said(client.get(url))
        again = client.post(f"{url}confirm/", {"digest": record.digest}, follow=True)
        assert "was answered already" in said(again)

        client.force_login(world.owner)
        assert "Write another record" in said(client.get(f"/leases/{lease.public_id}/"))


def test_a_photo_is_a_picture_and_nothing_else(world, lease, client):
    secure(lease, by=world.owner, at=timezone.now())
    client.force_login(world.owner)
    client.post(f"/leases/{lease.public_id}/hand-over/", form(**{"photo-axes": upload()}))
    photo = Photo.objects.get()

    for who, code in ((world.buyer, 200), (world.guest, 200), (world.outsider, 404)):
        client.force_login(who)
        answer = client.get(f"/photos/{photo.public_id}/")
        assert answer.status_code == code
        if code == 200:
            assert answer.content == bytes(photo.content)
            assert answer["Content-Type"] == "image/jpeg"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_deposit_that_is_held_twice_is_said(world, lease, client):
    client.force_login(world.owner)
    url = f"/leases/{lease.public_id}/deposit/"
    client.post(url, {"reference": "BANK-7"})

    assert "is held already" in said(client.post(url, {"reference": "BANK-8"}, follow=True))
