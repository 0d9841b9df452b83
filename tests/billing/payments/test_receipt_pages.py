"""Receipts on pages: whose each is, what is left, how it goes back; accounts of payers, and our own."""

import pytest
from django.urls import reverse

from billing.actions import journals
from billing.payments.actions import orders, payouts, refunds
from billing.payments.models import BankAccount, PayerAccount, PaymentOrder
from billing.payments.queries.payable import payable_sums, payables
from billing.payments.web.refund_form import RefundForm
from billing.rules import accounts as chart
from billing.rules.journals import Dims, Line
from marketplace.models.parties import Role
from marketplace.shared.money import Money
from tests import once
from tests.billing import red_papers
from tests.billing.ledger.world import entry
from tests.billing.payments import world
from tests.billing.payments.world import AT
from tests.billing.world import member
from tests.factories import marketplace as factory
from tests.spreadsheets import opened

desk = once.fixture(world.desk)
billed = once.fixture(red_papers.build)


@pytest.fixture
def as_(client):
    def sign_in(person, language="en"):
        client.force_login(person)
        client.cookies["django_language"] = language
        return client

    return sign_in


def text(answer):
    return answer.content.decode()


class TestTheList:
    @pytest.mark.parametrize(("language", "words"), [("en", "2 receipts"), ("zh-hans", "2 笔收款")])
    def test_shows_what_is_left_of_each(self, desk, as_, language, words):
        desk.receipt(1_234_500, "in", desk.owner)
        desk.receipt(300, "unknown")

        page = text(as_(desk.first, language).get("/receipts/"))

        assert words in page
        assert "12,345.00" in page
        assert desk.owner.name in page

    @pytest.mark.parametrize(
        ("asked", "count"),
        [
            ({}, 3),
            ({"left": "SOME"}, 2),
            ({"left": "NONE"}, 1),
            ({"holding": "2241.05"}, 1),
            ({"q": "owner"}, 2),
            ({"q": "\x00"}, 0),
            ({"first_day": "2026-11-28"}, 0),
            ({"source": "CHARGE"}, 0),
        ],
    )
    def test_is_filtered_and_the_file_has_exactly_what_is_shown(self, desk, as_, asked, count):
        desk.receipt(1_000, "in", desk.owner)
        used = desk.receipt(2_000, "used", desk.owner)
        desk.receipt(300, "unknown")
        back = refunds.of_receipt(receipt=used, amount_minor=2_000, reason="x", **desk.acts())
        orders.approve(order=back, **desk.acts(desk.second))
        client = as_(desk.first)

        page = text(client.get("/receipts/", asked))

        assert page.count('href="/receipts/rcp_') == count
        answer = client.get("/receipts/", asked | {"format": "xlsx"})
        if "\x00" in asked.get("q", ""):
            assert answer.status_code == 400
            return
        rows = opened(answer)
        assert len(rows) == count + 1

    def test_a_filter_that_cannot_be_read_makes_no_file(self, desk, as_):
        client = as_(desk.first)
        assert client.get("/receipts/?left=x").status_code == 200
        assert client.get("/receipts/?left=x&format=csv").status_code == 400
        assert client.get("/receipts/?format=pdf").status_code == 400


class TestWhoseItIs:
    def test_is_said_once_and_found_by_name_or_code(self, desk, as_):
        receipt = desk.receipt(300, "unknown")
        url = reverse("receipt-payer", args=[receipt.public_id])
        client = as_(desk.first)
        assert "Whose money is it?" in text(client.get(reverse("receipt", args=[receipt.public_id])))

        said = text(client.post(url, {"payer": desk.owner.credit_code.lower()}, follow=True))

        receipt.refresh_from_db()
        assert (receipt.payer, receipt.holding) == (desk.owner, chart.UNALLOCATED)
        assert (desk.on(chart.SUSPENSE), desk.on(chart.UNALLOCATED)) == (0, -300)
        assert "Noted." in said
        again = client.post(url, {"payer": desk.owner.name})
        assert again.status_code == 400
        assert "It is known whose money this is" in text(again)
        assert desk.on(chart.UNALLOCATED) == -300

    @pytest.mark.parametrize("odd", ["", "nobody", "\x00", "x" * 200, "Twin Works", "org_nobody"])
    def test_an_odd_name_is_told(self, desk, as_, odd):
        factory.organization("Twin Works")
        factory.organization("Twin Works")
        receipt = desk.receipt(300, "unknown")

        answer = as_(desk.first).post(reverse("receipt-payer", args=[receipt.public_id]), {"payer": odd})

        assert answer.status_code == 400
        receipt.refresh_from_db()
        assert receipt.payer is None

    def test_leads_to_the_account_of_the_payer(self, desk, as_):
        receipt = desk.receipt(300, "in", desk.owner, counterparty_account="6222 1")

        page = text(as_(desk.first).get(reverse("receipt", args=[receipt.public_id])))

        address = f"/payer-accounts/?company={desk.owner.credit_code}&amp;number=6222+1&amp;holder="
        assert address in page
        assert 'value="6222 1"' in text(as_(desk.first).get("/payer-accounts/?number=6222+1"))


class TestGivingBack:
    def give(self, client, receipt, **given):
        url = reverse("receipt-refund", args=[receipt.public_id])
        return client.post(url, {"amount": "4.00", "reason": "多付", "seen": "1000"} | given)

    def test_waits_for_a_second_person(self, desk, as_):
        receipt = desk.receipt(1_000, "in", desk.owner)

        answer = self.give(as_(desk.first), receipt)

        order = PaymentOrder.objects.get()
        assert answer["Location"] == reverse("payment-order", args=[order.public_id])
        assert (order.kind, order.state, order.amount_minor, order.payee) == (
            "REFUND",
            "PROPOSED",
            400,
            desk.owner,
        )
        page = text(as_(desk.first).get(reverse("receipt", args=[receipt.public_id])))
        assert "Refunds that wait for a second person" in page
        assert order.reference in page
        orders.approve(order=order, **desk.acts(desk.second))
        receipt.refresh_from_db()
        assert receipt.left_minor == 600

    def test_sent_twice_is_asked_for_once(self, desk, as_):
        receipt = desk.receipt(1_000, "in", desk.owner)
        client = as_(desk.first)
        self.give(client, receipt)

        again = self.give(client, receipt)

        assert again.status_code == 400
        assert "What is left changed since you looked: CNY 6.00 now" in text(again)
        assert 'value="600"' in text(again)
        assert PaymentOrder.objects.count() == 1

    @pytest.mark.parametrize(
        "odd",
        [
            {"amount": "0"},
            {"amount": "-1"},
            {"amount": "NaN"},
            {"amount": "1e999"},
            {"amount": "0.001"},
            {"amount": "10.01"},
            {"reason": " "},
            {"reason": "x\x00"},
            {"seen": ""},
        ],
    )
    def test_what_is_odd_is_told(self, desk, as_, odd):
        receipt = desk.receipt(1_000, "in", desk.owner)

        assert self.give(as_(desk.first), receipt, **odd).status_code == 400
        assert not PaymentOrder.objects.exists()

    def test_what_came_through_a_provider_may_go_back_the_same_way(self):
        asked = {"amount": "1", "reason": "x", "seen": "100"}
        left = Money(100, "CNY")

        both = RefundForm(asked | {"provider": "stripe"}, left=left, provider="stripe")

        assert (both.is_valid(), both.cleaned_data["provider"]) == (True, "stripe")
        assert not RefundForm(asked | {"provider": "x"}, left=left, provider="stripe").is_valid()
        assert "provider" not in RefundForm(asked, left=left).fields

    def test_nobody_without_account_or_name_is_given_anything(self, desk, as_):
        other, _ = world.other_owner()
        nowhere, unknown = desk.receipt(1_000, "other", other), desk.receipt(1_000, "unknown")
        client = as_(desk.first)

        assert "has no account to be paid to" in text(self.give(client, nowhere))
        assert "Nobody knows yet who paid this" in text(self.give(client, unknown))
        assert not PaymentOrder.objects.exists()

    def test_is_no_one_elses(self, desk, as_):
        receipt = desk.receipt(1_000, "in", desk.owner)
        for person in (desk.keeper, member(desk.office.platform, Role.VIEWER)):
            client = as_(person)
            assert client.get("/receipts/").status_code == 404
            assert client.get(reverse("receipt", args=[receipt.public_id])).status_code == 404
            assert self.give(client, receipt).status_code == 404
            assert client.get("/payer-accounts/").status_code == 404
            assert client.get("/bank/accounts/").status_code == 404
            assert client.get(reverse("payable", args=[desk.owner.public_id])).status_code == 404


class TestACreditNote:
    def test_over_a_paid_invoice_is_owed_back_and_found_with_the_payouts(self, desk, billed, as_):
        note = billed.note(-1_000, -130)
        desk.pays(note.buyer, member(note.buyer, Role.FINANCE))
        url, client = reverse("note-refund", args=[note.public_id]), as_(desk.first)
        assert "Nothing is owed back" in text(client.get(url))
        whose = Dims(party=note.buyer.public_id, invoice=note.public_id)
        lines = (Line(chart.OWNER_OWES, 1_130, "CNY"), Line(chart.REFUNDS, -1_130, "CNY", whose))
        journals.post(entry=entry("note", lines=lines), at=AT, by=desk.office.chief)
        assert url in text(client.get(reverse("payment-orders")))

        given = {"amount": "11.30", "reason": "红字", "seen": "1130"}
        client.post(url, given)

        order = PaymentOrder.objects.get()
        assert (order.amount_minor, order.payee, order.refund.note) == (1_130, note.buyer, note)
        assert client.post(url, given).status_code == 400
        assert url not in text(client.get(reverse("payment-orders")))
        assert as_(desk.keeper).get(url).status_code == 404
        assert PaymentOrder.objects.count() == 1


class TestAccountsOfPayers:
    def test_one_proposes_and_another_approves(self, desk, as_):
        given = {"company": desk.owner.name, "number": "6222 9", "holder": "张三"}
        said = text(as_(desk.first).post("/payer-accounts/", given, follow=True))
        assert "once a second person approves it" in said
        assert "Somebody else approves it." in said
        twice = as_(desk.first).post("/payer-accounts/", given)
        assert (twice.status_code, "in the book already" in text(twice)) == (400, True)
        account = PayerAccount.objects.get()
        approve = reverse("payer-account-act", args=[account.public_id, "approve"])
        assert "You proposed this yourself." in text(as_(desk.first).post(approve, follow=True))

        assert "Approved." in text(as_(desk.second).post(approve, follow=True))

        account.refresh_from_db()
        assert (account.stage, account.organization) == ("APPROVED", desk.owner)
        client = as_(desk.second)
        assert "6222 9" in text(client.get("/payer-accounts/", {"q": "张三", "stage": "APPROVED"}))
        assert "No account fits." in text(client.get("/payer-accounts/", {"stage": "DROPPED"}))
        table = client.get("/payer-accounts/", {"format": "csv"}).content.decode("utf-8-sig")
        assert ("张三" in table, table.count("\n")) == (True, 2)
        drop = reverse("payer-account-act", args=[account.public_id, "drop"])
        assert "uses it no more" in text(client.post(drop, follow=True))
        assert client.post(approve.replace("approve", "steal")).status_code == 404
        assert as_(desk.keeper).post(approve).status_code == 404

    @pytest.mark.parametrize("odd", [{"number": " "}, {"holder": ""}, {"company": "?"}, {"number": "\x00"}])
    def test_what_is_odd_is_told(self, desk, as_, odd):
        given = {"company": desk.owner.name, "number": "6222 9", "holder": "张三"}

        assert as_(desk.first).post("/payer-accounts/", given | odd).status_code == 400
        assert not PayerAccount.objects.exists()


class TestAccountsAtBanks:
    given = {
        "holder": "P",
        "number": "88-1",
        "bank_name": "ICBC",
        "bank_code": "",
        "ledger_code": "1002.01",
        "currency": "CNY",
    }

    def test_are_shown_with_books_and_bank_and_written_down_by_who_may(self, desk, as_):
        desk.collected(500, "release")
        page = text(as_(desk.first).get("/bank/accounts/"))
        assert (desk.account.number in page, "5.00" in page) == (True, True)
        assert "Administrators write down new accounts." in page
        assert as_(desk.first).post("/bank/accounts/", self.given).status_code == 404
        chief = as_(desk.office.chief)

        assert "Written down." in text(chief.post("/bank/accounts/", self.given, follow=True))

        assert BankAccount.objects.get(number="881").book == desk.book
        chief.post("/bank/accounts/", self.given)
        assert BankAccount.objects.count() == 2
        other = chief.post("/bank/accounts/", self.given | {"ledger_code": "1002.03"})
        assert (other.status_code, "another account already" in text(other)) == (400, True)
        rows = opened(chief.get("/bank/accounts/?format=xlsx"))
        assert [row[1] for row in rows[1:]] == [desk.account.number, "881"]

    @pytest.mark.parametrize(
        "odd", [{"number": "#"}, {"ledger_code": "9"}, {"currency": "XXX"}, {"holder": "\x00"}]
    )
    def test_what_is_odd_is_told(self, desk, as_, odd):
        assert as_(desk.office.chief).post("/bank/accounts/", self.given | odd).status_code == 400
        assert BankAccount.objects.count() == 1


class TestWhatOwnersAreToBePaid:
    def test_is_added_up_by_the_database_as_the_lines_say(self, desk, django_assert_num_queries):
        other, _ = world.other_owner()
        for place, minor in enumerate((500, 300, -100)):
            desk.collected(minor, f"line {place}")
        desk.collected(700, "other", other)
        desk.collected(-700, "all back", other)

        with django_assert_num_queries(2):
            sums = payable_sums(desk.book)

        lines = payables(desk.book)
        assert [(one.owner, one.amount.minor, one.count) for one in sums] == [(desk.owner, 700, 3)]
        assert [(one.owner, one.amount_minor, len(one.lines)) for one in lines] == [(desk.owner, 700, 3)]

    def test_through_a_day_leaves_out_what_counts_later_except_what_lowers_it(self, desk):
        desk.collected(500, "early")
        early = world.DAY.replace(month=1, day=1)

        assert payable_sums(desk.book, through=early) == []
        assert payables(desk.book, through=early) == []
        assert payouts.propose_all(book=desk.book, through=early, **desk.acts()) == ([], [])

    def test_is_shown_line_by_line_of_one_owner(self, desk, as_):
        for place, minor in enumerate((500, -100)):
            desk.collected(minor, f"line {place}")
        url, client = reverse("payable", args=[desk.owner.public_id]), as_(desk.first)

        assert url in text(client.get(reverse("payment-orders")))
        page = text(client.get(url))
        assert ("5.00" in page, "1.00" in page) == (True, True)
        rows = opened(client.get(f"{url}?format=xlsx"))
        assert [float(row[3]) for row in rows[1:]] == [5, -1]
        assert client.get(reverse("payable", args=["org_nobody"])).status_code == 404
