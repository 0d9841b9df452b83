"""Many pay and give back the same money at once: nothing is paid twice, no account falls below its floor."""

from contextlib import contextmanager
from unittest.mock import patch

import pytest
from django.db import models

from billing.models import AccountBalance, Book
from billing.models.ledger import AccountBalanceQuerySet
from billing.payments.actions import orders, payouts, refunds
from billing.payments.models import PaymentOrder, Receipt
from billing.payments.models.receipts import ReceiptQuerySet
from billing.payments.queries import payable
from billing.rules import accounts as chart
from marketplace.models import Organization
from tests.billing.payments import world
from tests.billing.payments.world import AT
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def unlocked(queryset):
    """Take a lock away."""
    with patch.object(queryset, "locked", lambda self: self.order_by("pk")):
        yield


def standing():
    """What standing payouts and refunds add up to."""
    found = PaymentOrder.objects.standing().aggregate(total=models.Sum("amount_minor"))
    return found["total"] or 0


def propose_twice(desk):
    def propose():
        payouts.propose(
            book=Book.objects.select_related("organization").get(pk=desk.book.pk),
            owner=Organization.objects.get(pk=desk.owner.pk),
            within=desk.office.platform,
            by=fresh(desk.first),
            at=AT,
        )

    with meet(payable, "payables"):
        return at_once(propose, propose)


def test_two_propose_the_same_payout_and_one_finds_nothing_left():
    desk = world.desk()
    desk.collected(500, "release")

    assert outcome(propose_twice(desk)) == ["NoneType", "NothingPayable"]
    assert standing() == 500


def test_without_the_lock_the_database_refuses_the_second():
    desk = world.desk()
    desk.collected(500, "release")

    with unlocked(AccountBalanceQuerySet):
        assert outcome(propose_twice(desk)) == ["IntegrityError", "NoneType"]
    assert standing() == 500


def refund_twice(desk, receipt):
    def refund():
        refunds.of_receipt(
            receipt=Receipt.objects.select_related("book__organization").get(pk=receipt.pk),
            amount_minor=600,
            reason="多付",
            within=desk.office.platform,
            by=fresh(desk.first),
            at=AT,
        )

    with meet(refunds, "_waiting"):
        return at_once(refund, refund)


def test_two_give_the_same_money_back_and_one_is_told_what_is_left():
    desk = world.desk()
    receipt = desk.receipt(1_000, "in", desk.owner)

    assert outcome(refund_twice(desk, receipt)) == ["NoneType", "NothingToRefund"]
    assert standing() == 600


def test_without_the_lock_both_are_proposed_and_the_second_is_not_approved():
    desk = world.desk()
    receipt = desk.receipt(1_000, "in", desk.owner)
    with unlocked(ReceiptQuerySet):
        assert outcome(refund_twice(desk, receipt)) == ["NoneType", "NoneType"]
    first, second = PaymentOrder.objects.all()

    orders.approve(order=first, **desk.acts(desk.second))
    with pytest.raises(orders.RefundNotLeft):
        orders.approve(order=second, **desk.acts(desk.second))


def test_approving_and_dropping_at_once_is_one_of_both():
    desk = world.desk()
    desk.collected(500, "release")
    order = desk.propose()

    def act(verb, **given):
        who = {"within": desk.office.platform, "by": fresh(desk.second), "at": AT}
        verb(order=PaymentOrder.objects.select_related("book__organization").get(pk=order.pk), **given, **who)

    results = at_once(lambda: act(orders.approve), lambda: act(orders.drop, reason=""))

    order.refresh_from_db()
    if order.state == "APPROVED":
        assert outcome(results) == ["NoneType", "OrderNotPossible"]
    assert (order.state, desk.on(chart.ORDERED)) in (("APPROVED", -500), ("DROPPED", 0))


def test_fifty_at_once_never_pay_twice_nor_go_below_the_floor():
    desk = world.desk()
    for number in range(10):
        desk.collected(100, f"release {number}")
    receipts = [desk.receipt(100, f"in {number}", desk.owner) for number in range(10)]

    def payout():
        made = payouts.propose(
            book=Book.objects.select_related("organization").get(pk=desk.book.pk),
            owner=Organization.objects.get(pk=desk.owner.pk),
            within=desk.office.platform,
            by=fresh(desk.first),
            at=AT,
        )
        orders.approve(order=made, within=desk.office.platform, by=fresh(desk.second), at=AT)

    def refund(receipt):
        found = Receipt.objects.select_related("book__organization").get(pk=receipt.pk)
        given = {"amount_minor": 100, "reason": "多付", "within": desk.office.platform, "at": AT}
        made = refunds.of_receipt(receipt=found, by=fresh(desk.first), **given)
        orders.approve(order=made, within=desk.office.platform, by=fresh(desk.second), at=AT)

    acts = [payout] * 25 + [lambda one=one: refund(one) for one in receipts for _ in range(3)][:25]
    results = at_once(*acts)

    kinds = {type(result).__name__ for result in results}
    assert kinds <= {"NoneType", "NothingPayable", "NothingToRefund"}
    paid = dict.fromkeys(("PAYOUT", "REFUND"), 0)
    for order in PaymentOrder.objects.standing():
        paid[order.kind] += order.amount_minor
    assert paid["PAYOUT"] == 1_000
    assert paid["REFUND"] == 100 * len({one.pk for one in receipts[:9]})
    assert desk.on(chart.ORDERED) == -paid["PAYOUT"] - paid["REFUND"]
    assert AccountBalance.objects.get(account__party=desk.owner, account__code="2241.01").balance_minor == 0
