"""Keys, requests, limits and ping over REST."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from marketplace.actions import api_keys
from marketplace.api.ping import _mode
from marketplace.models import ApiKey, ApiRequest, AuditEntry, IdempotencyRecord, Organization
from marketplace.models.parties import OrganizationKind, Role
from marketplace.shared import clock
from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
KEYS, PING, DAY = "/api/v1/api-keys/", "/api/v1/ping/", timedelta(days=1)
ALL = ("keys:read", "keys:write", "equipment:read")


class World:
    def __init__(self):
        self.works = make.organization()
        self.ada = make.member(self.works)
        self.key, self.text = self.made(scopes=ALL)

    def made(self, by=None, **more):
        given = {"name": "ERP", "scopes": ["equipment:read"], "at": clock.now()} | more
        return api_keys.create(organization=self.works, by=by or self.ada, **given)


world = once.fixture(World)


def with_key(text):
    client = APIClient(headers={"accept-language": "en"})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def signed_in(user):
    client = APIClient()
    client.force_login(user)
    return client


def pointers(answer):
    return [one["pointer"] for one in answer.json()["errors"]]


class TestKeys:
    def test_are_listed_with_what_they_allow_in_words_and_no_secret(self, world):
        answer = with_key(world.text).get(KEYS)

        [told] = answer.json()["data"]
        assert (told["id"], told["state"], told["scopes"]) == (world.key.public_id, "ACTIVE", sorted(ALL))
        assert told["allows"][0] == "Read machines"
        assert world.text.split(".")[1] not in answer.content.decode()

    def test_are_read_one_by_one(self, world):
        client = with_key(world.text)
        (listed,) = client.get(KEYS).json()["data"]

        assert client.get(f"{KEYS}{world.key.public_id}/").json()["prefix"] == listed["prefix"]
        assert world.text not in client.get(f"{KEYS}{world.key.public_id}/").content.decode()

    def test_are_made_and_shown_once(self, world):
        sent = {"name": "MES", "scopes": ["equipment:read"], "note": "hall 2", "networks": ["10.0.0.0/8"]}

        answer = with_key(world.text).post(KEYS, sent, format="json", HTTP_IDEMPOTENCY_KEY="once")

        told = answer.json()
        assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
        assert (told["networks"], told["note"], told["expires_at"]) == (["10.0.0.0/8"], "hall 2", None)
        assert api_keys.find(secret=told["key"], at=clock.now(), address="10.1.1.1").name == "MES"
        assert not IdempotencyRecord.objects.exists()

    def test_open_no_more_than_the_key_that_makes_them(self, world):
        _, text = world.made(scopes=["keys:write"], expires_at=clock.now() + DAY, networks=["127.0.0.0/8"])
        sent = {"name": "x", "scopes": ["equipment:read"]}

        answer = with_key(text).post(KEYS, sent, format="json")

        assert (answer.status_code, answer.json()["code"]) == (403, "api_key_reaches_further")
        assert pointers(answer) == ["/scopes", "/expires_at", "/networks"]
        assert not ApiKey.objects.filter(name="x").exists()

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"name": ""}, "/name"),
            ({"name": "a\u001bb"}, "/name"),
            ({"scopes": []}, "/scopes"),
            ({"scopes": ["everything"]}, "/scopes/0"),
            ({"networks": ["10.0.0.1/8"]}, "/networks/0"),
            ({"networks": "10.0.0.0/8"}, "/networks"),
            ({"networks": ["10.0.0.0/8"] * 21}, "/networks"),
            ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
            ({"expires_at": "9999-12-31T23:59:59Z"}, "/expires_at"),
            ({"expires_at": "soon"}, "/expires_at"),
        ],
    )
    def test_that_can_be_none_are_refused_at_their_field(self, world, more, pointer):
        sent = {"name": "x", "scopes": ["equipment:read"]} | more

        answer = with_key(world.text).post(KEYS, sent, format="json")

        assert (answer.status_code, pointers(answer)) == (400, [pointer])
        assert ApiKey.objects.count() == 1

    def test_rotate_with_both_secrets_and_end_the_old_one(self, world):
        client, path = with_key(world.text), f"{KEYS}{world.key.public_id}/"

        rotated = client.post(path + "rotate/", {"hours": 3}, format="json")
        new = rotated.json()["key"]
        again = with_key(new).post(path + "rotate/", {}, format="json")
        ended = with_key(new).post(path + "end-old-secret/")

        assert (rotated.status_code, rotated["Cache-Control"]) == (200, "no-store")
        assert (again.status_code, again.json()["code"]) == (409, "api_key_old_secret_lives")
        assert ended.json()["old_secret_until"] is None
        assert (client.get(PING).status_code, with_key(new).get(PING).status_code) == (401, 200)

    @pytest.mark.parametrize("hours", [-1, 169, "many", None])
    def test_refuse_an_overlap_that_is_none(self, world, hours):
        path = f"{KEYS}{world.key.public_id}/rotate/"

        answer = with_key(world.text).post(path, {"hours": hours}, format="json")

        assert (answer.status_code, pointers(answer)) == (400, ["/hours"])
        assert ApiKey.objects.get().rotated_at is None

    def test_are_changed_and_revoked(self, world):
        key, text = world.made()
        client, path = with_key(world.text), f"{KEYS}{key.public_id}/"

        changed = client.put(path, {"name": "Gate", "note": "", "networks": ["127.0.0.1"]}, format="json")
        before = with_key(text).get(PING).status_code
        revoked = client.post(path + "revoke/")

        assert (changed.json()["name"], changed.json()["networks"]) == ("Gate", ["127.0.0.1/32"])
        assert (before, revoked.json()["state"], with_key(text).get(PING).status_code) == (
            200,
            "REVOKED",
            401,
        )

    @pytest.mark.parametrize("left_out", ["networks", "note"])
    def test_are_not_opened_by_what_a_change_leaves_out(self, world, left_out):
        key, _ = world.made(networks=["127.0.0.1"], note="ask Ada")
        sent = {"name": "Gate", "note": "", "networks": []}
        del sent[left_out]

        answer = with_key(world.text).put(f"{KEYS}{key.public_id}/", sent, format="json")

        assert (answer.status_code, pointers(answer)) == (400, [f"/{left_out}"])
        found = ApiKey.objects.get(pk=key.pk)
        assert (found.name, found.note, found.networks) == (key.name, "ask Ada", ["127.0.0.1/32"])

    def test_bind_no_network_with_a_zone(self, world):
        sent = {"name": "Gate", "note": "", "networks": ["fe80::1%eth0"]}

        changed = with_key(world.text).put(f"{KEYS}{world.key.public_id}/", sent, format="json")
        made = with_key(world.text).post(KEYS, sent | {"scopes": ["keys:read"]}, format="json")

        for answer in (changed, made):
            assert (answer.status_code, pointers(answer)) == (400, ["/networks/0"])
        assert ApiKey.objects.get().networks == []

    def test_used_from_an_address_with_a_zone_say_it_without(self, world):
        answer = with_key(world.text).get(PING, REMOTE_ADDR="fe80::1%eth0")

        assert answer.status_code == 200
        assert ApiKey.objects.get().last_used_from == "fe80::1"

    def test_of_others_are_not_there(self, world):
        other = make.organization()
        stranger = signed_in(make.member(other))
        path = f"{KEYS}{world.key.public_id}/"

        assert stranger.get(KEYS).json()["data"] == []
        assert [stranger.get(path).status_code, stranger.post(path + "revoke/").status_code] == [404, 404]
        assert signed_in(make.member(world.works, Role.OPERATOR)).get(KEYS).json()["data"] == []
        assert ApiKey.objects.get().revoked_at is None

    def test_need_their_scopes(self, world):
        _, text = world.made(scopes=["keys:read"])

        answers = [
            with_key(text).post(KEYS, {"name": "x", "scopes": ["keys:read"]}, format="json"),
            with_key(text).post(f"{KEYS}{world.key.public_id}/rotate/", {}, format="json"),
            with_key(world.made()[1]).get(KEYS),
        ]

        assert [one.json()["code"] for one in answers] == ["missing_scope"] * 3


class TestPing:
    def test_tells_who_calls_and_what_is_left(self, world, settings):
        settings.DEMO, settings.REST_REQUESTS_A_MINUTE = False, 600
        end = clock.now() + DAY
        key, text = world.made(scopes=["equipment:read"], expires_at=end)

        answer = with_key(text).get(PING)

        told = answer.json()
        assert (told["organization"], told["mode"]) == (world.works.public_id, "live")
        assert (told["scopes"], told["key"]["id"]) == (["equipment:read"], key.public_id)
        assert told["limits"] == {"limit": 600, "remaining": 599, "reset": 1}
        assert answer["Jijian-Key-Expires"] == end.isoformat()

    def test_tells_it_in_headers_as_well(self, world, settings):
        settings.DEMO = True

        answer = with_key(world.text).head(PING)

        assert (answer.content, answer["Jijian-Organization"]) == (b"", world.works.public_id)
        assert (answer["Jijian-Mode"], answer["Jijian-Scopes"]) == ("demo", " ".join(sorted(ALL)))
        assert "Jijian-Key-Expires" not in answer

    def test_tells_browsers_that_they_have_no_key(self, world):
        told = signed_in(world.ada).get(PING).json()

        assert (told["scopes"], told["key"]) == (None, None)

    def test_tells_that_an_organization_stands_for_nobody(self, world):
        made = Organization(is_synthetic=True)
        assert _mode(made) == "synthetic"


class TestRequests:
    @pytest.fixture
    def others(self, world):
        """Two keys, of two people, each with a request that was answered and one that was not."""
        operator = make.member(world.works)
        found = [world.made(scopes=["leases:read"])[0], world.made(by=operator, scopes=["leases:read"])[0]]
        for key in found:
            for status, code in ((200, ""), (404, "not_found")):
                ApiRequest.objects.create(
                    organization=world.works,
                    key=key,
                    at=clock.now(),
                    method="GET",
                    path="/api/v1/leases/",
                    status=status,
                    code=code,
                    request_id="r",
                    duration_ms=3,
                )
        return found

    def asked(self, client, **query):
        return [(one["key"], one["status"]) for one in client.get("/api/v1/requests/", query).json()["data"]]

    def test_are_read_of_all_keys_with_the_scope_for_it(self, world, others):
        first, second = [one.public_id for one in others]
        client = with_key(world.text)

        assert self.asked(client) == [(second, 404), (second, 200), (first, 404), (first, 200)]
        assert self.asked(client, key=first, status="404") == [(first, 404)]
        assert self.asked(client, status="2xx") == [(second, 200), (first, 200)]

    @pytest.mark.parametrize("status", ["600", "6xx", "x", "20", "٤٠٤"])
    def test_refuse_a_status_that_is_none(self, world, status):
        answer = with_key(world.text).get("/api/v1/requests/", {"status": status})

        assert (answer.status_code, pointers(answer)) == (400, ["/status"])

    def test_of_its_own_are_all_that_another_key_reads(self, world, others):
        key, text = world.made()

        assert self.asked(with_key(text)) == []
        ApiRequest.objects.filter(key=others[0], status=200).update(key=key)
        assert self.asked(with_key(text)) == [(key.public_id, 200)]

    def test_of_ones_own_keys_are_all_that_other_people_read(self, world, others):
        member = others[1].user
        member.memberships.update(role=Role.OPERATOR)

        assert {key for key, _ in self.asked(signed_in(member))} == {others[1].public_id}
        assert self.asked(signed_in(make.member(make.organization()))) == []


class TestLimits:
    @pytest.fixture
    def desk(self):
        platform = Organization.objects.filter(kind=OrganizationKind.PLATFORM).first()
        return make.member(platform or make.organization(kind=OrganizationKind.PLATFORM))

    def put(self, client, organization, **sent):
        return client.put(f"/api/v1/request-limits/{organization.public_id}/", sent, format="json")

    def test_are_set_by_the_platform_with_a_reason(self, world, desk):
        answer = self.put(signed_in(desk), world.works, requests_a_minute=1200, reason="A large ERP")

        read = signed_in(desk).get(f"/api/v1/request-limits/{world.works.public_id}/")
        assert read.json() == answer.json()
        assert answer.json()["requests_a_minute"] == 1200
        assert with_key(world.text).get(PING)["X-RateLimit-Limit"] == "1200"
        entry = AuditEntry.objects.get(action="request_limit.set")
        assert (entry.facts["before"], entry.facts["after"]) == (None, 1200)
        assert entry.facts["reason"] == "A large ERP"

        self.put(signed_in(desk), world.works, requests_a_minute=None, reason="As all")
        assert with_key(world.text).get(PING)["X-RateLimit-Limit"] == "100000"

    @pytest.mark.parametrize(
        ("sent", "pointer"),
        [
            ({"requests_a_minute": 0, "reason": "x"}, "/requests_a_minute"),
            ({"requests_a_minute": 100_001, "reason": "x"}, "/requests_a_minute"),
            ({"reason": "x"}, "/requests_a_minute"),
            ({"requests_a_minute": 5, "reason": " "}, "/reason"),
            ({"requests_a_minute": 5, "reason": "a\u001bb"}, "/reason"),
        ],
    )
    def test_that_can_be_none_are_refused(self, world, desk, sent, pointer):
        answer = self.put(signed_in(desk), world.works, **sent)

        assert (answer.status_code, pointers(answer)) == (400, [pointer])
        assert Organization.objects.get(pk=world.works.pk).requests_a_minute is None

    def test_are_no_business_of_others(self, world):
        for client in (signed_in(world.ada), with_key(world.text)):
            assert self.put(client, world.works, requests_a_minute=5, reason="x").status_code == 404

        assert Organization.objects.get(pk=world.works.pk).requests_a_minute is None
