"""A desk, and Stripe's stand-in at the other end."""

import pytest

from billing.payments.gateway.stripe import StripeProvider
from config.stand_in import FakeStripe
from tests import once
from tests.billing.payments import world
from tests.billing.payments.stripe.stage import Stage

SECRET = "whsec_stage"
desk = once.fixture(world.desk)


@pytest.fixture
def stage(desk):
    with FakeStripe() as fake:
        yield Stage(desk, fake, StripeProvider("sk_test_fake", secret=SECRET, address=fake.url, timeout=0.4))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """The SDK waits between its tries; what it waits for is not tested here."""
    monkeypatch.setattr("stripe.HTTPClient._sleep_time_seconds", lambda *_: 0)
