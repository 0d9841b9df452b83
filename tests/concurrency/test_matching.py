"""Two match the same money, pay the same invoice, undo and allocate at once: nothing is paid twice."""

from contextlib import contextmanager
from unittest.mock import patch

import pytest

from billing.models import Invoice
from billing.models.invoices import InvoiceQuerySet
from billing.payments.actions import allocations, matching
from billing.payments.models import Allocation, LineBooking, OwnerRelease, Receipt
from billing.payments.models.banks import BankAccountQuerySet
from billing.payments.models.receipts import ReceiptQuerySet
from tests.billing.payments import matched
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def unlocked(*querysets):
    """Take locks away."""
    with patch.object(querysets[0], "locked", lambda self: self.order_by("pk")):
        if len(querysets) == 1:
            yield
        else:
            with unlocked(*querysets[1:]):
                yield


def held(match, *minors):
    """Money of a payer that pays nothing yet."""
    payer = match.lessee("L1")
    return [match.desk.receipt(minor, f"held-{place}", payer) for place, minor in enumerate(minors)]


def pays(match, receipt, invoice, minor):
    def act():
        return allocations.allocate(
            receipt=Receipt.objects.select_related("book__organization").get(pk=receipt.pk),
            shares=[(Invoice.objects.get(pk=invoice.pk), minor)],
            within=match.desk.office.platform,
            by=fresh(match.desk.first),
            at=matched.AT,
        )

    return act


def test_two_allocate_the_same_money_and_one_is_told():
    match = matched.begin()
    [money] = held(match, 600)
    one, other = match.bill("A-2026-000001", "L1", 600), match.bill("A-2026-000002", "L1", 600)

    with meet(allocations, "receivables"):
        made = at_once(pays(match, money, one, 600), pays(match, money, other, 600))

    assert outcome(made) == ["MoreThanLeft", "list"]
    assert matched.standing() == 600


def test_without_the_lock_of_the_money_the_database_refuses_the_second():
    match = matched.begin()
    [money] = held(match, 600)
    one, other = match.bill("A-2026-000001", "L1", 600), match.bill("A-2026-000002", "L1", 600)

    with unlocked(ReceiptQuerySet), meet(allocations, "receivables"):
        made = at_once(pays(match, money, one, 600), pays(match, money, other, 600))

    assert outcome(made) == ["IntegrityError", "list"]
    assert matched.standing() == 600


def test_two_pay_the_same_invoice_and_one_is_told():
    match = matched.begin()
    first, second = held(match, 600, 600)
    invoice = match.bill("A-2026-000001", "L1", 600)

    with meet(allocations, "receivables"):
        made = at_once(pays(match, first, invoice, 600), pays(match, second, invoice, 600))

    assert outcome(made) == ["MoreThanOpen", "list"]
    assert (matched.standing(), match.open()["A-2026-000001"]) == (600, 0)


def test_without_the_lock_of_the_invoice_the_database_refuses_the_second():
    match = matched.begin()
    first, second = held(match, 600, 600)
    invoice = match.bill("A-2026-000001", "L1", 600)

    with unlocked(InvoiceQuerySet), meet(allocations, "receivables"):
        made = at_once(pays(match, first, invoice, 600), pays(match, second, invoice, 600))

    assert outcome(made) == ["IntegrityError", "list"]
    assert (matched.standing(), match.open()["A-2026-000001"]) == (600, 0)


def test_an_undo_and_an_allocation_meet_and_the_owner_is_freed_what_is_paid():
    match = matched.begin()
    first, second = held(match, 300, 300)
    invoice = match.bill("A-2026-000001", "L1", 600)
    [made] = pays(match, first, invoice, 300)()

    def undo():
        return allocations.undo(
            allocation=Allocation.objects.select_related("receipt__book__organization").get(pk=made.pk),
            comment="",
            within=match.desk.office.platform,
            by=fresh(match.desk.second),
            at=matched.AT,
        )

    at_once(undo, pays(match, second, invoice, 300))

    releases = list(OwnerRelease.objects.order_by("number"))
    assert [one.number for one in releases] == [1, 2, 3]
    assert match.open()["A-2026-000001"] == 300
    assert releases[-1].paid_minor == 300
    assert sum(one.amount_minor for one in releases) == releases[0].amount_minor


def run_twice(match):
    def act():
        return matching.run(
            book=match.desk.book, within=match.desk.office.platform, by=fresh(match.desk.first), at=matched.AT
        )

    with meet(matching, "match"):
        return at_once(act, act)


def test_two_runs_at_once_book_each_line_once():
    match = matched.begin()
    match.bill("A-2026-000001", "L1", 600)
    match.line(600, "one", memo="A-2026-000001")

    assert sorted(run_twice(match)) == [0, 1]
    assert (LineBooking.objects.count(), matched.standing()) == (1, 600)


def test_without_the_lock_of_the_account_the_second_run_meets_the_database():
    match = matched.begin()
    match.bill("A-2026-000001", "L1", 600)
    match.line(600, "one", memo="A-2026-000001")

    with unlocked(BankAccountQuerySet), meet(matching._Batch, "fitting"):
        made = outcome(
            at_once(
                *[
                    lambda: matching.run(
                        book=match.desk.book,
                        within=match.desk.office.platform,
                        by=fresh(match.desk.first),
                        at=matched.AT,
                    )
                ]
                * 2
            )
        )

    assert "int" in made
    assert (LineBooking.objects.count(), matched.standing()) == (1, 600)
