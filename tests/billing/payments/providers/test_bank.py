"""What is bank transfer's own: the account that is told, and whom a line of a file may pay."""

import pytest

from billing.payments.gateway.bank import BankTransfer
from billing.payments.models import PayeeAccount
from billing.payments.rules.providers import Accepts, Outcome, Request


@pytest.fixture
def bank(match):
    return BankTransfer(match.desk.account)


class TestTheAccountThatIsTold:
    def test_is_ours_or_its_sub_unit(self, match, bank):
        asked = Request("ZL033789774", 100, "CNY", return_url="https://x.cn/")

        how = bank.open_request(asked, "k")
        of_lease = BankTransfer(match.desk.account, "SUB1").open_request(asked, "k")

        assert (how.memo, how.code) == ("ZL033789774", "https://x.cn/")
        assert how.account["number"] == match.desk.account.number
        assert of_lease.account == how.account | {"number": "SUB1"}

    @pytest.mark.parametrize("currency", ["CNY", "HKD"])
    def test_is_none_where_the_platform_named_none(self, match, currency):
        bank = BankTransfer(None if currency == "CNY" else match.desk.account)

        said = bank.open_request(Request("ZL033789774", 100, currency), "k").result

        assert (said.outcome, said.code) == (Outcome.REJECTED, "no_account")

    def test_says_who_moves_the_money(self, bank):
        able = bank.capabilities()

        assert (able.accepts, able.by_file, able.currencies) == (Accepts.PUSH, True, {"CNY"})
        assert BankTransfer(None).capabilities().currencies == frozenset()


class TestALineOfAFile:
    def test_names_the_account_and_the_order(self, match, bank):
        known = match.desk.owner.payee_accounts.get()

        said = bank.pay_out(known.public_id, 500, "CNY", "OUT-1", "k")

        assert said.answer == {
            "holder": known.holder,
            "number": known.number,
            "bank_name": known.bank_name,
            "bank_code": known.bank_code,
            "reference": "OUT-1",
            "amount_minor": 500,
            "currency": "CNY",
        }

    @pytest.mark.parametrize(("stage", "outcome"), [("PROPOSED", "REJECTED"), ("DROPPED", "PENDING")])
    def test_pays_what_two_people_knew(self, match, bank, stage, outcome):
        known = match.desk.owner.payee_accounts.get()
        PayeeAccount.objects.filter(pk=known.pk).update(stage=stage)

        assert bank.pay_out(known.public_id, 500, "CNY", "OUT-1", "k").outcome == outcome

    @pytest.mark.parametrize("asked", [(500, "HKD"), (-1, "CNY")])
    def test_is_of_the_accounts_currency_and_above_nothing(self, match, bank, asked):
        known = match.desk.owner.payee_accounts.get()

        assert bank.pay_out(known.public_id, *asked, "OUT-1", "k").outcome is Outcome.REJECTED

    def test_gives_nothing_back_to_nobody(self, match, bank):
        held = match.desk.receipt(500, "in")

        for ref, code in ((held.public_id, "no_payee_account"), ("rcp_none", "more_than_paid")):
            assert bank.refund(ref, 100, "CNY", "k").code == code
        assert bank.refund(held.public_id, 0, "CNY", "k").code == "amount"
