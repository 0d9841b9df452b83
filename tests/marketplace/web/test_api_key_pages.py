"""Pages of keys: made with a call to try, rotated, bound to networks; requests; limits."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from marketplace.actions import api_keys
from marketplace.models import ApiKey, ApiRequest, Organization
from marketplace.models.parties import OrganizationKind, Role
from marketplace.shared import clock
from marketplace.web import api_keys as pages
from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
KEYS = "/api-keys/"


class World:
    def __init__(self):
        self.works = make.organization()
        self.ada = make.member(self.works)
        self.key, self.text = self.made(self.ada)

    def made(self, by):
        given = {"name": "ERP", "scopes": ["leases:read"], "at": clock.now()}
        return api_keys.create(organization=self.works, by=by, **given)


world = once.fixture(World)


def visit(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


class TestMakingAKey:
    def test_shows_it_once_with_a_call_that_works(self, world):
        sent = {"name": "MES", "scopes": ["leases:read"], "days": "30", "networks": "10.0.0.0/8\n::1"}

        page = visit(world.ada).post(KEYS, sent).content.decode()

        made = ApiKey.objects.get(name="MES")
        calls = re.findall(r"curl -H &quot;Authorization: Bearer (jj_\S+)&quot; &quot;(\S+)&quot;", page)
        assert [path for _, path in calls] == [
            "http://testserver/api/v1/ping/",
            "http://testserver/api/v1/leases/",
        ]
        assert api_keys.find(secret=calls[0][0], at=clock.now(), address="::1") == made
        assert made.networks == ["10.0.0.0/8", "::1/128"]
        assert timedelta(days=29) < made.expires_at - clock.now() < timedelta(days=31)
        assert calls[0][0] not in visit(world.ada).get(KEYS).content.decode()

    @pytest.mark.parametrize(
        "more", [{"name": ""}, {"networks": "10.0.0.1/8"}, {"scopes": []}, {"days": "7000"}]
    )
    def test_keeps_what_was_typed_where_it_cannot_be(self, world, more):
        sent = {"name": "MES", "note": "hall 2", "scopes": ["leases:read"], "days": ""} | more

        answer = visit(world.ada).post(KEYS, sent)

        assert (answer.status_code, ApiKey.objects.count()) == (400, 1)
        assert "hall 2" in answer.content.decode()


class TestAKey:
    def test_gets_another_secret_that_is_shown_once(self, world):
        path = f"{KEYS}{world.key.public_id}/"

        page = visit(world.ada).post(path + "rotate/", {"hours": "1"}).content.decode()
        again = visit(world.ada).post(path + "rotate/", {"hours": "1"}, follow=True).content.decode()

        [new, *_] = re.findall(r"jj_live_[0-9a-f]+\.[\w-]{20,}", page)
        for text in (new, world.text):
            assert api_keys.find(secret=text, at=clock.now()) == world.key
        assert "still works" in again
        assert new not in again

        visit(world.ada).post(path + "end-old-secret/")
        assert api_keys.find(secret=world.text, at=clock.now()) is None

    def test_stays_as_it_is_for_an_overlap_that_is_none(self, world):
        answer = visit(world.ada).post(f"{KEYS}{world.key.public_id}/rotate/", {"hours": "999"})

        assert answer.status_code == 302
        assert ApiKey.objects.get().rotated_at is None

    def test_is_changed(self, world):
        path = f"{KEYS}{world.key.public_id}/"

        wrong = visit(world.ada).post(path, {"name": "Gate", "networks": "nonsense"})
        assert (wrong.status_code, ApiKey.objects.get().name) == (400, "ERP")

        visit(world.ada).post(path, {"name": "Gate", "note": "hall 2", "networks": "10.0.0.1, ::1"})
        changed = ApiKey.objects.get()
        assert (changed.name, changed.note, changed.networks) == (
            "Gate",
            "hall 2",
            ["10.0.0.1/32", "::1/128"],
        )

    def test_of_a_colleague_is_revoked_and_not_rotated(self, world):
        bob = visit(make.member(world.works))
        path = f"{KEYS}{world.key.public_id}/"

        assert "who alone can give it another secret" in bob.get(path).content.decode()
        bob.post(path + "rotate/", {"hours": "1"})
        assert ApiKey.objects.get().rotated_at is None

        bob.post(path + "revoke/")
        assert ApiKey.objects.get().revoked_at is not None
        assert "Make the new secret" not in bob.get(path).content.decode()


class TestRequests:
    def asked(self, world, count=1, **more):
        given = {
            "at": clock.now(),
            "method": "GET",
            "path": "/api/v1/leases/",
            "status": 200,
            "duration_ms": 3,
        }
        given |= {"key": world.key, "organization": world.works} | more
        ApiRequest.objects.bulk_create(ApiRequest(**given, request_id=f"r{n}") for n in range(count))

    def test_are_shown_by_key_and_status(self, world):
        self.asked(world)
        self.asked(world, status=404, code="not_found", path="/api/v1/leases/none/")

        every = visit(world.ada).get(KEYS + "requests/").content.decode()
        some = visit(world.ada).get(KEYS + "requests/", {"status": "4xx", "key": world.key.public_id})

        assert every.count('<td data-label="Call"') == 2
        assert some.content.decode().count('<td data-label="Call"') == 1
        assert "/docs/errors/#not_found" in some.content.decode()

    def test_come_in_pages(self, world):
        self.asked(world, 60)
        first = visit(world.ada).get(KEYS + "requests/").content.decode()
        [before] = re.findall(r"\?before=(\d+)", first)

        second = visit(world.ada).get(KEYS + "requests/", {"before": before}).content.decode()

        assert (first.count('data-label="Call"'), second.count('data-label="Call"')) == (50, 10)

    def test_are_the_newest_in_a_file_so_many_as_the_page_says(self, world, monkeypatch):
        monkeypatch.setattr(pages, "MOST_ROWS", 2)
        for path in ("/api/v1/first/", "/api/v1/second/", "/api/v1/third/"):
            self.asked(world, path=path)

        file = visit(world.ada).get(KEYS + "requests/", {"format": "csv"})

        lines = b"".join(file).decode().splitlines()[1:]
        assert [line.split(",")[1] for line in lines] == ["GET /api/v1/third/", "GET /api/v1/second/"]
        shown = visit(world.ada).get(KEYS + "requests/").content.decode()
        assert 'A file has the newest <span class="num">2</span> calls at the most.' in shown

    def test_of_colleagues_are_shown_to_administrators_alone(self, world):
        self.asked(world)

        page = visit(make.member(world.works, Role.OPERATOR)).get(KEYS + "requests/").content.decode()

        assert "/api/v1/leases/" not in page
        assert "Nothing was asked yet" in page


class TestLimits:
    def test_are_set_on_the_page_of_the_platform(self, world):
        platform = make.organization(kind=OrganizationKind.PLATFORM)
        desk = visit(make.member(platform))
        sent = {"organization": world.works.credit_code, "requests_a_minute": "900", "reason": "large"}

        wrong = desk.post("/request-limits/", sent | {"organization": "nobody"})
        assert wrong.status_code == 400
        page = desk.post("/request-limits/", sent, follow=True).content.decode()

        assert Organization.objects.get(pk=world.works.pk).requests_a_minute == 900
        assert world.works.name in page
        assert visit(world.ada).get("/request-limits/").status_code == 404
