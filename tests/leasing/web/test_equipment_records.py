"""Records of a machine on its owner's page."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from leasing.web import equipment_records
from marketplace.models import EquipmentRecord
from marketplace.models.parties import Role
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def url(owner):
    return f"/equipment/{make.equipment(owner).public_id}/records/"


def client(person):
    made = Client(headers={"accept-language": "en"})
    made.force_login(person)
    return made


@pytest.fixture
def mine(owner):
    return client(make.member(owner, Role.OPERATOR))


def local(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def typed(**changes):
    return {"result": "PASSED", "done_at": local(timezone.now() - DAY), "done_by": "Li Qiang"} | changes


def text(answer):
    return answer.content.decode()


def test_a_calibration_holds_for_the_whole_of_its_last_day(mine, url):
    assert f'href="{url}"' in text(mine.get(url.removesuffix("records/")))
    last = timezone.localdate() + 100 * DAY
    paper = SimpleUploadedFile("certificate.pdf", b"%PDF-1.7 certificate")
    given = typed(reference="JJG-77", valid_until=str(last), document=paper)

    done = mine.post(f"{url}?kind=CALIBRATION", given, follow=True)

    made = EquipmentRecord.objects.get()
    assert (made.kind, timezone.localtime(made.valid_until).date()) == ("CALIBRATION", last + DAY)
    assert made.document_sha256 == hashlib.sha256(b"%PDF-1.7 certificate").hexdigest()
    assert all(one in text(done) for one in ("It cannot be changed", "JJG-77", made.document_sha256[:12]))


def test_a_batch_is_opened_and_closed(mine, url):
    form = text(mine.get(f"{url}?kind=BATCH"))
    assert 'name="batch"' in form
    assert 'name="valid_until"' not in form
    mine.post(f"{url}?kind=BATCH", typed(result="OPEN", batch="B-1", product="mAb-3"))
    opened = EquipmentRecord.objects.get()
    assert f"?replaces={opened.public_id}#add" in text(mine.get(url))
    assert 'value="B-1"' in text(mine.get(f"{url}?replaces={opened.public_id}"))

    closed = typed(batch="B-1", product="mAb-3", released_by="QA Wang")
    done = mine.post(f"{url}?replaces={opened.public_id}", closed, follow=True)

    assert EquipmentRecord.objects.in_force().get().replaces == opened
    assert "QA Wang" in text(done)
    assert "a newer one holds" in text(done)


def test_what_is_wrong_stands_at_its_field_and_nothing_is_written(mine, url, monkeypatch):
    monkeypatch.setattr(equipment_records, "LARGEST_DOCUMENT", 3)
    for kind, given, said in (
        ("CLEANING", typed(done_at=local(timezone.now() + DAY)), "This lies in the future."),
        ("CLEANING", typed(done_at="0001-01-01T00:00"), "at most ten years old"),
        ("CLEANING", typed(done_at="9999-12-31T23:59"), "This lies in the future."),
        ("CLEANING", typed(valid_until="9999-12-31"), "between the years 2000 and 2999"),
        ("CLEANING", typed(document=SimpleUploadedFile("a.pdf", b"1234")), "more than 20 MB"),
        ("CALIBRATION", typed(reference="C-1"), "Say until when the calibration holds."),
        ("BATCH", typed(batch="B-1", product="mAb-3"), "Say who released or rejected the batch."),
    ):
        answer = mine.post(f"{url}?kind={kind}", given)
        assert (answer.status_code, said in text(answer)) == (400, True), (kind, given)
    assert not EquipmentRecord.objects.exists()


def test_a_batch_number_that_is_taken_is_said(mine, url):
    opened = typed(result="OPEN", batch="B-1", product="mAb-3")
    mine.post(f"{url}?kind=BATCH", opened)

    again = mine.post(f"{url}?kind=BATCH", opened)

    assert "Close or correct that one." in text(again)
    assert EquipmentRecord.objects.count() == 1


def test_what_has_run_out_is_said_and_kept_when_corrected(mine, url):
    past = timezone.localdate() - 2 * DAY
    mine.post(
        f"{url}?kind=CLEANING",
        typed(done_at=local(timezone.now() - 5 * DAY), valid_until=str(past)),
    )
    made = EquipmentRecord.objects.get()

    assert "run out" in text(mine.get(url))
    assert f'value="{past}"' in text(mine.get(f"{url}?replaces={made.public_id}"))


def test_readers_see_no_form_and_strangers_nothing(owner, url):
    reader = client(make.member(owner, Role.VIEWER))

    assert '<form method="post" enctype' not in text(reader.get(url))
    assert reader.post(f"{url}?kind=CLEANING", typed()).status_code == 403
    assert client(make.member(make.organization())).get(url).status_code == 404
    assert not EquipmentRecord.objects.exists()
