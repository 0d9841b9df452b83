"""The door for Stripe's messages: who knocks without a key stays out, and nothing odd breaks it."""

import json
import time

import pytest

from billing.models import Journal
from billing.payments import tasks
from billing.payments.models import ProviderEvent, Receipt
from billing.payments.rules.signatures import signature
from config.stand_in.events import signed
from tests.billing.payments.stripe.conftest import SECRET

ADDRESS = "/webhooks/stripe/"


@pytest.fixture
def door(stage, settings, client, django_capture_on_commit_callbacks):
    """Post bytes as Stripe does; what is queued by it is run at once."""
    settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_fake", SECRET
    settings.STRIPE_ADDRESS = stage.fake.url

    def post(body, *, head=None, at=None):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = signed(body, SECRET, at or int(time.time())) if head is None else head
        with django_capture_on_commit_callbacks():
            return client.post(
                ADDRESS, body, content_type="application/json", headers={"Stripe-Signature": head}
            )

    return post


def told(**odd):
    """Return the bytes of a small message with something odd in it."""
    usual = {"object": "event", "id": "evt_1", "type": "charge.updated", "created": 1, "api_version": None}
    return json.dumps(usual | {"data": {"object": {"object": "charge", "id": "ch_1"}}} | odd).encode()


def event(stage):
    """Return the message about a charge that was paid."""
    stage.paid()
    return next(one for one in stage.fake.events.all.values() if one["type"] == "payment_intent.succeeded")


class TestTaken:
    def test_it_is_stored_as_it_came_and_looked_at_afterwards(self, stage, door):
        answer = door(event(stage))

        assert (answer.status_code, answer.json()) == (200, {"received": 1})
        stored = ProviderEvent.objects.get()
        assert (stored.state, stored.type) == ("RECEIVED", "payment_intent.succeeded")
        tasks.look_at_event(provider="stripe", event_id=stored.event_id)
        stored.refresh_from_db()
        assert stored.state == "DONE"
        assert Receipt.objects.count() == 1

    def test_again_it_is_stored_and_booked_once(self, stage, door):
        sent = event(stage)
        for _ in range(3):
            assert door(sent).status_code == 200
        for _ in range(2):
            tasks.look_at_event(provider="stripe", event_id=sent["id"])

        assert ProviderEvent.objects.count() == 1
        assert Receipt.objects.count() == 1

    def test_a_thin_one_of_an_account(self, stage, door):
        account = stage.ready()
        stage.fake.play(f"accounts/{account}/restricted")
        [ref] = stage.fake.events.outbox

        assert door(stage.fake.events.all[ref]).status_code == 200
        tasks.look_at_event(provider="stripe", event_id=ref)

        assert stage.desk.owner.provider_accounts.get().state == "RESTRICTED"

    def test_the_stand_in_delivers_here_as_stripe_does(self, stage, door, client):
        assert door(event(stage)).status_code == 200


class TestIgnoredOrParked:
    def test_a_kind_that_nobody_has_heard_of_is_kept_and_moves_nothing(self, stage, door):
        sent = event(stage) | {"type": "brand.new"}

        assert door(sent).status_code == 200
        tasks.look_at_event(provider="stripe", event_id=sent["id"])

        assert ProviderEvent.objects.get().state == "IGNORED"
        assert not Journal.objects.exists()

    def test_another_version_of_objects_is_parked_with_its_reason(self, stage, door):
        sent = event(stage) | {"api_version": "2017-08-15"}

        assert door(sent).status_code == 200
        tasks.look_at_event(provider="stripe", event_id=sent["id"])

        stored = ProviderEvent.objects.get()
        assert (stored.state, "2017-08-15" in stored.reason) == ("PARKED", True)
        assert not Journal.objects.exists()

    def test_an_object_that_stripe_does_not_know_is_parked(self, stage, door):
        sent = event(stage)
        sent = sent | {"data": {"object": {"object": "charge", "id": "ch_nothing"}}}
        sent["type"] = "charge.updated"

        assert door(sent).status_code == 200
        tasks.look_at_event(provider="stripe", event_id=sent["id"])

        assert ProviderEvent.objects.get().reason == "the provider knows no ch_nothing"

    def test_while_stripe_is_silent_it_waits(self, stage, door):
        sent = event(stage)
        door(sent)
        stage.fake.trouble("drop_before", "/v1/payment_intents", times=3)

        tasks.look_at_event(provider="stripe", event_id=sent["id"])

        assert ProviderEvent.objects.get().state == "RECEIVED"


class TestRefused:
    def refused(self, answer, status=400):
        assert answer.status_code == status
        assert not ProviderEvent.objects.exists()

    def test_without_a_signature(self, stage, door):
        self.refused(door(event(stage), head=""))

    def test_with_somebody_elses(self, stage, door):
        body = json.dumps(event(stage)).encode()
        self.refused(door(body, head=signed(body, "whsec_other", int(time.time()))))

    @pytest.mark.parametrize("ahead", [-400, 400])
    def test_from_another_time(self, stage, door, ahead):
        self.refused(door(event(stage), at=int(time.time()) + ahead))

    @pytest.mark.parametrize(
        "odd",
        [
            b"",
            b"[]",
            b"null",
            b"{",
            b"\xff\xfe",
            b'{"object": "event"}',
            told(id=7),
            told(id=""),
            told(id="x" * 99),
            told(id="a\0b"),
            told(created=10**20),
            told(data=[]),
            told(type=None),
            told(object="v2.core.event", created="yesterday"),
            told().replace(b'"created": 1', b'"created": NaN'),
            told().replace(b'"created": 1', b'"created": 1e999'),
            b"[" * 100_000,
        ],
        ids=range(17),
    )
    def test_odd_bodies_that_are_signed(self, stage, door, odd):
        self.refused(door(odd))

    def test_a_body_of_five_megabytes(self, stage, door):
        self.refused(door(b" " * 5_000_000), 413)

    def test_any_other_method(self, stage, door, client):
        self.refused(client.get(ADDRESS), 405)

    def test_where_stripe_is_not_set_up(self, stage, door, settings):
        settings.STRIPE_API_KEY = ""
        self.refused(door(event(stage)), 404)

    def test_without_a_secret_nothing_is_believed(self, stage, door, settings):
        settings.STRIPE_WEBHOOK_SECRET = ""
        body = json.dumps(event(stage)).encode()
        at = int(time.time())
        self.refused(door(body, head=f"t={at},v1={signature(body, '', at)}"))


def test_half_of_a_pair_is_stored_as_a_mark(stage, door):
    sent = event(stage)
    sent["data"]["object"]["description"] = "half \ud800"

    assert door(sent).status_code == 200
    assert ProviderEvent.objects.get().payload["data"]["object"]["description"] == "half �"


class TestRounds:
    def test_the_sweep_takes_what_never_arrived(self, stage, door, monkeypatch):
        monkeypatch.setattr(stage.fake.clock, "now", int(time.time()))
        stage.paid()
        stage.fake.play("webhooks/lose")

        tasks.sweep_events()
        tasks.sweep_events()

        assert ProviderEvent.objects.count() == 2

    def test_one_round_queues_what_waits(self, stage, door, monkeypatch):
        queued = []
        monkeypatch.setattr(tasks.look_at_event, "delay", lambda **given: queued.append(given))
        sent = event(stage)
        door(sent)

        tasks.go_round_providers()

        assert queued == [{"provider": "stripe", "event_id": sent["id"]}]

    def test_movements_and_payouts_are_pulled(self, stage, door, monkeypatch):
        monkeypatch.setattr(stage.fake.clock, "now", int(time.time()) - 9 * 86_400)
        stage.received()
        stage.fake.clock.advance(8 * 86_400)
        stage.fake.play("payouts")
        stage.fake.play("webhooks/lose")

        tasks.pull_movements(provider="stripe")

        keys = [key.split(":")[1] for key, _, _ in stage.books()]
        assert keys == ["available", "charge", "payout"]

    def test_without_a_provider_nothing_happens(self, stage, settings):
        settings.STRIPE_API_KEY = ""

        tasks.look_at_event(provider="stripe", event_id="x")
        tasks.run_operation(operation="x")
        tasks.sweep_events()
        tasks.pull_providers()
