"""Statements to the fen as the books have it: a lessee's month with each seller, and an owner's payout."""

from datetime import date

import pytest
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import override
from rest_framework.test import APIClient

from billing.models import Invoice, JournalLine
from billing.payments.actions import allocations
from billing.payments.gateway import papers
from billing.payments.models import PaymentOrder, Receipt
from billing.payments.queries.account_statements import account_of, payout_of
from billing.payments.rules.account_papers import (
    COUNTED,
    READS,
    STATES,
    Account,
    What,
    account_paper,
    payout_paper,
)
from billing.payments.rules.order_states import State
from billing.queries.open_amounts import with_open
from billing.rules import accounts as chart
from marketplace.models.parties import Role
from tests import once
from tests.billing.payments import matched
from tests.billing.payments.world import AT
from tests.billing.world import member
from tests.spreadsheets import both

MONTH = date(2026, 11, 1)


def year():
    """A lessee is billed, pays a part, too much of which is taken back, and gets a credit note."""
    found = matched.begin()
    found.knows("6222", found.lessee("L1"))
    found.line(500_000, "in", counterparty_account="6222")
    found.run()
    money = Receipt.objects.select_related("book__organization").get()
    first, second = (found.bill(f"A-2026-00000{n}", "L1", gross) for n, gross in ((1, 452_000), (2, 100_001)))
    found.bill("A-2026-000009", "L2", 77_700)
    allocations.allocate(receipt=money, shares=[(first, 300_000)], **found.desk.acts())
    [wrong] = allocations.allocate(receipt=money, shares=[(second, 50_000)], **found.desk.acts())
    allocations.undo(allocation=wrong, comment="", **found.desk.acts())
    found.bill("A-2026-000003", "L1", -45_200, origin=first)
    found.run()
    return found


match = once.fixture(year)


def receivables(**given):
    lines = JournalLine.objects.filter(account__code__in=chart.RECEIVABLES, **given)
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


def paid_out(match):
    """The owner of what was paid gets it."""
    order = match.desk.sent(match.desk.propose(owner=match.scene.lessor))
    match.line(
        -order.amount_minor, "OUT1", memo=order.reference, counterparty_account=order.payee_account.number
    )
    match.run()
    order.refresh_from_db()
    return order


@pytest.fixture
def payout(match):
    match.desk.pays(match.scene.lessor, member(match.scene.lessor, Role.FINANCE))
    return paid_out(match)


class TestAMonthOfALessee:
    def test_says_what_the_worked_example_says(self, match):
        """The worked example of docs/payments.md."""
        [part] = account_of(match.lessee("L1"), MONTH).parts

        assert [(row.what, row.number, row.amount.minor, row.after.minor) for row in part.rows] == [
            (What.INVOICE, "A-2026-000001", 452_000, 452_000),
            (What.INVOICE, "A-2026-000002", 100_001, 552_001),
            (What.PAYMENT, "A-2026-000001", -300_000, 252_001),
            (What.PAYMENT, "A-2026-000002", -50_000, 202_001),
            (What.PAYMENT_UNDONE, "A-2026-000002", 50_000, 252_001),
            (What.NOTE, "A-2026-000003", -45_200, 206_801),
        ]
        assert (part.opening.minor, part.closing.minor) == (0, 206_801)
        assert {name: money.minor for name, money in part.sums.items()} == {
            "Open at the beginning": 0,
            "Invoice": 552_001,
            "Credit note": -45_200,
            "Payment of an invoice": -350_000,
            "Payment taken back": 50_000,
            "Open at the end": 206_801,
        }

    def test_ends_with_what_is_open_by_the_books(self, match):
        buyer = match.lessee("L1")
        closing = sum(part.closing.minor for part in account_of(buyer, MONTH).parts)

        opened = with_open(Invoice.objects.issued().filter(buyer=buyer))
        assert closing == receivables(invoice__buyer=buyer) == sum(row.open_minor for row in opened)

    def test_begins_as_the_one_before_ended(self, match):
        buyer = match.lessee("L1")
        november = account_of(buyer, MONTH).parts[0]
        october, december = (account_of(buyer, day).parts for day in (date(2026, 10, 1), date(2026, 12, 1)))

        assert october == []
        [next_one] = december
        assert (next_one.opening, next_one.rows, next_one.closing) == (november.closing, [], november.closing)

    def test_is_of_nobody_else(self, match):
        [part] = account_of(match.lessee("L2"), MONTH).parts
        assert [row.number for row in part.rows] == ["A-2026-000009"]
        assert account_of(match.desk.office.platform, MONTH).parts == []

    def test_names_a_credit_note_that_is_to_be_refunded(self, match):
        invoice = match.bill("A-2026-000011", "L3", 1_000)
        match.line(1_000, "L3", memo=invoice.number)
        match.run()
        match.bill("A-2026-000012", "L3", -300, origin=invoice)
        match.run()

        [part] = account_of(match.lessee("L3"), MONTH).parts

        assert [(row.what, row.amount.minor) for row in part.rows][2:] == [
            (What.NOTE, -300),
            (What.OWED_BACK, 300),
        ]

    def test_ends_empty_where_all_was_paid(self, match):
        invoice = match.bill("A-2026-000011", "L3", 1_000)
        money = match.desk.receipt(1_000, "L3", match.lessee("L3"))
        allocations.allocate(receipt=money, shares=[(invoice, 1_000)], **match.desk.acts())

        november, december = (account_of(match.lessee("L3"), day).parts for day in (MONTH, date(2026, 12, 1)))

        assert [part.closing.minor for part in november] == [0] and december == []

    def test_is_the_same_file_each_time(self, match):
        made = account_of(match.lessee("L1"), MONTH)
        assert papers.account_pdf(made)[:5] == b"%PDF-"
        empty = Account("甲", MONTH, date(2026, 11, 30), [], AT)
        assert account_paper(empty, str).sections[0].facts[0] == ("Buyer", "甲")
        assert [section.heading for section in account_paper(made, str).sections][1:] == [
            f"{made.parts[0].seller} · CNY"
        ]


class TestAPayout:
    def test_adds_up_to_the_fen(self, match, payout):
        made = payout_of(payout)

        assert sum(row.net.minor for row in made.rows) == payout.amount_minor
        assert sum(money.minor for money in made.sums.values()) == payout.amount_minor
        for row in made.rows:
            assert row.gross is not None and row.gross - row.commission == row.net
        standing = list(Receipt.objects.get(payer=match.lessee("L1")).allocations.all())
        assert sum(row.gross.minor for row in made.rows) == sum(one.amount_minor for one in standing)
        assert made.bank_refs == ["OUT1"]

    def test_says_what_came_off(self, match):
        owner = match.scene.lessor
        match.desk.pays(owner, member(owner, Role.FINANCE))
        match.desk.collected(-1_000, "levy", owner)

        made = payout_of(paid_out(match))

        assert {row.share for row in made.rows} >= {"RELEASED", "REVERSED"}
        assert sum(row.net.minor for row in made.rows) == made.amount.minor

    def test_counts_what_was_let_off_as_paid(self, match):
        """The first row of the table of docs/payments.md."""
        owner = match.scene.lessor
        match.desk.pays(owner, member(owner, Role.FINANCE))
        invoice = match.bill("A-2026-000020", "L3", 578_250)
        receipt = match.desk.receipt(578_240, "short", match.lessee("L3"))
        wanted = [allocations.Wanted(invoice.pk, 578_240, 10)]
        by = {"by": match.desk.first, "approved_by": match.desk.second, "at": AT}
        allocations.carry_out(receipt=receipt, wanted=wanted, **by)

        made = payout_of(match.desk.propose(owner=owner))

        [row] = [one for one in made.rows if one.invoice == invoice.public_id]
        assert (row.gross.minor, row.commission.minor, row.net.minor) == (578_250, 54_243, 524_007)

    def test_is_a_paper(self, match, payout):
        made = payout_of(payout)
        files = []
        for language in ("en", "zh-hans"):
            with override(language):
                files.append(papers.payout_pdf(payout_of(payout)))
        assert files[0] == files[1] and files[0][:5] == b"%PDF-"
        paper = payout_paper(made, str)
        assert dict(paper.sections[0].facts)["State"] == "Paid"
        with override("en"):
            assert {State(one): PaymentOrder.State(one).label for one in State} == STATES
        assert "Counted as paid" in paper.sections[1].table.columns
        assert paper.sections[1].sentences == [COUNTED]
        facts = dict(paper.sections[1].facts)
        assert str(made.amount.amount) in facts["Amount"].replace(",", "")


class TestDoors:
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_the_account_is_a_page_and_files(self, client, match, language):
        client.cookies["django_language"] = language
        client.force_login(member(match.lessee("L1"), Role.FINANCE))
        page = reverse("account-statement")

        shown = client.get(page, {"month": "2026-11"}).content.decode()
        assert ("Open at the end" in shown) is (language == "en")
        assert "A-2026-000003" in shown and "A-2026-000009" not in shown
        rows, _ = both(client, page, {"month": "2026-11"})
        assert len(rows) == 9
        pdf = client.get(reverse("account-statement-file"), {"month": "2026-11"})
        assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        for odd in ({"month": "2026-13"}, {"month": "1999-12"}, {"month": "x", "format": "csv"}):
            answer = client.get(page, odd)
            assert answer.status_code == 400
            assert ("There is no such month" in answer.content.decode()) is (language == "en")
        assert client.get(reverse("account-statement-file"), {"month": "99999-01"}).status_code == 400
        assert client.get(page, {"month": "\x00"}).status_code == 400
        assert client.get(page).status_code == 200
        assert client.get(page, {"month": "2026-09"}).status_code == 200

    def test_the_page_says_how_it_reads_and_goes_no_further_back_than_the_books(self, client, match):
        client.cookies["django_language"] = "en"
        client.force_login(member(match.lessee("L1"), Role.FINANCE))

        def leads(month):
            shown = client.get(reverse("account-statement"), {"month": month}).content.decode()
            assert READS in shown
            return ["Month before" in shown, "Nothing was open" in shown]

        assert [leads(month) for month in ("2026-10", "2026-11", "2026-12")] == [
            [False, True],
            [False, False],
            [True, False],
        ]

    def test_a_key_reads_it_with_both_scopes_alone(self, keyed, match):
        buyer = match.lessee("L1")
        clerk = member(buyer, Role.ADMIN)
        both_scopes = ("invoices:read", "payments:read")
        for address in ("/api/v1/account-statement/", "/api/v1/account-statement/pdf/"):
            for scope in both_scopes:
                assert keyed(clerk, buyer, scope).get(address).status_code == 403
            assert keyed(clerk, buyer, *both_scopes).get(address).status_code == 200

    def test_a_key_reads_a_payout_with_both_scopes_alone(self, keyed, match, payout):
        owner = match.scene.lessor
        clerk = member(owner, Role.ADMIN)
        both_scopes = ("invoices:read", "payments:read")
        for end in ("statement/", "statement/pdf/"):
            address = f"/api/v1/payment-orders/{payout.public_id}/{end}"
            for scope in both_scopes:
                assert keyed(clerk, owner, scope).get(address).status_code == 403
            assert keyed(clerk, owner, *both_scopes).get(address).status_code == 200

    def test_the_account_over_rest(self, match):
        client = APIClient()
        client.force_authenticate(member(match.lessee("L1"), Role.FINANCE))

        told = client.get("/api/v1/account-statement/?month=2026-11").json()

        [account] = told["accounts"]
        assert (account["opening_minor"], account["closing_minor"]) == (0, 206_801)
        assert account["entries"][-1]["open_minor"] == 206_801
        assert client.get("/api/v1/account-statement/pdf/?month=2026-11").content[:5] == b"%PDF-"
        assert client.get("/api/v1/account-statement/").status_code == 200
        for odd in ("2026-13", "x", "%00"):
            assert client.get(f"/api/v1/account-statement/?month={odd}").status_code == 400

    def test_the_payout_is_its_owners(self, client, match, payout):
        owner = member(match.scene.lessor, Role.FINANCE)
        client.force_login(owner)
        page = reverse("payout-statement", args=[payout.public_id])
        for language, name, said in (
            ("en", "Counted as paid", COUNTED),
            ("zh-hans", "计为已付", "主管部门代承租方拨付的补贴"),
        ):
            client.cookies["django_language"] = language
            shown = client.get(page).content.decode()
            assert payout.reference in shown
            assert f'<th scope="col" class="right">{name}</th>' in shown
            assert said in shown
        assert page in client.get(reverse("payment-order", args=[payout.public_id])).content.decode()
        rows, _ = both(client, page, {})
        assert "计为已付" in rows[0]
        assert len(rows) == payout.payout_items.count() + 1
        assert client.get(reverse("payout-statement-file", args=[payout.public_id])).content[:5] == b"%PDF-"
        rest = APIClient()
        rest.force_authenticate(owner)
        told = rest.get(f"/api/v1/payment-orders/{payout.public_id}/statement/").json()
        assert sum(one["net_minor"] for one in told["entries"]) == told["amount_minor"] == payout.amount_minor
        assert rest.get(f"/api/v1/payment-orders/{payout.public_id}/statement/pdf/").content[:5] == b"%PDF-"

        stranger = member(match.lessee("L1"), Role.FINANCE)
        client.force_login(stranger)
        assert client.get(page).status_code == 404
        rest.force_authenticate(stranger)
        assert rest.get(f"/api/v1/payment-orders/{payout.public_id}/statement/").status_code == 404
