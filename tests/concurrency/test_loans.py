"""Two people of a lender record payments of one loan at once."""

from unittest.mock import patch

import pytest

from billing.actions import loan_payments
from billing.models import LoanApplication, LoanPayment
from billing.models.loans import LoanQuerySet
from tests.billing.loans import world
from tests.billing.loans.world import START, noon
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import fresh, outcome
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def both(references):
    """Let both record a first instalment, paid ahead: only one of them can be taken."""
    desk = world.desk()
    loan = desk.paid_out()

    def record(reference):
        loan_payments.repay(
            loan=LoanApplication.objects.get(pk=loan.pk),
            amount_minor=860_664,
            paid_on=START,
            reference=reference,
            within=desk.lender,
            by=fresh(desk.banker),
            at=noon(START),
        )

    with meet(loan_payments, "payment_flaws"):
        return at_once(*(lambda name=name: record(name) for name in references))


def test_the_second_is_told_that_nothing_more_can_be_paid():
    assert outcome(both(["A", "B"])) == ["LoanInvalid", "NoneType"]
    assert LoanPayment.objects.count() == 1


def test_the_same_payment_twice_is_one():
    assert outcome(both(["A", "A"])) == ["NoneType", "NoneType"]
    assert LoanPayment.objects.count() == 1


def test_without_the_lock_the_second_is_refused_by_the_database_alone():
    with patch.object(LoanQuerySet, "locked", lambda self: self.order_by("pk")):
        results = both(["A", "B"])

    assert outcome(results) == ["IntegrityError", "NoneType"]
    assert LoanPayment.objects.count() == 1
