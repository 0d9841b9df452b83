"""Two take a payout back at once: one proposal waits at a time, and the provider is asked once."""

import pytest

from billing.payments.actions import orders, proposals, take_backs
from billing.payments.models import Operation, PaymentOrder, TakeBack
from billing.payments.models.orders import PaymentOrderQuerySet
from billing.payments.models.take_backs import TakeBackQuerySet
from billing.payments.rules.operations import Kind, State
from tests.billing.payments import world
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome
from tests.concurrency.test_matching import unlocked
from tests.races import in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk():
    return world.desk()


@pytest.fixture
def order(desk):
    """A payout that a provider made."""
    desk.collected(10_000, "release")
    sent = desk.sent(desk.propose())
    orders.see(order=sent, on=world.DAY, cash="1002.02", key="seen", at=world.AT, by=desk.clock)
    Operation.objects.create(
        provider="stripe", kind=Kind.TRANSFER, order=sent, body={"amount": 10_000}, state=State.DONE,
        reference="tr_1", made_by="x", made_at=world.AT,
    )  # fmt: skip
    return sent


def proposes(desk, order, by):
    def run():
        found = PaymentOrder.objects.select_related("book__organization").get(pk=order.pk)
        return take_backs.propose(order=found, amount_minor=6_000, reason="x", **desk.acts(fresh(by)))

    return run


def approves(desk, proposed, by):
    def run():
        found = TakeBack.objects.select_related("order__book__organization").get(pk=proposed.pk)
        return take_backs.approve(take_back=found, **desk.acts(fresh(by)))

    return run


def test_two_propose_and_the_second_is_told(desk, order):
    with meet(take_backs, "left_to_take"):
        made = at_once(proposes(desk, order, desk.first), proposes(desk, order, desk.second))

    assert outcome(made) == ["TakeBack", "TakeBackWaits"]


def test_without_the_lock_the_database_refuses_the_second(desk, order):
    between, inside = in_between(take_backs, "_check", proposes(desk, order, desk.second))
    with unlocked(PaymentOrderQuerySet), between:
        made = at_once(proposes(desk, order, desk.first))

    assert outcome(made + inside) == ["IntegrityError", "TakeBack"]
    assert TakeBack.objects.count() == 1


def test_two_approve_and_the_provider_is_asked_once(desk, order):
    proposed, chief = proposes(desk, order, desk.first)(), desk.office.chief

    with meet(proposals, "decide"):
        made = at_once(approves(desk, proposed, desk.second), approves(desk, proposed, chief))

    assert outcome(made) == ["TakeBack", "TakeBackDecided"]
    assert Operation.objects.filter(kind=Kind.REVERSAL).count() == 1


def test_without_the_locks_the_database_refuses_the_second_approval(desk, order):
    proposed, chief = proposes(desk, order, desk.first)(), desk.office.chief
    between, inside = in_between(proposals, "decide", approves(desk, proposed, chief))

    with unlocked(PaymentOrderQuerySet, TakeBackQuerySet), between:
        made = at_once(approves(desk, proposed, desk.second))

    assert outcome(made + inside) == ["IntegrityError", "TakeBack"]
    assert Operation.objects.filter(kind=Kind.REVERSAL).count() == 1
