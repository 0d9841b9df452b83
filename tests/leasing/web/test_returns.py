"""The return on the phone of the lessor, beside what the hand-over said; its record on the lessee's."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from leasing.actions import answers, leases, offers, photos
from leasing.models import ConditionRecord, Lease, Photo
from leasing.rules.checklists import checklist
from leasing.rules.condition import Kind, Result, Seen, Shot
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import picture, read_notice, recorded, secure

DAY = timedelta(days=1)


@once.fixture
def lease(world):
    """Return a lease that ended an hour ago; its spindle had a note and a photo when it went out."""
    now = timezone.now()
    asked = world.ask(period=Period(now - DAY, now + 30 * DAY), at=now - DAY)
    made = offers.accept(lease=asked, by=world.owner, at=now - DAY)
    read_notice(made, by=world.buyer, at=now - DAY)
    secure(made, by=world.owner, at=now - DAY)
    shot = photos.take(lease=made, data=picture(), by=world.owner, within=world.lessor, at=now - DAY)
    seen = tuple(
        Seen(one.code, Result.NOTE, "Hums") if one.code == "spindle" else Seen(one.code)
        for one in checklist("M1")
    )
    (record,) = recorded(
        made,
        by=world.owner,
        at=now - DAY + timedelta(hours=1),
        checklist=seen,
        accessories={"vice": 2},
        photos=(Shot(shot.public_id, "", "spindle"),),
    )
    answers.confirm(record=record, digest=record.digest, by=world.buyer, at=now - DAY + timedelta(hours=2))
    return made


@once.fixture
def over(world, lease):
    leases.end(lease=Lease.objects.get(pk=lease.pk), by=world.owner, at=timezone.now() - timedelta(hours=1))
    return lease


@pytest.fixture(autouse=True)
def in_english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def said(answer):
    return answer.content.decode()


def form(**changes):
    given = {"serial": "VMC-1", "meter-run_time": "480", "place": "Hall 1", "accessory-0": "2"}
    given |= {"wipe": "WIPED"}
    return given | {f"seen-{item.code}": "OK" for item in checklist("M1")} | changes


def upload(data=None):
    return SimpleUploadedFile("photo.jpg", picture() if data is None else data, content_type="image/jpeg")


class TestTheWayBack:
    def test_needs_no_script(self, world, over, client):
        url = f"/leases/{over.public_id}/"
        client.force_login(world.owner)
        page = said(client.get(url))
        assert "Coming back" in page
        assert f"{url}return/?unit={over.units.get().public_id}" in page
        asked = said(client.get(f"{url}return/"))
        before = Photo.objects.get()
        assert "Hums" in asked
        assert f"/photos/{before.public_id}/" in asked
        assert "vice: 2 went out, came back" in asked

        changed = {"seen-spindle": "FAULT", "text-spindle": "Grinds", "photo-spindle": upload()}
        answer = client.post(f"{url}return/", form(**changed, **{"accessory-0": "1"}))
        assert answer.status_code == 302, said(answer)

        record = ConditionRecord.objects.get(kind=Kind.RETURN)
        codes = [one["code"] for one in record.document["differences"]]
        assert (codes, record.document["data_wiped"]) == (["accessory_fewer", "item_worse"], True)
        client.force_login(world.buyer)
        page = said(client.get(f"/records/{record.public_id}/"))
        after = Photo.objects.exclude(pk=before.pk).get()
        for text in ("vice: 1 came back of 2.", "Hums", "Grinds", before.public_id, after.public_id):
            assert text in page
        client.post(f"/records/{record.public_id}/confirm/", {"digest": record.digest})

        assert answered(record) == "CONFIRMED"
        assert "Confirm the record" not in said(client.get(f"/records/{record.public_id}/"))
        client.force_login(world.owner)
        page = said(client.get(url))
        assert "Returned" in page
        assert "Take the machine back" not in page

    def test_says_at_its_field_what_is_missing_and_keeps_nothing(self, world, over, client):
        client.force_login(world.owner)
        url = f"/leases/{over.public_id}/return/"

        assert "Say why the memory is not wiped" in said(client.post(url, form(wipe="NOT_WIPED")))
        assert "Say in words" in said(client.post(url, form(**{"seen-axes": "FAULT"})))
        assert "whole JPEG" in said(client.post(url, form(**{"photo-axes": upload(b"<svg/>")})))
        assert "This field is required" in said(client.post(url, form(wipe="")))
        assert not ConditionRecord.objects.filter(kind=Kind.RETURN).exists()
        assert Photo.objects.count() == 1

    def test_of_a_machine_in_use_is_refused_with_what_to_do(self, world, lease, client):
        client.force_login(world.owner)
        url = f"/leases/{lease.public_id}/return/"

        assert "still in use. End the lease first" in said(client.get(url))
        assert "still in use. End the lease first" in said(client.post(url, form()))
        assert not ConditionRecord.objects.filter(kind=Kind.RETURN).exists()

    def test_is_of_the_two_sides(self, world, over, client):
        url = f"/leases/{over.public_id}/return/"
        for who, code in ((world.guest, 403), (world.watcher, 403), (world.outsider, 404)):
            client.force_login(who)
            assert client.get(url).status_code == code
            assert client.post(url, form()).status_code == code
        assert not ConditionRecord.objects.filter(kind=Kind.RETURN).exists()

    def test_lets_the_lessee_object(self, world, over, client):
        client.force_login(world.owner)
        client.post(f"/leases/{over.public_id}/return/", form(wipe="NOT_WIPED", wipe_reason="Panel is dead"))
        record = ConditionRecord.objects.get(kind=Kind.RETURN)
        client.force_login(world.buyer)
        url = f"/records/{record.public_id}/"
        assert "not wiped: Panel is dead" in said(client.get(url))

        client.post(f"{url}object/", {"digest": record.digest, "reason": "It was wiped by us"})

        assert "It was wiped by us" in said(client.get(url))
        assert answered(record) == "OBJECTED"


class TestGivingBack:
    """The lessor does nothing: the lessee writes the return down, and the lessor reads it."""

    def test_needs_no_script(self, world, over, client):
        url = f"/leases/{over.public_id}/"
        client.force_login(world.buyer)
        page = said(client.get(url))
        assert "Write down the return" in page
        assert "Take the machine back" not in page
        asked = said(client.get(f"{url}return/"))
        assert "Give the machine back" in asked
        assert "Then the lessor has 10 days to inspect the machine." in asked

        answer = client.post(f"{url}return/", form(**{"photo-axes": upload(), "text-axes": "Clean"}))
        assert answer.status_code == 302, said(answer)

        record = ConditionRecord.objects.get(kind=Kind.RETURN)
        assert (record.side, Photo.objects.latest("pk").organization) == ("lessee", world.lessee.public_id)
        own = said(client.get(f"/records/{record.public_id}/"))
        assert "The lessor confirms or objects until:" in own
        assert "Confirm the record" not in own
        assert "To be inspected until:" in said(client.get(url))
        client.force_login(world.owner)
        page = said(client.get(f"/records/{record.public_id}/"))
        assert "Did the machine come back like this?" in page
        client.post(f"/records/{record.public_id}/object/", {"digest": record.digest, "reason": "Not here"})
        assert answered(record) == "OBJECTED"
        assert "Take the machine back" in said(client.get(url))

    def test_of_what_the_lessor_wrote_is_refused_with_what_to_do(self, world, over, client):
        client.force_login(world.owner)
        client.post(f"/leases/{over.public_id}/return/", form())
        client.force_login(world.buyer)
        page = said(client.get(f"/leases/{over.public_id}/return/"))
        assert "The return is written down already." in page
        assert ConditionRecord.objects.filter(kind=Kind.RETURN).count() == 1


def answered(record):
    return ConditionRecord.objects.select_related("answer").get(pk=record.pk).answer.word
