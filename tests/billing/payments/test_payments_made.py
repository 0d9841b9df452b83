"""What an organization paid itself: its own list, as page, file and over REST, and nothing of others."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from billing.payments.actions import allocations, bill_ends
from billing.payments.models import LineBooking, Receipt
from billing.payments.queries.receipts import credit_of, receipts_of, takings
from marketplace.models.parties import Role
from marketplace.shared.money import Money
from tests import once
from tests.billing.payments import billed, matched
from tests.billing.payments.world import AT
from tests.billing.world import member
from tests.spreadsheets import cells


def made():
    """Return two lessees with an invoice each; the first one paid both, and too much."""
    found = matched.begin()
    for number, lessee in (("INV-1", "L1"), ("INV-2", "L2")):
        found.bill(number, lessee, 10_000)
    receipt = found.desk.receipt(25_000, "in", found.lessee("L1"))
    shares = [(found.invoices[number], 10_000) for number in ("INV-1", "INV-2")]
    allocations.allocate(receipt=receipt, shares=shares, **found.desk.acts())
    found.desk.receipt(700, "other", found.lessee("L2"))
    found.desk.receipt(300, "unknown")
    return found


match = once.fixture(made)


@pytest.fixture
def payer(match):
    return member(match.lessee("L1"), Role.FINANCE)


def rest(person):
    client = APIClient()
    client.force_login(person)
    return client


class TestBills:
    def figures(self, payer):
        return [
            (one["source"], one["bill_state"], one["amount_minor"], one["left_minor"])
            for one in rest(payer).get("/api/v1/payments-made/").json()["data"]
        ]

    def test_count_as_credit_once_they_are_paid_and_not_at_all_once_they_fail(self, match, payer, client):
        desk, who = match.desk, match.lessee("L1")
        bill = billed.held(desk, who)
        own = ("BANK_LINE", None, 25_000, 5_000)
        assert self.figures(payer) == [("BILL", "HELD", 500_000, 500_000), own]
        assert credit_of(who) == [Money(5_000, "CNY")]
        client.force_login(payer)
        shown = client.get("/payments-made/").content.decode()
        assert "5,250.00" in shown and bill.get_state_display() in shown
        billed.failed(desk, bill)
        assert self.figures(payer) == [own]
        assert credit_of(who) == [Money(5_000, "CNY")]
        assert "5,250.00" not in client.get("/payments-made/").content.decode()
        totals = takings(receipts_of(desk.book))
        assert [(one.count, one.amount.minor, one.left.minor) for one in totals] == [(3, 26_000, 6_000)]

    def test_and_the_line_that_paid_one_count_once(self, match, payer):
        desk, who = match.desk, match.lessee("L1")
        bill = billed.held(desk, who)
        money = desk.receipt(500_000, "bill", who)
        line = money.bank_line
        LineBooking.objects.create(
            bank_line=line, kind="RECEIPT", journal=money.journal, made_by="x", made_by_name="x", made_at=AT
        )
        bill_ends.collect(bill=bill, line=line, **desk.acts())

        assert ("BILL", "HONOURED", 500_000, 500_000) in self.figures(payer)
        assert len(self.figures(payer)) == 2
        assert credit_of(who) == [Money(505_000, "CNY")]
        assert takings(receipts_of(desk.book))[0].amount == Money(526_000, "CNY")


class TestPage:
    @pytest.mark.parametrize(("language", "words"), [("en", "To your credit"), ("zh-hans", "贵方余额")])
    def test_shows_own_payments_and_what_is_left(self, match, payer, client, language, words):
        client.force_login(payer)
        client.cookies["django_language"] = language

        page = client.get("/payments-made/").content.decode()

        assert words in page
        assert "250.00" in page
        assert "50.00" in page
        assert "INV-1" in page
        assert "INV-2" not in page
        assert "7.00" not in page
        assert reverse("payments-made") in client.get("/invoices/").content.decode()

    def test_is_filtered_and_a_file_of_what_is_shown(self, payer, client):
        client.force_login(payer)
        client.cookies["django_language"] = "en"

        for asked, count in (
            ({}, 1),
            ({"left": "SOME"}, 1),
            ({"left": "NONE"}, 0),
            ({"last_day": "2026-01-01"}, 0),
        ):
            rows = cells(client.get("/payments-made/", asked | {"format": "csv"}))
            assert len(rows) == count + 1
            assert ("250.00" in client.get("/payments-made/", asked).content.decode()) is bool(count)
        assert "INV-1 an invoice of another company" in cells(client.get("/payments-made/?format=csv"))[1]
        assert client.get("/payments-made/?format=csv&left=x").status_code == 400

    def test_is_for_who_reads_invoices(self, match, client):
        client.force_login(member(match.lessee("L1"), Role.VIEWER))

        assert client.get("/payments-made/").status_code == 404


class TestRest:
    def test_lists_own_payments_alone(self, match, payer):
        [one] = rest(payer).get("/api/v1/payments-made/").json()["data"]

        assert (one["amount_minor"], one["left_minor"], one["currency"]) == (25_000, 5_000, "CNY")
        own = match.invoices["INV-1"]
        assert one["paid"] == [
            {"invoice": own.public_id, "number": "INV-1", "amount_minor": 10_000},
            {"invoice": None, "number": None, "amount_minor": 10_000},
        ]
        again = rest(payer).get(f"/api/v1/payments-made/{one['id']}/").json()
        assert again == one
        assert rest(payer).get("/api/v1/payments-made/?left=NONE").json()["data"] == []

    def test_what_others_paid_is_not_there(self, match, payer):
        other = Receipt.objects.get(amount_minor=700)

        assert rest(payer).get(f"/api/v1/payments-made/{other.public_id}/").status_code == 404
        viewer = rest(member(match.lessee("L1"), Role.VIEWER))
        assert viewer.get("/api/v1/payments-made/").json()["data"] == []

    def test_more_payments_cost_no_query_each(self, match, payer, django_assert_max_num_queries):
        client = rest(payer)
        with CaptureQueriesContext(connection) as one:
            client.get("/api/v1/payments-made/")
        for place in range(5):
            match.desk.receipt(100 + place, f"more {place}", match.lessee("L1"))

        with django_assert_max_num_queries(len(one)):
            assert len(client.get("/api/v1/payments-made/").json()["data"]) == 6
