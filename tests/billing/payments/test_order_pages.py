"""Payouts on pages and over REST: proposed, approved by somebody else, sent as a file, told to the owner."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.payments.actions import banks, payees
from billing.payments.actions.banks import BankAccountInvalid
from billing.payments.models import BankAccount, OrderFile, PayeeAccount, PaymentOrder, SubAccount
from billing.rules import accounts as chart
from marketplace.permissions import MissingRight
from tests import once
from tests.billing import red_papers
from tests.billing.ledger.world import payable_to
from tests.billing.payments import world
from tests.billing.payments.world import AT
from tests.seeing import SeeingClient

desk = once.fixture(world.desk)
billed = once.fixture(red_papers.build)


@pytest.fixture
def as_(client):
    def sign_in(person, language="en"):
        client.force_login(person)
        client.cookies["django_language"] = language
        return client

    return sign_in


def rest(person):
    client = SeeingClient()
    client.force_login(person)
    return client


class TestPages:
    def test_one_proposes_another_approves_and_sends(self, desk, as_):
        desk.collected(815_200, "release")
        first = as_(desk.first)
        assert "8,152.00" in first.get(reverse("payment-orders")).content.decode()

        answer = first.post(reverse("payment-orders-propose"), follow=True).content.decode()

        order = PaymentOrder.objects.get()
        assert "1 payout is proposed." in answer
        shown = first.get(reverse("payment-order", args=[order.public_id])).content.decode()
        assert "Somebody else approves it" in shown
        assert "Approve payment" not in shown
        second = as_(desk.second)
        url = reverse("payment-order-act", args=[order.public_id, "approve"])
        assert "Approved. It can go to the bank now." in second.post(url, follow=True).content.decode()
        sending = {"order": order.public_id, "bank_account": desk.account.public_id, "format": "PAIN001"}
        page = second.post(reverse("payment-orders-send"), sending, follow=True).content.decode()
        file = OrderFile.objects.get()
        assert file.sha256 in page
        saved = second.get(reverse("order-file", args=[file.public_id]) + "?download")
        assert saved.content == bytes(file.content)
        owner = as_(desk.keeper, "zh-hans").get(reverse("payment-order", args=[order.public_id]))
        assert "8,152.00" in owner.content.decode()
        assert desk.first.name not in owner.content.decode()

    def test_a_payout_is_told_to_its_owner_once_it_is_sent(self, desk, as_):
        desk.collected(500, "release")
        order = desk.propose()

        assert as_(desk.keeper).get(reverse("payment-order", args=[order.public_id])).status_code == 404

    def test_who_proposed_is_told_so_when_approving_by_hand(self, desk, as_):
        desk.collected(500, "release")
        order = desk.propose()

        answer = as_(desk.first).post(reverse("payment-order-act", args=[order.public_id, "approve"]))

        assert answer.status_code == 400
        assert "You proposed this yourself." in answer.content.decode()

    def test_dropping_needs_a_reason(self, desk, as_):
        desk.collected(500, "release")
        url = reverse("payment-order-act", args=[desk.propose().public_id, "drop"])

        assert as_(desk.second).post(url).status_code == 400
        assert as_(desk.second).post(url, {"reason": "wrong"}).status_code == 302
        assert PaymentOrder.objects.get().state == "DROPPED"

    @pytest.mark.parametrize("given", [{}, {"order": "pyo_x", "format": "PDF", "bank_account": "x"}])
    def test_a_file_needs_payments_an_account_and_a_kind(self, desk, as_, given):
        answer = as_(desk.second).post(reverse("payment-orders-send"), given, follow=True)

        assert "Choose the payments" in answer.content.decode()
        assert not OrderFile.objects.exists()

    def test_of_what_cannot_be_sent_says_why(self, desk, as_):
        desk.collected(500, "release")
        order = desk.propose()
        sending = {"order": order.public_id, "bank_account": desk.account.public_id, "format": "TABLE"}

        answer = as_(desk.second).post(reverse("payment-orders-send"), sending, follow=True)

        assert "so this cannot be done" in answer.content.decode()

    def test_owners_without_account_are_named(self, desk, as_):
        other, _ = world.other_owner("Nameless Works")
        desk.collected(500, "release", other)

        answer = as_(desk.first).post(reverse("payment-orders-propose"), follow=True).content.decode()

        assert "Nameless Works has named no account" in answer

    def test_the_list_is_a_file_too(self, desk, as_):
        desk.collected(815_200, "release")
        desk.propose()

        table = as_(desk.first).get(reverse("payment-orders") + "?format=csv")

        assert "8152.00" in table.content.decode("utf-8-sig")

    def test_accounts_are_named_and_approved(self, desk, as_):
        given = {"holder": "Owner", "number": "3300 1", "bank_name": "ICBC", "bank_code": ""}
        named = as_(desk.keeper).post(reverse("payees"), given, follow=True).content.decode()
        assert "checks and approves it" in named
        refused = as_(desk.keeper).post(reverse("payees"), given | {"number": "#"})
        assert refused.status_code == 400
        assert "digits and letters alone" in refused.content.decode()
        waiting = PayeeAccount.objects.get(stage="PROPOSED")
        page = as_(desk.second).get(reverse("payees")).content.decode()
        assert "33001" in page

        url = reverse("payee-act", args=[waiting.public_id, "approve"])
        assert "Approved." in as_(desk.second).post(url, follow=True).content.decode()
        assert "decided already" in as_(desk.second).post(url, follow=True).content.decode()
        assert as_(desk.keeper).post(url).status_code == 404


class TestPayingAnInvoice:
    def test_the_lessee_reads_account_amount_and_reference(self, billed, desk, as_):
        url = reverse("invoice-pay", args=[billed.invoice.public_id])

        page = as_(billed.scene.buyer).get(url).content.decode()

        assert billed.invoice.payment_reference in page
        assert desk.account.number in page
        assert "113.00" in page
        assert as_(billed.scene.owner).get(url).status_code == 404

    def test_a_lease_with_its_own_sub_unit_pays_there(self, billed, desk):
        chief = {"within": desk.office.platform, "by": desk.office.chief, "at": AT}
        sub = banks.open_sub_account(
            bank_account=desk.account, lease=billed.scene.lease, number="SUB1", **chief
        )
        again = banks.open_sub_account(
            bank_account=desk.account, lease=billed.scene.lease, number="SUB1", **chief
        )
        assert again == sub
        for number in ("SUB2", "", "S#"):
            with pytest.raises(BankAccountInvalid):
                banks.open_sub_account(
                    bank_account=desk.account, lease=billed.scene.lease, number=number, **chief
                )

        slip = rest(billed.scene.buyer).get(f"/api/v1/invoices/{billed.invoice.public_id}/payment/").json()

        assert (slip["number"], slip["open_minor"], slip["billed_minor"]) == ("SUB1", 11_300, 11_300)
        assert SubAccount.objects.count() == 1

    def test_notes_are_set_off(self, billed, desk):
        billed.note(-1_000, -130)

        slip = rest(billed.scene.buyer).get(f"/api/v1/invoices/{billed.invoice.public_id}/payment/").json()

        assert (slip["open_minor"], slip["billed_minor"]) == (10_170, 10_170)


class TestBankAccounts:
    def open(self, desk, by=None, **given):
        facts = {"ledger_code": chart.BANK, "holder": "P", "number": "1-2", "bank_name": "ICBC"}
        who = {"within": desk.office.platform, "by": by or desk.office.chief, "at": AT}
        return banks.open_account(book=desk.book, **facts | given, **who)

    def test_are_written_down_once(self, desk):
        made = self.open(desk)

        assert self.open(desk, number="12") == made
        with pytest.raises(BankAccountInvalid):
            self.open(desk, ledger_code=chart.FUND_MONEY)
        with pytest.raises(MissingRight):
            self.open(desk, by=desk.first, number="9")
        assert BankAccount.objects.count() == 2

    def test_need_what_a_bank_has(self, desk):
        wrong = {"ledger_code": "9", "holder": " ", "number": "#", "currency": "XXX", "bank_code": "x" * 21}
        with pytest.raises(BankAccountInvalid) as refused:
            self.open(desk, **wrong)

        found = {flaw.pointer for flaw in refused.value.flaws}
        assert found == {"/holder", "/number", "/ledger_code", "/currency", "/bank_code"}


class TestRest:
    def test_lines_of_a_payout_cost_no_query_each(self, desk, django_assert_max_num_queries):
        desk.collected(500, "release")
        few = desk.propose()
        second = rest(desk.second)
        with CaptureQueriesContext(connection) as one:
            assert len(second.get(f"/api/v1/payment-orders/{few.public_id}/").json()["items"]) == 1
        for number in range(6):
            desk.collected(500, f"release {number}")
        many = desk.propose()

        with django_assert_max_num_queries(len(one)):
            assert len(second.get(f"/api/v1/payment-orders/{many.public_id}/").json()["items"]) == 6

    def test_a_payout_from_proposal_to_file(self, desk):
        desk.collected(500, "release")
        first, second = rest(desk.first), rest(desk.second)

        made = first.post("/api/v1/payment-orders/", {"owner": desk.owner.public_id}, format="json")

        order = made.json()
        assert (made.status_code, order["state"], order["amount_minor"]) == (201, "PROPOSED", 500)
        assert order["items"][0]["amount_minor"] == 500
        url = f"/api/v1/payment-orders/{order['id']}/"
        assert first.post(f"{url}approve/").status_code == 403
        assert second.post(f"{url}approve/").json()["state"] == "APPROVED"
        asked = {"bank_account": desk.account.public_id, "format": "TABLE", "orders": [order["id"]]}
        file = second.post("/api/v1/order-files/", asked, format="json").json()
        assert "OUT-" in second.get(f"/api/v1/order-files/{file['id']}/content/").content.decode("utf-8-sig")
        assert second.post("/api/v1/order-files/", asked, format="json").status_code == 409
        told = rest(desk.keeper).get(url).json()
        assert (told["state"], told["amount_minor"]) == ("SENT", 500)
        moves = second.get(f"{url}history/").json()["data"]
        assert [step["move"] for step in moves] == ["PROPOSE", "APPROVE", "SEND"]
        assert second.post(f"{url}drop/", {"reason": "x"}, format="json").status_code == 409

    def test_what_is_not_known_is_404_and_what_is_odd_is_400(self, desk):
        first = rest(desk.second)
        post = lambda url, given: first.post(f"/api/v1/{url}/", given, format="json").status_code  # noqa: E731

        assert post("payment-orders", {"owner": "org_nobody"}) == 404
        assert post("payment-orders", {}) == 400
        refund = {"amount_minor": 1, "reason": "x"}
        assert post("payment-orders/refund", refund) == 400
        assert post("payment-orders/refund", refund | {"receipt": "rcp_x", "note": "inv_x"}) == 400
        assert post("payment-orders/refund", refund | {"receipt": "rcp_x"}) == 404
        assert post("payment-orders/refund", refund | {"note": "inv_x"}) == 404
        asked = {"bank_account": desk.account.public_id, "format": "TABLE", "orders": ["pyo_x"]}
        assert post("order-files", asked) == 404
        assert post("order-files", asked | {"bank_account": "bac_x"}) == 404
        assert post("order-files", asked | {"orders": []}) == 400

    def test_a_refund_and_accounts(self, desk):
        receipt = desk.receipt(1_000, "in", desk.owner)
        asked = {"receipt": receipt.public_id, "amount_minor": 400, "reason": "多付"}

        made = rest(desk.first).post("/api/v1/payment-orders/refund/", asked, format="json")

        assert (made.status_code, made.json()["kind"]) == (201, "REFUND")
        account = {"holder": "O", "number": "77", "bank_name": "ICBC"}
        named = rest(desk.keeper).post("/api/v1/payee-accounts/", account, format="json").json()
        assert named["stage"] == "PROPOSED"
        approved = rest(desk.second).post(f"/api/v1/payee-accounts/{named['id']}/approve/")
        assert approved.json()["stage"] == "APPROVED"
        bank = {"ledger_code": "1002.01", "holder": "P", "number": "88", "bank_name": "ICBC"}
        chief = rest(desk.office.chief)
        assert chief.post("/api/v1/bank-accounts/", bank, format="json").status_code == 201
        assert rest(desk.first).post("/api/v1/bank-accounts/", bank, format="json").status_code == 403
        assert len(chief.get("/api/v1/bank-accounts/").json()["data"]) == 2
        assert rest(desk.keeper).get("/api/v1/bank-accounts/").json()["data"] == []

    def test_another_organization_learns_nothing(self, desk):
        desk.collected(500, "release")
        order = desk.sent(desk.propose())
        _, stranger = world.other_owner()

        for url in (f"payment-orders/{order.public_id}/", f"order-files/{order.file.public_id}/"):
            assert rest(stranger).get(f"/api/v1/{url}").status_code == 404
        assert rest(stranger).get("/api/v1/payment-orders/").json()["data"] == []
        owner = desk.owner.public_id
        assert rest(stranger).post("/api/v1/payment-orders/", {"owner": owner}).status_code == 403


def test_a_payout_in_another_currency_is_apart(desk):
    entry = payable_to(desk.owner, 100, "usd")
    assert entry.lines[0].currency == "CNY"
    payees.name(
        organization=desk.owner, holder="O", number="1", bank_name="B", currency="USD", by=desk.keeper, at=AT
    )
    assert PayeeAccount.objects.filter(organization=desk.owner).exclude(stage="DROPPED").count() == 2
