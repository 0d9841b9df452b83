"""A refund of a payment that the provider exchanged: each currency balances, out and back."""

import pytest

from billing.models import Journal, JournalLine
from billing.payments.models import PaymentOrder, ProviderEvent, ReconException
from billing.rules import accounts as chart
from tests.billing.payments import life as lives
from tests.billing.payments.stripe.stage import GROSS

REFUND, DOLLARS = 100_000, 109_412  # at 1.094123
LATER_DOLLARS = 110_000  # at 1.1


@pytest.fixture
def exchanged(stage):
    """A payment in yuan that stands in dollars."""
    stage.fake.world.balance.rates["cny"] = ("hkd", "1.094123")
    stage.receipt = stage.received()
    stage.usable()
    return stage


def lines(kind):
    found = Journal.objects.get(kind=kind).lines
    return set(found.values_list("account__code", "currency", "amount_minor"))


def on(code, currency):
    found = JournalLine.objects.filter(account__code=code, currency=currency)
    return sum(found.values_list("amount_minor", flat=True))


def clean(stage):
    stage.fake.clock.advance(60)
    stage.pull()
    assert not ReconException.objects.open().exists()
    assert not ProviderEvent.objects.filter(state="PARKED").exists()
    assert lives.broken(stage.at + lives.LATER, without=("owners_as_released",)) == {}


def test_leaves_in_dollars_what_it_is_in_yuan(exchanged):
    exchanged.run(exchanged.refund(exchanged.receipt, REFUND))
    exchanged.arrive()

    assert lines("PAYMENT_SEEN") == {
        (chart.ORDERED, "CNY", REFUND),
        (chart.TRADING, "CNY", -REFUND),
        (chart.TRADING, "HKD", DOLLARS),
        (chart.AVAILABLE, "HKD", -DOLLARS),
    }
    assert PaymentOrder.objects.get().state == "DONE"
    exchanged.receipt.refresh_from_db()
    assert exchanged.receipt.left_minor == GROSS - REFUND
    clean(exchanged)


def test_that_comes_back_at_another_rate_leaves_the_difference_on_the_trading_account(exchanged):
    operation = exchanged.run(exchanged.refund(exchanged.receipt, REFUND))
    before = on(chart.TRADING, "HKD")
    exchanged.fake.world.balance.rates["cny"] = ("hkd", "1.1")
    exchanged.fake.play(f"refunds/{operation.reference}/fail")
    exchanged.arrive()

    assert lines("PAYMENT_RETURNED") == {
        (chart.ORDERED, "CNY", -REFUND),
        (chart.TRADING, "CNY", REFUND),
        (chart.TRADING, "HKD", -LATER_DOLLARS),
        (chart.AVAILABLE, "HKD", LATER_DOLLARS),
    }
    assert on(chart.TRADING, "HKD") - before == -LATER_DOLLARS
    assert PaymentOrder.objects.get().state == "RETURNED"
    exchanged.receipt.refresh_from_db()
    assert (exchanged.receipt.left_minor, on(chart.ORDERED, "CNY")) == (GROSS, 0)
    clean(exchanged)
