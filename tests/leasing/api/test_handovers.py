"""The hand-over over REST, as the lessor's and the lessee's systems do it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from leasing.actions import offers
from leasing.models import ConditionRecord, Photo
from leasing.rules.checklists import checklist
from marketplace.models import User
from marketplace.shared.period import Period
from tests import once
from tests.factories.leasing import picture, read_notice
from tests.seeing import SeeingClient

DAY = timedelta(days=1)
CHECKLIST = [{"item": item.code} for item in checklist("M1")]
BODY = {
    "checklist": CHECKLIST,
    "serials": ["VMC-1"],
    "accessories": {"vice": 2},
    "readings": [{"meter": "run_time", "value": "120.50"}],
}
READY = dict.fromkeys(("power", "air", "floor", "clean_class", "crew"), True)


@once.fixture
def url(world):
    now = timezone.now()
    asked = world.ask(period=Period(now - DAY, now + 30 * DAY), at=now - DAY)
    lease = offers.accept(lease=asked, by=world.owner, at=now - DAY)
    read_notice(lease, by=world.buyer, at=now)
    return f"/api/v1/leases/{lease.public_id}/"


def client(person):
    found = SeeingClient()
    found.force_authenticate(person)
    return found


def handed(world, url):
    mine = client(world.owner)
    assert mine.post(f"{url}secure/", {"reference": "BANK-7"}, format="json").status_code == 200
    plan = {
        "planned_for": (timezone.now() + DAY).isoformat(),
        "delivery": "SF-1",
        "site_ready": READY,
    }
    assert mine.post(f"{url}plan/", plan, format="json").status_code == 200
    assert mine.post(f"{url}dispatch/", {"delivery": "SF-1"}, format="json").status_code == 200
    file = SimpleUploadedFile("x.png", picture(form="PNG"))
    photo = mine.post(f"{url}photos/", {"photo": file}, format="multipart").json()
    body = BODY | {"photos": [{"photo": photo["id"], "item": "axes"}]}
    answer = mine.post(f"{url}hand_over/", body, format="json")
    assert answer.status_code == 200, answer.json()
    (record,) = client(world.buyer).get(f"{url}records/").json()["data"]
    assert record["document"]["photos"] == [{"photo": photo["id"], "sha256": photo["sha256"], "item": "axes"}]
    assert record["document"]["readings"][0]["value"] == "120.5"
    return record


def test_goes_from_the_deposit_to_the_beginning(world, url):
    record = handed(world, url)
    confirm = f"{url}records/{record['id']}/confirm/"

    theirs = client(world.owner).post(confirm, {"digest": record["digest"]}, format="json")
    assert theirs.status_code == 403
    answer = client(world.buyer).post(confirm, {"digest": record["digest"]}, format="json")

    assert answer.json()["answer"]["word"] == "CONFIRMED"
    assert client(world.buyer).get(url).json()["status"] == "ACTIVE"


def test_an_objection_has_a_reason(world, url):
    record = handed(world, url)
    mine = client(world.buyer)
    object_to = f"{url}records/{record['id']}/object/"

    assert mine.post(object_to, {"digest": record["digest"]}, format="json").status_code == 400
    given = {"digest": record["digest"], "reason": "Cracked"}
    assert mine.post(object_to, given, format="json").json()["answer"]["reason"] == "Cracked"
    late = client(world.owner).post(f"{url}activate/")
    assert (late.status_code, late.json()["code"]) == (409, "handover_objected")


def test_without_a_deposit_nothing_is_handed_over(world, url):
    answer = client(world.owner).post(f"{url}hand_over/", BODY, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "deposit_missing")
    assert not ConditionRecord.objects.exists()


@pytest.mark.parametrize("data", [b"<script>alert(1)</script>", b"<svg/>", b"%PDF-1.7"])
def test_a_script_as_photo_is_refused(world, url, data):
    file = SimpleUploadedFile("photo.jpg", data, content_type="image/jpeg")
    answer = client(world.owner).post(f"{url}photos/", {"photo": file}, format="multipart")

    assert (answer.status_code, answer.json()["code"]) == (400, "photo_invalid")
    assert not Photo.objects.exists()


def test_a_photo_has_15_mb_and_anything_else_4(world, url):
    mine, large = client(world.owner), picture() + bytes(14 * 1024 * 1024)
    for address, data, status in (
        ("photos/", large, 201),
        ("photos/", large + large, 413),
        ("plan/", large, 413),
    ):
        file = SimpleUploadedFile("photo.jpg", data, content_type="image/jpeg")
        assert mine.post(f"{url}{address}", {"photo": file}, format="multipart").status_code == status
    answer = mine.post(f"{url}photos/", {"photo": "x" * 5 * 1024 * 1024}, format="json")
    assert answer.status_code == 413


def test_a_key_of_the_lessor_does_not_confirm_for_the_lessee(world, url, keyed):
    record = handed(world, url)
    world.owner.memberships.create(organization=world.lessee, role="ADMIN")
    world.owner.memberships.filter(organization=world.lessor).update(role="ADMIN")

    key = keyed(User.objects.get(pk=world.owner.pk), world.lessor)
    answer = key.post(f"{url}records/{record['id']}/confirm/", {"digest": record["digest"]}, format="json")

    assert answer.status_code == 403
    assert ConditionRecord.objects.filter(answer=None).exists()
