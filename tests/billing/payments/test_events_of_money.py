"""What programs are told of money: both sides of an invoice, an owner of its payout, and nobody else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.actions import invoice_events, overdue
from billing.payments.actions import allocations
from marketplace.actions import api_keys
from marketplace.models import Event
from marketplace.models.apikeys import Scope
from tests import once
from tests.billing.payments import matched, world
from tests.billing.payments.world import AT

pytestmark = pytest.mark.django_db


match = once.fixture(matched.begin)


def told(about, type=None):
    found = Event.objects.filter(object=about.public_id).order_by("pk")
    rows = found.filter(type=type) if type else found
    return list(rows.values_list("type", "organization__public_id"))


def both(invoice, type):
    return [(type, invoice.seller.public_id), (type, invoice.buyer.public_id)]


def test_that_an_invoice_is_paid_reopened_and_paid_again(match):
    invoice, desk = match.bill("INV-EVENTS-1", "E", 10_000), match.desk
    Event.objects.all().delete()
    held = desk.receipt(10_000, "EV1", invoice.buyer)
    pay = {"receipt": held, **desk.acts()}

    came = both(invoice, "payment.received")
    allocations.allocate(shares=[(invoice, 4_000)], **pay)
    assert told(invoice) == came
    [rest] = allocations.allocate(shares=[(invoice, 6_000)], **pay)
    paid = [*came, *both(invoice, "invoice.paid")]
    assert told(invoice) == [*came, *paid]
    allocations.undo(allocation=rest, comment="", **desk.acts())
    again = [*came, *paid, *both(invoice, "invoice.reopened")]
    assert told(invoice) == again
    allocations.allocate(shares=[(invoice, 6_000)], **pay)
    assert told(invoice) == [*again, *paid]


def test_that_a_line_of_the_bank_pays_several_once_each(match):
    match.knows("6222", match.lessee("E"))
    first, second = (
        match.bill(f"INV-EVENTS-2{number}", "E", gross) for number, gross in ((1, 100), (2, 230))
    )
    Event.objects.all().delete()
    match.line(330, "both", counterparty_account="6222")

    assert (match.run(), match.run()) == (1, 0)

    for invoice in (first, second):
        came = both(invoice, "payment.received")
        assert told(invoice) == [*came, *both(invoice, "invoice.paid")]


def test_that_a_credit_note_is_no_payment(match):
    invoice = match.bill("INV-EVENTS-31", "E", 10_000)
    match.bill("INV-EVENTS-32", "E", -10_000, origin=invoice)
    match.run()

    assert told(invoice, "payment.received") == []
    assert told(invoice, "invoice.paid") == both(invoice, "invoice.paid")


def test_that_money_of_nobody_known_pays_once_it_is_allocated(match):
    invoice, desk = match.bill("INV-EVENTS-41", "E", 10_000), match.desk
    held = desk.receipt(4_000, "EV4")
    assert told(invoice, "payment.received") == []

    allocations.allocate(receipt=held, shares=[(invoice, 4_000)], **desk.acts())

    assert told(invoice, "payment.received") == both(invoice, "payment.received")


def test_that_many_are_paid_in_as_few_statements_as_one(match, monkeypatch):
    keys = [match.bill(f"INV-EVENTS-{number}", "E", 10_000).pk for number in range(10, 14)]
    monkeypatch.setattr(invoice_events, "_open", lambda found: dict.fromkeys(found, 0))
    counts = []
    for some in (keys[:1], keys[1:]):
        with CaptureQueriesContext(connection) as queries:
            invoice_events.tell(before=dict.fromkeys(some, 10_000), at=AT)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Event.objects.filter(type="invoice.paid").count() == 2 * len(keys)


def test_that_one_is_overdue_once(match, monkeypatch):
    invoice = match.bill("INV-EVENTS-2", "E", 10_000)
    match.bill("INV-EVENTS-3", "E", 10_000)

    assert overdue.tell(at=AT - timedelta(days=60)) == 0
    with monkeypatch.context() as few:
        few.setattr(overdue, "AT_ONCE", 1)
        assert overdue.tell(at=AT) >= 2
    assert overdue.tell(at=AT) == 0
    assert told(invoice, "invoice.overdue") == both(invoice, "invoice.overdue")


def test_that_a_payout_was_sent():
    desk = world.desk()
    desk.collected(500_000, "k1")
    order = desk.sent(desk.propose())

    assert told(order) == [("payout.sent", desk.owner.public_id)]


class TestKeys:
    def key(self, desk, *scopes):
        by = {"organization": desk.office.platform, "by": desk.office.chief, "at": AT}
        return api_keys.create(name="k", scopes=scopes, **by)[1]

    def test_of_invoices_do_not_touch_payments_and_those_of_payments_do(self, client):
        desk = world.desk()
        for scopes, code in (
            ((Scope.INVOICES_READ, Scope.INVOICES_WRITE), 403),
            ((Scope.PAYMENTS_READ,), 200),
        ):
            bearer = {"Authorization": f"Bearer {self.key(desk, *scopes)}"}
            for path in ("payment-orders", "bank-accounts", "payees"):
                answer = client.get(f"/api/v1/{path}/", headers=bearer)
                assert answer.status_code in (code, 404), (path, answer.content)
            assert client.get("/api/v1/payment-orders/", headers=bearer).status_code == code
            answer = client.get("/api/v1/invoices/inv_x/chain/", headers=bearer)
            assert answer.json()["code"] == "missing_scope"  # it shows invoices and payments
        both = self.key(desk, Scope.INVOICES_READ, Scope.PAYMENTS_READ)
        answer = client.get("/api/v1/invoices/inv_x/chain/", headers={"Authorization": f"Bearer {both}"})
        assert answer.status_code == 404
        read_only = client.post(
            "/api/v1/payment-orders/", {}, content_type="application/json", headers=bearer
        )
        assert read_only.json()["code"] == "missing_scope"
