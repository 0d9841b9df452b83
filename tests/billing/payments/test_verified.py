"""An owner that fails its check after a payout was proposed is paid nothing: not approved, not sent."""

import pytest

from billing.payments.actions import orders
from billing.payments.models import PaymentOrder
from marketplace.actions.admission import NotVerified
from marketplace.models import Organization
from tests import once
from tests.billing.payments import world

pytestmark = pytest.mark.django_db
desk = once.fixture(world.desk)


@pytest.fixture
def order(desk):
    desk.collected(10_000, "a")
    return desk.propose()


def stop(owner):
    Organization.objects.filter(pk=owner.pk).update(awaits_verification=True, verified_at=None)


def test_is_not_approved(desk, order):
    stop(desk.owner)

    with pytest.raises(NotVerified):
        orders.approve(order=order, **desk.acts(desk.second))
    assert PaymentOrder.objects.get(pk=order.pk).state == PaymentOrder.State.PROPOSED


def test_is_not_sent(desk, order):
    orders.approve(order=order, **desk.acts(desk.second))
    stop(desk.owner)

    with pytest.raises(NotVerified):
        orders.sent(orders=[order], **desk.acts(desk.second))
    assert PaymentOrder.objects.get(pk=order.pk).state == PaymentOrder.State.APPROVED
