"""Late interest by day: worked by hand, and laws that hold for any payments and disputes."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.late_interest import (
    BEGINNING,
    Change,
    Freeze,
    Taxed,
    Terms,
    freezes,
    less,
    per_day,
    split,
    stretches,
    total,
)
from billing.rules.late_law import LegalRate, legal_rate

DUE = date(2026, 11, 17)
FIVE = Terms(per_day(Decimal("0.0005"), is_yearly=False, day_count=365))
BILLED = Change(BEGINNING, 246121)

# docs/dunning.md: 2,461.21 due on 17 November, 1,000.00 paid on the 24th, the rest open; 0.05 % a day.
WORKED = [
    ("2026-11-17", "2026-11-24", 246121, 7, "861.4235"),
    ("2026-11-24", "2026-12-01", 146121, 7, "511.4235"),
]


def days(found):
    return [
        (
            one.start.isoformat(),
            one.end.isoformat(),
            one.base_minor,
            one.days,
            str(Decimal(one.interest.numerator) / one.interest.denominator),
        )
        for one in found
    ]


def until(through, *changes, frozen=(), terms=FIVE):
    return stretches([BILLED, *changes], frozen, terms, due_on=DUE, through=date.fromisoformat(through))


class TestWorked:
    def test_is_the_table_of_the_documentation(self):
        found = until("2026-12-01", Change(date(2026, 11, 24), -100000))

        assert days(found) == WORKED
        assert total(found, FIVE, billed_minor=246121) == 1373

    def test_one_day_late_is_one_day(self):
        found = until("2026-12-01", Change(date(2026, 11, 18), -246121))

        assert [one.days for one in found] == [1]

    def test_paid_on_the_due_day_is_not_late(self):
        assert until("2026-12-01", Change(DUE, -246121)) == []

    def test_nothing_before_it_is_due_and_nothing_on_the_day_itself(self):
        assert until("2026-11-10") == until("2026-11-17") == []
        assert [one.days for one in until("2026-11-18")] == [1]

    def test_days_of_grace_bear_nothing(self):
        found = until("2026-11-25", terms=Terms(FIVE.per_day, grace_days=3))

        assert days(found)[0][:4] == ("2026-11-20", "2026-11-25", 246121, 5)

    def test_a_cap_holds(self):
        terms = Terms(FIVE.per_day, cap=Decimal("0.05"))

        assert total(until("2030-01-01", terms=terms), terms, billed_minor=246121) == 12306

    def test_a_rate_of_a_year_is_divided_by_its_days(self):
        assert per_day(Decimal("0.036"), is_yearly=True, day_count=360) == Fraction(1, 10000)


class TestDisputes:
    RAISED, DECIDED = date(2026, 11, 16), date(2026, 11, 20)

    def bases(self, outcome, decided=None, **given):
        frozen = freezes(outcome, self.RAISED, decided, left_minor=171760, **given)
        return [(one.start.day, one.base_minor) for one in until("2026-11-25", frozen=frozen)]

    def test_an_open_one_bears_nothing(self):
        assert self.bases("OPEN") == [(17, 74361)]

    def test_one_that_the_seller_rejects_bears_from_the_decision_on(self):
        assert self.bases("REJECTED", self.DECIDED) == [(17, 74361), (20, 246121)]

    def test_one_that_the_buyer_takes_back_never_was(self):
        assert self.bases("WITHDRAWN", self.DECIDED) == [(17, 246121)]

    def test_what_is_conceded_bears_none_before_a_note_credits_it(self):
        assert self.bases("CONCEDED", self.DECIDED, conceded_minor=42940) == [(17, 74361), (20, 203181)]

    def test_and_a_note_that_credits_it_counts_once(self):
        frozen = freezes("CONCEDED", self.RAISED, self.DECIDED, left_minor=128820, is_credited=True)
        found = until("2026-11-25", Change(BEGINNING, -42940), frozen=frozen)

        assert [(one.start.day, one.base_minor) for one in found] == [(17, 74361), (20, 203181)]

    def test_what_was_frozen_and_paid_is_not_less_than_nothing(self):
        assert until("2026-11-25", Change(DUE, -200000), frozen=[Freeze(BEGINNING, None, 171760)]) == []


class TestTax:
    RATES = {"LEASE_MOVABLE": Decimal("0.13"), "NOT_TAXED": Decimal(0)}

    def test_is_inside_and_follows_what_was_billed(self):
        found = split(1373, {"LEASE_MOVABLE": 200000, "NOT_TAXED": 46121}, self.RATES)

        assert found == {"LEASE_MOVABLE": Taxed(988, 128), "NOT_TAXED": Taxed(257, 0)}

    def test_of_nothing_billed_is_nothing(self):
        assert split(5, {}, self.RATES) == {"LEASE_MOVABLE": Taxed(0, 0), "NOT_TAXED": Taxed(0, 0)}

    @given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6))
    def test_claims_add_up_to_the_last_one(self, totals):
        claimed = {}
        for wanted in totals:
            now = split(wanted, {"LEASE_MOVABLE": 3, "NOT_TAXED": 1}, self.RATES)
            for name, part in less(now, claimed).items():
                was = claimed.get(name, Taxed(0, 0))
                claimed[name] = Taxed(was.net + part.net, was.tax + part.tax)
            assert sum(one.net + one.tax for one in claimed.values()) == wanted


payments = st.lists(st.tuples(st.integers(-5, 60), st.integers(-90000, 90000)), max_size=8)


class TestLaws:
    @given(payments, st.integers(0, 70), st.integers(0, 10))
    def test_it_is_the_sum_of_single_days(self, moves, late, grace):
        terms = Terms(FIVE.per_day, grace)
        changes = [BILLED, *(Change(DUE + timedelta(days=day), minor) for day, minor in moves)]
        through = DUE + timedelta(days=late)

        found = stretches(changes, (), terms, due_on=DUE, through=through)

        expected = Fraction(0)
        for number in range(grace, late):
            day = DUE + timedelta(days=number)
            expected += max(0, sum(one.minor for one in changes if one.on <= day)) * terms.per_day
        assert sum((one.interest for one in found), Fraction(0)) == expected

    @given(payments, st.integers(0, 60), st.integers(0, 60))
    def test_it_never_falls_with_time_and_is_never_negative(self, moves, first, more):
        changes = [BILLED, *(Change(DUE + timedelta(days=day), minor) for day, minor in moves)]

        def upto(days):
            found = stretches(changes, (), FIVE, due_on=DUE, through=DUE + timedelta(days=days))
            return total(found, FIVE, billed_minor=246121)

        assert 0 <= upto(first) <= upto(first + more)

    @given(payments, st.integers(0, 60))
    def test_stretches_touch_and_never_overlap(self, moves, late):
        changes = [BILLED, *(Change(DUE + timedelta(days=day), minor) for day, minor in moves)]
        found = stretches(changes, (), FIVE, due_on=DUE, through=DUE + timedelta(days=late))

        assert all(one.days > 0 and one.base_minor > 0 for one in found)
        assert all(one.end <= other.start for one, other in itertools.pairwise(found))


class TestLaw:
    @pytest.mark.parametrize(("kind", "rate"), [("INSTITUTE", "0.0005"), ("SME", None)])
    def test_gives_a_rate_for_some_debtors(self, kind, rate):
        found = legal_rate(kind, date(2026, 11, 2))

        assert (found and str(found.per_day)) == rate

    def test_is_dated(self):
        table = [
            LegalRate(date(2020, 9, 1), frozenset({"HUB"}), Decimal(1), ""),
            LegalRate(date(2027, 1, 1), frozenset({"HUB"}), Decimal(2), ""),
        ]

        found = [legal_rate("HUB", date(year, 6, 1), table) for year in (2020, 2026, 2027)]

        assert [one and one.per_day for one in found] == [None, 1, 2]
