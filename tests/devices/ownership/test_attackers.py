"""What somebody tries who wants to see more than is his: each try is refused, and stands in the log."""

import json
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test import Client, override_settings

from devices import queries as telemetry
from devices.ownership.actions import agreements
from devices.ownership.models import AccessEvent
from marketplace.models import Membership
from marketplace.shared.period import Period
from tests.devices.machines import NOON
from tests.devices.ownership import lent
from tests.devices.ownership.lent import SECRETS, hour, latest, lend, span, stamp
from tests.factories import marketplace as make

pytestmark = pytest.mark.django_db
WAYS = ("readings", "export")
QUARTER = timedelta(minutes=15)
DEAD_CACHE = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
    }
}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    yield from lent.worlds(django_db_blocker)


def ask(world, way, who, **query):
    return world.read(who, **query) if way == "readings" else world.export(who, **query)


def body_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def anonymous(answer):
    """Return a refusal without what names this very request."""
    return {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}


def secrets_in(answer):
    text = body_of(answer).decode()
    return {name for name, secret in SECRETS.items() if secret in text}


@pytest.mark.parametrize("way", WAYS)
class TestWhoHasNoPart:
    @pytest.mark.parametrize("who", ["stranger", "maker", "provider", "regulator"])
    def test_is_told_what_is_told_of_an_unknown_device_and_stands_in_the_log(self, world, way, who):
        before = AccessEvent.objects.count()

        answer = ask(world, way, who)

        unknown = world.clients[who].get(f"/api/v1/devices/dev_0/{way}/", span(0, 12))
        assert answer.status_code == unknown.status_code == 404
        assert anonymous(answer) == anonymous(unknown)
        assert AccessEvent.objects.count() == before + 2
        event = latest()
        assert (event.outcome, event.organization) == ("DENY", world.parties[who].public_id)
        assert world.parties["A"].public_id in event.concerns

    @pytest.mark.parametrize(("who", "time"), [("A", (6, 10)), ("B", (2, 6)), ("A", (10, 12)), ("B", (0, 2))])
    def test_anymore_or_yet_is_told_the_same_and_stands_in_the_log(self, world, way, who, time):
        answer = ask(world, way, who, **span(*time))

        assert answer.status_code == 404
        assert latest().outcome == "DENY"

    @pytest.mark.parametrize(("who", "other"), [("A", "B"), ("B", "A")])
    def test_sees_nothing_of_the_other_by_asking_for_more_time(self, world, way, who, other):
        answer = ask(world, way, who, purpose="operation")

        text = body_of(answer).decode()
        assert SECRETS[who] in text
        assert not any(SECRETS[name] in text for name in SECRETS if name != who)
        assert latest().outcome == "PARTLY"

    def test_does_not_learn_when_the_leases_of_others_began(self, world, way):
        if way == "readings":
            told = world.read("A").json()["refused"]
        else:
            told = json.loads(body_of(world.export("A")).splitlines()[0])["export"]["refused"]
        foreign = {(one["from"], one["to"]) for one in told if one["code"] == "not_a_party"}
        mine = world.clients["A"].get("/api/v1/access-events/").json()["data"][0]["decisions"]

        assert foreign == {(stamp(hour(0)), stamp(hour(2))), (stamp(hour(6)), stamp(hour(12)))}
        assert stamp(hour(10))[:19] not in json.dumps(mine)

    def test_with_the_right_of_no_role_is_refused_on_record(self, world, way):
        person = make.member(world.parties["A"])
        client = lent.keyed(person, world.parties["A"])
        Membership.objects.filter(user=person).delete()

        assert client.get(f"{world.url}{way}/", span(2, 6)).status_code == 403
        assert (latest().outcome, latest().person.user) == ("DENY", person.public_id)

    @pytest.mark.parametrize("what", ["inactive", "revoked", "expired"])
    def test_by_person_or_key_is_not_even_known(self, world, way, what):
        person = make.member(world.parties["A"])
        client = lent.keyed(person, world.parties["A"])
        if what == "inactive":
            type(person).objects.filter(pk=person.pk).update(is_active=False)
        else:
            name = {"revoked": "revoked_at", "expired": "expires_at"}[what]
            person.api_keys.update(**{name: hour(0)})

        assert client.get(f"{world.url}{way}/", span(2, 6)).status_code == 401

    def test_with_a_key_of_another_scope_is_refused(self, world, way):
        client = lent.keyed(world.people["A"], world.parties["A"], "devices:read", "telemetry:write")

        answer = client.get(f"{world.url}{way}/", span(2, 6))

        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


@pytest.mark.parametrize("way", WAYS)
class TestHeadersAndMethods:
    TRICKS = (
        {"HTTP_X_FORWARDED_USER": "A"},
        {"HTTP_X_FORWARDED_HOST": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_HTTP_METHOD_OVERRIDE": "PUT"},
        {"HTTP_X_ORGANIZATION": "A"},
        {"HTTP_X_ORIGINAL_URL": "/api/v1/ping/"},
        {"HTTP_IF_NONE_MATCH": "*"},
        {"HTTP_IF_MODIFIED_SINCE": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"HTTP_RANGE": "bytes=0-10000"},
    )

    @pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: next(iter(trick)))
    def test_change_nothing(self, world, way, trick):
        url, query = f"{world.url}{way}/", span(0, 12) | {"purpose": "operation"}

        assert world.clients["stranger"].get(url, query, **trick).status_code == 404
        answer = world.clients["B"].get(url, query, **trick)
        assert answer.status_code == 200
        assert secrets_in(answer) == {"B"}

    @pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
    def test_of_writing_are_refused(self, world, way, method):
        assert getattr(world.clients["A"], method)(f"{world.url}{way}/").status_code == 405

    def test_that_only_look_give_no_value(self, world, way):
        for who in ("stranger", "owner", "A"):
            for method in ("head", "options"):
                answer = getattr(world.clients[who], method)(f"{world.url}{way}/", span(2, 6))
                assert secrets_in(answer) == set(), (who, method)


class TestCaches:
    def test_keep_no_answer_and_share_none(self, world):
        addresses = [
            f"{world.url}readings/",
            f"{world.url}export/",
            f"{world.url}life/",
            "/api/v1/data-agreements/",
            "/api/v1/access-events/",
        ]
        for url in addresses:
            query = span(2, 6) if "readings" in url or "export" in url else {}
            for who in ("A", "stranger"):
                answer = world.clients[who].get(url, query)
                assert "no-store" in answer["Cache-Control"], url
                assert "private" in answer["Cache-Control"], url
                assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", ")), url

    def test_get_no_tag_by_which_another_could_ask(self, world):
        mine = world.read("A", **span(2, 6))

        tag = mine.headers.get("ETag", '"any"')
        assert (
            world.clients["stranger"]
            .get(f"{world.url}readings/", span(2, 6), HTTP_IF_NONE_MATCH=tag)
            .status_code
            == 404
        )

    def test_of_pages_keep_nothing_either(self, world):
        client = Client()
        client.force_login(world.people["A"])

        assert client.get(f"/devices/{world.device.public_id}/")["Cache-Control"] == "private, no-store"
        assert "Cache-Control" not in Client().get("/")


class TestPurposes:
    @pytest.mark.parametrize(
        "purpose", ["", "insight_user_economics", "insight_production_methods", "no-such"]
    )
    def test_that_nobody_knows_give_nothing(self, world, purpose):
        for who in ("owner", "A", "platform"):
            answer = world.read(who, purpose=purpose, **span(2, 6))

            assert answer.json()["series"] == []
            assert latest().outcome == "DENY"

    @pytest.mark.parametrize("purpose", ["maintenance", "operation", "metering", "warranty", "dispute"])
    def test_of_others_give_the_owner_nothing_but_its_counters(self, world, purpose):
        answer = world.read("owner", purpose=purpose, **span(2, 6))

        shown = {one["channel"] for one in answer.json()["series"]}
        assert shown == ({"execution", "parts"} if purpose == "dispute" else set())


def figures(answer):
    return {
        (one["channel"], bucket["from"], bucket["to"]): bucket
        for one in answer.json()["series"]
        for bucket in one["buckets"]
    }


class TestManyNarrowQueries:
    """The owner may have quarter-hours of the condition; it tries to find single readings by subtracting."""

    QUERY = {"purpose": "asset_protection", "channel": ["load", "running"]}

    def test_finer_than_allowed_are_rounded_up(self, world):
        for wish in ("PT2S", "PT14M59S", "PT15M"):
            answer = world.read("owner", interval=wish, **self.QUERY | span(2, 6)).json()
            assert {one["interval"] for one in answer["series"]} == {"PT15M"}
            assert not any(one["points"] for one in answer["series"])

    def test_give_together_no_more_than_one_query_of_the_whole(self, world):
        whole = figures(world.read("owner", **self.QUERY | span(2, 6)))
        assert len(whole) == 2 * 16
        start, end = hour(2), hour(6)
        seconds = [0, 1, 59, 419, 420, 421, 899, 900, 901, 1799, 3599, 5000, 7201]
        for low in seconds:
            for high in (0, 1, 421, 900, 3601):
                query = {
                    "from": stamp(start + timedelta(seconds=low)),
                    "to": stamp(end - timedelta(seconds=high)),
                }
                found = figures(world.read("owner", **self.QUERY | query))
                assert found
                assert {name: bucket for name, bucket in found.items() if whole[name] != bucket} == {}

    def test_of_coarser_grids_are_sums_of_the_finest(self, world):
        whole = figures(world.read("owner", **self.QUERY | span(2, 6)))
        for minutes in (16, 30, 44, 45, 60):
            coarse = figures(world.read("owner", interval=f"PT{minutes}M", **self.QUERY | span(2, 6)))
            for (channel, low, high), bucket in coarse.items():
                parts = [one for name, one in whole.items() if name[0] == channel and low <= name[1] < high]
                assert bucket["count"] == sum(one["count"] for one in parts)
                for state, spent in bucket["state_microseconds"].items():
                    assert spent == sum(one["state_microseconds"].get(state, 0) for one in parts)

    def test_never_reach_over_the_edge_of_a_lease(self, world):
        both = figures(world.read("owner", **self.QUERY | span(2, 10)))
        alone = figures(world.read("owner", **self.QUERY | span(2, 6)))
        alone |= figures(world.read("owner", **self.QUERY | span(6, 10)))

        assert both == alone

    def test_tell_nothing_of_an_interval_that_goes_on(self, world):
        for at, intervals in ((hour(2) + timedelta(minutes=44), 2), (hour(2) + timedelta(minutes=45), 3)):
            with mock.patch("devices.api.readings.clock.now", return_value=at):
                found = figures(world.read("owner", **self.QUERY | span(2, 6)))
            assert len(found) == 2 * intervals

    def test_of_the_whole_agreement_wait_for_its_end(self, world):
        query = {"purpose": "billing_if_priced_per_part", "channel": "parts"} | span(2, 6)
        with mock.patch("devices.api.readings.clock.now", return_value=hour(6) - timedelta(seconds=1)):
            assert figures(world.read("owner", **query)) == {}


class TestRightsThatEndDuringARead:
    def changed(self, world, who, change, **query):
        genuine = telemetry.readings

        def slow(*args, **more):
            found = list(genuine(*args, **more))
            change()
            return iter(found)

        with mock.patch.object(telemetry, "readings", slow):
            return world.read(who, **query)

    def test_hand_out_nothing(self, world):
        def close():
            agreements.close(reference="lea_A", ends_at=hour(3), by=world.clock, at=NOON)

        answer = self.changed(world, "A", close, **span(2, 6))

        assert (answer.status_code, answer.json()["code"]) == (409, "rights_changed")
        assert secrets_in(answer) == set()

    def test_because_another_lease_began_hand_out_nothing(self, world):
        def begin():
            if not world.machine.agreements.filter(reference="lea_C").exists():
                lend(world.machine, world.parties["stranger"], Period(hour(10), None), "lea_C", world.clock)

        answer = self.changed(world, "owner", begin, purpose="asset_protection", **span(10, 12))

        assert answer.status_code == 409
        assert secrets_in(answer) == set()


class TestGuessedIds:
    @pytest.mark.parametrize(
        "address",
        [
            "devices/{}/",
            "devices/{}/readings/?from=2024-03-01T00:00:00Z&to=2024-03-02T00:00:00Z",
            "devices/{}/export/?from=2024-03-01T00:00:00Z&to=2024-03-02T00:00:00Z",
            "devices/{}/life/",
            "devices/{}/silences/",
            "devices/{}/gaps/",
            "devices/{}/quarantine/",
            "devices/{}/meter-changes/",
            "devices/{}/bindings/",
            "devices/{}/keys/",
            "devices/{}/arrivals/1/proof/",
            "devices/{}/days/2024-03-01/",
            "devices/{}/signing-keys/",
        ],
    )
    def test_of_devices_answer_as_unknown_ones_do(self, world, address):
        client = world.clients["stranger"]
        theirs = client.get("/api/v1/" + address.format(world.device.public_id))
        none = client.get("/api/v1/" + address.format("dev_0"))

        assert theirs.status_code == none.status_code == 404
        assert anonymous(theirs) == anonymous(none)

    def test_of_agreements_and_events_answer_as_unknown_ones_do(self, world):
        world.read("A")
        client = world.clients["stranger"]
        for address, known in (
            ("data-agreements/{}/", world.held["A"].public_id),
            ("data-agreements/{}/policy/", world.held["A"].public_id),
            ("access-events/{}/proof/", latest().public_id),
        ):
            theirs, none = (client.get("/api/v1/" + address.format(one)) for one in (known, "agr_0"))
            assert theirs.status_code == none.status_code == 404
            assert anonymous(theirs) == anonymous(none)

    def test_of_the_other_lessee_answer_as_unknown_ones_do(self, world):
        world.read("B", **span(6, 10))
        client, event = world.clients["A"], latest().public_id

        assert client.get(f"/api/v1/data-agreements/{world.held['B'].public_id}/").status_code == 404
        assert client.get(f"/api/v1/access-events/{event}/proof/").status_code == 404
        assert event not in json.dumps(client.get("/api/v1/access-events/").json())


class TestListsAsOracles:
    def test_refuse_filters_orders_and_cursors_of_others(self, world):
        for query in (
            {"lessee": world.parties["B"].public_id},
            {"reference": "lea_B"},
            {"ordering": "lessee"},
            {"search": "lea_B"},
            {"cursor": "%00x"},
        ):
            for url in ("/api/v1/data-agreements/", "/api/v1/access-events/"):
                assert world.clients["A"].get(url, query).status_code == 400, (url, query)

    def test_keep_to_the_own_rows_behind_the_cursor_of_another(self, world):
        for _ in range(3):
            world.read("A", **span(2, 6))
        page = world.clients["A"].get("/api/v1/access-events/", {"limit": 1}).json()
        cursor = page["next"].split("cursor=")[1].split("&")[0] if page.get("next") else None

        assert cursor
        answer = world.clients["stranger"].get(f"/api/v1/access-events/?limit=1&cursor={cursor}")
        mine = world.parties["stranger"].public_id
        assert answer.status_code in (200, 400)
        assert {one["organization"] for one in answer.json().get("data", [])} <= {mine}


class TestPages:
    def page(self, world, who, day="2024-03-01"):
        client = Client(raise_request_exception=False)
        client.force_login(world.people[who])
        return client.get(f"/devices/{world.device.public_id}/", {"day": day} if day else {})

    def test_show_what_rest_shows_and_nobody_elses(self, world):
        for who in ("A", "B", "owner"):
            assert secrets_in(self.page(world, who)) == set()
        assert self.page(world, "stranger").status_code == 404
        assert (latest().outcome, latest().organization) == ("DENY", world.parties["stranger"].public_id)

    def test_do_not_tell_a_former_lessee_when_the_machine_last_spoke(self, world):
        later = hour(24 * 40)
        lent.take(world.device, [(9001, stamp(later), "execution", "ACTIVE")])

        text = self.page(world, "A", day="").content.decode()

        assert not any(written in text for written in ("2024-04-10", "4月10日", "04-10"))
        heard = f'datetime="{NOON.date().isoformat()}'
        assert heard not in text
        with mock.patch("devices.web.devices.clock.now", return_value=hour(3)):
            assert heard in self.page(world, "A").content.decode()  # who leases it now may know


@contextmanager
def read_only():
    """Let the database refuse every write, as a replica does."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
        yield
        transaction.set_rollback(True)


class TestADatabaseThatOnlyReads:
    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("who", ["A", "owner", "stranger"])
    def test_hands_out_nothing_for_the_decision_cannot_be_logged(self, world, way, who):
        world.clients[who].get("/api/v1/ping/")  # so that the use of the key is noted already

        with read_only():
            answer = ask(world, way, who, **span(2, 6))

        assert answer.status_code == 503
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "database_unavailable"
        assert "Retry-After" in answer

    def test_shows_a_page_that_says_so(self, world):
        client = Client(raise_request_exception=False)
        client.force_login(world.people["A"])
        with read_only():
            answer = client.get(f"/devices/{world.device.public_id}/", {"day": "2024-03-01"})

        assert answer.status_code == 503
        assert "Retry-After" in answer
        assert secrets_in(answer) == set()


class TestWithoutRedis:
    @pytest.mark.parametrize("way", WAYS)
    def test_the_same_is_answered_and_refused(self, world, way):
        with override_settings(CACHES=DEAD_CACHE):
            mine = ask(world, way, "A", **span(2, 6))
            theirs = ask(world, way, "stranger", **span(2, 6))

            assert mine.status_code == 200
            assert secrets_in(mine) == {"A"}
            assert theirs.status_code == 404

    def test_a_page_is_shown_to_the_same_people(self, world):
        clients = {who: Client(raise_request_exception=False) for who in ("A", "stranger")}
        for who, client in clients.items():
            client.force_login(world.people[who])
        with override_settings(CACHES=DEAD_CACHE):
            codes = {
                who: client.get(f"/devices/{world.device.public_id}/", {"day": "2024-03-01"}).status_code
                for who, client in clients.items()
            }

        assert codes == {"A": 200, "stranger": 404}
