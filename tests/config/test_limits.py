"""How many requests a caller may send, what every answer says of it, and what is noted."""

import json
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from redis.exceptions import ConnectionError as NoRedis
from rest_framework.test import APIClient

from config import limits
from config.limits import HEADERS, Requests
from marketplace.actions import api_keys
from marketplace.gateway import buckets
from marketplace.models import ApiRequest, IdempotencyRecord, Site
from marketplace.shared import clock
from marketplace.tasks import purge_requests, write_requests
from tests import once
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
PING = "/api/v1/ping/"


class World:
    def __init__(self):
        self.works = make.organization()
        self.ada = make.member(self.works)
        self.key, self.text = self.made()

    def made(self, **more):
        given = {"name": "ERP", "scopes": ["equipment:read"], "at": clock.now()} | more
        return api_keys.create(organization=self.works, by=self.ada, **given)


world = once.fixture(World)


@pytest.fixture(autouse=True)
def few(settings):
    """Let three requests come within a minute, of everybody alike; begin with full buckets."""
    settings.REST_REQUESTS_A_MINUTE = settings.REST_REQUESTS_A_MINUTE_UNKNOWN = 3
    client = buckets._client()
    client.delete(buckets.called("requests"), *client.scan_iter(buckets.called("bucket:*")))


@pytest.fixture
def away(monkeypatch):
    """Let Redis be away, and the process not know it yet."""

    class Nothing:
        def __getattr__(self, name):
            raise NoRedis

    def gone():
        raise NoRedis

    monkeypatch.setattr(buckets, "_client", gone)
    monkeypatch.setattr(buckets, "_script", gone)
    monkeypatch.setattr(buckets._Pause, "until", 0.0)


def with_key(text):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


def signed_in(user):
    client = APIClient()
    client.force_login(user)
    return client


class TestEveryAnswer:
    def test_says_how_much_is_left(self, world):
        answer = with_key(world.text).get(PING)

        assert [answer[name] for name in HEADERS[:4]] == [
            '"default";q=3;w=60',
            '"default";r=2;t=20',
            "3",
            "2",
        ]
        assert 0 < int(answer["X-RateLimit-Reset"]) - clock.now().timestamp() <= 21

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("get", "/api/v1/nothing/", 404),
            ("get", "/api/v1/leases/", 403),
            ("delete", PING, 405),
            ("get", "/api/v1/equipment/?nothing=1", 400),
            ("get", "/api/v1/equipment/%00/", 400),
            ("head", PING, 200),
            ("options", PING, 200),
        ],
    )
    def test_says_it_whatever_the_answer_is(self, world, method, path, status):
        answer = getattr(with_key(world.text), method)(path)

        assert (answer.status_code, answer["RateLimit"]) == (status, '"default";r=2;t=20')

    def test_says_it_to_strangers_and_browsers(self, world):
        assert APIClient().get(PING)["RateLimit"] == '"default";r=2;t=20'
        assert signed_in(world.ada).get(PING)["RateLimit"] == '"default";r=2;t=20'

    def test_of_telemetry_and_of_pages_says_nothing_of_it(self, world):
        for path in ("/", "/api/v1/telemetry", "/api/schema/"):
            assert "X-RateLimit-Limit" not in with_key(world.text).post(path)


class TestTheNamesInRedis:
    def test_differ_by_mode(self, world, settings):
        """Live and test on one Redis by mistake: neither counts for the other, nor writes its log."""
        name, bucket = f"address:{world.key.public_id}", buckets.Bucket(1)
        found, left = [], []
        for prefix in ("jijian", "jijian-test"):
            default = settings.CACHES["default"] | {"KEY_PREFIX": prefix}
            settings.CACHES = settings.CACHES | {"default": default}
            found.append(buckets.take(name=name, bucket=bucket, at=60_000_000).allowed)
            found.append(buckets.noted(most=10))
            buckets.note(line=prefix)
        for prefix in ("jijian", "jijian-test"):
            settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_PREFIX": prefix}}
            left.append(buckets.noted(most=10))

        assert found == [True, [], True, []]
        assert left == [["jijian"], ["jijian-test"]]


class TestTooMany:
    def test_are_refused_with_when_to_go_on(self, world):
        client = with_key(world.text)
        assert [client.get(PING).status_code for _ in range(4)] == [200, 200, 200, 429]

        answer = client.get(PING)

        assert (answer.status_code, answer["Content-Type"]) == (429, "application/problem+json")
        assert (answer.json()["code"], answer["RateLimit"]) == ("too_many_requests", '"default";r=0;t=60')
        assert 0 < int(answer["Retry-After"]) <= 20

    def test_go_on_when_there_is_room(self, world, monkeypatch):
        client = with_key(world.text)
        for _ in range(4):
            client.get(PING)
        later = clock.machine_now() + timedelta(seconds=21)
        monkeypatch.setattr(clock, "machine_now", lambda: later)

        assert client.get(PING).status_code == 200

    def test_stay_too_many_when_a_test_clock_is_moved(self, world, monkeypatch):
        client = with_key(world.text)
        for _ in range(4):
            client.get(PING)
        moved = clock.now() + timedelta(days=1)
        monkeypatch.setattr(clock, "now", lambda: moved)

        assert client.get(PING).status_code == 429

    def test_do_nothing_and_are_not_kept_for_their_key(self, world):
        _, text = world.made(scopes=["equipment:write"])
        client, sent = with_key(text), {"name": "Hall", "city": "Suzhou", "region_code": "320500"}
        for _ in range(3):
            client.get(PING)

        answer = client.post("/api/v1/sites/", sent, format="json", HTTP_IDEMPOTENCY_KEY="once")

        assert answer.status_code == 429
        assert not IdempotencyRecord.objects.exists()
        assert not Site.objects.filter(organization=world.works).exists()

    def test_of_one_key_are_nothing_to_another_nor_to_its_persons_browser(self, world):
        _, other = world.made()
        for _ in range(4):
            with_key(world.text).get(PING)

        assert with_key(other).get(PING).status_code == 200
        assert signed_in(world.ada).get(PING).status_code == 200

    def test_of_both_secrets_of_a_key_are_one(self, world):
        _, new = api_keys.rotate(key=world.key, by=world.ada, at=clock.now())
        for text in (world.text, new, world.text):
            with_key(text).get(PING)

        assert with_key(new).get(PING).status_code == 429

    def test_with_wrong_keys_are_those_of_their_address(self, world):
        for _ in range(4):
            with_key(world.text + "x").get(PING)

        assert APIClient().get(PING).status_code == 429
        assert APIClient(REMOTE_ADDR="192.0.2.7").get(PING).status_code == 401
        assert with_key(world.text).get(PING).status_code == 200

    def test_from_where_a_key_may_not_come_do_not_use_it_up(self, world):
        _bound, text = world.made(networks=["203.0.113.0/24"])
        for _ in range(4):
            with_key(text).get(PING)

        client = with_key(text)
        client.defaults["REMOTE_ADDR"] = "203.0.113.5"
        assert client.get(PING)["X-RateLimit-Remaining"] == "2"

    def test_are_counted_by_the_limit_of_the_organization(self, world):
        world.works.requests_a_minute = 1
        world.works.save()
        client = with_key(world.text)

        assert [client.get(PING).status_code for _ in range(2)] == [200, 429]

    def test_are_not_what_had_not_changed(self, world):
        request = RequestFactory().get(PING, HTTP_AUTHORIZATION=f"Bearer {world.text}")

        answers = [Requests(lambda _: HttpResponse(status=304))(request) for _ in range(2)]

        assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["3", "3"]


class TestWithoutRedis:
    def test_all_are_let_through_without_a_word_of_it(self, world, away, settings):
        settings.REST_LOG = True

        answers = [with_key(world.text).get(PING) for _ in range(5)]

        assert {answer.status_code for answer in answers} == {200}
        assert not any(name in answer for answer in answers for name in HEADERS)
        assert answers[0].json()["limits"] is None

    def test_it_is_said_once(self, world, away, caplog):
        for _ in range(3):
            with_key(world.text).get(PING)

        assert [one.message for one in caplog.records if one.name == buckets.__name__] == [
            "Redis does not answer: requests are neither limited nor noted until it does"
        ]

    def test_it_is_asked_again_after_a_while(self, world, caplog, monkeypatch):
        monkeypatch.setattr(buckets._Pause, "until", 0.001)

        assert with_key(world.text).get(PING)["X-RateLimit-Remaining"] == "2"
        assert "Redis answers again" in caplog.text


class TestNetworks:
    @pytest.mark.parametrize(
        ("trusted", "status"), [([], 403), (["127.0.0.0/8"], 200), (["192.0.2.0/24"], 403)]
    )
    def test_of_a_key_are_looked_at_behind_trusted_proxies_alone(self, world, settings, trusted, status):
        _, text = world.made(networks=["203.0.113.0/24"])
        settings.TRUSTED_PROXIES = trusted

        answer = with_key(text).get(PING, HTTP_X_FORWARDED_FOR="203.0.113.5")

        assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "api_key_from_elsewhere"
            assert "127.0.0.1" in answer.json()["detail"]


class TestTheLog:
    @pytest.fixture(autouse=True)
    def logging(self, settings):
        settings.REST_LOG = True

    def test_holds_what_was_asked_with_a_key_and_no_query(self, world):
        client = with_key(world.text)
        client.get(PING + "?secret=s3cret", HTTP_X_REQUEST_ID="request-0001")
        client.get("/api/v1/leases/")
        with_key("jj_no.no").get(PING)
        signed_in(world.ada).get(PING)
        client.post("/api/v1/telemetry")

        assert write_requests() == 2
        first, second = ApiRequest.objects.order_by("pk")
        assert (first.method, first.path, first.status, first.code) == ("GET", PING, 200, "")
        assert (first.key, first.organization, first.request_id) == (world.key, world.works, "request-0001")
        assert (second.status, second.code, second.address) == (403, "missing_scope", "127.0.0.1")

    def test_holds_what_was_too_much_and_what_came_from_elsewhere(self, world):
        bound, text = world.made(networks=["203.0.113.0/24"])
        with_key(text).get(PING)
        for _ in range(4):
            with_key(world.text).get(PING)

        write_requests()

        told = ApiRequest.objects.filter(status__gte=400).order_by("pk").values_list("key", "code")
        assert list(told) == [(bound.pk, "api_key_from_elsewhere"), (world.key.pk, "too_many_requests")]

    def test_leaves_out_keys_that_are_not_there(self, world):
        with_key(world.text).get(PING)
        [line] = buckets.noted(most=9)
        buckets.note(line=json.dumps(json.loads(line) | {"key": "key_gone"}))
        buckets.note(line=line)

        assert write_requests() == 1

    def test_waits_in_a_list_that_does_not_grow_for_ever(self, monkeypatch):
        monkeypatch.setattr(buckets, "MOST_NOTED", 2)

        for line in "abc":
            buckets.note(line=line)

        assert buckets.noted(most=9) == ["b", "c"]

    def test_is_let_go_of_after_seven_days(self, world):
        with_key(world.text).get(PING)
        write_requests()
        row = ApiRequest.objects.get()
        for days in (8, 6):
            ApiRequest.objects.create(
                **{name: getattr(row, name) for name in ("key", "organization", "method", "path", "status")},
                at=clock.now() - timedelta(days=days),
                duration_ms=1,
            )

        purge_requests()

        assert ApiRequest.objects.count() == 2
        assert not ApiRequest.objects.before(clock.now() - timedelta(days=7)).exists()

    def test_takes_an_odd_path_as_text(self, world):
        request = RequestFactory().get(PING, HTTP_AUTHORIZATION=f"Bearer {world.text}")
        request.path = PING + "\0" + "x" * 400
        limits.Requests(lambda _: HttpResponse())(request)

        assert write_requests() == 1
        assert len(ApiRequest.objects.get().path) == 300


def test_the_same_key_with_another_secret_gets_the_same_stored_answer(world, settings):
    settings.REST_REQUESTS_A_MINUTE = 100
    key, text = world.made(scopes=["equipment:write"])
    sent = {"name": "Hall 7", "city": "Suzhou", "region_code": "320500"}
    given = {"format": "json", "HTTP_IDEMPOTENCY_KEY": "once"}
    first = with_key(text).post("/api/v1/sites/", sent, **given)
    _, new = api_keys.rotate(key=key, by=world.ada, at=clock.now())

    second = with_key(new).post("/api/v1/sites/", sent, **given)

    assert (first.status_code, second.status_code) == (201, 201), first.content
    assert second["Idempotency-Replayed"] == "true"
    assert Site.objects.filter(name="Hall 7").count() == 1
