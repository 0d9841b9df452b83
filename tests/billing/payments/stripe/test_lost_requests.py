"""A request that the provider opened though its answer was lost does not stay open there."""

from datetime import timedelta

import pytest

from billing.payments import tasks
from billing.payments.actions import lost_requests, payment_requests
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import PaymentRequest
from billing.payments.rules.providers import ProviderSilent
from config.stand_in import FakeStripe
from tests import once
from tests.billing import red_papers
from tests.billing.red_papers import AT

billed = once.fixture(red_papers.build)
MINUTES = timedelta(minutes=11)
A_DAY = timedelta(hours=24)


@pytest.fixture
def fake():
    with FakeStripe(now=int(AT.timestamp())) as running:
        yield running


@pytest.fixture
def stripe(fake):
    return StripeProvider("sk_test_fake", address=fake.url, timeout=0.4)


@pytest.fixture
def lost(billed, stripe, fake):
    """A request whose opening was done and not answered."""

    def asks(trouble="drop_after"):
        fake.trouble(trouble, "/v1/payment_intents", times=3)
        with pytest.raises(ProviderSilent):
            payment_requests.ask(
                payer=billed.scene.lessee, invoices=[billed.invoice], provider=stripe, method="alipay",
                back="https://example.com/", by=billed.scene.buyer, at=AT,
            )  # fmt: skip
        return PaymentRequest.objects.get()

    return asks


def told(request):
    request.refresh_from_db()
    return bool(request.provider_reference), request.is_cancelled


def test_it_is_found_and_closed(lost, stripe, fake):
    request = lost()
    [intent] = fake.world.all("payment_intent")
    assert lost_requests.close(provider=stripe, at=AT) == 0  # somebody may wait for its answer yet

    assert lost_requests.close(provider=stripe, at=AT + MINUTES) == 1

    assert (told(request), intent["status"]) == ((True, True), "canceled")
    assert lost_requests.close(provider=stripe, at=AT + MINUTES) == 0


def test_one_that_was_paid_is_known_by_its_name_and_stays(lost, stripe, fake):
    request = lost()
    [intent] = fake.world.all("payment_intent")
    fake.play(f"intents/{intent['id']}/pay")

    assert lost_requests.close(provider=stripe, at=AT + MINUTES) == 0

    assert told(request) == (True, False)


def test_one_that_never_arrived_is_closed_after_a_day(lost, stripe):
    request = lost("drop_before")
    assert lost_requests.close(provider=stripe, at=AT + A_DAY - MINUTES) == 0
    assert told(request) == (False, False)

    assert lost_requests.close(provider=stripe, at=AT + A_DAY) == 1

    assert told(request) == (False, True)


def test_while_the_provider_does_not_answer_nothing_changes(lost, stripe, fake):
    request = lost()
    fake.trouble("drop_before", "/v1/payment_intents", times=3)
    with pytest.raises(ProviderSilent):
        lost_requests.close(provider=stripe, at=AT + MINUTES)
    [intent] = fake.world.all("payment_intent")
    fake.world.troubles.clear()
    fake.trouble("drop_before", f"/v1/payment_intents/{intent['id']}/cancel", times=3)
    assert lost_requests.close(provider=stripe, at=AT + MINUTES) == 0

    assert told(request) == (False, False)


def test_the_nightly_pull_does_it(lost, stripe, fake, settings):
    settings.STRIPE_API_KEY, settings.STRIPE_ADDRESS = "sk_test_fake", fake.url
    request = lost()

    tasks.pull_movements(provider="stripe")

    assert told(request) == (True, True)
