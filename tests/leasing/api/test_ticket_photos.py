"""Photos of a fault over REST."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from leasing.models import Photo, TicketPhoto
from tests.factories.leasing import picture
from tests.leasing.api.test_tickets import URL, Rest

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024


@pytest.fixture
def rest(world, monkeypatch):
    return Rest(world, monkeypatch)


@pytest.fixture
def url(rest, world):
    return f"{URL}{rest.post(world.lessee, URL, rest.given()).json()['id']}/photos/"


def upload(data=None):
    return SimpleUploadedFile("fault.jpg", picture() if data is None else data, content_type="image/jpeg")


def send(rest, who, url, *files, **more):
    return rest.clients[who].post(url, {"photos": list(files)}, format="multipart", **more)


def test_they_are_named_in_the_ticket(rest, world, url):
    answer = send(rest, world.lessor, url, upload(), upload())

    assert (answer.status_code, answer["ETag"]) == (200, '"2"'), answer.json()
    shots = answer.json()["photos"]
    assert [(one["position"], one["organization"]) for one in shots] == [
        (1, world.lessor.public_id),
        (2, world.lessor.public_id),
    ]
    assert rest.clients[world.lessee].get(shots[0]["url"]).content == bytes(
        Photo.objects.get(public_id=shots[0]["id"]).content
    )
    assert rest.clients[world.lessee].get(URL).json()["data"][0]["photos"] == shots


def test_a_script_is_refused_whole(rest, world, url):
    answer = send(rest, world.lessee, url, upload(), upload(b"<svg/onload=alert(1)>"))

    assert (answer.status_code, answer.json()["code"]) == (400, "photo_invalid")
    assert answer.json()["errors"][0]["pointer"] == "/photos/1"
    assert not TicketPhoto.objects.exists()
    assert not Photo.objects.exists()


def test_none_and_six_are_refused(rest, world, url):
    assert send(rest, world.lessee, url).status_code == 400
    assert send(rest, world.lessee, url, *(upload() for _ in range(6))).status_code == 400
    send(rest, world.lessee, url, *(upload() for _ in range(5)))
    again = send(rest, world.lessee, url, upload())
    assert (again.status_code, again.json()["code"]) == (409, "too_many_ticket_photos")


def test_large_ones_are_taken_once_by_a_key_and_more_than_five_of_them_are_not(rest, world, url):
    def large():
        return upload(picture() + bytes(2 * MIB))

    key = {"HTTP_IDEMPOTENCY_KEY": "k"}
    first = send(rest, world.lessor, url, large(), large(), large(), **key)
    again = send(rest, world.lessor, url, large(), large(), large(), **key)
    other = send(rest, world.lessor, url, large(), large(), upload(picture() + bytes(3 * MIB)), **key)

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 422), first.content
    assert again["Idempotency-Replayed"] == "true"
    assert TicketPhoto.objects.count() == 3
    answer = send(rest, world.lessor, url, upload(picture() + bytes(77 * MIB)))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_the_version_is_asked_for(rest, world, url):
    for tag in ('"7"', "1" * 4301):
        assert send(rest, world.lessee, url, upload(), HTTP_IF_MATCH=tag).status_code == 412
    assert not Photo.objects.exists()


def test_strangers_find_nothing(rest, world, url):
    assert send(rest, world.stranger, url, upload()).status_code == 404
