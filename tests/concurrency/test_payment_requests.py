"""Two people of one lessee pay one invoice online at once: one request stays open at the provider."""

import pytest

from billing.models import Invoice
from billing.models.invoices import InvoiceQuerySet
from billing.payments.actions import payment_requests
from billing.payments.actions.payment_requests import AskedMeanwhile
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import PaymentRequest
from config.stand_in import FakeStripe
from tests.billing import red_papers
from tests.billing.red_papers import AT
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import fresh
from tests.concurrency.test_matching import unlocked
from tests.races import at_once, in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fake():
    with FakeStripe() as running:
        yield running


@pytest.fixture
def asks(fake):
    """What somebody of the lessee does who presses the button."""
    billed = red_papers.build()

    def run():
        return payment_requests.ask(
            payer=billed.scene.lessee,
            invoices=[Invoice.objects.get(pk=billed.invoice.pk)],
            provider=StripeProvider("sk_test_fake", address=fake.url),
            method="alipay",
            back="https://example.com/",
            by=fresh(billed.scene.buyer),
            at=AT,
        )

    return run


def left_open(fake):
    """Return the requests that can be paid at the provider, and those that we think are open."""
    there = [each["id"] for each in fake.world.all("payment_intent") if each["status"] != "canceled"]
    here = PaymentRequest.objects.filter(is_cancelled=False).values_list("provider_reference", flat=True)
    return there, list(here)


def test_who_asked_first_is_told_and_the_younger_request_stays(asks, fake):
    between, inside = in_between(StripeProvider, "open_request", asks)

    with between:
        [first] = at_once(asks)

    [(younger, _)] = inside
    assert isinstance(first, AskedMeanwhile)
    assert left_open(fake) == ([younger.provider_reference], [younger.provider_reference])


def test_of_two_at_once_one_stays_open(asks, fake):
    with meet(payment_requests, "_answered"):
        at_once(asks, asks)

    there, here = left_open(fake)
    assert (len(there), there) == (1, here)


def test_without_the_lock_both_stay_open(asks, fake):
    """One looked for a younger request before there was any, the other for an answer before it was kept."""
    between, inside = in_between(payment_requests, "_answered", asks)

    with unlocked(InvoiceQuerySet), between:
        made = at_once(asks)

    assert [type(each) for each in made + inside] == [tuple, tuple]
    assert len(left_open(fake)[0]) == 2


def test_one_that_was_opened_while_we_looked_is_cancelled_before_ours_is_made(asks, fake):
    between, inside = in_between(payment_requests, "_made", asks)

    with between:
        [(ours, _)] = at_once(asks)

    assert isinstance(inside[0], tuple)
    assert left_open(fake) == ([ours.provider_reference], [ours.provider_reference])
