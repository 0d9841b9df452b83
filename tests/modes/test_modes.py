"""Two modes that share nothing: keys, doors, words on every page; and what live installations lack."""

import json
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from django.apps import apps
from django.conf import settings as house
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from rest_framework.test import APIClient

from billing.payments.models import BankLine
from config import mode, right_database
from marketplace import tasks
from marketplace.actions import api_keys, deliveries, letters, webhooks
from marketplace.gateway import buckets, documents
from marketplace.models import ApiKey, Event, MovedClock, WebhookEndpoint
from marketplace.rules.key_texts import written
from marketplace.rules.papers import Paper
from tests.factories import marketplace as make
from tests.modes.conftest import MACHINE

pytestmark = pytest.mark.django_db
CLOCK, LINES, PAGE = "/api/v1/test/clock/", "/api/v1/test/bank-lines/", "/test-clock/"
DAY = timedelta(days=1)


@pytest.fixture
def ada(db):
    return make.member(make.organization())


def works_of(person):
    return person.memberships.get().organization


def key_of(person, **more):
    at = more.pop("at", MACHINE)
    scopes = more.pop("scopes", ["leases:read"])
    return api_keys.create(organization=works_of(person), name="x", scopes=scopes, by=person, at=at)[1]


def asked(key, address="/api/v1/ping/"):
    return APIClient(headers={"authorization": f"Bearer {key}"}).get(address)


class TestKeys:
    def test_say_what_they_open(self, ada, settings):
        live = key_of(ada)
        settings.JIJIAN_MODE = "test"

        assert live.startswith("jj_live_")
        assert key_of(ada).startswith("jj_test_")

    def test_of_the_live_mode_are_told_where_to_go_by_a_test_installation(self, ada, installation, settings):
        settings.LIVE_URL = "https://jijian.example"
        ApiKey.objects.all().delete()
        key = written("live", ApiKey.objects.create(
            organization=works_of(ada), user=ada, name="x", identifier="0a1b", created_at=MACHINE,
            secret_hash=api_keys.hashed(secret="s3cret"), scopes=["leases:read"],
        ).identifier, "s3cret")  # fmt: skip
        answer = asked(key)

        assert (answer.status_code, answer.json()["code"]) == (401, "key_of_other_mode")
        assert "https://jijian.example" in answer.json()["detail"]
        assert ApiKey.objects.get().last_used_at is None

    def test_of_test_mode_open_nothing_live_even_if_the_database_knew_them(self, ada, settings):
        settings.JIJIAN_MODE = "test"
        key = key_of(ada)
        settings.JIJIAN_MODE, settings.TEST_URL = "live", "https://test.jijian.example"
        answer = asked(key)

        assert (answer.status_code, answer.json()["code"]) == (401, "key_of_other_mode")
        assert "https://test.jijian.example" in answer.json()["detail"]
        assert api_keys.find(secret=key, at=MACHINE) is None

    def test_without_an_address_to_name_the_mode_is_said_all_the_same(self, ada):
        answer = asked("jj_test_0a1b.secret")

        assert (answer.status_code, answer.json()["code"]) == (401, "key_of_other_mode")

    def test_from_before_there_were_modes_go_on_working_in_live_alone(self, ada, settings):
        old = key_of(ada).replace("jj_live_", "jj_")

        assert asked(old).json()["mode"] == "live"
        settings.JIJIAN_MODE = "test"
        assert asked(old).json()["code"] == "key_of_other_mode"

    def test_that_nobody_knows_are_unknown_in_either_mode(self, ada, installation):
        assert asked("jj_test_0a1b.secret").json()["code"] == "authentication_failed"


class TestAnswers:
    def test_of_a_test_installation_say_so_each_time(self, ada, installation):
        for answer in (asked(key_of(ada)), asked("jj_test_0a1b.secret"), asked("", "/api/v1/nothing/")):
            assert answer["Jijian-Mode"] == "test"
        assert asked(key_of(ada)).json()["mode"] == "test"

    def test_of_a_live_one_say_it_where_one_asks_who_one_is(self, ada):
        assert asked(key_of(ada))["Jijian-Mode"] == "live"
        assert "Jijian-Mode" not in asked("", "/api/v1/nothing/")

    @pytest.mark.parametrize("name", ["live", "test"])
    def test_events_and_messages_name_the_mode(self, ada, settings, name):
        settings.JIJIAN_MODE = name
        event = Event(organization=works_of(ada), type="invoice.paid", object="inv_1", occurred_at=MACHINE)

        assert event.document()["livemode"] is (name == "live")


class TestALiveInstallation:
    @pytest.mark.parametrize("address", [CLOCK, LINES, PAGE])
    def test_has_no_clock_to_move_and_no_bank_to_play(self, ada, client, address):
        MovedClock.objects.create()
        client.force_login(ada)
        inside = APIClient(headers={"authorization": f"Bearer {key_of(ada)}"})

        for caller in (client, inside, APIClient()):
            assert caller.get(address).status_code == 404
            assert (
                caller.post(address, {"days": 1}, format="json" if caller is not client else None).status_code
                == 404
            )
        assert MovedClock.objects.get().ahead == timedelta(0)

    def test_catches_up_with_nothing(self, monkeypatch):
        monkeypatch.setattr(tasks, "import_string", lambda name: pytest.fail(name))

        tasks.catch_up()

    def test_shows_no_banner(self, client):
        assert "test-mode" not in client.get("/").content.decode()

    def test_sends_its_mails_as_they_are(self):
        letters.write(to="a@example.test", subject="Hello", text="x", at=MACHINE)
        tasks.send_letters()

        assert [one.subject for one in mail.outbox] == ["Hello · Hello"]


class TestEveryPageOfATestInstallation:
    @pytest.mark.parametrize("address", ["/", "/login/", "/docs/errors/", "/nothing/", "/join/"])
    def test_says_that_nothing_is_real_in_both_languages(self, client, installation, address):
        shown = client.get(address, headers={"accept-language": "zh-hans"}).content.decode()

        assert '<aside class="test-mode"' in shown
        assert "测试" in shown
        assert "TEST" in shown

    @pytest.mark.parametrize(
        "page", ["400.html", "403.html", "404.html", "500.html", "503.html", "403_csrf.html"]
    )
    def test_also_those_that_need_no_database(self, installation, page, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert "测试" in render_to_string(page)

    def test_also_the_back_office(self, client, installation):
        client.force_login(make.user(is_staff=True, is_superuser=True))

        assert "测试" in client.get("/admin/").content.decode()

    def test_is_marked_on_paper(self, installation, settings):
        paper = Paper("账单", "1", "", MACHINE, (), "", "")
        marked = documents.pdf(paper)
        settings.JIJIAN_MODE = "live"
        plain = documents.pdf(paper)

        assert marked != plain
        assert documents.pdf(paper) == plain

    def test_its_mails_begin_with_the_word(self, installation):
        letters.write(to="a@example.test", subject="Hello", text="x", at=MACHINE)
        tasks.send_letters()

        assert [one.subject for one in mail.outbox] == ["[测试] Hello · Hello"]


class TestTheMovedClock:
    @pytest.fixture
    def moved(self, installation):
        MovedClock.objects.update(ahead=30 * DAY, moved_at=MACHINE, moved_by="usr")

    def test_lets_keys_expire(self, ada, moved):
        key = key_of(ada)
        ApiKey.objects.update(expires_at=MACHINE + DAY)

        assert asked(key).json()["code"] == "authentication_failed"

    def test_leaves_sessions_and_sign_ins_where_they_are(self, ada, moved, client):
        client.login(email=ada.email, password="secret-pass")
        client.post("/login/", {"username": ada.email, "password": "secret-pass"})

        assert client.get("/today/").status_code == 200
        assert ada.sign_ins.get().began_at == MACHINE

    def test_is_not_what_messages_are_signed_with(self, ada, moved, monkeypatch):
        made = WebhookEndpoint.objects
        assert not made.exists()
        seen = []
        monkeypatch.setattr(deliveries, "take", lambda **given: seen.append(given))
        tasks.send_one(1)

        assert (seen[0]["at"], seen[0]["sent_at"]) == (MACHINE + 30 * DAY, MACHINE)
        assert webhooks

    def test_is_read_over_rest_by_anybody_and_moved_by_administrators(self, ada, moved, monkeypatch):
        monkeypatch.setattr("marketplace.actions.clocks.later", lambda task: None)
        inside = APIClient(headers={"authorization": f"Bearer {key_of(ada, scopes=['keys:write'])}"})
        assert APIClient().post(CLOCK, {"days": 1}, format="json").status_code == 401
        answer = inside.post(CLOCK, {"days": 1, "hours": 2}, format="json")

        assert answer.status_code == 200
        assert datetime.fromisoformat(answer.json()["now"]) == MACHINE + 31 * DAY + timedelta(hours=2)
        assert APIClient().get(CLOCK).json()["ahead_seconds"] == (31 * 24 + 2) * 3600
        to = MACHINE + 40 * DAY
        answer = inside.post(CLOCK, {"to": to.isoformat()}, format="json")
        assert datetime.fromisoformat(answer.json()["now"]) == to

    @pytest.mark.parametrize(
        ("address", "said", "scope"),
        [(CLOCK, {"days": 1}, "keys:write"), (LINES, {"amount_minor": 100}, "payments:write")],
    )
    def test_and_the_bank_are_not_for_keys_that_only_read(self, ada, moved, address, said, scope):
        others = ["leases:read", "payments:read", "keys:read"]
        inside = APIClient(headers={"authorization": f"Bearer {key_of(ada, scopes=others)}"})
        answer = inside.post(address, said, format="json")

        assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
        assert scope in answer.json()["detail"]
        assert MovedClock.objects.get().ahead == 30 * DAY
        assert not BankLine.objects.exists()

    @pytest.mark.parametrize(
        ("said", "status", "code"),
        [
            ({}, 400, "clock_move_invalid"),
            ({"days": 1, "to": "2027-01-01T00:00:00Z"}, 400, "clock_move_invalid"),
            ({"days": 0}, 400, "clock_move_invalid"),
            ({"days": -1}, 400, "invalid"),
            ({"days": 10**9}, 400, "invalid"),
            ({"hours": "x"}, 400, "invalid"),
            ({"to": "soon"}, 400, "invalid"),
            ({"to": "2026-11-20T04:00:00Z"}, 409, "clock_only_forward"),
            ({"to": "9999-12-31T23:59:59Z"}, 400, "invalid"),
            ({"to": "2099-12-31T23:59:59Z"}, 409, "clock_too_far"),
            ({"days": 400}, 409, "clock_too_far"),
        ],
    )
    def test_stays_where_it_is_if_it_is_not_said_well(self, ada, moved, said, status, code):
        inside = APIClient(headers={"authorization": f"Bearer {key_of(ada, scopes=['keys:write'])}"})
        answer = inside.post(CLOCK, said, format="json")

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert MovedClock.objects.get().ahead == 30 * DAY

    def test_is_what_the_log_of_requests_goes_by_and_not_what_limits_them(self, ada, moved, settings):
        settings.REST_LOG = True
        key = key_of(ada)
        buckets.noted(most=1000)  # what others left
        asked(key)

        [line] = buckets.noted(most=9)
        assert datetime.fromisoformat(json.loads(line)["at"]) == MACHINE + 30 * DAY
        with patch.object(buckets, "take", wraps=buckets.take) as took:
            asked(key)
        assert took.call_args.kwargs["at"] == int(MACHINE.timestamp() * 10**6)

    def test_has_a_page(self, ada, moved, client, monkeypatch):
        monkeypatch.setattr("marketplace.actions.clocks.later", lambda task: None)
        client.force_login(ada)
        for said in (
            {"days": ""},
            {"days": "1", "to": "2027-01-01T10:00"},
            {"days": "500"},
            {"to": "2026-11-01T10:00"},
        ):
            assert client.post(PAGE, said).status_code == 400, said
        assert MovedClock.objects.get().ahead == 30 * DAY

        assert client.post(PAGE, {"days": "2", "hours": "3"}).status_code == 302
        assert MovedClock.objects.get().ahead == 32 * DAY + timedelta(hours=3)
        assert client.post(PAGE, {"to": "2027-01-01T08:00"}).status_code == 302
        assert MACHINE + MovedClock.objects.get().ahead == datetime(2027, 1, 1, tzinfo=UTC)
        viewer = make.member(works_of(ada), "VIEWER")
        client.force_login(viewer)
        assert '<form method="post">' not in client.get(PAGE).content.decode().split('id="content"')[1]
        assert client.post(PAGE, {"days": "1"}).status_code in (400, 403)
        assert MACHINE + MovedClock.objects.get().ahead == datetime(2027, 1, 1, tzinfo=UTC)


class TestCatchingUp:
    def test_runs_what_beat_runs_and_one_that_fails_stops_no_other(self, installation, monkeypatch, caplog):
        ran, again = [], []

        def run(name):
            def task():
                ran.append(name)
                if name == "leasing.tasks.run_clock":
                    raise RuntimeError("broken")

            return task

        monkeypatch.setattr(tasks, "import_string", run)
        monkeypatch.setattr(tasks.catch_up, "delay", lambda **given: again.append(given))
        tasks.catch_up()

        assert ran == list(house.CATCH_UP)
        assert again == [{"left": 2}]
        assert "leasing.tasks.run_clock went wrong" in caplog.text
        tasks.catch_up(left=1)
        assert len(again) == 1

    def test_names_tasks_that_are_there_and_that_beat_runs_as_well(self):
        scheduled = {entry["task"] for entry in house.CELERY_BEAT_SCHEDULE.values()}

        assert set(house.CATCH_UP) <= scheduled
        assert all(callable(import_string(name)) for name in house.CATCH_UP)


class TestTheDatabaseOfAMode:
    def claimed(self, name):
        with connection.cursor() as cursor:
            right_database.claim(name, cursor)

    def test_is_marked_when_a_test_installation_first_finds_it_empty(self):
        self.claimed("test")
        self.claimed("test")

        assert MovedClock.objects.get().ahead == timedelta(0)

    def test_of_the_live_mode_is_no_place_for_trying_out(self):
        make.organization()
        with pytest.raises(right_database.WrongDatabase):
            self.claimed("test")

        assert not MovedClock.objects.exists()

    def test_of_test_mode_is_no_place_for_real_business(self):
        MovedClock.objects.create()
        with pytest.raises(right_database.WrongDatabase):
            self.claimed("live")

    def test_is_looked_at_before_anything_is_prepared(self, monkeypatch):
        MovedClock.objects.create()
        ran = []
        monkeypatch.setattr(
            "config.management.commands.prepare.call_command", lambda name, **_: ran.append(name)
        )
        with pytest.raises(CommandError, match="test mode"):
            call_command("prepare", role="nobody_at_all")

        assert ran == []

    def test_lets_rows_say_the_moved_time_of_themselves(self):
        self.claimed("test")
        MovedClock.objects.update(ahead=DAY, moved_at=MACHINE, moved_by="usr")
        with connection.cursor() as cursor:
            cursor.execute(right_database.DEFAULTS)
            left = cursor.fetchall()
            cursor.execute(
                "SELECT count(*) FROM pg_attrdef WHERE pg_get_expr(adbin, adrelid) = 'marketplace_now()'"
            )
            moved = cursor.fetchone()[0]

        assert left == []
        assert moved > 5

    def test_no_room_keeps_such_a_time_by_another_name(self):
        """What a model lets the database fill in is found by :mod:`config.right_database`."""
        with connection.cursor() as cursor:
            cursor.execute(right_database.DEFAULTS)
            found = set(cursor.fetchall())
        wanted = {
            (model._meta.db_table, field.column)
            for model in apps.get_models()
            for field in model._meta.local_fields
            if type(getattr(field, "db_default", None)).__name__ == "Now"
        }

        assert wanted
        assert wanted <= found


class TestRealMoney:
    @pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1", "whatever"])
    def test_keeps_a_test_installation_from_starting(self, monkeypatch, key):
        monkeypatch.setattr(mode, "JIJIAN_MODE", "test")
        with pytest.raises(ImproperlyConfigured):
            mode.no_real_money(key)

    @pytest.mark.parametrize(("name", "key"), [("test", ""), ("test", "sk_test_1"), ("live", "sk_live_1")])
    def test_is_not_looked_for_elsewhere(self, monkeypatch, name, key):
        monkeypatch.setattr(mode, "JIJIAN_MODE", name)
        mode.no_real_money(key)
