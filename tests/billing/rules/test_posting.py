"""Templates against the worked journals, the release of an owner's share, and what balances by itself."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules import accounts as chart
from billing.rules import posting
from billing.rules.events import MOVES, Event
from billing.rules.journals import Dims, Settlement, balances, checked, sums
from billing.rules.posting import Head, InvoiceFacts, TaxedSum
from marketplace.shared.money import Money
from tests.billing.ledger import worked
from tests.marketplace.vectors import FINANCE

HEAD = Head("P", "k", date(2026, 11, 1), "CNY")
WHO = Dims(party="org_1", lease="lea_1")
AMOUNT = st.integers(1, 10**14)
RATES = st.sampled_from([Decimal("0.13"), Decimal("0.06"), Decimal("0.03"), Decimal("0")])


def by_number():
    made = defaultdict(list)
    for entry in worked.entries():
        made[entry.key.removeprefix("example:")[:3]].append(entry)
    return made


def lines_of(entries):
    return sorted((line.account, line.amount_minor) for entry in entries for line in entry.lines)


class TestWorkedJournals:
    @pytest.mark.parametrize("number", worked.VECTORS)
    def test_have_the_published_lines(self, number):
        published = worked.VECTORS[number]["lines"]

        assert lines_of(by_number()[number]) == sorted(
            (worked.PATHS[line["account"]], line["amount_fen"]) for line in published
        )

    def test_are_all_made_and_close_with_the_published_balances(self):
        assert set(by_number()) == set(worked.VECTORS)
        closed = balances(worked.entries())
        assert {account: minor for (account, _), minor in closed.items()} == {
            worked.PATHS[path]: minor for path, minor in worked.CLOSING.items()
        }

    def test_of_an_invoice_are_one_a_seller_with_the_sums_of_the_paper(self):
        rent, fee = by_number()["J01"]

        assert [line.account for line in rent.lines] == [chart.RENT_AGENCY, chart.OWNER_UNCOLLECTED]
        assert [line.account for line in fee.lines] == [chart.FEE_DUE, chart.FEE_INCOME, chart.VAT_6]
        assert rent.lines[0].amount_minor + fee.lines[0].amount_minor == 925200


class TestRelease:
    @pytest.mark.parametrize("case", FINANCE["owner_release"]["cases"])
    def test_follows_the_published_steps(self, case):
        share, released = case["owner_gross_fen"] - case["commission_gross_fen"], 0
        for step in case["steps"]:
            freed = posting.owner_release(
                owner_minor=share,
                gross_minor=case["invoice_gross_fen"],
                paid_minor=step["cumulative_fen"],
                released_minor=released,
            )
            assert freed == step["release_fen"]
            released += freed
        assert released == case["total_released_fen"]

    def test_of_a_part_payment_is_shared_by_what_is_open(self):
        shares = posting.prorated(100000, {chart.RENT_AGENCY: 904000, chart.FEE_DUE: 21200})

        assert shares == {chart.RENT_AGENCY: 97709, chart.FEE_DUE: 2291}


def facts(settlement, *, sold=False, rent=True, bought=False, net=800000, tax=104000):
    part = TaxedSum(Decimal("0.13"), net, tax)
    return InvoiceFacts([part], settlement, sold, rent, bought, WHO, WHO)


class TestInvoice:
    def test_of_a_principal_is_its_own_income_and_tax(self):
        made = posting.invoice_issued(HEAD, facts(Settlement.PRINCIPAL, sold=True))

        assert lines_of([made]) == [
            (chart.RENT_OWN, 904000),
            (chart.VAT_13, -104000),
            (chart.RENT_INCOME, -800000),
        ]

    @pytest.mark.parametrize("settlement", Settlement)
    def test_of_what_the_platform_does_is_its_fee_in_whoever_s_name_rent_is_sold(self, settlement):
        made = posting.invoice_issued(HEAD, facts(settlement, sold=True, rent=False))

        assert lines_of([made]) == [
            (chart.FEE_DUE, 904000),
            (chart.VAT_13, -104000),
            (chart.FEE_INCOME, -800000),
        ]

    def test_to_the_platform_is_its_cost(self):
        made = posting.invoice_issued(HEAD, facts(Settlement.AGENT, bought=True, net=720000, tax=93600))

        assert made.kind == Event.OWNER_COST
        assert lines_of([made]) == [
            (chart.VAT_INPUT, 93600),
            (chart.OWNER_PAYABLE, -813600),
            (chart.COST, 720000),
        ]

    @pytest.mark.parametrize("settlement", [Settlement.AGENT, Settlement.FINANCE_LEASE])
    def test_of_an_owner_is_held_for_it(self, settlement):
        made = posting.invoice_issued(HEAD, facts(settlement))

        assert lines_of([made]) == [(chart.RENT_AGENCY, 904000), (chart.OWNER_UNCOLLECTED, -904000)]

    def test_of_nothing_is_no_entry(self):
        assert posting.invoice_issued(HEAD, facts(Settlement.AGENT, net=0, tax=0)) is None
        assert (
            posting.commission(HEAD, net_minor=800000, rate=Decimal(0), vat_rate=Decimal(0), owner=WHO)
            is None
        )

    def test_commission_is_rounded_once_half_away_and_its_tax_from_it(self):
        made = posting.commission(
            HEAD, net_minor=1005, rate=Decimal("0.10"), vat_rate=Decimal("0.06"), owner=WHO
        )

        assert lines_of([made]) == [
            (chart.VAT_6, -6),
            (chart.OWNER_UNCOLLECTED, 107),
            (chart.COMMISSION, -101),
        ]

    def test_commission_that_is_taken_back_says_so(self):
        about = {"net_minor": 1005, "rate": Decimal("0.10"), "vat_rate": Decimal("0.06"), "owner": WHO}
        made, back = (posting.commission(HEAD, **about, reverse=reverse) for reverse in (False, True))

        assert (made.kind, back.kind) == (Event.COMMISSION, Event.COMMISSION_REVERSED)
        assert back.lines == made.reversed(key="k", on=HEAD.on, of="jrn_1").lines


class TestBankReceived:
    def test_is_what_is_settled_if_nothing_is_over_or_short(self):
        made = posting.bank_received(HEAD, settles={chart.FEE_DUE: 500}, payer=WHO)

        assert lines_of([made]) == [(chart.CLIENT_MONEY, 500), (chart.FEE_DUE, -500)]

    def test_says_what_is_over_and_what_was_let_off(self):
        made = posting.bank_received(
            HEAD, settles={chart.FEE_DUE: 500}, over_minor=7, short_minor=3, payer=WHO
        )

        assert lines_of([made]) == [
            (chart.CLIENT_MONEY, 504),
            (chart.FEE_DUE, -500),
            (chart.UNALLOCATED, -7),
            (chart.WRITE_OFF, 3),
        ]


# Their templates stand in billing/payments/rules, and are tried there.
OF_PAYMENTS = {
    "BANK_FEE",
    "BANK_INTEREST",
    "BILL_FAILED",
    "BILL_HONOURED",
    "BILL_RECEIVED",
    "MOVEMENT_CLASSIFIED",
    "OWN_TRANSFER",
    "PAYMENT_ORDERED",
    "PAYMENT_RETURNED",
    "PAYMENT_SEEN",
}


def all_templates(first, second, rate):
    """Return one entry of each template, from two amounts and a rate."""
    settles = {chart.RENT_AGENCY: first + second, chart.FEE_DUE: second}
    fee = TaxedSum(rate, first, second)
    both = {"payer": WHO}
    yield from (posting.move(event, HEAD, first, debit=WHO, credit=WHO) for event in MOVES)
    for settlement in Settlement:
        for sold in (True, False):
            yield posting.invoice_issued(HEAD, facts(settlement, sold=sold, net=first, tax=second))
    yield posting.invoice_issued(HEAD, facts(Settlement.AGENT, bought=True, net=first, tax=second))
    for reverse in (True, False):
        yield posting.commission(
            HEAD, net_minor=first + 100, rate=Decimal("0.5"), vat_rate=rate, owner=WHO, reverse=reverse
        )
    yield posting.commission_credited(HEAD, net_minor=first, tax_minor=second, vat_rate=rate, owner=WHO)
    yield posting.card_paid(HEAD, fee_minor=second, settles=settles, **both)
    yield posting.bank_received(HEAD, settles=settles, over_minor=second, **both)
    yield posting.bank_received(HEAD, settles=settles, short_minor=second, **both)
    yield posting.allocated(HEAD, settles=settles, **both)
    yield posting.fund_levy(HEAD, owner_minor=first, platform_minor=second, owner=WHO)
    subsidy: dict = {"receivable": chart.RENT_AGENCY, "authority": WHO, "lessee": WHO}
    yield posting.subsidy_prepaid(HEAD, amount_minor=first, **subsidy)
    yield posting.subsidy_refused(HEAD, amount_minor=second, **subsidy)
    yield posting.fund_levy(HEAD, owner_minor=first, platform_minor=second, owner=WHO, is_collected=False)
    yield posting.fund_recovered(HEAD, fund_minor=first, owner_minor=second, owner=WHO)
    yield posting.credit_note(HEAD, rent_minor=first, fee=fee, buyer=WHO, owner=WHO)
    yield posting.dispute_opened(HEAD, amount_minor=first, fee_minor=second, **both)
    yield posting.dispute_lost(HEAD, owner_minor=first, own_minor=second, owner=WHO, **both)
    yield posting.interest_accrued(HEAD, gross_minor=first + 100, vat_rate=rate, borrower=WHO)
    yield posting.instalment_received(HEAD, interest_minor=first, principal_minor=second, borrower=WHO)
    yield posting.exchanged(HEAD, settles=settles, got=Money(first, "HKD"), fee=Money(second, "HKD"), **both)


class TestEveryTemplate:
    @given(AMOUNT, AMOUNT, RATES)
    def test_balances_in_each_currency_and_may_be_posted(self, first, second, rate):
        for entry in all_templates(first, second, rate):
            assert set(sums(entry.lines).values()) == {0}
            assert checked(entry) is entry

    def test_is_shown_here(self):
        shown = {entry.kind for entry in all_templates(5, 3, Decimal("0.06"))}

        assert shown | OF_PAYMENTS == set(Event)
        assert not shown & OF_PAYMENTS

    def test_says_book_key_day_and_document_as_its_head_does(self):
        head = Head("F", "k", date(2026, 11, 2), "CNY", "memo", "invoice", "inv_1")

        made = posting.move(Event.PAYOUT_SEEN, head, 77618)

        assert (made.book, made.kind, made.key, made.on) == ("F", "PAYOUT_SEEN", "k", date(2026, 11, 2))
        assert (made.memo, made.source_type, made.source_id, made.reverses) == (
            "memo",
            "invoice",
            "inv_1",
            "",
        )

    def test_of_two_lines_says_both_sides(self):
        made = posting.move(Event.PAYOUT_SEEN, HEAD, 77618)

        assert lines_of([made]) == [(chart.BANK, 77618), (chart.IN_TRANSIT, -77618)]
