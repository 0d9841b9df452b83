"""Two workers take the same fact, or run the same operation, at one moment."""

from unittest.mock import patch

import pytest

from billing.models import Journal
from billing.payments.actions import operations, provider_facts
from billing.payments.gateway.stripe import StripeProvider
from billing.payments.models import Operation, ProviderFact, Receipt
from billing.payments.rules.stripe_facts import facts_of
from config.stand_in import FakeStripe
from tests.billing.payments import world
from tests.billing.payments.stripe.stage import Stage
from tests.concurrency.test_contracts import meet
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stage():
    with FakeStripe() as fake:
        yield Stage(world.desk(), fake, StripeProvider("sk_test_fake", address=fake.url))


def both_take(stage):
    charge = stage.provider.fetch("charge", stage.paid())
    [fact] = facts_of("charge", charge)
    take = {"fact": fact, "provider": "stripe", "at": stage.at, "by": stage.desk.clock}
    with meet(provider_facts, "_known"):
        return at_once(*[lambda: provider_facts.take_one(**take)] * 2)


def test_a_fact_that_two_take_at_once_is_one_journal_and_one_receipt(stage):
    first, second = both_take(stage)

    assert first == second
    assert (Receipt.objects.count(), ProviderFact.objects.count()) == (1, 1)
    assert Journal.objects.filter(kind="CARD_PAID").count() == 1


def test_an_operation_that_two_run_at_once_is_one_transfer(stage):
    stage.received()
    stage.usable()
    stage.ready()
    operation = stage.payout(100_000)

    results = at_once(*[lambda: stage.run(Operation.objects.get(pk=operation.pk))] * 2)

    assert [type(each) for each in results] == [Operation, Operation]
    assert len(stage.fake.world.all("transfer")) == 1
    assert len(stage.fake.calls("/v1/transfers")) == 1
    assert ProviderFact.objects.filter(kind="TRANSFER").count() == 1


def test_without_the_lock_both_send_and_it_is_still_one_transfer(stage):
    """The key alone keeps it one: that is why it is written down first."""
    stage.received()
    stage.usable()
    stage.ready()
    operation = stage.payout(100_000)
    unlocked = lambda row: Operation.objects.select_related("order__book__organization").get(pk=row.pk)  # noqa: E731

    with (
        patch.object(operations, "_locked", unlocked),
        meet(operations, "next_step"),
        meet(operations, "_begin"),  # else the quicker one may be done before the other has begun
    ):
        at_once(*[lambda: stage.run(Operation.objects.get(pk=operation.pk))] * 2)

    assert len(stage.fake.calls("/v1/transfers")) == 2
    assert len(stage.fake.world.all("transfer")) == 1
