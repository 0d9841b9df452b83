"""The minimum of a whole lease, settled with its last period."""

from decimal import Decimal
from fractions import Fraction

import pytest

from marketplace.rules.pricing import InvalidPlan, charge
from marketplace.rules.pricing.ending import ending
from marketplace.rules.pricing.term import Term
from marketplace.shared.money import Money
from tests.marketplace.rules.pricing.plans import base, by_total, fee, packages, parts, percent, plan

WHOLE = Fraction(1)


def charges(a_plan, *made):
    return [charge(a_plan, {"parts": Decimal(units)}, final=True) for units in made]


def ended(a_plan, *made, share=WHOLE, years=WHOLE):
    """The charge of the last of several periods."""
    *earlier, last = made
    term = ending(charges(a_plan, *earlier), currency="CNY", share=share, years=years)
    return charge(a_plan, {"parts": Decimal(last)}, final=True, term=term)


def nets(charged):
    return [(line.component, line.kind, str(line.net.amount)) for line in charged.lines]


class TestMinimumOfTheTerm:
    PLAN = plan(parts("2"), base("100"), fee("0.1"), term_minimum={"amount": "1000"})

    def test_charges_what_all_periods_are_short_of(self):
        charged = ended(self.PLAN, "50", "100", "20")

        assert nets(charged) == [
            ("parts", "per_unit", "40.00"),
            ("base", "base_fee", "100.00"),
            ("term_minimum", "term_minimum", "360.00"),
            ("fee", "percentage", "50.00"),
        ]
        steps = [dict(step.numbers) for step in charged.lines[2].steps]
        assert steps == [
            {"full": "1000", "share": "1", "amount": "1000"},
            {"least": "1000.00", "before": "500.00", "now": "140.00", "net": "360.00"},
        ]

    def test_asks_for_nothing_when_it_is_reached_before_or_in_the_last_period(self):
        assert nets(ended(self.PLAN, "500", "0"))[2:] == [("fee", "percentage", "10.00")]
        assert nets(ended(self.PLAN, "0", "400"))[2:] == [("fee", "percentage", "90.00")]

    @pytest.mark.parametrize(("final", "term"), [(False, True), (True, False)])
    def test_waits_for_the_last_run_of_the_last_period(self, final, term):
        ends = ending([], currency="CNY", share=WHOLE, years=WHOLE) if term else None

        charged = charge(self.PLAN, {"parts": Decimal(0)}, final=final, term=ends)

        assert [line.kind for line in charged.lines] == ["per_unit", "base_fee", "percentage"]
        assert {line.term for line in charged.lines} == {None}

    def test_is_owed_for_what_ran_of_the_term(self):
        charged = ended(self.PLAN, "0", "0", share=Fraction(1, 3))

        assert nets(charged)[2] == ("term_minimum", "term_minimum", "133.33")

    def test_of_a_year_is_owed_by_years(self):
        yearly = plan(parts("2"), term_minimum={"amount": "1000", "per": "year"})

        charged = ended(yearly, "0", "100", share=Fraction(1, 9), years=Fraction(5, 4))

        assert nets(charged)[1] == ("term_minimum", "term_minimum", "1050.00")

    def test_stands_beside_the_cap_of_the_last_period(self):
        capped = plan(parts("2"), cap="100", term_minimum={"amount": "1000"})

        assert nets(ended(capped, "500", "500"))[1:] == [
            ("cap", "cap", "-900.00"),
            ("term_minimum", "term_minimum", "800.00"),
        ]

    def test_is_kept_with_every_line_of_the_charge(self):
        charged = ended(self.PLAN, "50", "20", share=Fraction(2, 3))

        for line in charged.lines:
            term = Term.parse(line.dump()["term"])
            assert charge(self.PLAN, {"parts": Decimal(20)}, final=True, term=term) == charged
        assert line.dump()["term"] == {
            "share": "2/3",
            "years": "1",
            "rent": {"minor": 20000, "currency": "CNY"},
            "nets": {"parts": 10000, "base": 10000, "fee": 2000},
            "units": {"parts": "50"},
        }

    def test_leaves_the_lines_of_other_plans_as_they_were(self):
        charged = ended(plan(parts("2")), "1", "2")

        assert "term" not in charged.lines[0].dump()


class TestMinimumOfTheTermOfAComponent:
    def test_charges_the_missing_amount_under_the_component(self):
        own = plan(parts("2", term_minimum={"amount": "500"}, discount=percent("10")), base("1"))

        assert nets(ended(own, "100", "50")) == [
            ("parts", "per_unit", "100.00"),
            ("parts", "discount", "-10.00"),
            ("base", "base_fee", "1.00"),
            ("parts", "term_minimum", "230.00"),
        ]

    def test_prices_the_missing_quantity_on_top_of_the_last_period(self):
        own = plan(packages("10", "20", term_minimum={"quantity": "100"}, discount=percent("10")))

        charged = ended(own, "30", "15")

        assert nets(charged) == [
            ("parts", "package", "10.00"),
            ("parts", "discount", "-1.00"),
            ("parts", "term_minimum", "27.00"),
        ]
        last = charged.lines[2]
        assert (last.quantity, last.unit, last.meter, last.raw) == (Decimal(55), "piece", "parts", None)
        assert [(step.code, dict(step.numbers)) for step in last.steps] == [
            ("least_of_term", {"full": "100", "share": "1", "amount": "100"}),
            ("term_units", {"least": "100", "before": "30", "now": "15", "units": "55"}),
            ("term_priced", {"units": "55", "now": "15", "amount": "30"}),
            ("discounted", {"full": "30", "percent": "10", "less": "3", "amount": "27"}),
            ("line_rounded", {"amount": "27", "net": "27.00"}),
        ]

    def test_counts_the_units_that_the_minimum_of_a_period_added(self):
        both = plan(parts("2", minimum={"quantity": "40"}, term_minimum={"quantity": "100"}))

        assert nets(ended(both, "10", "0")) == [
            ("parts", "per_unit", "0.00"),
            ("parts", "minimum", "80.00"),
            ("parts", "term_minimum", "40.00"),
        ]

    @pytest.mark.parametrize("made", [("100", "0"), ("60", "40"), ("0", "200")])
    def test_asks_for_nothing_when_enough_was_counted(self, made):
        own = plan(parts("2", term_minimum={"quantity": "100", "per": "year"}))

        assert [line.kind for line in ended(own, *made).lines] == ["per_unit"]

    def test_asks_for_nothing_where_more_units_cost_less(self):
        tiers = [{"up_to": "10", "unit": "10"}, {"up_to": None, "unit": "1"}]
        own = plan(by_total(tiers, term_minimum={"quantity": "20"}))

        assert [line.kind for line in ended(own, "0", "10").lines] == ["volume"]

    def test_asks_for_nothing_that_is_no_coin(self):
        own = plan(parts("0.0001", term_minimum={"quantity": "20"}))

        assert [line.kind for line in ended(own, "0", "10").lines] == ["per_unit"]

    def test_may_be_of_what_the_platform_charges(self):
        own = plan(base("100"), fee("0.03", term_minimum={"amount": "10"}))
        first = charge(own, {}, final=True)
        term = ending([first], currency="CNY", share=WHOLE, years=WHOLE)

        charged = charge(own, {}, final=True, term=term)

        assert nets(charged)[1:] == [("fee", "percentage", "3.00"), ("fee", "term_minimum", "4.00")]
        assert (charged.lines[2].seller, charged.lines[2].tax_category) == ("platform", "SERVICE")
        assert term.rent == Money(10000, "CNY")


class TestWhatIsMissing:
    NOTHING = Term(WHOLE, WHOLE, Money.zero("CNY"), {}, {})

    def last(self, a_plan, units):
        return charge(a_plan, {"parts": Decimal(units)}, final=True, term=self.NOTHING)

    def test_may_be_a_single_unit_of_a_component_that_earlier_periods_do_not_know(self):
        one = plan(parts("0.01", term_minimum={"quantity": "20"}))

        assert nets(self.last(one, 19))[1:] == [("parts", "term_minimum", "0.01")]
        assert nets(self.last(one, 20))[1:] == []
        assert nets(self.last(one, 0))[1:] == [("parts", "term_minimum", "0.20")]

    def test_of_a_component_is_less_all_that_earlier_periods_charged_for_it(self):
        one = plan(parts("2", term_minimum={"amount": "1000"}), parts("1", id="other"))

        assert nets(ended(one, 50, 100, 20))[2:] == [("parts", "term_minimum", "660.00")]

    def test_is_nothing_where_less_would_have_cost_more(self):
        """16 at 5 cost 80, the 15 that were asked for 150: nothing is missing."""
        tiers = [{"up_to": "15", "unit": "10"}, {"up_to": None, "unit": "5"}]
        one = plan(by_total(tiers, term_minimum={"quantity": "15"}))

        assert nets(self.last(one, 16)) == [("parts", "volume", "80.00")]

    def test_shows_none_of_the_tiers_of_the_period(self):
        tiers = [{"up_to": "15", "unit": "10"}, {"up_to": None, "unit": "5"}]
        _, line = self.last(plan(by_total(tiers, term_minimum={"quantity": "50"})), 16).lines

        assert (line.tiers, line.net.amount) == ((), Decimal(170))

    def test_may_be_a_large_amount_and_is_never_nothing(self):
        large = plan(parts("1"), term_minimum={"amount": "2000000000"})

        assert large.dump()["term_minimum"] == {"amount": "2000000000", "per": "term"}
        with pytest.raises(InvalidPlan) as refused:
            plan(parts("1"), term_minimum={"amount": "0"})
        assert [flaw.code for flaw in refused.value.flaws] == ["zero"]
