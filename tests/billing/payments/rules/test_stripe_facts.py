"""Objects of Stripe as facts: by examples, each key once, whatever the object is asked for."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from billing.payments.rules import provider_postings
from billing.payments.rules.provider_postings import Loss
from billing.payments.rules.providers import Movement
from billing.payments.rules.stripe_facts import Kind, facts_of, facts_of_movement, source_of
from billing.rules import accounts as chart
from billing.rules.journals import Dims, checked, sums
from billing.rules.posting import Head
from config.stand_in.shapes import made
from tests.marketplace.vectors import FINANCE

AT = datetime(2025, 12, 1, 8, tzinfo=UTC)
NOW = int(AT.timestamp())
PAYER = Dims(party="org_payer")
HEAD = Head("P", "stripe:charge:ch_1", date(2025, 12, 1), "CNY")


def change(amount=925_200, fee=32_382, **given):
    given = {"id": "txn_1", "currency": "cny", "created": NOW, **given}
    return made("balance_transaction", amount=amount, fee=fee, net=amount - fee, **given)


def charge(**given):
    given = {"balance_transaction": change(), "metadata": {"payment_request": "prq_1"}, **given}
    return made(
        "charge",
        **{
            "id": "ch_1",
            "amount": 925_200,
            "amount_captured": 925_200,
            "captured": True,
            "currency": "cny",
            "created": NOW,
            **given,
        },
    )


def dispute(status, *changes):
    return made(
        "dispute",
        id="dp_1",
        charge="ch_1",
        amount=925_200,
        currency="cny",
        status=status,
        balance_transactions=list(changes),
    )


GONE = change(-925_200, 1_500, id="txn_2")
BACK = change(925_200, 0, id="txn_3")


class TestCharges:
    def test_one_fact_with_its_movement(self):
        [fact] = facts_of("charge", charge())

        assert (fact.key, fact.kind, fact.parent) == ("stripe:charge:ch_1", Kind.CHARGE, "prq_1")
        assert (fact.amount, fact.gross, fact.fee, fact.movement) == (925_200, 925_200, 32_382, "txn_1")
        assert fact.happened_at == AT
        assert not fact.is_exchanged

    def test_an_intent_says_the_same_once_it_succeeded(self):
        intent = made("payment_intent", status="succeeded", latest_charge=charge())

        assert facts_of("payment_intent", intent) == facts_of("charge", charge())

    @pytest.mark.parametrize(
        "status", ["processing", "requires_action", "requires_payment_method", "canceled"]
    )
    def test_an_intent_that_did_not_says_nothing(self, status):
        assert facts_of("payment_intent", made("payment_intent", status=status)) == []

    @pytest.mark.parametrize(
        "odd",
        [
            {"status": "failed"},
            {"captured": False},
            {"balance_transaction": None},
            {"balance_transaction": "txn_1"},
        ],
    )
    def test_nothing_before_its_money_is_there(self, odd):
        assert facts_of("charge", charge(**odd)) == []


class TestRefunds:
    def refund(self, **given):
        back = change(-46_260, 0, id="txn_4")
        return made("refund", id="re_1", amount=46_260, currency="cny", balance_transaction=back, **given)

    def test_each_is_a_fact_of_its_own(self):
        [fact] = facts_of("refund", self.refund(metadata={"operation": "op:opn_1:1"}))

        assert (fact.key, fact.parent, fact.gross) == ("stripe:refund:re_1", "op:opn_1:1", 46_260)

    def test_one_that_failed_later_is_two(self):
        failed = self.refund(status="failed", failure_balance_transaction="txn_5")

        assert [(fact.kind, fact.movement) for fact in facts_of("refund", failed)] == [
            (Kind.REFUND, "txn_4"),
            (Kind.REFUND_FAILED, "txn_5"),
        ]

    def test_one_that_never_left_is_none(self):
        assert facts_of("refund", made("refund", status="failed", balance_transaction=None)) == []


class TestDisputes:
    @pytest.mark.parametrize("status", ["warning_needs_response", "warning_under_review", "warning_closed"])
    def test_an_inquiry_moves_nothing(self, status):
        assert facts_of("dispute", dispute(status)) == []

    @pytest.mark.parametrize(
        ("found", "parts"),
        [
            (dispute("needs_response", GONE), ["withdrawn"]),
            (dispute("won", GONE, BACK), ["withdrawn", "reinstated"]),
            (dispute("lost", GONE), ["withdrawn", "lost"]),
        ],
    )
    def test_its_money_goes_and_may_come_back(self, found, parts):
        facts = facts_of("dispute", found)

        assert [fact.key for fact in facts] == [f"stripe:dispute:dp_1:{part}" for part in parts]
        assert {fact.parent for fact in facts} == {"ch_1"}

    def test_a_loss_is_no_movement(self):
        assert facts_of("dispute", dispute("lost", GONE))[1].movement == ""


class TestOutgoing:
    def test_a_transfer_and_what_came_back_of_it(self):
        back = made(
            "transfer_reversal", id="trr_1", amount=100, currency="cny", balance_transaction="txn_7",
            metadata={"operation": "op:opn_2:1"},
        )  # fmt: skip
        found = made(
            "transfer", id="tr_1", amount=815_200, currency="cny", balance_transaction="txn_6",
            metadata={"operation": "op:opn_1:1"}, reversals={"data": [back]},
        )  # fmt: skip

        assert [
            (fact.key, fact.parent, fact.gross, fact.movement) for fact in facts_of("transfer", found)
        ] == [
            ("stripe:transfer:tr_1", "op:opn_1:1", 815_200, "txn_6"),
            ("stripe:reversal:trr_1", "op:opn_2:1", 100, "txn_7"),
        ]

    def payout(self, status, **given):
        return made("payout", id="po_1", amount=77_618, currency="cny", status=status, **given)

    def test_a_payout_that_was_paid_and_then_failed_is_back(self):
        failed = self.payout(
            "failed", balance_transaction="txn_8", failure_balance_transaction={"id": "txn_9"}
        )

        assert [(fact.key, fact.movement) for fact in facts_of("payout", failed)] == [
            ("stripe:payout:po_1:created", "txn_8"),
            ("stripe:payout:po_1:failed", "txn_9"),
        ]

    @pytest.mark.parametrize("status", ["pending", "in_transit", "paid"])
    def test_a_payout_under_way_or_paid_is_one_fact(self, status):
        assert len(facts_of("payout", self.payout(status, balance_transaction="txn_8"))) == 1

    def test_a_payout_without_its_movement_waits(self):
        assert facts_of("payout", self.payout("pending")) == []

    def test_a_top_up(self):
        found = made(
            "topup", id="tu_1", amount=5_300, currency="cny", status="succeeded", balance_transaction="t"
        )

        assert [fact.key for fact in facts_of("topup", found)] == ["stripe:topup:tu_1"]
        assert facts_of("topup", {**found, "status": "pending"}) == []

    def test_what_nobody_has_heard_of_is_nothing(self):
        assert facts_of("brand_new", {}) == []


class TestMovements:
    def movement(self, kind, gross, available=AT, fee=0):
        return Movement("txn_1", AT, kind, gross, fee, gross - fee, "CNY", "ch_1", available_at=available)

    def test_money_can_be_used_from_its_day_on(self):
        change = self.movement("charge", 925_200, fee=32_382)

        [fact] = facts_of_movement(change, AT)

        assert (fact.key, fact.kind, fact.gross) == ("stripe:available:txn_1", Kind.AVAILABLE, 892_818)
        assert facts_of_movement(change, datetime(2025, 11, 30, tzinfo=UTC)) == []

    def test_fees_of_stripes_own(self):
        [fact] = facts_of_movement(self.movement("stripe_fee", -300), AT)

        assert (fact.key, fact.kind, fact.gross) == ("stripe:fee:txn_1", Kind.FEE, 300)

    def test_others_say_nothing_by_themselves(self):
        assert facts_of_movement(self.movement("refund", -300), AT) == []

    @pytest.mark.parametrize(
        ("ref", "kind"), [("ch_1", "charge"), ("py_1", "charge"), ("trr_1", ""), ("", "")]
    )
    def test_the_object_behind_one(self, ref, kind):
        assert source_of(ref) == kind


class TestJournals:
    def test_a_charge_stands_with_its_payer(self):
        [fact] = facts_of("charge", charge())

        entry = checked(provider_postings.charged(HEAD, fact, PAYER))

        assert [(line.account, line.amount_minor) for line in entry.lines] == [
            (chart.PENDING, 892_818),
            (chart.PROVIDER_FEES, 32_382),
            (chart.UNALLOCATED, -925_200),
        ]

    def test_an_exchanged_one_by_the_published_figures(self):
        case = FINANCE["fx"][0]
        told = case["balance_transaction"]
        settled = change(
            told["amount"], told["fee"], currency=told["currency"], exchange_rate=told["exchange_rate"]
        )
        [fact] = facts_of("charge", charge(balance_transaction=settled))

        entry = checked(provider_postings.charged(HEAD, fact, PAYER))

        names = {
            "Assets:1122 AR": chart.UNALLOCATED,
            "Equity:FXTrading": chart.TRADING,
            "Assets:1012:StripePending": chart.PENDING,
            "Expenses:6603:ProviderFees": chart.PROVIDER_FEES,
        }
        expected = {(names[name], currency, minor) for name, currency, minor in case["expect"]["journal"]}
        assert {(line.account, line.currency, line.amount_minor) for line in entry.lines} == expected
        assert sums(entry.lines) == {"CNY": 0, "HKD": 0}
        assert fact.rate == told["exchange_rate"]

    def test_a_dispute_that_was_won_leaves_its_fee(self):
        opened, won = facts_of("dispute", dispute("won", GONE, BACK))

        entries = [
            provider_postings.disputed(HEAD, opened, PAYER),
            provider_postings.dispute_won(HEAD, won, PAYER),
        ]

        left = {}
        for line in (line for entry in entries for line in checked(entry).lines):
            left[line.account] = left.get(line.account, 0) + line.amount_minor
        assert left == {chart.DISPUTED: 0, chart.DISPUTE_FEES: 1_500, chart.AVAILABLE: -1_500}
        assert entries[1].kind == "DISPUTE_WON"

    def test_a_lost_one_is_borne_by_owner_and_platform(self):
        lost = facts_of("dispute", dispute("lost", GONE))[1]

        entry = provider_postings.dispute_lost(
            HEAD, lost, loss=Loss(0, 0, [(Dims(party="org_owner"), 819_200)]), payer=PAYER
        )

        assert [(line.account, line.amount_minor) for line in checked(entry).lines] == [
            (chart.OWNER_OWES, 819_200),
            (chart.CREDIT_LOSS, 106_000),
            (chart.DISPUTED, -925_200),
        ]

    def test_what_was_left_goes_first(self):
        lost = facts_of("dispute", dispute("lost", GONE))[1]
        off, of_loss = provider_postings.split_loss(lost, left=473_200)
        assert (off, of_loss, provider_postings.split_loss(lost, left=10**7)) == (
            473_200,
            473_200,
            (925_200, 925_200),
        )

        loss = Loss(off, of_loss, [(Dims(party="org_owner"), 409_600)])
        entry = provider_postings.dispute_lost(HEAD, lost, loss=loss, payer=PAYER)

        assert [(line.account, line.amount_minor) for line in checked(entry).lines] == [
            (chart.OWNER_OWES, 409_600),
            (chart.UNALLOCATED, 473_200),
            (chart.CREDIT_LOSS, 42_400),
            (chart.DISPUTED, -925_200),
        ]

    def test_all_of_it_was_left_and_nobody_else_bears_it(self):
        lost = facts_of("dispute", dispute("lost", GONE))[1]
        entry = provider_postings.dispute_lost(HEAD, lost, loss=Loss(925_200, 925_200, []), payer=PAYER)
        assert [line.account for line in checked(entry).lines] == [chart.UNALLOCATED, chart.DISPUTED]

    def test_what_was_exchanged_balances_in_each_currency(self):
        lost = replace(facts_of("dispute", dispute("lost", GONE))[1], gross=1_012_283, settled_in="HKD")
        off, of_loss = provider_postings.split_loss(lost, left=473_200)

        entry = provider_postings.dispute_lost(HEAD, lost, loss=Loss(off, of_loss, []), payer=PAYER)

        assert (off, of_loss) == (473_200, 517_739)  # 4,732.00 of 9,252.00 yuan are 5,177.39 of 10,122.83
        assert sums(entry.lines) == {"CNY": 0, "HKD": 0}

    def test_a_move_in_the_currency_it_came_in(self):
        [fact] = facts_of_movement(
            Movement("txn_1", AT, "charge", 100, 0, 100, "HKD", "ch_1", available_at=AT), AT
        )

        assert {line.currency for line in checked(provider_postings.moved(HEAD, fact)).lines} == {"HKD"}

    def test_what_is_booked_otherwise_is_none(self):
        [fact] = facts_of("charge", charge())

        with pytest.raises(KeyError):
            provider_postings.moved(HEAD, fact)

    def test_a_fact_is_kept_as_plain_values(self):
        [fact] = facts_of("charge", charge())

        assert fact.dump()["kind"] == "CHARGE"
        assert fact.dump()["happened_at"] == AT.isoformat()
