"""Rules of loans: what a lender may publish and offer, what is due, and what settles a loan."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.rules import loan_terms as terms
from billing.rules import loan_tracking as tracking
from billing.rules.loan_states import (
    OPEN,
    OVER,
    TABLE,
    Move,
    Side,
    Status,
    can,
    moves_for,
    shows_data,
)
from billing.rules.loan_terms import LoanLimits, LoanTerms
from billing.rules.loan_tracking import Payment, State
from marketplace.rules.instalments import DayCount, Method
from tests.marketplace.vectors import FINANCE

START, TODAY = date(2026, 11, 1), date(2026, 10, 20)
LOAN = LoanTerms(12_000_000, "CNY", 12, Decimal(6), Method.EQUAL_PAYMENT, DayCount.MONTHS, START)
LIMITS = LoanLimits(1_000_000, 50_000_000, 3, 36)
ROWS = LOAN.schedule()


def codes(flaws):
    return [(flaw.pointer, flaw.code) for flaw in flaws]


def paid(months, loan=LOAN):
    return [Payment(row.due_on, row.payment) for row in loan.schedule()[:months]]


class TestTheTable:
    def test_leads_out_of_every_open_state_and_on_from_no_end_but_by_taking_back(self):
        for status in Status:
            moves = [move for side in Side for move in moves_for(side, status)]
            assert bool(moves) is (status not in {Status.DECLINED, Status.WITHDRAWN}), status
            assert status in OPEN or set(moves) <= {Move.TAKE_BACK}
        assert can(Move.ACCEPT, Status.OFFERED)
        assert not can(Move.ACCEPT, Status.APPLIED)

    def test_shows_figures_while_their_purpose_lasts(self):
        assert {status for status in Status if shows_data(status)} == OPEN == set(Status) - OVER

    def test_has_one_side_a_move(self):
        assert {row.side for row in TABLE.values()} == {Side.LENDER, Side.LESSEE}


class TestSchedule:
    @pytest.mark.parametrize("case", FINANCE["instalments"]["cases"], ids=lambda case: case["name"])
    def test_is_that_of_the_published_table(self, case):
        rate, method = Decimal(case["annual_rate"]) * 100, Method(case["method"].upper())
        loan = LoanTerms(
            case["principal_fen"],
            "CNY",
            case["periods"],
            rate,
            method,
            DayCount.MONTHS,
            date.fromisoformat(case["start"]),
        )
        rows = loan.schedule()

        assert sum(row.interest for row in rows) == case["total_interest_fen"]
        assert (rows[0].payment, rows[-1].payment) == (case["first_payment_fen"], case["last_payment_fen"])
        assert loan.cost()[0] == pytest.approx(Decimal(case["apr_nominal"]), abs=Decimal("1e-8"))

    def test_is_part_of_what_is_accepted(self):
        dumped = replace(LOAN, fee_percent=Decimal("0.5")).dump()

        assert (dumped["fee_minor"], dumped["yearly_percent"]) == (60_000, "6")
        assert dumped["instalments"][0] == {
            "number": 1,
            "due_on": "2026-12-01",
            "principal_minor": 972_797,
            "interest_minor": 60_000,
            "payment_minor": 1_032_797,
        }


class TestProducts:
    def flaws(self, limits=LIMITS, rate=Decimal(6), days=(TODAY, START)):
        rates = {"yearly_percent": (rate, terms.MOST_PERCENT)}
        return codes(terms.product_flaws(limits=limits, rates=rates, days=days, today=TODAY))

    def test_that_are_fine_have_no_flaw(self):
        assert self.flaws() == []

    @pytest.mark.parametrize(
        "rate", [Decimal(-1), Decimal("36.01"), Decimal("6.0000001"), Decimal("NaN"), Decimal("Infinity")]
    )
    def test_have_a_rate_that_can_be(self, rate):
        assert self.flaws(rate=rate) == [("/yearly_percent", "loan_rate_out_of_range")]

    def test_have_ranges_that_can_be(self):
        empty = LoanLimits(2_000_000, 1_000_000, 12, 6)
        assert codes_of(self.flaws(empty)) == ["loan_range_empty", "loan_range_empty"]
        beyond = LoanLimits(1, 10**14, 0, 121)
        assert (
            codes_of(self.flaws(beyond))
            == ["loan_amount_out_of_range"] * 2 + ["loan_months_out_of_range"] * 2
        )

    def test_are_on_offer_today_or_later(self):
        assert self.flaws(days=(START, TODAY)) == [("/valid_until", "loan_days_in_order")]
        assert self.flaws(days=(date(2020, 1, 1), date(2020, 2, 1))) == [("/valid_until", "loan_day_passed")]


class TestOffers:
    def flaws(self, loan=LOAN, until=TODAY, most=Decimal(6)):
        given = {"most_percent": most, "stands_until": until, "today": TODAY}
        return codes(terms.offer_flaws(loan, LIMITS, **given))

    def test_within_the_product_have_no_flaw(self):
        assert self.flaws() == []

    def test_beyond_it_are_refused_at_each_field(self):
        loan = replace(LOAN, amount_minor=50_000_001, months=37, yearly_percent=Decimal("6.01"))
        assert self.flaws(loan) == [
            ("/amount_minor", "loan_amount_out_of_range"),
            ("/months", "loan_months_out_of_range"),
            ("/yearly_percent", "loan_rate_out_of_range"),
        ]

    def test_are_paid_out_when_they_can_be_accepted_no_more(self):
        assert self.flaws(until=date(2026, 11, 2)) == [("/starts_on", "loan_day_passed")]
        assert self.flaws(until=date(2026, 10, 19)) == [("/stands_until", "loan_day_passed")]

    def test_leave_something_of_the_amount(self):
        assert self.flaws(replace(LOAN, fee_percent=Decimal(100))) == [
            ("/amount_minor", "loan_fee_eats_amount")
        ]

    def test_have_instalments_that_are_not_too_small(self):
        wide = LoanLimits(100, 1_000, 1, 36)
        assert codes(terms.wish_flaws(300, 4, wide)) == [("/months", "loan_instalments_too_small")]


class TestTexts:
    def test_are_needed_and_not_too_long(self):
        assert codes(terms.text_flaws("/reason", " ")) == [("/reason", "required")]
        assert codes(terms.text_flaws("/reason", "x" * 501)) == [("/reason", "too_long_text")]
        assert terms.text_flaws("/reason", "x") == []

    @pytest.mark.parametrize("kinds", [[], ["A", "A"], ["A", "TELEMETRY"]])
    def test_of_consent_name_known_kinds_once(self, kinds):
        assert codes(terms.consent_flaws(kinds, ["A", "B"])) == [("/consents", "loan_no_consent")]
        assert terms.consent_flaws(["B", "A"], ["A", "B"]) == []


class TestPayments:
    def flaws(self, minor, on, payments=()):
        given = {"starts_on": START, "currency": "CNY"}
        return codes(tracking.payment_flaws(ROWS, list(payments), Payment(on, minor), **given))

    def test_up_to_the_next_instalment_are_fine(self):
        assert self.flaws(ROWS[0].payment, START) == []
        assert self.flaws(1, date(2026, 12, 1)) == []
        assert self.flaws(ROWS[0].payment + ROWS[1].payment, date(2026, 12, 1)) == []

    @pytest.mark.parametrize("minor", [0, -1, ROWS[0].payment + 1, 10**30])
    def test_of_nothing_or_more_are_refused(self, minor):
        assert self.flaws(minor, START) == [("/amount_minor", "loan_pays_too_much")]

    def test_are_in_the_order_of_their_days(self):
        assert self.flaws(1, date(2026, 10, 31)) == [("/paid_on", "loan_before_last")]
        assert self.flaws(1, date(2026, 12, 1), paid(2)) == [("/paid_on", "loan_before_last")]

    def test_pay_the_oldest_first(self):
        found = tracking.standings(ROWS, [Payment(START, ROWS[0].payment + 7)], date(2027, 1, 2))

        assert [one.state for one in found[:3]] == [State.PAID, State.OVERDUE, State.PLANNED]
        assert (found[1].left, found[1].days_late) == (ROWS[1].payment - 7, 1)
        assert tracking.overdue(found) == ROWS[1].payment - 7
        assert not tracking.is_repaid(found)
        assert tracking.is_repaid(tracking.standings(ROWS, paid(12), date(2027, 11, 1)))

    def test_of_later_days_do_not_count(self):
        found = tracking.standings(ROWS, paid(3), date(2026, 12, 1))

        assert [one.state for one in found[:2]] == [State.PAID, State.PLANNED]


class TestSettlement:
    @pytest.mark.parametrize("case", FINANCE["instalments"]["early_settlement"])
    def test_is_that_of_the_published_figures(self, case):
        after = case["after_instalment"]
        on = date.fromordinal(ROWS[after - 1].due_on.toordinal() + case["days_since"])

        found = tracking.settlement(LOAN, paid(after), on)

        assert (found.principal, found.interest) == (
            case["outstanding_principal_fen"],
            case["accrued_interest_fen"],
        )
        assert found.total == case["settlement_fen"]
        assert tracking.settlement_flaws(LOAN, paid(after), on) == []

    def test_counts_days_over_365_and_the_whole_fee_where_the_loan_does(self):
        real = replace(LOAN, day_count=DayCount.ACT_365)
        assert tracking.settlement(real, [], date(2026, 11, 11)).interest == 19_726
        flat = replace(LOAN, method=Method.FLAT_FEE)
        assert tracking.settlement(flat, paid(1, flat), date(2026, 12, 11)).interest == 20_000

    def test_needs_what_is_due_to_be_paid(self):
        on = date(2026, 12, 2)
        assert codes(tracking.settlement_flaws(LOAN, [], on)) == [("/paid_on", "loan_due_first")]
        assert codes(tracking.settlement_flaws(LOAN, paid(2), on)) == [("/paid_on", "loan_before_last")]

    def test_of_nothing_is_none(self):
        on = ROWS[-1].due_on
        assert codes(tracking.settlement_flaws(LOAN, paid(12), on)) == [
            ("/paid_on", "loan_nothing_to_settle")
        ]

    def test_is_paid_to_the_fen(self):
        assert tracking.figure_flaws(100, 100, "CNY") == []
        assert codes(tracking.figure_flaws(99, 100, "CNY")) == [("/amount_minor", "loan_not_the_figure")]

    def test_ends_what_is_left(self):
        payments = [*paid(1), Payment(date(2026, 12, 11), 11_000_000, is_last=True)]
        found = tracking.standings(ROWS, payments, date(2027, 3, 1))

        assert [one.state for one in found[:2]] == [State.PAID, State.SETTLED]
        assert {one.left for one in found} == {0}


def codes_of(found):
    return [code for _pointer, code in found]
