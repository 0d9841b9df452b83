"""Searches of the register on pages and over REST."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace.models import EncumbranceSearch, Listing
from marketplace.models.parties import Role
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def owner():
    return make.organization()


@pytest.fixture
def listing(owner):
    return make.listing(owner)


@pytest.fixture
def url(listing):
    return f"/equipment/{listing.units.get().equipment.public_id}/encumbrances/"


def client(person):
    made = Client(headers={"accept-language": "en"})
    made.force_login(person)
    return made


@pytest.fixture
def mine(owner):
    return client(make.member(owner))


def text(answer):
    return answer.content.decode()


def typed(days=1, **changes):
    at = timezone.localtime(timezone.now() - days * DAY).strftime("%Y-%m-%dT%H:%M")
    return {"searched_at": at, "query_number": "Q-77", "result": "CLEAR"} | changes


def test_an_owner_is_warned_until_it_has_searched_and_everybody_sees_the_day(mine, listing, url):
    machine = url.removesuffix("encumbrances/")
    page = text(mine.get(machine))
    assert "encumbrance not searched" in page
    assert "older than thirty days" in page
    assert "Register of movables searched on" not in text(mine.get(f"/listings/{listing.public_id}/"))

    done = mine.post(url, typed(), follow=True)

    assert "The newest search of the machine counts." in text(done)
    page = text(mine.get(machine))
    assert "searched: clear" in page
    assert "older than thirty days" not in page
    assert "Register of movables searched on" in text(
        Client(headers={"accept-language": "en"}).get(f"/listings/{listing.public_id}/")
    )


def test_an_old_search_asks_for_another(mine, url):
    mine.post(url, typed(days=31))

    assert "older than thirty days" in text(mine.get(url.removesuffix("encumbrances/")))


def test_a_right_of_others_pauses_what_is_offered_until_there_is_consent(mine, listing, url):
    found = typed(result="ENCUMBERED", registration_number="R-9", holder="Bank of Suzhou")
    mine.post(url, found)
    assert Listing.objects.get(pk=listing.pk).status == "PAUSED"
    refused = mine.post(f"/my-listings/{listing.public_id}/publish/")
    assert refused.status_code == 409
    assert "Bank of Suzhou" in text(refused)

    done = mine.post(url, found | {"consent": "2026-11-01"}, follow=True)

    assert "encumbered, the holder consents" in text(done)
    assert mine.post(f"/my-listings/{listing.public_id}/publish/").status_code == 302


def test_what_is_wrong_stands_at_its_field(mine, url):
    answer = mine.post(url, typed(days=-1, result="ENCUMBERED"))

    assert answer.status_code == 400
    assert "This lies in the future." in text(answer)
    assert mine.post(url, {}).status_code == 400
    assert not EncumbranceSearch.objects.exists()


def test_readers_see_no_form_and_strangers_nothing(owner, url):
    reader = client(make.member(owner, Role.VIEWER))

    assert 'name="query_number"' not in text(reader.get(url))
    assert reader.post(url, typed()).status_code == 403
    assert client(make.member(make.organization())).get(url).status_code == 404
    assert not EncumbranceSearch.objects.exists()


def test_over_rest(owner, url):
    machine = url.split("/")[2]
    rest = f"/api/v1/equipment/{machine}/encumbrance-searches/"
    api, stranger, reader = APIClient(), APIClient(), APIClient()
    api.force_login(make.member(owner))
    stranger.force_login(make.member(make.organization()))
    reader.force_login(make.member(owner, Role.VIEWER))
    given = typed() | {"searched_at": timezone.now() - DAY}

    assert stranger.post(rest, given, format="json").status_code == 404
    assert reader.post(rest, given, format="json").status_code == 403
    wrong = api.post(rest, given | {"result": "ENCUMBERED"}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "encumbrance_search_invalid")
    assert api.post(rest, given, format="json").status_code == 201
    assert [one["query_number"] for one in api.get(rest).json()["data"]] == ["Q-77"]
