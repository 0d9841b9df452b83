"""The providers that the contract is held against; Stripe's own test mode joins when its key is set."""

import os

import pytest

from billing.payments.gateway.stripe import StripeProvider
from config.stand_in import FakeStripe
from tests import once
from tests.billing.payments import matched
from tests.billing.payments.providers.bank_side import BankSide
from tests.billing.payments.providers.stripe_side import Real, StandIn

SECRET = "whsec_contract"
KEY = os.environ.get("STRIPE_TEST_KEY", "")


match = once.fixture(matched.begin)


@pytest.fixture
def fake():
    with FakeStripe() as running:
        yield running


@pytest.fixture
def stripe(fake):
    return StripeProvider("sk_test_fake", secret=SECRET, address=fake.url, timeout=0.4, env="test")


@pytest.fixture(
    params=["stand-in", "bank", pytest.param("test-mode", marks=pytest.mark.skipif(not KEY, reason="no key"))]
)
def side(request):
    """A provider, and somebody who plays its payers and its bank."""
    if request.param == "stand-in":
        return StandIn(request.getfixturevalue("fake"), request.getfixturevalue("stripe"))
    if request.param == "bank":
        return BankSide(request.getfixturevalue("match"))
    return Real(StripeProvider(KEY, secret=SECRET, env="test"))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """The SDK waits between its tries; what it waits for is not tested here."""
    monkeypatch.setattr("stripe.HTTPClient._sleep_time_seconds", lambda *_: 0)
