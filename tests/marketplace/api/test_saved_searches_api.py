"""Saved searches over REST and on their pages: everybody's own, and read by the form of the search."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from marketplace.actions import api_keys, listings, saved_searches
from marketplace.filters.search import wanted_of
from marketplace.models import Listing, SavedFilter
from marketplace.models.apikeys import Scope
from tests import once
from tests.factories import marketplace as make

URL, PAGE = "/api/v1/saved-searches/", "/saved-searches/"
SENT = {"name": "五轴", "query": "q=falcon&page=2", "telling": "WEEKLY"}
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@once.fixture
def person():
    make.category()
    return make.member(make.organization())


def signed_in(person, kind=APIClient):
    made = kind(**ENGLISH)
    made.force_login(person)
    return made


@pytest.fixture
def rest(person):
    return signed_in(person)


@pytest.fixture
def web(person):
    return signed_in(person, Client)


def found(saved):
    """Publish something that the search finds, and let it be told."""
    owner = make.organization(kind="LESSOR")
    made = make.listing(owner, title="Falcon", status=Listing.Status.DRAFT)
    now = timezone.now()
    listings.publish(listing=made, by=make.member(owner), at=now)
    assert saved_searches.tell(saved=saved.pk, wanted=wanted_of(saved.query), at=now + timedelta(days=9)) == 1
    return made


class TestRest:
    def test_is_saved_read_changed_and_deleted(self, rest):
        made = rest.post(URL, SENT, format="json")
        assert (made.status_code, made.data["query"], made.data["telling"]) == (201, "q=falcon", "WEEKLY")
        one = f"{URL}{made.data['id']}/"

        assert rest.get(one).data == made.data
        assert [row["id"] for row in rest.get(URL, {"telling": "WEEKLY"}).data["data"]] == [made.data["id"]]
        changed = rest.patch(one, {"name": "b", "telling": "NEVER"}, format="json").data
        assert (changed["name"], changed["telling"], changed["due_at"]) == ("b", "NEVER", None)
        assert rest.patch(one, {"telling": "AT_ONCE"}, format="json").data["due_at"] is not None
        assert rest.delete(one).status_code == 204
        assert rest.get(one).status_code == 404

    def test_says_what_it_told_of_as_long_as_that_is_offered(self, rest):
        saved = SavedFilter.objects.get(public_id=rest.post(URL, SENT, format="json").data["id"])
        new = found(saved)

        finds = f"{URL}{saved.public_id}/finds/"
        assert [(row["listing"], row["title"]) for row in rest.get(finds).data["data"]] == [
            (new.public_id, "Falcon")
        ]
        Listing.objects.update(status=Listing.Status.PAUSED)
        assert rest.get(finds).data["data"] == []

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"name": ""}, "/name"),
            ({"name": "a\x07"}, "/name"),
            ({"name": "a" * 61}, "/name"),
            ({"query": "km=ten"}, "/query/km"),
            ({"query": "near=nowhere&km=5"}, "/query/near"),
            ({"query": "q=" + "a%00"}, "/query/q"),
            ({"query": "q=" + "五" * 90 + "&city=" + "五" * 40}, "/query"),
            ({"query": ["q"]}, "/query"),
            ({"query": "x" * 4_001}, "/query"),
            ({"query": "free_from=2020-01-01&free_to=2020-01-02"}, "/query"),
            ({"telling": "HOURLY"}, "/telling"),
        ],
    )
    def test_what_cannot_be_kept_is_named_and_nothing_is(self, rest, changes, pointer):
        answer = rest.post(URL, SENT | changes, format="json")

        assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (400, [pointer])
        assert not SavedFilter.objects.exists()

    def test_is_nobody_elses_and_a_key_needs_its_scope(self, rest, person):
        one = f"{URL}{rest.post(URL, SENT, format='json').data['id']}/"
        colleague = signed_in(make.member(person.memberships.get().organization))
        for answer in (
            colleague.get(one),
            colleague.get(f"{one}finds/"),
            colleague.patch(one, {"name": "c"}, format="json"),
            colleague.delete(one),
        ):
            assert answer.status_code == 404
        assert colleague.get(URL).data["data"] == []
        assert APIClient().get(URL).status_code in (401, 403)

        _key, secret = api_keys.create(
            organization=person.memberships.get().organization, name="k", scopes=[Scope.LISTINGS_READ],
            by=person, at=timezone.now(),
        )  # fmt: skip
        program = APIClient(headers={"authorization": f"Bearer {secret}"})
        assert len(program.get(URL).data["data"]) == 1
        assert program.post(URL, SENT | {"name": "c"}, format="json").status_code == 403
        assert program.delete(one).status_code == 403
        assert SavedFilter.objects.count() == 1


def test_a_file_of_a_search_that_cannot_be_read_is_refused(web):
    assert web.get("/?km=ten&format=csv").status_code == 400


class TestPages:
    def test_from_the_empty_result_to_the_first_machine(self, web):
        page = web.get("/?q=falcon").content.decode()
        assert "Tell me when there is one" in page
        assert "/saved-searches/new/?q=falcon" in page

        asked = web.get(f"{PAGE}new/?q=falcon&verified=on&page=3").content.decode()
        assert "Search: falcon" in asked
        assert 'value="falcon"' in asked
        answer = web.post(f"{PAGE}new/?q=falcon", {"name": "falcons", "telling": "AT_ONCE"})
        saved = SavedFilter.objects.get()
        assert (answer.status_code, answer.url) == (302, f"{PAGE}{saved.public_id}/")
        assert "Nothing new so far" in web.get(answer.url).content.decode()

        new = found(saved)

        assert f"/listings/{new.public_id}/" in web.get(answer.url).content.decode()
        assert "within minutes" in web.get(PAGE).content.decode()
        assert answer.url in web.get("/notifications/").content.decode()
        page = web.get("/").content.decode()
        assert "Save this search" in page

    def test_is_named_anew_told_otherwise_and_deleted(self, web):
        web.post(f"{PAGE}new/", {"name": "all", "telling": "DAILY"})
        one = f"{PAGE}{SavedFilter.objects.get().public_id}/"
        web.post(f"{PAGE}new/?q=a", {"name": "a", "telling": "DAILY"})

        assert web.post(one, {"name": "b", "telling": "NEVER"}).status_code == 302
        assert (web.post(one, {"name": "a", "telling": "DAILY"})).status_code == 400
        assert web.post(one, {"name": "", "telling": "x"}).status_code == 400
        assert set(SavedFilter.objects.values_list("name", "telling")) == {("b", "NEVER"), ("a", "DAILY")}
        assert web.post(f"{one}delete/").url == PAGE
        assert web.get(one).status_code == 404
        assert "All machines" in web.get(f"{PAGE}new/").content.decode()

    def test_a_list_of_many_asks_no_more_than_one(self, web, django_assert_max_num_queries):
        asked = "q=a&category=M1-MC&region=32&near=31.3,120.6&km=5&owner=LESSOR&verified=on&order=distance"
        for number in range(4):
            web.post(f"{PAGE}new/?{asked}&city={number}", {"name": f"n{number}", "telling": "NEVER"})

        with django_assert_max_num_queries(12):
            shown = web.get(PAGE).content.decode()

        assert "Region: Jiangsu · " in shown
        assert "Category: Machining centre" in shown
        assert "Verified owners only: yes" in shown

    def test_one_that_is_switched_off_says_why_and_can_still_be_named(self, web, person):
        web.post(f"{PAGE}new/?q=a", {"name": "a", "telling": "DAILY"})
        SavedFilter.objects.update(stopped="UNREADABLE", due_at=None, query="km=ten")
        one = f"{PAGE}{SavedFilter.objects.get().public_id}/"

        assert "can no longer be read" in web.get(one).content.decode()
        assert "can no longer be read" in web.get(PAGE).content.decode()
        assert web.post(one, {"name": "a", "telling": "DAILY"}).status_code == 400
        assert web.post(one, {"name": "b", "telling": "NEVER"}).status_code == 302

    def test_what_cannot_be_read_is_said_where_it_is_searched_and_bad_names_here(self, web):
        answer = web.get(f"{PAGE}new/?km=ten")
        assert (answer.status_code, answer.url) == (302, "/?km=ten")
        assert web.post(f"{PAGE}new/?q=a", {"name": "\0", "telling": "DAILY"}).status_code == 400
        days = "free_from=2020-01-01&free_to=2020-01-02"
        answer = web.post(f"{PAGE}new/?{days}", {"name": "a", "telling": "DAILY"})
        assert (answer.status_code, "days of this search are over" in answer.content.decode()) == (400, True)
        assert not SavedFilter.objects.exists()

    def test_is_for_members_and_everybodys_own(self, web, person, client):
        web.post(f"{PAGE}new/?q=a", {"name": "a", "telling": "DAILY"})
        one = f"{PAGE}{SavedFilter.objects.get().public_id}/"
        colleague = signed_in(make.member(person.memberships.get().organization), Client)

        assert "/login/" in client.get(f"{PAGE}new/?q=a").url
        assert colleague.get(one).status_code == 404
        assert colleague.post(f"{one}delete/").status_code == 404
        assert SavedFilter.objects.count() == 1
