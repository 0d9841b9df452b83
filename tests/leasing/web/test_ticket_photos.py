"""Photos of a fault on pages: with the report or later, without script; a script is no photo."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from leasing.models import Photo, Ticket, TicketPhoto
from tests.factories.leasing import picture
from tests.leasing.web.test_tickets import Pages

pytestmark = pytest.mark.django_db
SCRIPT = b"<html><script>alert(document.cookie)</script></html>"


@pytest.fixture
def pages(world, monkeypatch):
    return Pages(world, monkeypatch)


def upload(data=None):
    return SimpleUploadedFile("fault.jpg", picture() if data is None else data, content_type="image/jpeg")


def added(pages, who, *files):
    return pages.do(who, "ticket-photos", Ticket.objects.get().public_id, photos=list(files))


def test_the_form_of_the_report_takes_several(pages, world):
    form = pages.see(world.lessee, "equipment-report", pages.unit.equipment.public_id)
    assert 'enctype="multipart/form-data"' in form
    assert "multiple" in form.split('name="photos"')[1][:200]

    pages.told(photos=[upload(), upload()])

    shots = TicketPhoto.objects.known()
    shown = pages.see(world.lessor, "ticket", Ticket.objects.get().public_id)
    assert [f"/photos/{one.photo.public_id}/" in shown for one in shots] == [True, True]


def test_a_script_leaves_no_half_ticket(pages):
    said = pages.told(photos=[upload(), upload(SCRIPT)])

    assert "not a whole JPEG, PNG or WebP" in said
    assert not Ticket.objects.exists()
    assert not Photo.objects.exists()


def test_six_are_said_to_be_too_many(pages):
    assert "at most 5 photos" in pages.told(photos=[upload() for _ in range(6)])
    assert not Ticket.objects.exists()


def test_either_side_adds_some(pages, world):
    pages.told()

    assert "The other side sees it" in added(pages, world.lessor, upload())
    assert "The other side sees it" in added(pages, world.lessee, upload(), upload())
    assert "not a whole JPEG" in added(pages, world.lessee, upload(SCRIPT))
    assert "Choose a photo" in added(pages, world.lessee)
    assert added(pages, world.stranger, upload()) == 404
    assert TicketPhoto.objects.count() == 3


def test_the_form_goes_when_the_ticket_is_full(pages, world):
    pages.told(photos=[upload() for _ in range(5)])

    assert "Add the photos" not in pages.see(world.lessee, "ticket", Ticket.objects.get().public_id)
    assert "It has 5 already" in added(pages, world.lessee, upload())


def test_the_two_sides_see_them_and_nobody_else(pages, world):
    pages.told(photos=[upload()])
    photo = Photo.objects.get().public_id

    for who, code in ((world.lessee, 200), (world.lessor, 200), (world.stranger, 404)):
        assert pages.client(who).get(f"/photos/{photo}/").status_code == code
