"""Two dispose of one acceptance bill at once: its money comes once, or it fails once, never both."""

import pytest

from billing.models import Invoice
from billing.payments.actions import allocations, bill_ends, bills, refunds
from billing.payments.models import AcceptanceBill, LineBooking, PaymentOrder, Receipt
from billing.payments.models.banks import BankAccountQuerySet
from billing.payments.models.bills import AcceptanceBillQuerySet
from billing.rules import accounts as chart
from marketplace.models.parties import Role
from tests.billing.payments import billed, matched
from tests.billing.world import member
from tests.concurrency.test_contracts import meet
from tests.concurrency.test_leases import at_once, fresh, outcome
from tests.concurrency.test_matching import unlocked
from tests.races import in_between

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def match():
    return matched.begin()


def acts(match, act, bill, by, **given):
    """Let somebody act on a bill as another process would."""

    def run():
        found = AcceptanceBill.objects.select_related("book__organization").get(pk=bill.pk)
        return act(bill=found, **given, **match.desk.acts(fresh(by)))

    return run


def asked(match):
    bill = billed.held(match.desk, match.lessee("L1"))
    return bills.ask(bill=bill, reason="退回", **match.desk.acts())


def allocates(match, bill, invoice, **given):
    def run():
        receipt = Receipt.objects.select_related("book__organization").get(bill=bill)
        shares = [(Invoice.objects.get(pk=invoice.pk), 100)]
        return allocations.allocate(
            receipt=receipt, shares=shares, **given, **match.desk.acts(fresh(match.desk.first))
        )

    return run


def test_it_is_paid_or_fails_and_the_other_is_told(match):
    bill, line = asked(match), match.line(500_000, "in")

    with meet(bill_ends, "after"):
        made = at_once(
            acts(match, bill_ends.collect, bill, match.desk.first, line=line),
            acts(match, bill_ends.decide, bill, match.desk.second),
        )

    assert outcome(made) == ["AcceptanceBill", "BillNotPossible"]
    assert match.desk.on(chart.BILLS) == 0
    assert LineBooking.objects.count() == (AcceptanceBill.objects.get().state == "HONOURED")


def test_without_the_lock_the_database_refuses_the_second(match):
    bill, line = asked(match), match.line(500_000, "in")
    fails, failed = in_between(bill_ends, "after", acts(match, bill_ends.decide, bill, match.desk.second))

    with unlocked(AcceptanceBillQuerySet, BankAccountQuerySet), fails:
        made = at_once(acts(match, bill_ends.collect, bill, match.desk.first, line=line))

    assert (outcome(failed), outcome(made)) == (["AcceptanceBill"], ["IntegrityError"])
    assert match.desk.on(chart.BILLS) == 0


def test_two_lines_of_one_bill_and_one_stays(match):
    bill = billed.held(match.desk, match.lessee("L1"))

    with meet(bill_ends, "after"):
        made = at_once(
            *(
                acts(match, bill_ends.collect, bill, match.desk.first, line=match.line(500_000, key))
                for key in ("a", "b")
            )
        )

    assert outcome(made) == ["AcceptanceBill", "BillNotPossible"]
    assert (match.desk.on(chart.CLIENT_MONEY), LineBooking.objects.count()) == (500_000, 1)


def test_what_it_pays_at_that_moment_is_taken_back_or_refused(match):
    bill, invoice = asked(match), match.bill("A-2026-000001", "L1", 100)

    made = at_once(allocates(match, bill, invoice), acts(match, bill_ends.decide, bill, match.desk.second))

    assert outcome(made) in (["AcceptanceBill", "list"], ["AcceptanceBill", "MoreThanLeft"])
    assert (matched.standing(), Receipt.objects.get().left_minor) == (0, 0)
    assert match.open() == {"A-2026-000001": 100}


def test_without_the_lock_a_bill_that_pays_something_does_not_fail(match):
    bill, invoice = asked(match), match.bill("A-2026-000001", "L1", 100)

    patched, between = in_between(bills, "move", allocates(match, bill, invoice))
    with unlocked(AcceptanceBillQuerySet), patched:
        [made] = at_once(acts(match, bill_ends.decide, bill, match.desk.second))

    assert isinstance(between[0], list)
    assert type(made).__name__ == "IntegrityError"
    assert AcceptanceBill.objects.get().state == "HELD"


def test_who_confirms_twice_at_once_has_it_once(match):
    bill = billed.recorded(match.desk, match.lessee("L1"))

    made = at_once(*(acts(match, bills.confirm, bill, match.desk.second) for _ in range(2)))

    assert outcome(made) == ["AcceptanceBill", "BillNotPossible"]
    assert match.desk.on(chart.BILLS) == 500_000


def test_a_form_that_is_sent_twice_at_once_pays_once(match):
    bill, invoice = billed.held(match.desk, match.lessee("L1")), match.bill("A-2026-000001", "L1", 200)

    made = at_once(*(allocates(match, bill, invoice, seen_minor=500_000) for _ in range(2)))

    assert outcome(made) == ["LeftChanged", "list"]
    assert matched.standing() == 100


def test_a_refund_that_is_sent_twice_at_once_is_proposed_once(match):
    desk, payer = match.desk, match.lessee("L1")
    desk.pays(payer, member(payer, Role.FINANCE))
    receipt = desk.receipt(1_000, "in", payer)

    def proposes():
        found = Receipt.objects.select_related("book__organization").get(pk=receipt.pk)
        given = {"receipt": found, "amount_minor": 400, "reason": "多付", "seen_minor": 1_000}
        return refunds.of_receipt(**given, **desk.acts(fresh(desk.first)))

    made = at_once(proposes, proposes)

    assert outcome(made) == ["LeftChanged", "PaymentOrder"]
    assert PaymentOrder.objects.get().amount_minor == 400
