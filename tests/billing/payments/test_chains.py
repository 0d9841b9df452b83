"""One invoice as one chain: each reader sees its part, and what is not at its end is named to the fen."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.payments.actions import allocations, bill_ends, matching, orders, refunds
from billing.payments.models import Allocation, PaymentOrder
from billing.payments.queries.chains import Sight, chain_of
from billing.payments.queries.chains_back import invoices_behind
from billing.rules import accounts as chart
from marketplace.models.parties import Role
from tests import once
from tests.billing.payments import billed, matched
from tests.billing.payments.world import AT, DAY
from tests.billing.world import member
from tests.seeing import SeeingClient

match = once.fixture(matched.begin)
ALL = Sight(is_buyer=True, is_owner=True, is_finance=True)


def paid_half(match):
    """An invoice of 4,520.00 of which a line paid 2,260.00, and an acceptance bill the rest, not honoured."""
    invoice = match.bill("A-2026-000001", "L1", 452_000)
    match.line(226_000, "in", memo="A-2026-000001")
    match.run()
    bill = billed.held(match.desk, match.lessee("L1"))
    billed.pays(match.desk, bill, (invoice, 226_000))
    return invoice, bill


def paid_out(match):
    """Let what was released go to the owner, and the bank show it."""
    owner = match.scene.lessor
    match.desk.pays(owner, member(owner, Role.FINANCE))
    order = match.desk.sent(match.desk.propose(owner=owner))
    match.line(-order.amount_minor, "out", memo=order.reference, counterparty_account="")
    orders.see(order=order, on=DAY, cash=chart.CLIENT_MONEY, key="out", at=AT, by=match.desk.clock)
    return PaymentOrder.objects.get(pk=order.pk)


def kinds(chain):
    return [(one.kind, one.minor) for one in chain.links]


class TestTheChain:
    def test_names_what_is_not_at_its_end(self, match):
        invoice, bill = paid_half(match)

        chain = chain_of(invoice, ALL)

        assert kinds(chain) == [
            ("LINE", 452_000),
            ("BANK_LINE", 226_000),
            ("BILL", 226_000),
            ("RELEASE", 204_800),
        ]
        assert (chain.open_minor, chain.unreleased_minor, chain.unpaid_minor) == (0, 204_800, 204_800)
        bill_ends.collect(bill=bill, line=match.line(500_000, "bill"), **match.desk.acts())
        order = paid_out(match)
        chain = chain_of(invoice, ALL)
        assert (chain.open_minor, chain.unreleased_minor, chain.unpaid_minor) == (0, 0, 0)
        assert [one.name for one in chain.links if one.kind == "PAYOUT"] == [order.reference] * 2

    def test_goes_on_to_the_line_of_the_bank(self, match):
        invoice, _ = paid_half(match)
        owner = match.scene.lessor
        match.desk.pays(owner, member(owner, Role.FINANCE))
        order = match.desk.sent(match.desk.propose(owner=owner))
        match.line(-order.amount_minor, "out", memo=order.reference)
        matching.run(book=match.desk.book, **match.desk.acts())

        links = {one.kind: one for one in chain_of(invoice, ALL).links}

        assert (links["BANK"].name, links["BANK"].minor) == ("out", 204_800)
        told = {one.kind: one for one in chain_of(invoice, Sight(False, True, False)).links}
        assert (told["BANK"].name, told["BANK"].on) == ("", DAY)

    def test_names_what_was_let_off_beside_what_came(self, match):
        invoice = match.bill("A-2026-000001", "L1", 578_250)
        receipt = match.desk.receipt(578_240, "in", match.lessee("L1"))
        wanted = [allocations.Wanted(invoice.pk, 578_240, 10)]
        by = {"by": match.desk.first, "approved_by": match.desk.second, "at": AT}
        allocations.carry_out(receipt=receipt, wanted=wanted, **by)

        paid = [one for one in kinds(chain_of(invoice, ALL)) if one[0] in ("BANK_LINE", "LET_OFF")]

        assert paid == [("BANK_LINE", 578_240), ("LET_OFF", 10)]

    def test_takes_as_many_statements_however_long_it_is(self, match):
        invoice, _ = paid_half(match)
        with CaptureQueriesContext(
            connection,
        ) as few:
            chain_of(invoice, ALL)
        for one in list(Allocation.objects.all()):
            allocations.undo(allocation=one, comment="", **match.desk.acts())
        match.bill("A-2026-000002", "L1", -1_000, origin=invoice)
        match.run()
        with CaptureQueriesContext(connection) as many:
            assert ("NOTE", -1_000) in kinds(chain_of(invoice, ALL))

        assert len(many) == len(few) <= 9


class TestWhoSeesWhat:
    def read(self, invoice, user):
        client = SeeingClient()
        client.force_login(user)
        return client.get(f"/api/v1/invoices/{invoice.public_id}/chain/")

    def test_lessee_owner_and_platform_see_their_parts(self, match):
        invoice, _ = paid_half(match)
        payer, owner = match.lessee("L1"), match.scene.lessor

        lessee = self.read(invoice, member(payer, Role.FINANCE)).json()
        assert {one["kind"] for one in lessee["links"]} == {"LINE", "BANK_LINE", "BILL"}
        assert (lessee["unreleased_minor"], lessee["unpaid_minor"]) == (None, None)
        assert "in" not in [one["name"] for one in lessee["links"]]
        lessor = self.read(invoice, member(owner, Role.FINANCE)).json()
        assert {one["kind"] for one in lessor["links"]} == {"LINE", "RELEASE"}
        assert lessor["unreleased_minor"] == 204_800
        platform = self.read(invoice, match.desk.first).json()
        assert {one["kind"] for one in platform["links"]} == {"LINE", "BANK_LINE", "BILL", "RELEASE"}
        assert "in" in [one["name"] for one in platform["links"]]
        stranger = member(match.lessee("L2"), Role.FINANCE)
        assert self.read(invoice, stranger).status_code == 404

    def test_of_a_note_there_is_none(self, match):
        invoice = match.bill("A-2026-000001", "L1", 452_000)
        note = match.bill("A-2026-000002", "L1", -1_000, origin=invoice)

        assert self.read(note, match.desk.first).status_code == 404

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_the_page_leads_to_each_step(self, match, client, language):
        invoice, bill = paid_half(match)
        client.force_login(match.desk.first)
        url = reverse("invoice-chain", args=[invoice.public_id])

        shown = client.get(url, headers={"accept-language": language}).content.decode()

        assert reverse("acceptance-bill", args=[bill.public_id]) in shown
        assert ("From use to payment" if language == "en" else "从用量到付款") in shown
        assert ("Line of the invoice" in shown and "Base fee" in shown) or (
            "账单行" in shown and "Base fee" not in shown
        )
        note = match.bill("A-2026-000002", "L1", -1_000, origin=invoice)
        assert client.get(reverse("invoice-chain", args=[note.public_id])).status_code == 404


class TestBackwards:
    """From a line of the bank to the invoices that it is of."""

    def behind(self, line):
        return [(one.how, one.invoice.number, one.minor) for one in invoices_behind(line)]

    def test_money_that_came_and_a_payout_that_left(self, match):
        invoice, _ = paid_half(match)
        other = match.bill("A-2026-000002", "L1", 100_000)
        [came] = match.desk.account.lines.all()
        owner = match.scene.lessor
        match.desk.pays(owner, member(owner, Role.FINANCE))
        order = match.desk.sent(match.desk.propose(owner=owner))
        left = match.line(-order.amount_minor, "out", memo=order.reference)
        assert self.behind(left) == []
        match.run()

        assert self.behind(came) == [("PAID", invoice.number, 226_000)]
        assert self.behind(left) == [("PAYOUT", invoice.number, -204_800)]
        back = match.line(order.amount_minor, "back", memo=f"退汇 {order.reference}")
        match.run()
        assert self.behind(back) == [("PAYOUT", invoice.number, 204_800)]
        assert other.number not in str(self.behind(came))

    def test_what_was_undone_is_behind_it_no_more(self, match):
        paid_half(match)
        allocation = Allocation.objects.get(receipt__bank_line__isnull=False)
        allocations.undo(allocation=allocation, comment="wrong", **match.desk.acts())

        assert self.behind(allocation.receipt.bank_line) == []

    def test_a_line_that_was_a_bill(self, match):
        invoice, bill = paid_half(match)
        line = match.line(500_000, "bill")
        bill_ends.collect(bill=bill, line=line, **match.desk.acts())

        assert self.behind(line) == [("PAID", invoice.number, 226_000)]

    def test_a_refund_over_a_note(self, match):
        invoice = match.bill("A-2026-000001", "L1", 452_000)
        match.line(452_000, "in", memo="A-2026-000001")
        match.run()
        note = match.bill("A-2026-000001-N", "L1", -45_200, invoice)
        match.run()
        lessee = match.lessee("L1")
        match.desk.pays(lessee, member(lessee, Role.FINANCE))
        acts = {"book": match.desk.book, **match.desk.acts()}
        order = match.desk.sent(refunds.of_note(note=note, amount_minor=45_200, reason="红字", **acts))
        line = match.line(-45_200, "out", memo=order.reference)
        match.run()

        assert self.behind(line) == [("REFUND", invoice.number, -45_200)]

    def test_over_rest_for_finance_alone(self, match):
        invoice, _ = paid_half(match)
        [came] = match.desk.account.lines.all()
        client = SeeingClient()
        client.force_authenticate(match.desk.first)
        address = reverse("api-bank-line-invoices", args=[came.public_id])

        answer = client.get(address)

        assert answer.json() == {
            "data": [
                {
                    "how": "PAID",
                    "invoice": invoice.public_id,
                    "number": invoice.number,
                    "amount_minor": 226_000,
                    "currency": "CNY",
                }
            ]
        }
        client.force_authenticate(member(match.scene.lessor, Role.FINANCE))
        assert client.get(address).status_code == 404

    def test_a_payout_names_the_invoices_of_its_lines(self, match):
        invoice, _ = paid_half(match)
        order = paid_out(match)
        client = SeeingClient()
        client.force_authenticate(match.desk.first)

        [item] = client.get(reverse("api-payment-order-detail", args=[order.public_id])).json()["items"]

        assert (item["invoice_id"], item["amount_minor"]) == (invoice.public_id, 204_800)

    def test_a_line_of_the_chain_leads_to_its_windows(self, match):
        invoice, _ = paid_half(match)
        client = SeeingClient()
        client.force_authenticate(match.desk.first)

        links = client.get(reverse("api-invoice-chain", args=[invoice.public_id])).json()["links"]

        assert [one["windows"] for one in links if one["windows"]] == [
            reverse("api-invoice-windows", args=[invoice.public_id, 1])
        ]
