"""What programs are told of: written with what happened, numbered once it stands, sent signed, once each."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from marketplace import tasks
from marketplace.actions import deliveries, events, webhooks
from marketplace.actions.deliveries import Ended
from marketplace.gateway import posting
from marketplace.models import Event, Notification, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from marketplace.permissions import MissingRight
from marketplace.rules import webhooks as rules
from marketplace.rules.addresses import all_public, flaw_of, is_public
from marketplace.rules.event_types import CHOSEN, EventType
from marketplace.tasks import send_due
from tests import once
from tests.factories import marketplace as make
from tests.races import at_once

NOON = make.NOON
URL = "https://example.com/hooks"
FAILED, ARRIVED = Ended("ANSWERED", 500, "no\0pe"), Ended("ARRIVED", 204)
NONE = Fraction(0)


@once.fixture
def owner():
    return make.organization()


@once.fixture
def admin(owner):
    return make.member(owner)


@once.fixture
def made(owner, admin):
    return webhooks.create(organization=owner, url=URL, types=[], by=admin, at=NOON)


@pytest.fixture
def endpoint(made):
    return made[0]


def told(owner, at=NOON, **more):
    return events.publish(type=EventType.INVOICE_PAID, object="inv_1", to=[owner], at=at, **more)


def waiting(owner, at=NOON):
    told(owner)
    events.number(at=at)
    return WebhookDelivery.objects.latest("pk")


class TestRules:
    def test_the_published_example_is_signed_alike(self):
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        signed = rules.signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
        assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    @given(tries=st.integers(1, 9), chance=st.fractions(0, 1))
    def test_a_pause_is_the_listed_one_or_up_to_a_fifth_longer(self, tries, chance):
        whole, found = rules.PAUSES[tries - 1], rules.pause(tries, chance)
        assert whole <= found <= whole * 6 / 5

    def test_ten_tries_take_about_three_days(self):
        assert rules.pause(10, NONE) is None
        assert sum(rules.PAUSES, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
        for wrong in [(0, NONE), (1, Fraction(2)), (1, Fraction(-1))]:
            with pytest.raises(ValueError, match="chance"):
                rules.pause(*wrong)

    @given(
        st.ip_addresses(network="10.0.0.0/8")
        | st.ip_addresses(network="192.168.0.0/16")
        | st.ip_addresses(network="127.0.0.0/8")
        | st.ip_addresses(network="169.254.0.0/16")
        | st.ip_addresses(network="100.64.0.0/10")
        | st.ip_addresses(network="172.16.0.0/12")
    )
    def test_no_inner_address_is_one_of_the_internet_however_it_is_written(self, address):
        for text in (str(address), f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
            assert not is_public(text)

    @given(
        st.ip_addresses(network="fc00::/7")
        | st.ip_addresses(network="fe80::/10")
        | st.ip_addresses(network="2002::/16")
        | st.ip_addresses(network="ff00::/8")
    )
    def test_nor_one_of_the_sixth_version(self, address):
        assert not is_public(str(address))

    def test_one_inner_address_among_many_is_enough(self):
        assert all_public(["93.184.216.34", "2606:2800:220:1::1"])
        assert not all_public(["93.184.216.34", "::1"])
        assert not all_public([]) and not is_public("no address")

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://localhost/",
            "https://a.local/",
            "https://u:p@example.com/",
            "https://example.com:99999/",
            "https://example.com:0/",
            "https://ex ample.com/",
            "https://例.com/",
            "https://",
            "https://host/",
            "https://1.2.3/",
            "https://[x/",
            "https://-a.com/",
            "ftp://a.b/",
            "https://a.com/#x",
            "https://a.com/" + "x" * 500,
            "",
            "https://a.com/\n",
            "https://a\\b.com/",
        ],
    )
    def test_what_is_no_address_of_the_internet_is_refused(self, url):
        assert flaw_of(url)

    def test_others_are_taken(self):
        assert flaw_of(URL) is None and flaw_of("https://93.184.216.34:8443/x?y=1") is None
        assert flaw_of("http://127.0.0.1:80/", is_local_fine=True) is None
        assert flaw_of("http://box/", is_local_fine=True) is None


@pytest.mark.django_db
class TestEvents:
    def test_get_their_places_once_they_stand(self, owner):
        other = make.organization()
        [one] = told(owner)
        events.publish(type=EventType.INVOICE_PAID, object="inv_1", to=[owner, other], at=NOON)
        assert not Event.objects.told().exists()
        assert (events.number(at=NOON), events.number(at=NOON)) == (3, 0)
        assert list(owner.events.values_list("sequence", flat=True)) == [1, 2]
        assert other.events.get().sequence == 1
        said = owner.events.get(pk=one.pk).document()
        assert said["data"]["id"] == "inv_1" and said["data"]["url"].endswith("/api/v1/invoices/inv_1/")
        assert said["occurred_at"] == "2026-11-20T04:00:00.000Z" and said["type"] in CHOSEN

    def test_said_once_stay_said_once_and_nothing_is_told_to_who_is_nobody(self, owner):
        for _ in range(2):
            told(owner, once="a")
        nobody = make.organization(is_synthetic=True)
        told(nobody)
        assert Event.objects.count() == 1

    def test_never_change(self, owner):
        told(owner)
        events.number(at=NOON)
        for change in ({"object": "inv_2"}, {"sequence": 7}, {"sequence": None}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Event.objects.update(**change)

    def test_go_after_thirty_days_and_the_places_go_on(self, owner, endpoint):
        found = waiting(owner)
        taken = deliveries.take(endpoint=endpoint.pk, at=NOON)
        deliveries.note(delivery=found.pk, number=taken.number, ended=ARRIVED, at=NOON)
        later = NOON + timedelta(days=30, seconds=1)
        assert (events.purge(at=NOON + timedelta(days=30)), events.purge(at=later)) == (0, 1)
        assert not WebhookAttempt.objects.exists()
        told(owner, at=later)
        events.number(at=later)
        assert owner.events.get().sequence == 2

    def test_go_from_the_lowest_number_on_and_not_while_they_wait(self, owner, endpoint):
        late = NOON + timedelta(days=31)
        for at in (NOON, late, NOON):
            told(owner, at=at)
        events.number(at=NOON)
        assert events.purge(at=late) == 0, "the first waits, the last has a younger one before it"
        WebhookDelivery.objects.update(state="DELIVERED", next_at=None, ended_at=NOON)
        assert events.purge(at=late) == 1
        assert list(Event.objects.order_by("sequence").values_list("sequence", flat=True)) == [2, 3]

    def test_look_at_endpoints_under_their_locks(self, owner, endpoint):
        told(owner)
        with CaptureQueriesContext(connection) as queries:
            events.number(at=NOON)
        assert any("webhookendpoint" in one["sql"] and "FOR NO KEY UPDATE" in one["sql"] for one in queries)


@pytest.mark.django_db
class TestEndpoints:
    def test_are_set_up_by_who_may(self, owner, made):
        assert made[1].startswith("whsec_") and made[0].secrets.get().text() == made[1]
        with pytest.raises(MissingRight):
            webhooks.create(organization=owner, url=URL, types=[], by=make.member(owner, "FINANCE"), at=NOON)
        assert WebhookEndpoint.objects.count() == 1

    def test_name_what_is_wrong(self, owner, admin):
        wrong = {"url": "https://10.0.0.1/", "types": ["invoice.paid", "x"], "description": "d" * 201}
        with pytest.raises(webhooks.WebhookInvalid) as raised:
            webhooks.create(organization=owner, by=admin, at=NOON, **wrong)
        assert [one.pointer for one in raised.value.flaws] == ["/url", "/types/1", "/description"]

    def test_are_twenty_at_the_most(self, owner, admin, endpoint):
        WebhookEndpoint.objects.bulk_create(
            WebhookEndpoint(organization=owner, url=URL, made_at=NOON) for _ in range(19)
        )
        with pytest.raises(webhooks.TooManyWebhooks):
            webhooks.create(organization=owner, url=URL, types=[], by=admin, at=NOON)

    def test_change_only_as_they_were_seen(self, admin, endpoint):
        wanted = {"url": URL + "2", "types": ["invoice.paid"], "description": "x", "by": admin, "at": NOON}
        assert webhooks.change(endpoint=endpoint, expected=1, **wanted).version == 2
        with pytest.raises(webhooks.WebhookChanged):
            webhooks.change(endpoint=endpoint, expected=1, **wanted)

    def test_hear_only_what_they_chose(self, owner, admin, endpoint):
        webhooks.change(
            endpoint=endpoint, url=URL, types=["invoice.issued"], description="", by=admin, at=NOON
        )
        told(owner)
        events.number(at=NOON)
        assert not WebhookDelivery.objects.exists()

    def test_sign_with_both_secrets_for_a_day(self, owner, admin, endpoint, made):
        _, new = webhooks.rotate(endpoint=endpoint, by=admin, at=NOON)
        waiting(owner)
        both = deliveries.take(endpoint=endpoint.pk, at=NOON)
        one = deliveries.take(endpoint=endpoint.pk, at=NOON + timedelta(days=1))
        for taken, secrets in ((both, [new, made[1]]), (one, [new])):
            at = int(taken.headers["webhook-timestamp"])
            wanted = [rules.signature(each, taken.headers["webhook-id"], at, taken.body) for each in secrets]
            assert taken.headers["webhook-signature"].split(" ") == wanted

    def test_are_switched_off_and_on_and_taken_away(self, owner, admin, endpoint):
        found = waiting(owner)
        who = {"endpoint": endpoint, "by": admin, "at": NOON}
        for _ in range(2):
            assert not webhooks.switch(on=False, **who).is_active
        found.refresh_from_db()
        assert found.state == "STOPPED"
        for refused in (
            lambda: webhooks.test(**who),
            lambda: deliveries.resend(delivery=found, by=admin, at=NOON),
        ):
            with pytest.raises(webhooks.WebhookOff):
                refused()
        assert webhooks.switch(on=True, **who).reason == ""
        for _ in range(2):
            webhooks.remove(**who)
        with pytest.raises(webhooks.WebhookRemoved):
            webhooks.rotate(**who)
        assert not WebhookEndpoint.objects.of(owner).exists() and not endpoint.secrets.exists()

    def test_are_tested_five_times_at_once(self, admin, endpoint):
        for _ in range(webhooks.MOST_TESTS):
            webhooks.test(endpoint=endpoint, by=admin, at=NOON)
        with pytest.raises(webhooks.TestsWaiting):
            webhooks.test(endpoint=endpoint, by=admin, at=NOON)
        assert WebhookDelivery.objects.count() == webhooks.MOST_TESTS

    def test_sign_with_two_secrets_at_the_most_and_lose_what_ended(self, admin, endpoint):
        for hours in range(3):
            webhooks.rotate(endpoint=endpoint, by=admin, at=NOON + timedelta(hours=hours))
        assert endpoint.secrets.count() == 2
        events.purge(at=NOON + timedelta(hours=26))
        assert endpoint.secrets.count() == 1

    def test_are_named_without_what_their_address_may_carry(self, admin, endpoint):
        WebhookEndpoint.objects.update(url="https://example.com/hooks?token=geheim", description="ERP")
        endpoint.refresh_from_db()
        webhooks.give_up(endpoint=endpoint, reason="GONE", at=NOON)
        assert set(Notification.objects.values_list("facts__url", flat=True)) == {"example.com (ERP)"}

    def test_are_tested(self, owner, admin, endpoint):
        webhooks.test(endpoint=endpoint, by=admin, at=NOON)
        assert deliveries.take(endpoint=endpoint.pk, at=NOON) is None  # it has no place yet
        events.number(at=NOON)
        assert json.loads(deliveries.take(endpoint=endpoint.pk, at=NOON).body)["type"] == "webhook.test"
        assert WebhookDelivery.objects.count() == 1


@pytest.mark.django_db
class TestDeliveries:
    def note(self, endpoint, ended, at=NOON):
        taken = deliveries.take(endpoint=endpoint.pk, at=at)
        deliveries.note(delivery=taken.delivery, number=taken.number, ended=ended, at=at, chance=NONE)

    def test_are_tried_ten_times_and_given_up(self, owner, endpoint):
        found, at = waiting(owner), NOON
        for _ in range(9):
            self.note(endpoint, FAILED, at)
            found.refresh_from_db()
            assert deliveries.take(endpoint=endpoint.pk, at=found.next_at - timedelta(seconds=1)) is None
            at = found.next_at
        self.note(endpoint, FAILED, at)
        found.refresh_from_db()
        assert (found.state, found.sent, found.attempts.count()) == ("FAILED", 10, 10)
        assert found.attempts.first().answer == "nope"

    def test_of_a_sender_that_died_are_taken_again(self, owner, endpoint):
        found = waiting(owner)
        taken = deliveries.take(endpoint=endpoint.pk, at=NOON)
        again = deliveries.take(endpoint=endpoint.pk, at=NOON + deliveries.LEASE)
        assert (taken.number, again.number) == (1, 2)
        deliveries.note(delivery=found.pk, number=1, ended=FAILED, at=NOON)
        found.refresh_from_db()
        assert found.next_at == NOON + 2 * deliveries.LEASE  # the second one is on its way
        deliveries.note(delivery=found.pk, number=1 + 1, ended=ARRIVED, at=NOON)
        found.refresh_from_db()
        assert found.state == "DELIVERED"

    def test_switch_off_an_endpoint_that_is_gone(self, owner, endpoint):
        waiting(owner), waiting(owner)
        self.note(endpoint, Ended("ANSWERED", 410))
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.reason) == ("DISABLED", "GONE")
        assert Notification.objects.get().kind == "webhook_gone"
        assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"STOPPED"}

    def test_switch_off_one_to_which_nothing_arrives_for_days(self, owner, admin, endpoint):
        found = waiting(owner)
        self.note(endpoint, FAILED)
        later = NOON + rules.GIVE_UP
        deliveries.resend(delivery=found, by=admin, at=later)
        self.note(endpoint, FAILED, later)
        endpoint.refresh_from_db()
        assert endpoint.reason == "FAILING" and Notification.objects.get().kind == "webhook_failing"

    def test_that_arrive_begin_the_days_anew(self, owner, admin, endpoint):
        found = waiting(owner)
        self.note(endpoint, FAILED)
        deliveries.resend(delivery=found, by=admin, at=NOON)
        self.note(endpoint, ARRIVED)
        endpoint.refresh_from_db()
        assert endpoint.failing_since is None

    def test_that_end_while_it_is_switched_off_change_nothing_of_it(self, owner, admin, endpoint):
        found = waiting(owner)
        taken = deliveries.take(endpoint=endpoint.pk, at=NOON)
        WebhookEndpoint.objects.update(state="DISABLED", reason="BY_HAND")
        deliveries.note(delivery=found.pk, number=taken.number, ended=Ended("ANSWERED", 410), at=NOON)
        assert not Notification.objects.exists()

    def test_are_stopped_once(self, owner, admin, endpoint):
        found = waiting(owner)
        assert deliveries.stop(delivery=found, by=admin, at=NOON).state == "STOPPED"
        with pytest.raises(deliveries.DeliveryEnded):
            deliveries.stop(delivery=found, by=admin, at=NOON)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))
        self.send_response(*self.server.answers[0:1])
        self.send_header("Location", "https://example.com/")
        self.end_headers()
        self.wfile.write(b"x" * 5000)

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver():
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.seen, server.answers = [], [200]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def is_genuine(secret, headers, body):
    """What a receiver does, written apart from what sends."""
    given = {name.lower(): value for name, value in headers.items()}
    text = given["webhook-id"].encode() + b"." + given["webhook-timestamp"].encode() + b"." + body
    wanted = hmac.new(base64.b64decode(secret[6:]), text, hashlib.sha256).digest()
    signed = [one.split(",")[1] for one in given["webhook-signature"].split(" ")]
    return any(hmac.compare_digest(base64.b64decode(one), wanted) for one in signed)


class TestPosting:
    def test_arrives_and_is_genuine(self, receiver):
        url = f"http://127.0.0.1:{receiver.server_port}/hooks?a=1"
        headers = rules.headers(["whsec_" + "QUJD" * 8], "evt_1", 5, b"{}")
        found = posting.post(url, headers, b"{}", is_local_fine=True)
        assert (found.outcome, found.status, len(found.answer)) == ("ARRIVED", 200, posting.READ_BYTES)
        assert is_genuine("whsec_" + "QUJD" * 8, *receiver.seen[0])

    def test_goes_nowhere_inside_and_follows_nothing(self, receiver):
        url = f"http://127.0.0.1:{receiver.server_port}/"
        assert posting.post(url, {}, b"").outcome == "INSIDE"
        assert posting.post(f"https://localhost:{receiver.server_port}/", {}, b"").outcome == "INSIDE"
        receiver.answers = [302]
        assert posting.post(url, {}, b"", is_local_fine=True).status == 302
        assert len(receiver.seen) == 1

    def test_goes_to_the_address_that_was_looked_at(self, monkeypatch):
        leads, reached = iter([["93.184.216.34"], ["127.0.0.1"]]), []
        monkeypatch.setattr(posting, "_resolved", lambda host, port, until: next(leads))

        def connect(address, timeout):
            reached.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr(posting.socket, "create_connection", connect)
        assert posting.post(URL, {}, b"").outcome == "NO_CONNECTION"
        assert reached == [("93.184.216.34", 443)]

    def test_says_what_went_wrong(self, receiver, monkeypatch):
        url = f"//127.0.0.1:{receiver.server_port}/"
        assert posting.post("https:" + url, {}, b"", is_local_fine=True).outcome == "NOT_TRUSTED"
        assert posting.post("https://nothing.invalid/", {}, b"").outcome == "NO_ADDRESS"
        monkeypatch.setattr(posting, "DEADLINE_S", 0.05)
        receiver.answers = []
        monkeypatch.setattr(Receiver, "do_POST", lambda self: threading.Event().wait(0.3))
        assert posting.post("http:" + url, {}, b"", is_local_fine=True).outcome == "TOO_SLOW"

    def test_tries_the_next_address_while_nothing_was_sent(self, receiver, monkeypatch):
        monkeypatch.setattr(posting, "_resolved", lambda host, port, until: ["127.0.0.2", "127.0.0.1"])
        url = f"http://example.com:{receiver.server_port}/"
        assert posting.post(url, {}, b"", is_local_fine=True).outcome == "ARRIVED"
        assert len(receiver.seen) == 1

    def test_waits_longer_for_an_answer_than_for_a_connection(self, receiver, monkeypatch):
        monkeypatch.setattr(posting, "CONNECT_S", 0.05)
        plain = Receiver.do_POST
        monkeypatch.setattr(Receiver, "do_POST", lambda self: (threading.Event().wait(0.12), plain(self)))
        url = f"http://127.0.0.1:{receiver.server_port}/"
        assert posting.post(url, {}, b"", is_local_fine=True).outcome == "ARRIVED"

    def test_arrived_when_the_status_says_so_whatever_comes_after(self, receiver, monkeypatch):
        def begin(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "9")
            self.end_headers()
            self.wfile.flush()
            threading.Event().wait(0.4)

        monkeypatch.setattr(posting, "DEADLINE_S", 0.1)
        monkeypatch.setattr(Receiver, "do_POST", begin)
        found = posting.post(f"http://127.0.0.1:{receiver.server_port}/", {}, b"", is_local_fine=True)
        assert (found.outcome, found.status, found.answer) == ("ARRIVED", 200, "")
        assert found.duration_ms < 350

    def test_counts_looking_up_the_name_into_its_time(self, monkeypatch):
        monkeypatch.setattr(posting, "DEADLINE_S", 0.05)
        monkeypatch.setattr(posting.socket, "getaddrinfo", lambda *_, **__: threading.Event().wait(0.3) or [])
        assert posting.post(URL, {}, b"").outcome == "TOO_SLOW"
        assert posting.post(URL, {}, b"").duration_ms < 250

    def test_stops_trying_addresses_when_its_time_is_over(self, monkeypatch):
        monkeypatch.setattr(posting, "_resolved", lambda host, port, until: ["93.184.216.34"])
        monkeypatch.setattr(posting, "DEADLINE_S", 0)
        assert posting.post(URL, {}, b"").outcome == "TOO_SLOW"

    @pytest.mark.django_db
    def test_is_what_the_task_does(self, owner, made, receiver, settings):
        settings.WEBHOOK_LOCAL = True
        endpoint, secret = made
        WebhookEndpoint.objects.update(url=f"http://127.0.0.1:{receiver.server_port}/")
        found = waiting(owner)
        assert (send_due(endpoint_id=endpoint.pk), send_due(endpoint_id=endpoint.pk)) == (1, 0)
        found.refresh_from_db()
        assert found.state == "DELIVERED"
        assert is_genuine(secret, *receiver.seen[0])
        assert json.loads(receiver.seen[0][1]) == json.loads(json.dumps(found.event.document()))

    @pytest.mark.django_db
    def test_ends_a_round_at_the_first_that_nobody_answers_and_leaves_the_mark_of_others(
        self, owner, endpoint, monkeypatch
    ):
        waiting(owner)
        waiting(owner)
        posts = []
        monkeypatch.setattr(tasks, "post", lambda *_, **__: posts.append(1) or posting.Posted("TOO_SLOW"))
        assert (send_due(endpoint_id=endpoint.pk), len(posts)) == (1, 1)
        busy = f"webhooks:{endpoint.pk}"
        monkeypatch.setattr(tasks, "send_one", lambda key: cache.set(busy, "another"))
        send_due(endpoint_id=endpoint.pk)
        assert cache.get(busy) == "another"
        cache.delete(busy)
        monkeypatch.setattr(tasks, "ROUND_S", 0)
        assert send_due(endpoint_id=endpoint.pk) == 0

    @pytest.mark.django_db
    def test_is_not_tried_with_a_secret_that_cannot_be_read(self, owner, endpoint, settings):
        settings.WEBHOOK_SEAL_KEY = "another"
        found = waiting(owner)
        assert send_due(endpoint_id=endpoint.pk) == 1
        assert found.attempts.get().outcome == "NO_SECRET"


@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_one_takes_it_and_the_other_nothing(self):
        owner = make.organization()
        endpoint, _ = webhooks.create(organization=owner, url=URL, types=[], by=make.member(owner), at=NOON)
        waiting(owner)

        def take():
            return deliveries.take(endpoint=endpoint.pk, at=NOON)

        found = at_once(take, take)
        assert [one is None for one in found].count(True) == 1, found

    def test_what_another_holds_is_passed_over(self):
        owner = make.organization()
        endpoint, _ = webhooks.create(organization=owner, url=URL, types=[], by=make.member(owner), at=NOON)
        first, second = waiting(owner), waiting(owner)
        with transaction.atomic():
            assert deliveries.take(endpoint=endpoint.pk, at=NOON).delivery == first.pk
            [other] = at_once(lambda: deliveries.take(endpoint=endpoint.pk, at=NOON))
        assert other.delivery == second.pk and connection.is_usable()
