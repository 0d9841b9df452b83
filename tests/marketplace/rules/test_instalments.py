"""Instalments: the published tables row by row, and what holds for any loan."""

import hashlib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.rules.instalments import (
    DayCount,
    Loan,
    Method,
    accrued,
    months_after,
    penalty,
    period_rate,
    settlement,
    yearly_rates,
)
from tests.marketplace.vectors import FINANCE

VECTORS = FINANCE["instalments"]
DEMO = Loan(12_000_000, Fraction("0.06"), 12, date(2026, 11, 1))  # A01 of the vectors


def loan_of(case):
    return Loan(
        case["principal_fen"],
        Fraction(case["annual_rate"]),
        case["periods"],
        date.fromisoformat(case["start"]),
        Method(case["method"].upper()),
    )


def text(rows):
    return "\n".join(
        f"{row.number}|{row.due_on}|{row.opening}|{row.interest}|{row.principal}|{row.payment}|{row.closing}"
        for row in rows
    )


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
class TestPublished:
    def test_rows_agree(self, case):
        rows = loan_of(case).schedule()

        assert hashlib.sha256(text(rows).encode()).hexdigest() == case["rows_sha256"]
        assert (rows[0].payment, rows[-1].payment) == (case["first_payment_fen"], case["last_payment_fen"])
        assert sum(row.interest for row in rows) == case["total_interest_fen"]
        assert sum(row.payment for row in rows) == case["total_payment_fen"]

    def test_rates_agree(self, case):
        rows = loan_of(case).schedule()

        rate = period_rate(case["principal_fen"], [row.payment for row in rows])

        assert rate == Decimal(case["irr_monthly"])
        exact = yearly_rates(rate)
        assert exact[0] == pytest.approx(Decimal(case["apr_nominal"]), abs=Decimal("1e-8"))
        assert exact[1] == pytest.approx(Decimal(case["apr_compound"]), abs=Decimal("1e-8"))


@pytest.mark.parametrize(
    "case", VECTORS["early_settlement"], ids=lambda case: f"after {case['after_instalment']}"
)
def test_a_loan_is_settled_early(case):
    found = settlement(
        DEMO.schedule(),
        after=case["after_instalment"],
        days=case["days_since"],
        yearly_rate=DEMO.yearly_rate,
    )

    assert found == (case["outstanding_principal_fen"], case["accrued_interest_fen"])
    assert sum(found) == case["settlement_fen"]


def test_before_the_first_instalment_all_of_it_is_owed():
    assert settlement(DEMO.schedule(), after=0, days=0, yearly_rate=DEMO.yearly_rate) == (12_000_000, 0)


@pytest.mark.parametrize("case", VECTORS["penalty_interest"], ids=lambda case: f"{case['days_late']} days")
def test_penalty_is_on_overdue_principal(case):
    row = DEMO.schedule()[case["missed_instalment"] - 1]

    found = penalty(row.principal, days=case["days_late"], yearly_rate=Fraction(case["penalty_rate_annual"]))

    assert found == case["penalty_fen"]


class TestIndependent:
    """Values of another library's tests: payments of 60 months, and one principal."""

    def test_payment_agrees(self):
        named = VECTORS["independent_reference_values"]
        assert [case["function"] for case in named] == ["pmt", "pmt", "ppmt"]

        for case in named[:2]:
            rate = Fraction(case["args"]["rate"].split("/")[0])
            loan = Loan(case["args"]["pv"] * 10**6, rate, case["args"]["nper"], date(2026, 1, 1))
            assert loan.payment() == -Decimal(case["expected"]) * 10**6

    def test_principal_agrees(self):
        case = VECTORS["independent_reference_values"][2]
        first = Loan(55_000 * 10**6, Fraction("0.1"), 60, date(2026, 1, 1)).schedule()[0]

        assert round(Decimal(-first.principal) / 10**6, 2) == Decimal(case["expected"])


class TestMethods:
    def test_in_advance_the_first_is_due_at_once_and_has_no_interest(self):
        loan = Loan(1_200_000, Fraction("0.06"), 3, date(2026, 8, 31), in_advance=True)
        rows = loan.schedule()

        assert (rows[0].due_on, rows[0].interest) == (date(2026, 8, 31), 0)
        assert [row.due_on for row in rows[1:]] == [date(2026, 9, 30), date(2026, 10, 31)]
        assert rows[0].payment == rows[1].payment == loan.payment()
        rate = period_rate(1_200_000, [row.payment for row in rows], in_advance=True)
        assert abs(rate - Decimal("0.005")) < Decimal("0.000001")

    def test_a_flat_fee_is_of_the_whole_loan_and_costs_more_than_it_says(self):
        """0.5 % a month of the whole loan, twelve times: 10.90 % a year, not 6 %."""
        rows = Loan(12_000_000, Fraction("0.06"), 12, date(2026, 11, 1), method=Method.FLAT_FEE).schedule()

        assert {row.interest for row in rows} == {60_000}
        nominal, _compound = yearly_rates(period_rate(12_000_000, [row.payment for row in rows]))
        assert round(nominal, 4) == Decimal("0.1090")

    @pytest.mark.parametrize(
        ("day_count", "first"),
        [(DayCount.ACT_360, 62_000), (DayCount.ACT_365, 61_151), (DayCount.MONTHS, 60_000)],
    )
    def test_days_are_counted_as_the_contract_says(self, day_count, first):
        loan = Loan(12_000_000, Fraction("0.06"), 2, date(2026, 12, 1), day_count=day_count)

        assert loan.schedule()[0].interest == first  # 31 days of December

    def test_a_balloon_comes_with_the_last_one(self):
        for method in (Method.EQUAL_PAYMENT, Method.EQUAL_PRINCIPAL):
            loan = Loan(12_000_000, Fraction("0.06"), 12, date(2026, 11, 1), method=method, balloon=6_000_000)
            rows = loan.schedule()
            assert rows[-1].principal > 6_000_000
            assert rows[-1].opening - rows[-1].principal == 0
        assert abs(rows[-1].principal - 6_500_000) < 2

    def test_quarters_are_three_months(self):
        rows = Loan(
            400_000, Fraction("0.08"), 4, date(2026, 1, 31), every_months=3, method=Method.EQUAL_PRINCIPAL
        ).schedule()

        assert [row.due_on for row in rows][:2] == [date(2026, 4, 30), date(2026, 7, 31)]
        assert rows[0].interest == 8_000

    @pytest.mark.parametrize(
        "changes", [{"principal": 0}, {"count": 0}, {"balloon": -1}, {"balloon": 12_000_000}]
    )
    def test_no_loan_is_made_of_nothing(self, changes):
        fields = {"principal": 12_000_000, "yearly_rate": Fraction(0), "count": 1, "start": date(2026, 1, 1)}

        with pytest.raises(ValueError, match="a loan has"):
            Loan(**(fields | changes)).schedule()


class TestAnyLoan:
    @given(
        st.integers(1, 10**13),
        st.integers(0, 3_600),
        st.integers(1, 60),
        st.sampled_from(Method),
        st.sampled_from(DayCount),
        st.booleans(),
        st.integers(0, 99),
    )
    def test_is_paid_back_to_the_last_unit(self, principal, points, count, method, day_count, early, part):
        loan = Loan(
            principal,
            Fraction(points, 10_000),
            count,
            date(2027, 1, 31),
            method,
            day_count,
            in_advance=early,
            balloon=principal * part // 100,
        )
        rows = loan.schedule()

        assert sum(row.principal for row in rows) == principal
        assert rows[-1].closing == 0
        assert all(row.principal >= 0 and row.interest >= 0 for row in rows)
        assert all(before.closing == after.opening for before, after in pairwise(rows))

    def test_without_gain_the_rate_is_nothing(self):
        assert period_rate(100, [50, 49]) == 0


def test_interest_is_rounded_half_away_from_zero():
    assert accrued(100, Fraction(1, 200), Fraction(1)) == 1
    assert accrued(-100, Fraction(1, 200), Fraction(1)) == -1


def test_the_anchor_is_not_lost_after_a_short_month():
    assert [months_after(date(2027, 1, 31), n) for n in (1, 2)] == [date(2027, 2, 28), date(2027, 3, 31)]
