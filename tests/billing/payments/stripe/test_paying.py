"""A lessee pays online: what is open, once, by a way that can take it; and nobody else's."""

import pytest
from django.urls import reverse

from billing.payments.actions import payment_requests
from billing.payments.actions.payment_requests import AlreadyPaid, ProviderRefused, RequestInvalid
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import PaymentRequest, ProviderAccount
from billing.payments.rules.providers import Outcome, ProviderSilent
from config.stand_in import FakeStripe
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import red_papers
from tests.billing.payments.stripe.conftest import SECRET
from tests.billing.red_papers import AT

billed = once.fixture(red_papers.build)
OPEN = 11_300


@pytest.fixture
def fake():
    with FakeStripe() as running:
        yield running


@pytest.fixture
def stripe(fake, settings):
    settings.STRIPE_API_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_fake", SECRET
    settings.STRIPE_ADDRESS = fake.url
    return StripeProvider("sk_test_fake", secret=SECRET, address=fake.url, timeout=0.4)


def ask(billed, stripe, **given):
    facts = {
        "payer": billed.scene.lessee,
        "invoices": [billed.invoice],
        "provider": stripe,
        "method": "alipay",
        "back": "https://example.com/",
        "by": billed.scene.buyer,
        "at": AT,
    }
    return payment_requests.ask(**facts | given)


class TestAsking:
    def test_it_asks_for_what_is_open(self, billed, stripe, fake):
        request, how = ask(billed, stripe)

        assert (request.amount_minor, how.result.outcome) == (OPEN, Outcome.PENDING)
        assert [(item.invoice_id, item.amount_minor) for item in request.items.all()] == [
            (billed.invoice.pk, OPEN)
        ]
        [intent] = fake.world.all("payment_intent")
        assert intent["metadata"]["payment_request"] == request.public_id

    def test_a_note_is_set_off(self, billed, stripe):
        billed.note(-1_000, -130)

        assert ask(billed, stripe)[0].amount_minor == OPEN - 1_130

    def test_asked_again_the_older_one_is_cancelled(self, billed, stripe, fake):
        ask(billed, stripe)
        ask(billed, stripe, method="wechat_pay")

        assert [each["status"] for each in fake.world.all("payment_intent")] == [
            "requires_action",
            "canceled",
        ]
        assert list(PaymentRequest.objects.order_by("pk").values_list("is_cancelled", flat=True)) == [
            True,
            False,
        ]

    def test_one_that_was_just_paid_is_not_asked_for_again(self, billed, stripe, fake):
        request, _ = ask(billed, stripe)
        fake.play(f"intents/{request.provider_reference}/pay")

        with pytest.raises(AlreadyPaid):
            ask(billed, stripe)

        assert PaymentRequest.objects.count() == 1

    @pytest.mark.parametrize("method", ["", "bitcoin", "card\0"])
    def test_by_a_way_that_is_not_offered(self, billed, stripe, method):
        with pytest.raises(RequestInvalid) as refused:
            ask(billed, stripe, method=method)

        assert refused.value.flaws[0].code == "unknown"
        assert not PaymentRequest.objects.exists()

    def test_more_than_the_way_takes(self, billed, stripe, monkeypatch):
        monkeypatch.setitem(stripe.capabilities().most_minor, "alipay", OPEN - 1)
        with pytest.raises(RequestInvalid) as refused:
            ask(billed, stripe)

        assert refused.value.flaws[0].code == "too_much"

    def test_somebody_elses_invoice(self, billed, stripe):
        with pytest.raises(RequestInvalid):
            ask(billed, stripe, payer=billed.scene.lessor, by=billed.scene.owner)
        with pytest.raises(MissingRight):
            ask(billed, stripe, by=billed.scene.owner)

    def test_none_at_all(self, billed, stripe):
        with pytest.raises(RequestInvalid):
            ask(billed, stripe, invoices=[])

    def test_what_is_not_open(self, billed, stripe):
        billed.note(-10_000, -1_300)

        with pytest.raises(RequestInvalid) as refused:
            ask(billed, stripe)

        assert refused.value.flaws[0].code == "not_open"

    def test_stripe_is_silent(self, billed, stripe, fake):
        fake.trouble("drop_after", "/v1/payment_intents", times=3)
        with pytest.raises(ProviderSilent):
            ask(billed, stripe)

        assert PaymentRequest.objects.get().provider_reference == ""

    def test_the_older_one_cannot_be_cancelled_while_stripe_is_silent(self, billed, stripe, fake):
        ask(billed, stripe)
        fake.trouble("drop_before", "/v1/payment_intents", times=3)
        with pytest.raises(ProviderSilent):
            ask(billed, stripe)

        assert PaymentRequest.objects.count() == 1

    def test_stripe_says_no(self, billed, stripe, monkeypatch):
        monkeypatch.setattr("config.stand_in.payments.METHODS", ("card",))
        with pytest.raises(ProviderRefused):
            ask(billed, stripe)

        assert PaymentRequest.objects.get().is_cancelled


class TestPages:
    @pytest.mark.parametrize(("method", "shown"), [("alipay", "/pay/pi_fake"), ("wechat_pay", "weixin://")])
    def test_the_payer_is_shown_where_to_pay(self, billed, stripe, client, method, shown):
        client.force_login(billed.scene.buyer)
        page = client.get(reverse("invoice-pay", args=[billed.invoice.public_id]))
        assert 'value="alipay"' in page.content.decode()

        address = reverse("invoice-pay-online", args=[billed.invoice.public_id])
        answer = client.post(address, {"method": method})

        assert answer.status_code == 200
        assert shown in answer.content.decode()

    @pytest.mark.parametrize("method", ["", "card", "x" * 5_000])
    def test_other_ways_lead_back(self, billed, stripe, client, method):
        client.force_login(billed.scene.buyer)
        address = reverse("invoice-pay-online", args=[billed.invoice.public_id])

        assert client.post(address, {"method": method}).status_code == 302
        assert not PaymentRequest.objects.exists()

    def test_nobody_else_has_that_door(self, billed, stripe, client):
        client.force_login(billed.scene.owner)
        address = reverse("invoice-pay-online", args=[billed.invoice.public_id])

        assert client.post(address, {"method": "alipay"}).status_code == 404

    def test_without_stripe_nothing_is_offered(self, billed, settings, client):
        settings.STRIPE_API_KEY = ""
        client.force_login(billed.scene.buyer)
        page = client.get(reverse("invoice-pay", args=[billed.invoice.public_id]))

        assert 'value="alipay"' not in page.content.decode()
        address = reverse("invoice-pay-online", args=[billed.invoice.public_id])
        assert client.post(address, {"method": "alipay"}).status_code == 404

    def test_an_owner_is_led_to_stripe_and_is_ready_afterwards(self, billed, stripe, fake, client):
        client.force_login(billed.scene.owner)

        answer = client.post(reverse("payee-online"))

        assert fake.url in answer.content.decode()
        assert "/setup/acct_fake" in answer.content.decode()
        account = ProviderAccount.objects.get()
        assert (account.organization, account.state) == (billed.scene.lessor, "PENDING")
        fake.play(f"accounts/{account.reference}/active")
        assert client.post(reverse("payee-online")).status_code == 302
        account.refresh_from_db()
        assert account.state == "ACTIVE"

    def test_stripe_is_silent_about_an_owner(self, billed, stripe, fake, client):
        fake.trouble("500_before", "/v2/core/accounts", times=3)
        client.force_login(billed.scene.owner)

        assert client.post(reverse("payee-online")).status_code == 302
        assert not ProviderAccount.objects.exists()


class TestSendingAnOrder:
    def test_on_its_page_and_over_rest(self, stage, settings, client):
        settings.STRIPE_API_KEY, settings.STRIPE_ADDRESS = "sk_test_fake", stage.fake.url
        stage.ready()
        stage.desk.collected(100, "c")
        order = stage.desk.propose(provider="stripe")
        client.force_login(stage.desk.second)
        client.cookies["django_language"] = "en"
        act = reverse("payment-order-act", args=[order.public_id, "transmit"])
        assert client.post(act).status_code == 400
        client.post(reverse("payment-order-act", args=[order.public_id, "approve"]))
        assert (
            "Send through Stripe"
            in client.get(reverse("payment-order", args=[order.public_id])).content.decode()
        )

        assert client.post(act).status_code == 302

        order.refresh_from_db()
        assert order.state == "SENT"
        rest = client.post(f"/api/v1/payment-orders/{order.public_id}/transmit/")
        assert rest.status_code == 409

    def test_by_a_program_alone(self, stage, settings, client):
        settings.STRIPE_API_KEY, settings.STRIPE_ADDRESS = "sk_test_fake", stage.fake.url
        stage.ready()
        stage.desk.collected(100, "c")
        order = stage.desk.propose(provider="stripe")
        client.force_login(stage.desk.second)
        client.post(reverse("payment-order-act", args=[order.public_id, "approve"]))

        sent = client.post(f"/api/v1/payment-orders/{order.public_id}/transmit/")

        assert (sent.status_code, sent.json()["state"]) == (200, "SENT")

    def test_one_that_was_approved_is_dropped_with_a_reason(self, stage, client):
        stage.desk.collected(100, "c")
        order = stage.desk.propose()
        client.force_login(stage.desk.second)
        url = f"/api/v1/payment-orders/{order.public_id}/drop/"
        assert client.post(url, {}, content_type="application/json").status_code == 400

        dropped = client.post(url, {"reason": "收款账户有误"}, content_type="application/json")

        assert (dropped.status_code, dropped.json()["state"]) == (200, "DROPPED")

    def test_one_for_the_bank_stays(self, stage, client):
        stage.desk.collected(100, "c")
        order = stage.desk.propose()
        client.force_login(stage.desk.second)
        client.post(reverse("payment-order-act", args=[order.public_id, "approve"]))

        refused = client.post(f"/api/v1/payment-orders/{order.public_id}/transmit/")

        assert (refused.status_code, refused.json()["code"]) == (409, "paid_by_bank")
        act = reverse("payment-order-act", args=[order.public_id, "transmit"])
        assert client.post(act).status_code == 400
        order.refresh_from_db()
        assert order.state == "APPROVED"

    def test_without_its_key_it_says_so(self, stage, client, settings):
        stage.ready()
        stage.desk.collected(100, "c")
        order = stage.desk.propose(provider="stripe")
        settings.STRIPE_API_KEY = ""
        client.force_login(stage.desk.second)
        client.cookies["django_language"] = "en"
        act = reverse("payment-order-act", args=[order.public_id, "approve"])
        assert "It can be sent now." in client.post(act, follow=True).content.decode()

        refused = client.post(f"/api/v1/payment-orders/{order.public_id}/transmit/")

        assert (refused.status_code, refused.json()["code"]) == (409, "provider_missing")
