"""A bank line is booked anew at the moment in which somebody else decides about it: one of both happens."""

import pytest

from billing.models import Invoice
from billing.payments.actions import allocations, bill_ends, line_bookings, orders, rebookings, refunds
from billing.payments.models import LineBooking, PaymentOrder, Rebooking, Receipt
from billing.payments.models.banks import BankAccountQuerySet
from billing.payments.models.rebookings import RebookingQuerySet
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
    """A line that is held as money of nobody known, and somebody says that it is interest."""
    made = matched.begin()
    made.held = made.line(500_000, "in", counterparty="某公司", memo="货款")
    made.run()
    made.proposed = rebookings.propose(
        line=made.held, kind="INTEREST", target="", reason="利息", **made.desk.acts()
    )
    return made


def approves(match, by=None):
    def run():
        rows = Rebooking.objects.select_related("bank_line__bank_account__book__organization")
        found = rows.get(pk=match.proposed.pk)
        return rebookings.approve(rebooking=found, **match.desk.acts(fresh(by or match.desk.second)))

    return run


def allocates(match, invoice):
    def run():
        receipt = Receipt.objects.select_related("book__organization").get(bank_line=match.held)
        shares = [(Invoice.objects.get(pk=invoice.pk), 100)]
        return allocations.allocate(
            receipt=receipt, shares=shares, **match.desk.acts(fresh(match.desk.first))
        )

    return run


def test_approved_twice_it_is_booked_once(match):
    with meet(rebookings, "_waiting"):
        made = at_once(approves(match), approves(match, match.desk.office.chief))

    assert outcome(made) == ["Rebooking", "RebookingDecided"]
    assert (LineBooking.objects.count(), match.desk.on(chart.INTEREST)) == (3, -500_000)


def test_without_the_locks_the_database_refuses_the_second(match):
    place = line_bookings, "write_down"
    again, others = in_between(*place, approves(match, match.desk.office.chief))

    with unlocked(BankAccountQuerySet, RebookingQuerySet, type(Receipt.objects.all())), again:
        made = at_once(approves(match))

    assert (outcome(others), outcome(made)) == (["Rebooking"], ["IntegrityError"])
    assert LineBooking.objects.count() == 3


def test_its_money_pays_an_invoice_or_is_interest(match):
    invoice = match.bill("A-2026-000001", "L1", 100)

    with meet(line_bookings, "waiting_refunds"), meet(allocations, "waiting_refunds"):
        made = at_once(approves(match), allocates(match, invoice))

    assert outcome(made) in (["LineTaken", "list"], ["MoreThanLeft", "Rebooking"])
    assert match.desk.on(chart.SUSPENSE) in (0, -499_900)


def test_a_bill_is_held_again_or_a_refund_over_what_it_pays_is_released(match):
    desk, payer = match.desk, match.lessee("L1")
    desk.pays(payer, member(payer, Role.FINANCE))
    invoice = match.bill("A-2026-000001", "L1", 400_000)
    bill = billed.held(desk, payer, amount_minor=400_000)
    billed.pays(desk, bill, (invoice, 400_000))
    line = match.line(400_000, "bill", memo=billed.NUMBER)
    match.run()
    note = match.bill("A-2026-000002", "L1", -100_000, invoice)
    match.run()
    given = {"note": note, "book": desk.book, "amount_minor": 100_000, "reason": "红字"}
    refund = refunds.of_note(**given, **desk.acts())
    match.proposed = rebookings.propose(line=line, kind="RECEIPT", target="", reason="错", **desk.acts())

    def releases():
        order = PaymentOrder.objects.select_related("book__organization").get(pk=refund.pk)
        return orders.approve(order=order, **desk.acts(fresh(desk.second)))

    with meet(bill_ends, "_lock"), meet(orders, "_look_whether_it_is_there"):
        made = at_once(approves(match, desk.office.chief), releases)

    assert outcome(made) in (["LineTaken", "PaymentOrder"], ["BillNotPaid", "Rebooking"])
